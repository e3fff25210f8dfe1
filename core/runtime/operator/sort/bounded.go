package sort

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"path"
	"slices"

	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/spill"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Bounded is plan.Sort over a bounded input: everything is sorted at its end, rows of equal keys
// in order of arrival. Over the memory budget sorted runs go to disk and are merged. With a limit
// only as many rows as it lets through are kept.
type Bounded struct {
	operator.Base
	op     *plan.Sort
	schema *types.Schema
	wide   *types.Schema // rows on disk: the columns, then the sort key

	memory  *memory.Account
	held    int64
	dir     *spill.Dir
	batches []*batch.Batch
	changes bool // some rows are not just inserted
	keys    []byte
	refs    []ref
	bound   []byte // with a limit: the greatest key that still counts; nil: not known
	runs    []*spill.File
	merge   *merge

	keyed bool // rows come out with their keys
	ended bool
	at    int // rows in memory that came out
	over  bool
}

// ref is a row in memory: prefix is the start of its key, which is keys[from:to].
type ref struct {
	prefix     uint64
	from, to   int
	batch, row int32
}

var (
	_ operator.Operator  = (*Bounded)(nil)
	_ operator.Resumable = (*Bounded)(nil)
)

// NewBounded makes the operator; schema is that of its input and output.
func NewBounded(op *plan.Sort, schema *types.Schema) *Bounded {
	wide := &types.Schema{Fields: append(slices.Clone(schema.Fields),
		types.F("$key", types.Of(types.Varbinary)))}
	return &Bounded{op: op, schema: schema, wide: wide}
}

// Open implements operator.Operator.
func (o *Bounded) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.memory = ctx.OpenMemory()
	o.dir = spill.NewDir(ctx.FS, path.Join(ctx.Dir, "sort"))
	return nil
}

// Process implements operator.Operator.
func (o *Bounded) Process(_ int, b *batch.Batch, _ operator.Output) error {
	if b.Len() == 0 {
		return nil
	}
	enc, err := operator.SortKeys(b, o.op.Keys)
	if err != nil {
		return err
	}
	start, rows := len(o.keys), len(o.refs)
	for i := range b.Len() {
		from := len(o.keys)
		o.keys = enc.Append(o.keys, i)
		if o.bound != nil && bytes.Compare(o.keys[from:], o.bound) >= 0 {
			o.keys = o.keys[:from]
			continue
		}
		o.refs = append(o.refs, ref{prefix: prefix(o.keys[from:]), from: from, to: len(o.keys),
			batch: int32(len(o.batches)), row: int32(i)})
	}
	if len(o.refs) == rows {
		return nil
	}
	o.changes = o.changes || changes(b)
	b.Retain()
	o.batches = append(o.batches, b)
	n := b.MemBytes() + int64(len(o.keys)-start) + 40*int64(b.Len())
	if o.memory.Over() > 0 || !o.memory.Reserve(n) {
		o.memory.Add(n)
		o.held += n
		if o.op.Fetch > 0 && int64(len(o.refs)) <= 2*o.op.Fetch || o.changes {
			return nil
		}
		return o.toDisk()
	}
	o.held += n
	if limit := o.op.Fetch; limit > 0 && int64(len(o.refs)) > max(2*limit, 8192) {
		o.cut()
	}
	return nil
}

// changes says whether a batch has rows that are not just inserted: a changelog stays in memory.
func changes(b *batch.Batch) bool {
	return slices.ContainsFunc(b.Kinds, func(k types.RowKind) bool { return k != types.Insert })
}

func prefix(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var p [8]byte
	copy(p[:], key)
	return binary.BigEndian.Uint64(p[:])
}

func (o *Bounded) sort() {
	slices.SortStableFunc(o.refs, func(a, b ref) int {
		if c := cmp.Compare(a.prefix, b.prefix); c != 0 {
			return c
		}
		return bytes.Compare(o.keys[a.from:a.to], o.keys[b.from:b.to])
	})
}

