package rank

import (
	"bytes"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// changes gathers what goes out: where its rows stand, with their kinds and ranks. The columns are
// put together when there are enough.
type changes struct {
	op     *plan.Rank
	schema *types.Schema
	max    int
	out    operator.Output

	encs   []*rowcodec.Encoder
	parts  int
	cols   [][]*batch.Column // by column of the input: those of the parts, then that of old
	old    *batch.RowBuilder // rows of the state
	round  uint32            // of old
	which  []int32
	rows   []int32
	kinds  []types.RowKind
	ranks  []int64
	marks  []batch.Mark
	update bool // there are other kinds than inserts

	row []byte // scratch of same
}

func (c *changes) open(in *types.Schema, ctx *operator.Context) {
	c.max = max(ctx.BatchRows, 1)
	c.old, c.round = batch.NewRowBuilder(in, 0), 1
	c.cols = make([][]*batch.Column, in.Len())
}

// begin makes ready for changes that rows of the parts bring.
func (c *changes) begin(parts []*batch.Batch, encs []*rowcodec.Encoder, out operator.Output) {
	c.parts, c.encs, c.out = len(parts), encs, out
	for i := range c.cols {
		c.cols[i] = c.cols[i][:0]
		for _, p := range parts {
			c.cols[i] = append(c.cols[i], p.Cols[i])
		}
		c.cols[i] = append(c.cols[i], nil)
	}
}

// end emits what is left and lets go of the parts.
func (c *changes) end() {
	c.flush()
	for i := range c.cols {
		clear(c.cols[i])
	}
}

// mark puts a watermark behind the rows so far.
func (c *changes) mark(time int64) {
	n := len(c.rows)
	if n == 0 {
		c.out.Watermark(time)
		return
	}
	if k := len(c.marks); k > 0 && c.marks[k-1].Row == n {
		c.marks[k-1].Time = time
		return
	}
	c.marks = append(c.marks, batch.Mark{Row: n, Time: time})
}

// add adds the row of an entry.
func (c *changes) add(kind types.RowKind, e *entry, rank int) error {
	part, row := e.part, e.row
	if e.old != nil {
		if e.round != c.round {
			e.row, e.round = int32(c.old.Len()), c.round
			if _, err := rowcodec.Decode(e.old, c.old.Cols); err != nil {
				return err
			}
		}
		part, row = int32(c.parts), e.row
	}
	c.which, c.rows = append(c.which, part), append(c.rows, row)
	c.kinds = append(c.kinds, kind)
	c.update = c.update || kind != types.Insert
	if c.op.OutputRank {
		c.ranks = append(c.ranks, int64(rank))
	}
	if len(c.rows) >= c.max {
		c.flush()
	}
	return nil
}

// flush emits what has been gathered.
func (c *changes) flush() {
	n := len(c.rows)
	if n == 0 {
		return
	}
	if c.old.Len() > 0 {
		old := c.old.Finish()
		defer old.Release()
		for i := range c.cols {
			c.cols[i][c.parts] = old.Cols[i]
		}
	}
	cols := make([]*batch.Column, len(c.cols), c.schema.Len())
	for i := range c.cols {
		cols[i] = batch.Gather(c.cols[i], c.which, c.rows)
		c.cols[i][c.parts] = nil
	}
	if c.op.OutputRank {
		t := c.schema.Fields[len(cols)].Type
		cols = append(cols, batch.MakeFixed(t, append([]int64(nil), c.ranks...), nil))
	}
	b := batch.New(c.schema, cols, n)
	if c.update {
		b.Kinds = append([]types.RowKind(nil), c.kinds...)
	}
	b.Marks = c.marks
	c.marks, c.update = nil, false
	c.which, c.rows, c.kinds, c.ranks = c.which[:0], c.rows[:0], c.kinds[:0], c.ranks[:0]
	if c.round++; c.round == 0 {
		c.round = 1
	}
	c.out.Emit(0, b)
}

// insert adds what a new row at a place among the rows changes, before it is there.
func (c *changes) insert(now []entry, at int, e *entry) error {
	from, to := int(c.op.From), int(c.op.To)
	if !c.op.OutputRank {
		return c.enter(now, at, e)
	}
	for i := at; i < min(len(now), to); i++ {
		had := &now[i]
		if i+1 >= from {
			if err := c.turn(had, e, i+1); err != nil {
				return err
			}
		}
		e = had
	}
	if n := len(now) + 1; n <= to && n >= from {
		return c.add(types.Insert, e, n)
	}
	return nil
}

// enter is insert without ranks: one row leaves, one comes.
func (c *changes) enter(now []entry, at int, e *entry) error {
	from, to := int(c.op.From), int(c.op.To)
	if len(now) >= to {
		if err := c.add(types.Delete, &now[to-1], to); err != nil {
			return err
		}
	}
	switch {
	case at+1 >= from:
		return c.add(types.Insert, e, at+1)
	case len(now)+1 >= from:
		return c.add(types.Insert, &now[from-2], from)
	}
	return nil
}

// turn adds that a rank has another row.
func (c *changes) turn(had, has *entry, rank int) error {
	if c.same(had, has) {
		return nil
	}
	if c.op.UpdateBefore {
		if err := c.add(types.UpdateBefore, had, rank); err != nil {
			return err
		}
	}
	return c.add(types.UpdateAfter, has, rank)
}

// between adds what differs between the rows of a partition as they were and as they are now.
func (c *changes) between(before, now []entry) error {
	first := min(int(c.op.From)-1, len(now))
	before, now = before[min(first, len(before)):], now[first:]
	if !c.op.OutputRank {
		if err := c.without(types.Delete, before, now); err != nil {
			return err
		}
		return c.without(types.Insert, now, before)
	}
	for i := range now { // rows are never less
		rank, err := first+i+1, error(nil)
		if i < len(before) {
			err = c.turn(&before[i], &now[i], rank)
		} else {
			err = c.add(types.Insert, &now[i], rank)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// without adds the rows of some that others do not have.
func (c *changes) without(kind types.RowKind, some, others []entry) error {
	for i := range some {
		if !holds(others, &some[i]) {
			if err := c.add(kind, &some[i], 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// holds says whether a row is among entries in order.
func holds(entries []entry, e *entry) bool {
	s := set{now: entries}
	at := s.place(e)
	return at < len(entries) && bytes.Equal(entries[at].key, e.key)
}

// same says whether two rows are equal, so that one may stand for the other.
func (c *changes) same(a, b *entry) bool {
	n := len(a.key) - 8
	if a.start != b.start || n != len(b.key)-8 || !bytes.Equal(a.key[:n], b.key[:n]) {
		return false
	}
	if bytes.Equal(a.key, b.key) {
		return true
	}
	first, second := a.old, b.old
	c.row = c.row[:0]
	if first == nil {
		c.row = c.encs[a.part].Append(c.row, int(a.row))
		first = c.row
	}
	if second == nil {
		at := len(c.row)
		c.row = c.encs[b.part].Append(c.row, int(b.row))
		second = c.row[at:]
	}
	return bytes.Equal(first, second)
}
