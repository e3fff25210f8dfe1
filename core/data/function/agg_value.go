package function

import (
	"encoding/binary"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// valueAcc is FIRST_VALUE and LAST_VALUE without retraction: one encoded value a group.
type valueAcc struct {
	t    types.Type
	last bool
	vals [][]byte
}

func (a *valueAcc) Grow(n int) { a.vals = grow(a.vals, n) }

func (a *valueAcc) Add(groups []int32, args []*batch.Column, rows []int32) {
	eachRow(args[0], groups, rows, func(g int32, i int) {
		if a.last || len(a.vals[g]) == 0 {
			a.vals[g] = kernel.AppendValue(a.vals[g][:0], args[0], i)
		}
	})
}

func (a *valueAcc) Retract([]int32, []*batch.Column, []int32) {
	panic("function: this FIRST_VALUE or LAST_VALUE was made without retract")
}

func (a *valueAcc) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*valueAcc)
	for k, g := range groups {
		if v := o.vals[from[k]]; len(v) > 0 && (a.last || len(a.vals[g]) == 0) {
			a.vals[g] = append(a.vals[g][:0], v...)
		}
	}
}

func (a *valueAcc) Result(groups []int32) (*batch.Column, error) {
	b := batch.NewBuilder(a.t, len(groups))
	for _, g := range groups {
		if err := putValue(b, a.vals[g]); err != nil {
			return nil, err
		}
	}
	return b.Finish(), nil
}

// putValue appends an encoded value; none is null.
func putValue(b *batch.Builder, v []byte) error {
	if len(v) == 0 {
		b.AppendNull()
		return nil
	}
	_, err := kernel.ReadValue(b, v)
	return err
}

func (a *valueAcc) Encode(groups []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		return append(dst, a.vals[g]...)
	})
}

func (a *valueAcc) Decode(groups []int32, src []byte, ends []int32) error {
	return decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		a.vals[g] = append(a.vals[g], r.take(len(r.b))...)
	})
}

func (a *valueAcc) Clear(groups []int32) {
	for _, g := range groups {
		a.vals[g] = nil
	}
}

func (a *valueAcc) SizeBytes(groups []int32) int64 {
	var n int64
	for _, g := range groups {
		n += 24 + int64(cap(a.vals[g]))
	}
	return n
}

// listAcc keeps the values of each group in the order of arrival, encoded: ARRAY_AGG, LISTAGG and
// the like, and FIRST_VALUE and LAST_VALUE with retraction.
type listAcc struct {
	t      types.Type
	nulls  bool // NULLs are values too
	pairs  bool // the values are pairs of the first two arguments
	skip   int  // arguments in front that are not values
	lists  [][]string
	result func(b *batch.Builder, list []string) error
}

func (a *listAcc) Grow(n int) { a.lists = grow(a.lists, n) }

func (a *listAcc) each(args []*batch.Column, groups, rows []int32, f func(g int32, v []byte)) {
	var buf []byte
	args = args[a.skip:]
	for k, g := range groups {
		i := rowOf(rows, k)
		if !a.nulls && args[0].IsNull(i) {
			continue
		}
		buf = buf[:0]
		buf = kernel.AppendValue(buf, args[0], i)
		if a.pairs {
			buf = kernel.AppendValue(buf, args[1], i)
		}
		f(g, buf)
	}
}

func (a *listAcc) Add(groups []int32, args []*batch.Column, rows []int32) {
	a.each(args, groups, rows, func(g int32, v []byte) {
		a.lists[g] = append(a.lists[g], string(v))
	})
}

// Retract removes the earliest equal value.
func (a *listAcc) Retract(groups []int32, args []*batch.Column, rows []int32) {
	a.each(args, groups, rows, func(g int32, v []byte) {
		for i, w := range a.lists[g] {
			if w == string(v) {
				a.lists[g] = slices.Delete(a.lists[g], i, i+1)
				return
			}
		}
	})
}

func (a *listAcc) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*listAcc)
	for k, g := range groups {
		a.lists[g] = append(a.lists[g], o.lists[from[k]]...)
	}
}

func (a *listAcc) Result(groups []int32) (*batch.Column, error) {
	b := batch.NewBuilder(a.t, len(groups))
	for _, g := range groups {
		if err := a.result(b, a.lists[g]); err != nil {
			return nil, err
		}
	}
	return b.Finish(), nil
}