// cut keeps the rows that the limit lets through, and learns which keys come too late. They are
// copied together, so that the batches that they came in can go.
func (o *Bounded) cut() {
	o.sort()
	o.refs = o.refs[:o.op.Fetch]
	last := o.refs[len(o.refs)-1]
	o.bound = bytes.Clone(o.keys[last.from:last.to])
	whole := o.gather(o.refs, o.schema)
	keys := make([]byte, 0, len(o.bound)*len(o.refs))
	for i := range o.refs {
		r := &o.refs[i]
		from := len(keys)
		keys = append(keys, o.keys[r.from:r.to]...)
		*r = ref{prefix: r.prefix, from: from, to: len(keys), row: int32(i)}
	}
	refs := o.refs
	o.clear()
	n := whole.MemBytes() + int64(len(keys)) + 40*int64(whole.Len())
	o.memory.Add(n)
	o.held, o.batches, o.keys, o.refs = n, []*batch.Batch{whole}, keys, refs
}

func (o *Bounded) clear() {
	for _, b := range o.batches {
		b.Release()
	}
	o.memory.Add(-o.held)
	o.batches, o.keys, o.refs, o.held = nil, o.keys[:0], nil, 0
}

// gather builds the rows, with their keys when the schema is the wide one.
func (o *Bounded) gather(refs []ref, schema *types.Schema) *batch.Batch {
	b := batch.NewRowBuilder(schema, len(refs))
	for c := range o.schema.Fields {
		col := b.Cols[c]
		for i := range refs {
			col.AppendFrom(o.batches[refs[i].batch].Cols[c], int(refs[i].row))
		}
	}
	if schema == o.wide {
		for i := range refs {
			b.Cols[len(b.Cols)-1].AppendBytes(o.keys[refs[i].from:refs[i].to])
		}
	}
	for i := range refs {
		in := o.batches[refs[i].batch]
		if b.Kinds == nil && in.Kinds != nil {
			b.Kinds = make([]types.RowKind, i, len(refs))
		}
		if b.Kinds != nil {
			b.Kinds = append(b.Kinds, in.Kind(int(refs[i].row)))
		}
	}
	return b.Finish()
}

// runRows is how many rows of a run are written at a time.
const runRows = 4096

// toDisk writes what is in memory as a sorted run.
func (o *Bounded) toDisk() error {
	o.sort()
	w, err := o.dir.Create(o.wide)
	if err != nil {
		return err
	}
	for from := 0; from < len(o.refs); from += runRows {
		part := o.gather(o.refs[from:min(from+runRows, len(o.refs))], o.wide)
		if err := w.Write(part); err != nil {
			w.Abandon()
			return err
		}
	}
	f, err := w.Finish()
	if err != nil {
		return err
	}
	o.runs = append(o.runs, f)
	o.clear()
	return nil
}

// EndInput implements operator.Operator.
func (o *Bounded) EndInput(_ int, out operator.Output) error {
	if err := o.finish(); err != nil {
		return err
	}
	return o.Resume(out)
}

// finish sorts the rows; next gives them.
func (o *Bounded) finish() error {
	o.ended = true
	if len(o.runs) > 0 {
		if len(o.refs) > 0 {
			if err := o.toDisk(); err != nil {
				return err
			}
		}
		var err error
		if o.merge, err = o.openMerge(); err != nil {
			return err
		}
	}
	o.sort()
	return nil
}

// out is the schema of the rows that come out.
func (o *Bounded) out() *types.Schema {
	if o.keyed {
		return o.wide
	}
	return o.schema
}

// Pending implements operator.Resumable.
func (o *Bounded) Pending() bool { return o.ended && !o.over }

// Resume implements operator.Resumable.
func (o *Bounded) Resume(out operator.Output) error {
	for o.Pending() {
		b, err := o.next(max(o.Ctx.BatchRows, 1))
		if err != nil {
			return err
		}
		if b == nil {
			o.over = true
			return nil
		}
		out.Emit(0, b)
		if out.Full() {
			return nil
		}
	}
	return nil
}

// next gives the next rows, nil behind the last ones.
func (o *Bounded) next(n int) (*batch.Batch, error) {
	if o.merge != nil {
		return o.merge.next(n)
	}
	if o.at == len(o.refs) {
		return nil, nil
	}
	to := min(o.at+n, len(o.refs))
	b := o.gather(o.refs[o.at:to], o.out())
	o.at = to
	return b, nil
}

// Close implements operator.Operator.
func (o *Bounded) Close() error {
	o.clear()
	err := o.merge.close()
	o.memory.Close()
	if cerr := o.dir.Close(); err == nil {
		err = cerr
	}
	return err
}
