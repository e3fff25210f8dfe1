package bykey

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"sync/atomic"

	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
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
	spill   *spill // nil: everything is in memory
	account *memory.Account
}

// held is a batch with its port.
type held struct {
	*batch.Batch
	port int
}

// ref is a row in memory. prefix is the start of its key, to compare fast.
type ref struct {
	prefix uint64
	time   int64
	batch  int32
	row    int32
}

func newBuffer(ctx *operator.Context, limit int64) *buffer {
	return &buffer{ctx: ctx, limit: limit, account: ctx.OpenMemory()}
}

// add keeps a batch of a port.
func (f *buffer) add(port int, b *batch.Batch) error {
	b.Retain()
	f.batches = append(f.batches, held{b, port})
	at, col := int32(len(f.batches)-1), b.Cols[keyBytes]
	for i := range b.Len() {
		f.refs = append(f.refs, ref{prefix: prefix(col.Bytes(i)), time: b.Time(i), batch: at,
			row: int32(i)})
	}
	size := b.MemBytes() + int64(24*b.Len())
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

func prefix(key []byte) uint64 {
	var p [8]byte
	copy(p[:], key)
	return binary.BigEndian.Uint64(p[:])
}

func (f *buffer) key(r *ref) []byte { return f.batches[r.batch].Cols[keyBytes].Bytes(int(r.row)) }

func (f *buffer) sort() {
	slices.SortStableFunc(f.refs, func(a, b ref) int {
		if c := cmp.Compare(a.prefix, b.prefix); c != 0 {
			return c
		}
		if c := bytes.Compare(f.key(&a), f.key(&b)); c != 0 {
			return c
		}
		if c := cmp.Compare(a.time, b.time); c != 0 {
			return c
		}
		return cmp.Compare(f.batches[a.batch].port, f.batches[b.batch].port)
	})
}

// toDisk writes what is in memory as a run.
func (f *buffer) toDisk() error {
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
}

// sorted returns all rows in order; nothing is added any more.
func (f *buffer) sorted() (rows, error) {
	if f.spill == nil {
		f.sort()
		return &inMemory{buffer: f}, nil
	}
	if len(f.refs) > 0 {
		if err := f.toDisk(); err != nil {
			return nil, err
		}
	}
	return f.spill.merged()
}

func (f *buffer) close() error {
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
	at     int
}

// next implements rows.
func (m *inMemory) next(n int) (int, *batch.Batch, error) {
	rest := m.buffer.refs[m.at:]
	if len(rest) == 0 {
		return 0, nil, nil
	}
	batches := m.buffer.batches
	port := batches[rest[0].batch].port
	to := 1
	for to < len(rest) && to < n && batches[rest[to].batch].port == port {
		to++
	}
	m.at += to
	return port, m.buffer.gather(rest[:to]), nil
}

// gather makes a batch of rows of one port.
func (f *buffer) gather(refs []ref) *batch.Batch {
	first := f.batches[refs[0].batch]
	out := batch.NewRowBuilder(first.Schema, len(refs))
	for c, col := range out.Cols {
		for i := range refs {
			r := &refs[i]
			col.AppendFrom(f.batches[r.batch].Cols[c], int(r.row))
		}
	}
	timed, changes := false, false
	for i := range refs {
		b := f.batches[refs[i].batch]
		timed, changes = timed || b.Times != nil, changes || b.Kinds != nil
	}
	for i := range refs {
		b, row := f.batches[refs[i].batch], int(refs[i].row)
		if timed {
			out.Times = append(out.Times, b.Time(row))
		}
		if changes {
			out.Kinds = append(out.Kinds, b.Kind(row))
		}
	}
	b := out.Finish()
	for c, col := range b.Cols {
		if col.Type.Kind == types.Object {
			b.Cols[c] = batch.MakeObjects(batch.Values[uint64](col), f.owners(refs, c))
		}
	}
	return b
}

// owners keeps alive what the rows of an object column refer to.
func (f *buffer) owners(refs []ref, column int) batch.Owner {
	o := &owners{}
	o.users.Store(1)
	seen := map[int32]bool{}
	for i := range refs {
		if at := refs[i].batch; !seen[at] {
			seen[at] = true
			col := f.batches[at].Cols[column]
			col.Retain()
			o.columns = append(o.columns, col)
		}
	}
	return o
}

// owners is the owner of objects of several columns.
type owners struct {
	users   atomic.Int64
	columns []*batch.Column
}

var _ batch.Owner = (*owners)(nil)

// Retain implements batch.Owner.
func (o *owners) Retain() { o.users.Add(1) }

// Release implements batch.Owner.
func (o *owners) Release() {
	if o.users.Add(-1) == 0 {
		for _, c := range o.columns {
			c.Release()
		}
	}
}
