package function

import (
	"encoding/binary"
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// distinctWordAcc is distinctAcc of one integer or time: the values of a group are numbers.
type distinctWordAcc[T int8 | int16 | int32 | int64] struct {
	inner        Accumulator
	arg          types.Type
	seen         []wordCounts
	groups, rows []int32
}

// newDistinctWords makes the accumulator when the arguments are one number, else nil.
func newDistinctWords(inner Accumulator, args []types.Type) Accumulator {
	if len(args) != 1 {
		return nil
	}
	switch args[0].Kind {
	case types.TinyInt:
		return &distinctWordAcc[int8]{inner: inner, arg: args[0]}
	case types.SmallInt:
		return &distinctWordAcc[int16]{inner: inner, arg: args[0]}
	case types.Int, types.Date, types.IntervalYM:
		return &distinctWordAcc[int32]{inner: inner, arg: args[0]}
	case types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		return &distinctWordAcc[int64]{inner: inner, arg: args[0]}
	}
	return nil
}

// Grow implements Accumulator.
func (a *distinctWordAcc[T]) Grow(n int) {
	a.seen = grow(a.seen, n)
	a.inner.Grow(n)
}

// count changes the count of each row's value and picks the rows whose value came or went.
func (a *distinctWordAcc[T]) count(groups []int32, args []*batch.Column, rows []int32, by int64) {
	a.groups, a.rows = a.groups[:0], a.rows[:0]
	c, v := args[0], batch.Values[T](args[0])
	nulls := c.NullCount() > 0
	for k, g := range groups {
		i := rowOf(rows, k)
		if nulls && c.IsNull(i) { // NULL is a value like others for the inner aggregate
			n := &a.seen[g].nulls
			if *n += by; *n == by && by > 0 || *n == 0 && by < 0 {
				a.groups, a.rows = append(a.groups, g), append(a.rows, int32(i))
			}
			continue
		}
		if n := a.seen[g].add(int64(v[i]), by); n == by && by > 0 || n == 0 && by < 0 {
			a.groups, a.rows = append(a.groups, g), append(a.rows, int32(i))
		}
	}
}

// Add implements Accumulator.
func (a *distinctWordAcc[T]) Add(groups []int32, args []*batch.Column, rows []int32) {
	a.count(groups, args, rows, 1)
	a.inner.Add(a.groups, args, a.rows)
}

// Retract implements Accumulator.
func (a *distinctWordAcc[T]) Retract(groups []int32, args []*batch.Column, rows []int32) {
	a.count(groups, args, rows, -1)
	a.inner.Retract(a.groups, args, a.rows)
}

// Merge implements Accumulator.
func (a *distinctWordAcc[T]) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*distinctWordAcc[T])
	b := batch.NewBuilder(a.arg, 0)
	var fresh []int32
	for k, g := range groups {
		set := &o.seen[from[k]]
		if set.nulls != 0 {
			if a.seen[g].nulls <= 0 {
				b.AppendNull()
				fresh = append(fresh, g)
			}
			a.seen[g].nulls += set.nulls
		}
		for _, v := range set.sorted() {
			more := set.add(v, 0)
			if had := a.seen[g].add(v, more) - more; had <= 0 {
				batch.Append(b, T(v))
				fresh = append(fresh, g)
			}
		}
	}
	a.inner.Add(fresh, []*batch.Column{b.Finish()}, nil)
}

// Result implements Accumulator.
func (a *distinctWordAcc[T]) Result(groups []int32) (*batch.Column, error) {
	return a.inner.Result(groups)
}

// Encode has the inner state in front, with its length, then the count of NULL, then the values,
// each as the difference to the one before, and their counts.
func (a *distinctWordAcc[T]) Encode(groups []int32, dst []byte, ends []int32,
) ([]byte, []int32, error) {
	inner, innerEnds, err := a.inner.Encode(groups, nil, nil)
	if err != nil {
		return dst, ends, err
	}
	k, from := 0, int32(0)
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		state := inner[from:innerEnds[k]]
		from = innerEnds[k]
		k++
		set := &a.seen[g]
		values := set.sorted()
		if len(state) == 0 && len(values) == 0 && set.nulls == 0 {
			return dst
		}
		dst = binary.AppendVarint(appendText(dst, string(state)), set.nulls)
		last := int64(0)
		for _, v := range values {
			dst = binary.AppendVarint(binary.AppendVarint(dst, v-last), set.add(v, 0))
			last = v
		}
		return dst
	})
}

// Decode implements Accumulator.
func (a *distinctWordAcc[T]) Decode(groups []int32, src []byte, ends []int32) error {
	var inner []byte
	innerEnds := make([]int32, len(groups))
	k := 0
	err := decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		for groups[k] != g { // groups without state come to no reader
			innerEnds[k] = int32(len(inner))
			k++
		}
		inner = append(inner, r.text()...)
		innerEnds[k] = int32(len(inner))
		k++
		a.seen[g].nulls = r.varint()
		for last := int64(0); len(r.b) > 0 && !r.bad; {
			last += r.varint()
			a.seen[g].add(last, r.varint())
		}
	})
	if err != nil {
		return err
	}
	for ; k < len(groups); k++ {
		innerEnds[k] = int32(len(inner))
	}
	return a.inner.Decode(groups, inner, innerEnds)
}

// Clear implements Accumulator.
func (a *distinctWordAcc[T]) Clear(groups []int32) {
	for _, g := range groups {
		a.seen[g] = wordCounts{}
	}
	a.inner.Clear(groups)
}

// SizeBytes implements Accumulator.
func (a *distinctWordAcc[T]) SizeBytes(groups []int32) int64 {
	n := a.inner.SizeBytes(groups)
	for _, g := range groups {
		n += 40 + 16*int64(len(a.seen[g].cells))
	}
	return n
}

// wordCounts counts numbers: open addressing, at most 5/8 full. A value with count 0 is not there;
// its cell is given up when the table grows.
type wordCounts struct {
	cells []wordCount
	used  int
	nulls int64
}

// wordCount is a number and twice its count, and one: 0 is a free cell.
type wordCount struct{ v, n int64 }

func (c *wordCount) count() int64 { return c.n >> 1 }

func (w *wordCounts) place(v int64) *wordCount {
	x := uint64(v) * 0x9fb21c651e98df25
	x ^= x >> 32
	cells := w.cells
	for at := x; ; at++ {
		c := &cells[at&uint64(len(cells)-1)]
		if c.v == v || c.n == 0 {
			return c
		}
	}
}

// add adds to the count of a value, and returns what it is then.
func (w *wordCounts) add(v, n int64) int64 {
	if 8*(w.used+1) > 5*len(w.cells) {
		w.grow()
	}
	c := w.place(v)
	if c.n == 0 {
		c.v, c.n = v, 1
		w.used++
	}
	c.n += 2 * n
	return c.count()
}

func (w *wordCounts) grow() {
	old, live := w.cells, 0
	for i := range old {
		if old[i].count() != 0 {
			live++
		}
	}
	size := 8
	for 8*(live+1) > 3*size {
		size *= 2
	}
	w.cells, w.used = make([]wordCount, size), live
	for i := range old {
		if old[i].count() != 0 {
			*w.place(old[i].v) = old[i]
		}
	}
}

// sorted returns the values that have a count, ascending.
func (w *wordCounts) sorted() []int64 {
	var out []int64
	for i := range w.cells {
		if w.cells[i].count() != 0 {
			out = append(out, w.cells[i].v)
		}
	}
	slices.Sort(out)
	return out
}
