package bykey

import (
	"slices"

	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
)

// buffer holds rows until all have come, in memory and, when they are too many, in sorted runs on
// disk.
type buffer struct {
	ctx     *operator.Context
	limit   int64
	held    int64
	batches []held
	refs    []ref
	room    []ref  // to sort refs by way of
	timed   bool   // some batch has times
	long    bool   // some key is longer than a prefix
	ports   uint64 // bit set of those that rows came from
	spill   *spill // nil: everything is in memory
	account *memory.Account
	chunks  []chunk // by port: rows that are not in batches yet
	ordered *order  // a chunk that is being put in order
}

// held is a batch with its port.
type held struct {
	*batch.Batch
	port int
}

func newBuffer(ctx *operator.Context, limit int64) *buffer {
	return &buffer{ctx: ctx, limit: limit, account: ctx.OpenMemory()}
}

// add keeps a batch of a port.
func (f *buffer) add(port int, b *batch.Batch) error {
	b.Retain()
	if err := f.collect(port, b); err != nil {
		return err
	}
	size := b.MemBytes() + int64(refBytes*b.Len())
	f.held += size
	room := f.account.Reserve(size)
	if !room {
		f.account.Add(size) // it is here already
	}
	if f.ctx.FS == nil || room && (f.limit <= 0 || f.held <= f.limit) {
		return nil
	}
	return f.toDisk()
}

// keep takes a batch over.
func (f *buffer) keep(port int, b *batch.Batch) {
	f.batches = append(f.batches, held{b, port})
	f.timed = f.timed || b.Times != nil
	f.ports |= 1 << port
	at, col := int32(len(f.batches)-1), b.Cols[keyBytes]
	if n := len(f.refs) + b.Len(); n > cap(f.refs) {
		f.refs = slices.Grow(f.refs, max(b.Len(), cap(f.refs))) // twice as much
	}
	for i := range b.Len() {
		p := prefix(col.Bytes(i), 0)
		f.long = f.long || p&0xff == goesOn
		f.refs = append(f.refs, ref{prefix: p, batch: at, row: int32(i)})
	}
}

// toDisk writes what is in memory as a run.
func (f *buffer) toDisk() error {
	if err := f.gathered(); err != nil {
		return err
	}
	if f.spill == nil {
		var err error
		if f.spill, err = newSpill(f.ctx); err != nil {
			return err
		}
	}
	f.sort()
	if err := f.spill.write(f); err != nil {
		return err
	}
	f.clear()
	return nil
}

func (f *buffer) clear() {
	for _, b := range f.batches {
		b.Release()
	}
	clear(f.batches)
	f.account.Add(-f.held)
	f.batches, f.refs, f.held = f.batches[:0], f.refs[:0], 0
	f.timed, f.long, f.ports = false, false, 0
}

// sorted returns all rows in order; nothing is added any more.
func (f *buffer) sorted() (rows, error) {
	if err := f.gathered(); err != nil {
		return nil, err
	}
	if f.spill == nil {
		f.sort()
		f.dropRoom()
		return &inMemory{buffer: f}, nil
	}
	if len(f.refs) > 0 {
		if err := f.toDisk(); err != nil {
			return nil, err
		}
	}
	f.dropRefs()
	return f.spill.merged()
}

func (f *buffer) close() error {
	f.dropChunks()
	f.clear()
	f.account.Close()
	if f.spill != nil {
		return f.spill.close()
	}
	return nil
}

// inMemory gives out the rows of a sorted buffer.
type inMemory struct {
	buffer *buffer
	of     map[int][]*batch.Batch // by port: the batches, nil where one is of another port
	all    []*batch.Batch
	ports  []int // of all
	at     int
	which  []int32
	rows   []int32

	prefixes []uint64
}

// next implements rows.
func (m *inMemory) next(n int) (int, *batch.Batch, error) {
	rest := m.buffer.refs[m.at:]
	if len(rest) == 0 {
		return 0, nil, nil
	}
	batches := m.buffer.batches
	port, to := batches[rest[0].batch].port, min(n, len(rest))
	if m.buffer.ports&(m.buffer.ports-1) != 0 {
		to = 1
		for to < len(rest) && to < n && batches[rest[to].batch].port == port {
			to++
		}
	}
	return port, m.nextOf(port, to), nil
}

// merged implements rows.
func (m *inMemory) merged(n int) (*operator.Merged, error) {
	rest := m.buffer.refs[m.at:]
	if len(rest) == 0 {
		return nil, nil
	}
	rest = rest[:min(n, len(rest))]
	m.at += len(rest)
	m.which, m.rows = m.which[:0], m.rows[:0]
	for i := range rest {
		m.which, m.rows = append(m.which, rest[i].batch), append(m.rows, rest[i].row)
	}
	if m.all == nil {
		for _, b := range m.buffer.batches {
			m.all, m.ports = append(m.all, b.Batch), append(m.ports, b.port)
		}
	}
	return mergedOf(m.all, m.ports, m.which, m.rows), nil
}

// nextOf gives the next rows of one port and passes those of others; nil: there are none.
func (m *inMemory) nextOf(port, n int) *batch.Batch {
	m.which, m.rows = m.which[:0], m.rows[:0]
	batches := m.buffer.batches
	m.prefixes = m.prefixes[:0]
	for ; m.at < len(m.buffer.refs) && len(m.rows) < n; m.at++ {
		if r := &m.buffer.refs[m.at]; batches[r.batch].port == port {
			m.which, m.rows = append(m.which, r.batch), append(m.rows, r.row)
			m.prefixes = append(m.prefixes, r.prefix)
		}
	}
	if len(m.rows) == 0 {
		return nil
	}
	var keys *batch.Column
	if !m.buffer.long {
		keys = keysOf(m.prefixes, batches[m.which[0]].Cols[keyBytes].Type)
	}
	return gather(m.batches(port), m.which, m.rows, keys)
}

func (m *inMemory) batches(port int) []*batch.Batch {
	if m.of[port] != nil {
		return m.of[port]
	}
	all := make([]*batch.Batch, len(m.buffer.batches))
	for i, b := range m.buffer.batches {
		if b.port == port {
			all[i] = b.Batch
		}
	}
	if m.of == nil {
		m.of = map[int][]*batch.Batch{}
	}
	m.of[port] = all
	return all
}
