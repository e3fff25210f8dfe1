package function

import (
	"encoding/binary"
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

type extremeCell[T plainNumber] struct {
	v   T
	has bool
}

// extremeAcc is MIN or MAX of a fixed-width number that is never taken back.
type extremeAcc[T plainNumber] struct {
	t     types.Type
	max   bool
	cells []extremeCell[T]
}

func (a *extremeAcc[T]) Grow(n int) { a.cells = grow(a.cells, n) }

func (a *extremeAcc[T]) put(g int32, v T) {
	x := &a.cells[g]
	if !x.has || a.better(v, x.v) {
		x.v, x.has = v, true
	}
}

// better compares with NaN above everything.
func (a *extremeAcc[T]) better(v, w T) bool {
	if a.max {
		return v > w || v != v
	}
	return v < w || w != w
}

func (a *extremeAcc[T]) Add(groups []int32, args []*batch.Column, rows []int32) {
	c, v := args[0], batch.Values[T](args[0])
	if c.NullCount() > 0 || rows != nil || isFloat[T]() {
		eachRow(c, groups, rows, func(g int32, i int) { a.put(g, v[i]) })
		return
	}
	v, cells := v[:len(groups)], a.cells
	if a.max {
		for i, g := range groups {
			if x := &cells[g]; v[i] > x.v || !x.has {
				x.v, x.has = v[i], true
			}
		}
		return
	}
	for i, g := range groups {
		if x := &cells[g]; v[i] < x.v || !x.has {
			x.v, x.has = v[i], true
		}
	}
}

func (a *extremeAcc[T]) Retract([]int32, []*batch.Column, []int32) {
	panic("function: this MIN or MAX was made without retract")
}

func (a *extremeAcc[T]) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*extremeAcc[T])
	for k, g := range groups {
		if x := o.cells[from[k]]; x.has {
			a.put(g, x.v)
		}
	}
}

func (a *extremeAcc[T]) Result(groups []int32) (*batch.Column, error) {
	return fixedResult(a.t, groups, func(g int32) (T, bool) {
		return a.cells[g].v, a.cells[g].has
	}), nil
}

func (a *extremeAcc[T]) Encode(groups []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		if x := a.cells[g]; x.has {
			return appendNumber(dst, x.v)
		}
		return dst
	})
}

func (a *extremeAcc[T]) Decode(groups []int32, src []byte, ends []int32) error {
	return decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		a.cells[g] = extremeCell[T]{readNumber[T](r), true}
	})
}

func appendNumber[T plainNumber](dst []byte, v T) []byte {
	if isFloat[T]() {
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(float64(v)))
	}
	return binary.AppendVarint(dst, int64(v))
}

func readNumber[T plainNumber](r *reader) T {
	if isFloat[T]() {
		return T(math.Float64frombits(r.uint64()))
	}
	return T(r.varint())
}

func (a *extremeAcc[T]) Clear(groups []int32) {
	for _, g := range groups {
		a.cells[g] = extremeCell[T]{}
	}
}

func (a *extremeAcc[T]) SizeBytes(groups []int32) int64 { return 16 * int64(len(groups)) }

// multiset is the values of one group with their counts and a heap of the distinct ones, some of
// which may be gone.
type multiset[T comparable] struct {
	counts map[T]int64
	heap   []T
}

// multisetAcc is MIN or MAX of any ordered kind, with retraction (it keeps every value) or
// without (it keeps the best one).
type multisetAcc[T comparable] struct {
	t       types.Type
	d       domain[T]
	max     bool
	retract bool
	sets    []multiset[T]
}

func (a *multisetAcc[T]) Grow(n int) { a.sets = grow(a.sets, n) }

func (a *multisetAcc[T]) before(v, w T) bool {
	if a.max {
		return a.d.less(w, v)
	}
	return a.d.less(v, w)
}

func (a *multisetAcc[T]) add(g int32, v T, n int64) {
	s := &a.sets[g]
	if !a.retract {
		if len(s.heap) == 0 {
			s.heap = append(s.heap, v)
		} else if a.before(v, s.heap[0]) {
			s.heap[0] = v
		}
		return
	}
	if s.counts == nil {
		s.counts = map[T]int64{}
	}
	old := s.counts[v]
	switch old + n {
	case 0:
		delete(s.counts, v)
	default:
		s.counts[v] = old + n
	}
	if old <= 0 && old+n > 0 {
		s.push(v, a.before)
	}
	if len(s.heap) > 2*len(s.counts)+16 {
		s.rebuild(a.before)
	}
}

func (s *multiset[T]) push(v T, before func(a, b T) bool) {
	s.heap = append(s.heap, v)
	for i := len(s.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !before(s.heap[i], s.heap[up]) {
			return
		}
		s.heap[i], s.heap[up] = s.heap[up], s.heap[i]
		i = up
	}
}

func (s *multiset[T]) pop(before func(a, b T) bool) {
	n := len(s.heap) - 1
	s.heap[0] = s.heap[n]
	s.heap = s.heap[:n]
	for i := 0; ; {
		kid := 2*i + 1
		if kid >= n {
			return
		}
		if kid+1 < n && before(s.heap[kid+1], s.heap[kid]) {
			kid++
		}
		if !before(s.heap[kid], s.heap[i]) {
			return
		}
		s.heap[i], s.heap[kid] = s.heap[kid], s.heap[i]
		i = kid
	}
}

// rebuild drops the values that are gone and the repeats from the heap.
func (s *multiset[T]) rebuild(before func(a, b T) bool) {
	s.heap = s.heap[:0]
	for v, n := range s.counts {
		if n > 0 {
			s.push(v, before)
		}
	}
}

