package operator

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/state"
)

// Keys resolves the rows of batches to slots by key columns; without any all rows have one key.
type Keys struct {
	Columns []int
	keys    state.Keys
	cols    []*batch.Column
	slots   []int32
	known   Known
}

// Resolve returns the slot of each row of b, valid until the next call.
func (k *Keys) Resolve(ctx *Context, b *batch.Batch) ([]int32, error) {
	if len(k.Columns) == 0 {
		return k.resolveGlobal(ctx, b.Len())
	}
	k.cols = k.cols[:0]
	for _, c := range k.Columns {
		k.cols = append(k.cols, b.Cols[c])
	}
	return k.resolve(ctx, b.Len())
}

// ResolveAll is Resolve for the rows of several batches, one after the other.
func (k *Keys) ResolveAll(ctx *Context, parts []*batch.Batch) ([]int32, error) {
	if len(parts) == 1 {
		return k.Resolve(ctx, parts[0])
	}
	if len(k.Columns) == 0 {
		n := 0
		for _, b := range parts {
			n += b.Len()
		}
		return k.resolveGlobal(ctx, n)
	}
	fields := make([]types.Field, len(k.Columns))
	for i, c := range k.Columns {
		fields[i] = parts[0].Schema.Fields[c]
	}
	schema := &types.Schema{Fields: fields}
	keys := make([]*batch.Batch, len(parts))
	for i, b := range parts {
		keys[i] = b.Project(schema, k.Columns)
	}
	all := batch.Concat(keys)
	defer all.Release()
	k.cols = append(k.cols[:0], all.Cols...)
	return k.resolve(ctx, all.Len())
}

// resolve resolves n keys that stand in cols.
func (k *Keys) resolve(ctx *Context, n int) ([]int32, error) {
	var err error
	if words, ok := Words(k.cols, maxWords); ok {
		k.slots, err = k.known.Resolve(ctx.Keyed, words, n, k.slots,
			func(at []int32, keys *state.Keys) error {
				return EncodeKeys(k.cols, at, ctx.MaxParallelism, keys)
			})
		return k.slots, err
	}
	if err := state.EncodeKeys(k.cols, ctx.MaxParallelism, &k.keys); err != nil {
		return nil, err
	}
	k.slots, err = ctx.Keyed.Resolve(&k.keys, k.slots)
	return k.slots, err
}

// resolveGlobal gives n rows the slot of the key of no columns.
func (k *Keys) resolveGlobal(ctx *Context, n int) ([]int32, error) {
	slots, err := k.Global(ctx)
	if err != nil || n == 1 {
		return slots, err
	}
	s := slots[0]
	k.slots = k.slots[:0]
	for range n {
		k.slots = append(k.slots, s)
	}
	return k.slots, nil
}

// Global returns the slot of the key of no columns, valid until the next call: what a global
// operator keeps its state under when there is no row to resolve.
func (k *Keys) Global(ctx *Context) ([]int32, error) {
	state.EmptyKeys(1, ctx.MaxParallelism, &k.keys)
	var err error
	k.slots, err = ctx.Keyed.Resolve(&k.keys, k.slots)
	return k.slots, err
}

// SortKeys makes the encoder of the sort keys of a batch's rows.
func SortKeys(b *batch.Batch, keys []plan.SortKey) (*rowcodec.SortKey, error) {
	cols := make([]*batch.Column, len(keys))
	orders := make([]rowcodec.Order, len(keys))
	for i, k := range keys {
		cols[i] = b.Cols[k.Column]
		orders[i] = rowcodec.Order{Descending: k.Desc, NullsLast: k.NullsLast}
	}
	return rowcodec.NewSortKey(cols, orders)
}

// Millis reads a timestamp column in milliseconds, rounded down.
func Millis(c *batch.Column) []int64 {
	v := batch.Values[int64](c)
	div := int64(1)
	switch c.Type.Unit() {
	case 6:
		div = 1000
	case 9:
		div = 1_000_000
	}
	if div == 1 {
		return v
	}
	out := make([]int64, len(v))
	for i, t := range v {
		out[i] = t / div
		if t%div < 0 {
			out[i]--
		}
	}
	return out
}