func (a *listAcc) Encode(groups []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		for _, v := range a.lists[g] {
			dst = appendText(dst, v)
		}
		return dst
	})
}

func (a *listAcc) Decode(groups []int32, src []byte, ends []int32) error {
	return decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		for len(r.b) > 0 && !r.bad {
			a.lists[g] = append(a.lists[g], r.text())
		}
	})
}

func (a *listAcc) Clear(groups []int32) {
	for _, g := range groups {
		a.lists[g] = nil
	}
}

func (a *listAcc) SizeBytes(groups []int32) int64 {
	var n int64
	for _, g := range groups {
		n += 24 + 16*int64(cap(a.lists[g]))
		for _, v := range a.lists[g] {
			n += int64(len(v))
		}
	}
	return n
}

// singleAcc is SINGLE_VALUE: what a scalar sub-query is made of.
type singleAcc struct {
	valueAcc
	n []int64
}

func (a *singleAcc) Grow(n int) {
	a.valueAcc.Grow(n)
	a.n = grow(a.n, n)
}

func (a *singleAcc) Add(groups []int32, args []*batch.Column, rows []int32) {
	for k, g := range groups {
		a.vals[g] = kernel.AppendValue(a.vals[g][:0], args[0], rowOf(rows, k))
		a.n[g]++
	}
}

func (a *singleAcc) Retract(groups []int32, _ []*batch.Column, _ []int32) {
	for _, g := range groups {
		if a.n[g]--; a.n[g] == 0 {
			a.vals[g] = nil
		}
	}
}

func (a *singleAcc) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*singleAcc)
	for k, g := range groups {
		if v := o.vals[from[k]]; len(v) > 0 {
			a.vals[g] = append(a.vals[g][:0], v...)
		}
		a.n[g] += o.n[from[k]]
	}
}

func (a *singleAcc) Result(groups []int32) (*batch.Column, error) {
	for _, g := range groups {
		if a.n[g] > 1 {
			return nil, errs.Dataf("a scalar sub-query (SINGLE_VALUE) gave more than one row").
				Fix("aggregate it, or add LIMIT 1")
		}
	}
	return a.valueAcc.Result(groups)
}

func (a *singleAcc) Encode(groups []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		if a.n[g] == 0 {
			return dst
		}
		return append(binary.AppendVarint(dst, a.n[g]), a.vals[g]...)
	})
}

func (a *singleAcc) Decode(groups []int32, src []byte, ends []int32) error {
	return decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		a.n[g] = r.varint()
		a.vals[g] = append(a.vals[g], r.take(len(r.b))...)
	})
}

func (a *singleAcc) Clear(groups []int32) {
	a.valueAcc.Clear(groups)
	for _, g := range groups {
		a.n[g] = 0
	}
}

func inferValue(last bool) func(types.Type) (AggBound, bool) {
	return func(t types.Type) (AggBound, bool) {
		res := t.Nullable(true)
		return AggBound{Result: res, New: func(retract bool) Accumulator {
			if !retract {
				return &valueAcc{t: res, last: last}
			}
			return &listAcc{t: res, result: func(b *batch.Builder, list []string) error {
				switch {
				case len(list) == 0:
					return putValue(b, nil)
				case last:
					return putValue(b, []byte(list[len(list)-1]))
				}
				return putValue(b, []byte(list[0]))
			}}
		}}, t.Kind != types.Object
	}
}

func valueAggregates() []*Aggregate {
	return []*Aggregate{
		aggDef(Aggregate{Name: "FIRST_VALUE", Syntax: "FIRST_VALUE(value)", Ordered: true,
			Doc: "The first value to arrive that is not NULL.", Example: "FIRST_VALUE(x) → 1"},
			inferValue(false)),
		aggDef(Aggregate{Name: "LAST_VALUE", Syntax: "LAST_VALUE(value)", Ordered: true,
			Doc: "The last value to arrive that is not NULL.", Example: "LAST_VALUE(x) → 3"},
			inferValue(true)),
		aggDef(Aggregate{Name: "SINGLE_VALUE", Syntax: "SINGLE_VALUE(value)",
			Doc: "The value of the only row; NULL for no row. More than one row is an error."},
			func(t types.Type) (AggBound, bool) {
				res := t.Nullable(true)
				return AggBound{Result: res, Splittable: true, New: func(bool) Accumulator {
					return &singleAcc{valueAcc: valueAcc{t: res, last: true}}
				}}, true
			}),
	}
}
