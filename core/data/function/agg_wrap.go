package function

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// WithFilter is the aggregate with FILTER (WHERE …): its accumulators take one argument more, a
// BOOLEAN, and only the rows where it is TRUE.
func (b AggBound) WithFilter() AggBound {
	inner := b.New
	b.Args = append(b.Args[:len(b.Args):len(b.Args)], boolT)
	b.New = func(retract bool) Accumulator { return &filterAcc{Accumulator: inner(retract)} }
	return b
}

// filterAcc passes on the rows whose last argument is TRUE.
type filterAcc struct {
	Accumulator
	groups, rows []int32
}

func (a *filterAcc) pick(groups []int32, args []*batch.Column, rows []int32) []*batch.Column {
	cond := args[len(args)-1]
	a.groups, a.rows = a.groups[:0], a.rows[:0]
	for k, g := range groups {
		if i := rowOf(rows, k); !cond.IsNull(i) && cond.Bool(i) {
			a.groups, a.rows = append(a.groups, g), append(a.rows, int32(i))
		}
	}
	return args[:len(args)-1]
}

func (a *filterAcc) Add(groups []int32, args []*batch.Column, rows []int32) {
	args = a.pick(groups, args, rows)
	a.Accumulator.Add(a.groups, args, a.rows)
}

func (a *filterAcc) Retract(groups []int32, args []*batch.Column, rows []int32) {
	args = a.pick(groups, args, rows)
	a.Accumulator.Retract(a.groups, args, a.rows)
}

func (a *filterAcc) Merge(groups []int32, other Accumulator, from []int32) {
	a.Accumulator.Merge(groups, other.(*filterAcc).Accumulator, from)
}

// WithDistinct is the aggregate over the distinct values (or tuples of values) of a group. Its
// accumulators count each value, so that they can take values back and be merged.
func (b AggBound) WithDistinct() AggBound {
	inner, args := b.New, b.Args
	b.New = func(retract bool) Accumulator {
		if words := newDistinctWords(inner(retract), args); words != nil {
			return words
		}
		return &distinctAcc{inner: inner(retract), args: args}
	}
	return b
}

type distinctAcc struct {
	inner        Accumulator
	args         []types.Type
	seen         []map[string]int64
	groups, rows []int32
	buf          []byte
}

func (a *distinctAcc) Grow(n int) {
	a.seen = grow(a.seen, n)
	a.inner.Grow(n)
}

// count changes the count of each row's values and picks the rows whose values came or went.
func (a *distinctAcc) count(groups []int32, args []*batch.Column, rows []int32, by int64) {
	a.groups, a.rows = a.groups[:0], a.rows[:0]
	for k, g := range groups {
		i := rowOf(rows, k)
		a.buf = a.buf[:0]
		for _, c := range args {
			a.buf = kernel.AppendValue(a.buf, c, i)
		}
		m := a.seen[g]
		if m == nil {
			m = map[string]int64{}
			a.seen[g] = m
		}
		old := m[string(a.buf)]
		switch {
		case old+by == 0:
			delete(m, string(a.buf))
		default:
			m[string(a.buf)] = old + by
		}
		if old == 0 && by > 0 || old > 0 && old+by == 0 {
			a.groups, a.rows = append(a.groups, g), append(a.rows, int32(i))
		}
	}
}

func (a *distinctAcc) Add(groups []int32, args []*batch.Column, rows []int32) {
	a.count(groups, args, rows, 1)
	a.inner.Add(a.groups, args, a.rows)
}

func (a *distinctAcc) Retract(groups []int32, args []*batch.Column, rows []int32) {
	a.count(groups, args, rows, -1)
	a.inner.Retract(a.groups, args, a.rows)
}

func (a *distinctAcc) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*distinctAcc)
	build := make([]*batch.Builder, len(a.args))
	for i, t := range a.args {
		build[i] = batch.NewBuilder(t, 0)
	}
	var fresh []int32
	for k, g := range groups {
		if a.seen[g] == nil {
			a.seen[g] = map[string]int64{}
		}
		for _, v := range sortedKeys(o.seen[from[k]]) {
			old := a.seen[g][v]
			a.seen[g][v] = old + o.seen[from[k]][v]
			if old > 0 {
				continue
			}
			fresh = append(fresh, g)
			rest := []byte(v)
			for _, b := range build {
				rest, _ = kernel.ReadValue(b, rest) // our own encoding
			}
		}
	}
	cols := make([]*batch.Column, len(build))
	for i, b := range build {
		cols[i] = b.Finish()
	}
	a.inner.Add(fresh, cols, nil)
}

func (a *distinctAcc) Result(groups []int32) (*batch.Column, error) {
	return a.inner.Result(groups)
}

// Encode has the inner state in front, with its length, then the values and counts.
func (a *distinctAcc) Encode(groups []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	inner, innerEnds, err := a.inner.Encode(groups, nil, nil)
	if err != nil {
		return dst, ends, err
	}
	k, from := 0, int32(0)
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		state := inner[from:innerEnds[k]]
		from = innerEnds[k]
		k++
		if len(state) == 0 && len(a.seen[g]) == 0 {
			return dst
		}
		dst = appendText(dst, string(state))
		for _, v := range sortedKeys(a.seen[g]) {
			dst = binary.AppendVarint(appendText(dst, v), a.seen[g][v])
		}
		return dst
	})
}

func (a *distinctAcc) Decode(groups []int32, src []byte, ends []int32) error {
	var inner []byte
	innerEnds := make([]int32, 0, len(groups))
	k := 0
	skip := func(g int32) { // groups without state come to no reader
		for len(innerEnds) < len(groups) && groups[k] != g {
			innerEnds = append(innerEnds, int32(len(inner)))
			k++
		}
	}
	err := decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		skip(g)
		inner = append(inner, r.text()...)
		innerEnds = append(innerEnds, int32(len(inner)))
		k++
		a.seen[g] = map[string]int64{}
		for len(r.b) > 0 && !r.bad {
			v := r.text()
			a.seen[g][v] = r.varint()
		}
	})
	if err != nil {
		return err
	}
	for len(innerEnds) < len(groups) {
		innerEnds = append(innerEnds, int32(len(inner)))
	}
	return a.inner.Decode(groups, inner, innerEnds)
}

func (a *distinctAcc) Clear(groups []int32) {
	for _, g := range groups {
		a.seen[g] = nil
	}
	a.inner.Clear(groups)
}

func (a *distinctAcc) SizeBytes(groups []int32) int64 {
	n := a.inner.SizeBytes(groups)
	for _, g := range groups {
		n += 48
		for v := range a.seen[g] {
			n += 40 + int64(len(v))
		}
	}
	return n
}
