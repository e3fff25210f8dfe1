package bykey

import (
	"slices"
	"sync/atomic"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// gather makes a batch of rows of batches of one port: row i is row rows[i] of from[which[i]]. Those
// that no row is of may be nil. keys are the encoded keys where they are known already, else nil.
func gather(from []*batch.Batch, which, rows []int32, keys *batch.Column) *batch.Batch {
	if len(rows) < len(from) {
		from, which = used(from, which)
	}
	schema := from[which[0]].Schema
	out := batch.New(schema, make([]*batch.Column, schema.Len()), len(rows))
	cols := make([]*batch.Column, len(from))
	timed, changes := false, false
	for c := range out.Cols {
		if c == keyBytes && keys != nil {
			out.Cols[c] = keys
			continue
		}
		for i, b := range from {
			if b != nil {
				cols[i] = b.Cols[c]
			}
		}
		out.Cols[c] = batch.Gather(cols, which, rows)
		if col := out.Cols[c]; col.Type.Kind == types.Object {
			out.Cols[c] = batch.MakeObjects(batch.Values[uint64](col), ownersOf(cols, which))
		}
	}
	for _, at := range which {
		timed, changes = timed || from[at].Times != nil, changes || from[at].Kinds != nil
	}
	for i, r := range rows {
		if timed {
			out.Times = append(out.Times, from[which[i]].Time(int(r)))
		}
		if changes {
			out.Kinds = append(out.Kinds, from[which[i]].Kind(int(r)))
		}
	}
	return out
}

// used are those batches that rows are of.
func used(from []*batch.Batch, which []int32) ([]*batch.Batch, []int32) {
	some := slices.Clone(which)
	slices.Sort(some)
	some = slices.Compact(some)
	batches, places := make([]*batch.Batch, len(some)), make([]int32, len(which))
	for i, at := range some {
		batches[i] = from[at]
	}
	for i, at := range which {
		k, _ := slices.BinarySearch(some, at)
		places[i] = int32(k)
	}
	return batches, places
}

// ownersOf keeps alive what the rows gathered refer to in an object column.
func ownersOf(cols []*batch.Column, which []int32) batch.Owner {
	o := &owners{}
	o.users.Store(1)
	seen := make([]bool, len(cols))
	for _, at := range which {
		if !seen[at] {
			seen[at] = true
			cols[at].Retain()
			o.columns = append(o.columns, cols[at])
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