// best is the least value in order; gone ones are dropped on the way.
func (a *multisetAcc[T]) best(g int32) (v T, ok bool) {
	s := &a.sets[g]
	for len(s.heap) > 0 {
		if !a.retract || s.counts[s.heap[0]] > 0 {
			return s.heap[0], true
		}
		s.pop(a.before)
	}
	return v, false
}

func (a *multisetAcc[T]) Add(groups []int32, args []*batch.Column, rows []int32) {
	at := a.d.read(args[0])
	eachRow(args[0], groups, rows, func(g int32, i int) { a.add(g, at(i), 1) })
}

func (a *multisetAcc[T]) Retract(groups []int32, args []*batch.Column, rows []int32) {
	at := a.d.read(args[0])
	eachRow(args[0], groups, rows, func(g int32, i int) { a.add(g, at(i), -1) })
}

func (a *multisetAcc[T]) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*multisetAcc[T])
	for k, g := range groups {
		s := o.sets[from[k]]
		for v, n := range s.counts {
			a.add(g, v, n)
		}
		if !a.retract && len(s.heap) > 0 {
			a.add(g, s.heap[0], 1)
		}
	}
}

func (a *multisetAcc[T]) Result(groups []int32) (*batch.Column, error) {
	b := batch.NewBuilder(a.t, len(groups))
	for _, g := range groups {
		if v, ok := a.best(g); ok {
			a.d.put(b, v)
		} else {
			b.AppendNull()
		}
	}
	return b.Finish(), nil
}

func (a *multisetAcc[T]) Encode(groups []int32, dst []byte, ends []int32,
) ([]byte, []int32, error) {
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		s := a.sets[g]
		if !a.retract {
			if len(s.heap) == 0 {
				return dst
			}
			return a.d.encode(append(dst, 1), s.heap[0])
		}
		if len(s.counts) == 0 {
			return dst
		}
		dst = binary.AppendUvarint(dst, uint64(len(s.counts)))
		for v, n := range s.counts {
			dst = binary.AppendVarint(a.d.encode(dst, v), n)
		}
		return dst
	})
}

func (a *multisetAcc[T]) Decode(groups []int32, src []byte, ends []int32) error {
	return decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		n := r.count()
		for range n {
			v := a.d.decode(r)
			count := int64(1)
			if a.retract {
				count = r.varint()
			}
			a.add(g, v, count)
		}
	})
}

func (a *multisetAcc[T]) Clear(groups []int32) {
	for _, g := range groups {
		a.sets[g] = multiset[T]{}
	}
}

func (a *multisetAcc[T]) SizeBytes(groups []int32) int64 {
	var n int64
	for _, g := range groups {
		s := &a.sets[g]
		n += 48
		if len(s.heap) > 0 {
			n += int64(len(s.counts)*2+len(s.heap)) * (16 + a.d.size(s.heap[0]))
		}
	}
	return n
}

func newExtreme(t types.Type, max, retract bool) Accumulator {
	switch t.Kind {
	case types.TinyInt:
		return numberExtreme[int8](t, max, retract)
	case types.SmallInt:
		return numberExtreme[int16](t, max, retract)
	case types.Int, types.Date, types.IntervalYM, types.Null:
		return numberExtreme[int32](t, max, retract)
	case types.Time:
		if t.Unit() == 3 {
			return numberExtreme[int32](t, max, retract)
		}
		return numberExtreme[int64](t, max, retract)
	case types.Float:
		if retract {
			return &multisetAcc[int64]{t: t, d: floatDomain[float32](), max: max, retract: true}
		}
		return &extremeAcc[float32]{t: t, max: max}
	case types.Double:
		if retract {
			return &multisetAcc[int64]{t: t, d: floatDomain[float64](), max: max, retract: true}
		}
		return &extremeAcc[float64]{t: t, max: max}
	case types.Decimal:
		return &multisetAcc[batch.Decimal]{t: t, d: decimalDomain(), max: max, retract: retract}
	case types.Boolean:
		return &multisetAcc[bool]{t: t, d: boolDomain(), max: max, retract: retract}
	case types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		return numberExtreme[int64](t, max, retract)
	}
	return &multisetAcc[string]{t: t, d: textDomain(), max: max, retract: retract}
}

func numberExtreme[T plainNumber](t types.Type, max, retract bool) Accumulator {
	if retract {
		return &multisetAcc[T]{t: t, d: numberDomain[T](), max: max, retract: true}
	}
	return &extremeAcc[T]{t: t, max: max}
}

func inferExtreme(max bool) func(types.Type) (AggBound, bool) {
	return func(t types.Type) (AggBound, bool) {
		if t.Kind == types.Null {
			t = intT
		}
		res := t.Nullable(true)
		return AggBound{Args: []types.Type{t}, Result: res, Splittable: true,
			New: func(retract bool) Accumulator { return newExtreme(res, max, retract) },
		}, t.Kind < types.Array
	}
}

func extremeAggregates() []*Aggregate {
	return []*Aggregate{
		aggDef(Aggregate{Name: "MAX", Syntax: "MAX([ALL | DISTINCT] value)",
			Doc: "The greatest value; NULL for no values.", Example: "MAX(x) → 3"},
			inferExtreme(true)),
		aggDef(Aggregate{Name: "MIN", Syntax: "MIN([ALL | DISTINCT] value)",
			Doc: "The least value; NULL for no values.", Example: "MIN(x) → 1"},
			inferExtreme(false)),
	}
}
