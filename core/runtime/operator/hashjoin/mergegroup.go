package hashjoin

import (
	"bytes"

	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/spill"
	"github.com/headrace/headrace/core/runtime/operator"
)

// group is the right rows of one key: slices of batches in memory, or a file when they are too
// many. It is read from its start as often as there are spans of left rows.
type group struct {
	key    []byte
	chunks []*batch.Batch
	held   int64
	writer *spill.Writer
	file   *spill.File
	in     *spill.Reader
	chunk  *batch.Batch // being read
	next   int          // chunk in memory that follows
	first  int          // position in the group of the first row of chunk
	hits   []uint64     // rows that have a match; nil: nobody asks, or all have
}

// span is left rows of one key in one batch, as they meet the group.
type span struct {
	from, to int
	row, at  int    // the next pair: left row, row of the group's chunk
	hits     []bool // nil: nobody asks, or all have a match
}

// candidates are pairs that are gathered until there are enough of them.
type candidates struct {
	rows        *batch.RowBuilder
	left, right []int32 // by pair: row of the span and of the group; kept for hits only
	l, r        []int32 // pairs that are tested in place: rows of the left batch and of the chunk
}

// begin gathers the group of the key at hand.
func (o *Merge) begin() error {
	g, r := &o.group, &o.sides[1]
	g.key = append(g.key[:0], keyAt(r.rows, r.at)...)
	n := 0
	for r.rows != nil && bytes.Equal(keyAt(r.rows, r.at), g.key) {
		from := r.at
		for r.at < r.rows.Len() && bytes.Equal(keyAt(r.rows, r.at), g.key) {
			r.at++
		}
		n += r.at - from
		if err := o.gatherChunk(r.rows.Slice(from, r.at)); err != nil {
			return err
		}
		if err := o.fill(1); err != nil {
			return err
		}
	}
	if g.writer != nil {
		w := g.writer
		g.writer = nil
		var err error
		if g.file, err = w.Finish(); err != nil {
			return err
		}
	}
	g.hits = nil
	if o.wants.buildMiss && o.residual.program != nil {
		g.hits = make([]uint64, (n+63)/64)
	}
	o.phase = pairing
	return o.nextSpan()
}

// gatherChunk keeps rows of the group, which it takes over.
func (o *Merge) gatherChunk(b *batch.Batch) error {
	g := &o.group
	plain := batch.New(o.schemas[1], b.Cols[:len(b.Cols)-1], b.Len())
	n := plain.MemBytes()
	if g.writer == nil && (len(g.chunks) == 0 || o.memory.Over() == 0 && o.memory.Reserve(n)) {
		if len(g.chunks) == 0 {
			o.memory.Add(n)
		}
		g.held += n
		b.Cols[len(b.Cols)-1].Release() // the key
		g.chunks = append(g.chunks, plain)
		return nil
	}
	if g.writer == nil {
		var err error
		if g.writer, err = o.dir.Create(o.schemas[1]); err != nil {
			return err
		}
		for _, c := range g.chunks {
			if err := g.writer.Write(c); err != nil {
				return err
			}
			c.Release()
		}
		g.chunks = g.chunks[:0]
		o.memory.Add(-g.held)
		g.held = 0
	}
	defer b.Release()
	return g.writer.Write(plain)
}

// rewind has the group be read from its start.
func (g *group) rewind() error {
	g.next, g.first, g.chunk = 0, 0, nil
	if g.file == nil {
		return nil
	}
	err := g.in.Close()
	if err == nil {
		g.in, err = g.file.Open()
	}
	return err
}

// advance goes to the next chunk; chunk is nil behind the last one.
func (g *group) advance() error {
	if g.chunk != nil {
		g.first += g.chunk.Len()
		if g.file != nil {
			g.chunk.Release()
		}
		g.chunk = nil
	}
	if g.file != nil {
		var err error
		g.chunk, err = nextOf(g.in)
		return err
	}
	if g.next < len(g.chunks) {
		g.chunk = g.chunks[g.next]
		g.next++
	}
	return nil
}

func (g *group) close(m *memory.Account) error {
	if g.file != nil && g.chunk != nil {
		g.chunk.Release()
	}
	g.chunk = nil
	for _, c := range g.chunks {
		c.Release()
	}
	g.chunks = g.chunks[:0]
	if g.held > 0 {
		m.Add(-g.held)
		g.held = 0
	}
	g.writer.Abandon()
	g.writer = nil
	if g.file == nil {
		return nil
	}
	err := g.in.Close()
	if rerr := g.file.Remove(); err == nil {
		err = rerr
	}
	g.in, g.file = nil, nil
	return err
}

