package hashjoin

import (
	"bytes"
	"path"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/spill"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/sort"
)

// Merge is plan.Join in batch mode as a sort-merge join: both sides are sorted by the keys, on disk
// what is over the memory budget, and read side by side. Of each key the right rows are gathered,
// on disk as well when they are too many, and every left row meets all of them.
type Merge struct {
	operator.Base
	op      *plan.Join
	schemas [2]*types.Schema
	schema  *types.Schema
	both    *types.Schema // the columns of both sides
	keys    [2][]int
	wants   wants

	residual residual
	memory   *memory.Account
	limit    int
	dir      *spill.Dir
	sides    [2]sorted
	ended    [2]bool
	phase    mergePhase

	group  group
	span   span
	pairs  candidates
	single *batch.RowBuilder // rows that come out without a match, or once
	rows   []int32
}

type mergePhase uint8

const (
	sorting   mergePhase = iota
	comparing            // the next rows of both sides
	pairing              // left rows of a key with the right ones
	resting              // right rows of a key without a match
	merged
)

// sorted is a side on its way out of its sorter.
type sorted struct {
	in   *sort.Sorter
	rows *batch.Batch // the last column is the key; nil: none are left
	at   int
}

var (
	_ operator.Operator  = (*Merge)(nil)
	_ operator.Resumable = (*Merge)(nil)
)

// NewMerge makes the operator.
func NewMerge(op *plan.Join, left, right, schema *types.Schema) *Merge {
	o := &Merge{op: op, schemas: [2]*types.Schema{left, right}, schema: schema,
		keys:  [2][]int{op.LeftKeys, op.RightKeys},
		both:  types.NewSchema(append(slices.Clone(left.Fields), right.Fields...)...),
		wants: wantsOf(op, 1)}
	return o
}

// Open implements operator.Operator.
func (o *Merge) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	o.limit = max(ctx.BatchRows, 1)
	o.memory = ctx.OpenMemory()
	o.dir = spill.NewDir(ctx.FS, path.Join(ctx.Dir, "group"))
	for side, name := range [...]string{"left", "right"} {
		o.sides[side].in = sort.NewSorter(ctx, name, o.schemas[side], o.keys[side])
	}
	o.single = batch.NewRowBuilder(o.schema, o.limit)
	o.pairs.rows = batch.NewRowBuilder(o.both, o.limit)
	var err error
	o.residual, err = newResidual(ctx, o.op, o.schemas[0], o.schemas[1])
	return err
}

// Process implements operator.Operator.
func (o *Merge) Process(side int, b *batch.Batch, out operator.Output) error {
	if b.Len() == 0 {
		return nil
	}
	for i := range b.Kinds {
		if !b.Kinds[i].IsAdd() {
			return errs.Internalf("a batch join got a row that is taken back")
		}
	}
	dead := nullKeys(pick(b, o.keys[side]), o.op.NullSafe, b.Len())
	if dead == nil {
		return o.sides[side].in.Add(b)
	}
	o.rows = o.rows[:0]
	for i, d := range dead { // they match nothing
		switch {
		case !d:
			o.rows = append(o.rows, int32(i))
		case o.misses(side):
			o.addSingle(side, b, i)
		}
	}
	o.flushSingle(out, o.limit)
	live := b.Take(o.rows)
	defer live.Release()
	return o.sides[side].in.Add(live)
}

// misses says whether rows of a side come out when they have no match.
func (o *Merge) misses(side int) bool {
	if side == 0 {
		return o.wants.probeMiss
	}
	return o.wants.buildMiss
}

// addSingle adds a row with NULLs for the other side, unless only the left side comes out.
func (o *Merge) addSingle(side int, b *batch.Batch, row int) {
	at := 0
	for s := range 2 {
		if s == 1 && !o.wants.pairs {
			return
		}
		for c := range o.schemas[s].Fields {
			if s == side {
				o.single.Cols[at].AppendFrom(b.Cols[c], row)
			} else {
				o.single.Cols[at].AppendNull()
			}
			at++
		}
	}
}

// flushSingle emits the rows without a match, if there are n at least.
func (o *Merge) flushSingle(out operator.Output, n int) {
	if rows := o.single.Len(); rows >= n && rows > 0 {
		out.Emit(0, o.single.Finish())
		o.single = batch.NewRowBuilder(o.schema, o.limit)
	}
}

// EndInput implements operator.Operator.
func (o *Merge) EndInput(side int, out operator.Output) error {
	o.ended[side] = true
	if !o.ended[0] || !o.ended[1] {
		return nil
	}
	for s := range o.sides {
		if err := o.sides[s].in.Finish(); err != nil {
			return err
		}
		if err := o.fill(s); err != nil {
			return err
		}
	}
	o.phase = comparing
	return o.Resume(out)
}

// Pending implements operator.Resumable.
func (o *Merge) Pending() bool { return o.phase != sorting && o.phase != merged }

// Resume implements operator.Resumable.
func (o *Merge) Resume(out operator.Output) error {
	for o.Pending() {
		var err error
		switch o.phase {
		case comparing:
			err = o.compare(out)
		case pairing:
			err = o.pair(out)
		default:
			err = o.rest(out)
		}
		if err != nil || out.Full() {
			return err
		}
	}
	return nil
}

// fill has the rows of a side be there, unless there are none left.
func (o *Merge) fill(side int) error {
	s := &o.sides[side]
	if s.rows != nil && s.at < s.rows.Len() {
		return nil
	}
	if s.rows != nil {
		s.rows.Release()
	}
	var err error
	s.rows, err = s.in.Next(o.limit)
	s.at = 0
	return err
}

func keyAt(b *batch.Batch, row int) []byte { return b.Cols[len(b.Cols)-1].Bytes(row) }

// compare passes by the rows whose key the other side does not have, a batch of one side at most,
// and begins the first key that both have.
func (o *Merge) compare(out operator.Output) error {
	l, r := &o.sides[0], &o.sides[1]
	for l.rows != nil || r.rows != nil {
		c := 0
		switch {
		case r.rows == nil:
			c = -1
		case l.rows == nil:
			c = 1
		default:
			c = bytes.Compare(keyAt(l.rows, l.at), keyAt(r.rows, r.at))
		}
		if c == 0 {
			return o.begin()
		}
		side := (c + 1) / 2
		s := &o.sides[side]
		if o.misses(side) {
			o.addSingle(side, s.rows, s.at)
		}
		s.at++
		if s.at == s.rows.Len() {
			o.flushSingle(out, o.limit)
			return o.fill(side)
		}
	}
	if err := o.settle(out); err != nil {
		return err
	}
	o.flushSingle(out, 1)
	o.phase = merged
	return nil
}

// Close implements operator.Operator.
func (o *Merge) Close() error {
	var first error
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	for s := range o.sides {
		if b := o.sides[s].rows; b != nil {
			b.Release()
			o.sides[s].rows = nil
		}
		note(o.sides[s].in.Close())
	}
	note(o.group.close(o.memory))
	if o.memory != nil {
		o.memory.Close()
	}
	note(o.dir.Close())
	return first
}