// nextSpan goes on with the left rows of the key in the next batch; without any the group is done.
func (o *Merge) nextSpan() error {
	if err := o.fill(0); err != nil {
		return err
	}
	l, s, g := &o.sides[0], &o.span, &o.group
	s.from, s.to = l.at, l.at
	if l.rows != nil {
		for s.to < l.rows.Len() && bytes.Equal(keyAt(l.rows, s.to), g.key) {
			s.to++
		}
	}
	if s.to == s.from {
		if o.phase = resting; g.hits == nil {
			return nil
		}
		return o.readGroup()
	}
	s.hits = nil
	if o.residual.program != nil && (o.wants.probeHit || o.wants.probeMiss) {
		s.hits = make([]bool, s.to-s.from)
	}
	return o.readGroup()
}

func (o *Merge) readGroup() error {
	if err := o.group.rewind(); err != nil {
		return err
	}
	return o.nextChunk()
}

// pair makes up to limit pairs of the span and the group.
func (o *Merge) pair(out operator.Output) error {
	s, g, l := &o.span, &o.group, o.sides[0].rows
	if o.residual.program == nil && !o.wants.pairs {
		return o.endSpan(out) // one match is as good as many
	}
	for g.chunk != nil {
		if o.many() {
			return o.pairInPlace(out)
		}
		for ; s.row < s.to; s.row, s.at = s.row+1, 0 {
			for ; s.at < g.chunk.Len(); s.at++ {
				if o.pairs.rows.Len() >= o.limit {
					return o.settle(out)
				}
				o.addPair(l, s.row, g.chunk, s.at)
			}
		}
		if err := o.nextChunk(); err != nil {
			return err
		}
	}
	return o.endSpan(out)
}

// nextChunk has the span meet the next chunk of the group.
func (o *Merge) nextChunk() error {
	o.span.row, o.span.at = o.span.from, 0
	return o.group.advance()
}

func (o *Merge) addPair(l *batch.Batch, i int, r *batch.Batch, j int) {
	width := o.schemas[0].Len()
	for c := range width {
		o.pairs.rows.Cols[c].AppendFrom(l.Cols[c], i)
	}
	for c := range o.schemas[1].Fields {
		o.pairs.rows.Cols[width+c].AppendFrom(r.Cols[c], j)
	}
	if o.span.hits != nil || o.group.hits != nil {
		o.pairs.left = append(o.pairs.left, int32(i-o.span.from))
		o.pairs.right = append(o.pairs.right, int32(o.group.first+j))
	}
}

// settle emits the pairs for which the residual condition holds, and notes whose they are.
func (o *Merge) settle(out operator.Output) error {
	p := &o.pairs
	if p.rows.Len() == 0 {
		return nil
	}
	b := p.rows.Finish()
	p.rows = batch.NewRowBuilder(o.both, o.limit)
	left, right := p.left, p.right
	p.left, p.right = p.left[:0], p.right[:0]
	if r := &o.residual; r.program != nil {
		cols := pick(b, r.columns)
		var err error
		r.pass, err = r.program.EvalFilter(r.eval, batch.New(r.schema, cols, b.Len()), r.pass[:0])
		if err != nil {
			b.Release()
			return err
		}
		for _, i := range r.pass {
			if o.span.hits != nil {
				o.span.hits[left[i]] = true
			}
			if h := o.group.hits; h != nil {
				h[right[i]>>6] |= 1 << (right[i] & 63)
			}
		}
		whole := b
		b = b.Take(r.pass)
		whole.Release()
	}
	if !o.wants.pairs || b.Len() == 0 {
		b.Release()
		return nil
	}
	out.Emit(0, b)
	return nil
}

// endSpan emits the left rows of the span that come out once.
func (o *Merge) endSpan(out operator.Output) error {
	s, l := &o.span, o.sides[0].rows
	if s.hits != nil || o.group.hits != nil {
		if err := o.settle(out); err != nil { // the pairs know rows of this span
			return err
		}
	}
	if o.wants.probeHit || s.hits != nil && o.wants.probeMiss {
		for i := s.from; i < s.to; i++ {
			hit := s.hits == nil || s.hits[i-s.from]
			if hit == o.wants.probeHit {
				o.addSingle(0, l, i)
			}
		}
		o.flushSingle(out, o.limit)
	}
	o.sides[0].at = s.to
	return o.nextSpan()
}

// rest emits the right rows of the key that have no match, and leaves the key.
func (o *Merge) rest(out operator.Output) error {
	g := &o.group
	for g.hits != nil && g.chunk != nil {
		for i := range g.chunk.Len() {
			if at := g.first + i; g.hits[at>>6]&(1<<(at&63)) == 0 {
				o.addSingle(1, g.chunk, i)
			}
		}
		if err := g.advance(); err != nil {
			return err
		}
		if o.single.Len() >= o.limit {
			o.flushSingle(out, o.limit)
			return nil
		}
	}
	o.phase = comparing
	return g.close(o.memory)
}
