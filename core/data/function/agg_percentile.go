package function

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// percentileAcc is PERCENTILE: it keeps how often each value came.
type percentileAcc struct {
	t      types.Type
	shares []float64
	array  bool
	sets   []map[float64]int64
}

func (a *percentileAcc) Grow(n int) { a.sets = grow(a.sets, n) }

func (a *percentileAcc) update(groups []int32, args []*batch.Column, rows []int32, by int64) {
	v := doubles(args[0])
	eachRow(args[0], groups, rows, func(g int32, i int) {
		n := by
		if len(args) > 2 {
			if args[2].IsNull(i) {
				return
			}
			n *= kernel.IntAt(args[2], i)
		}
		a.put(g, v[i], n)
	})
}

func (a *percentileAcc) put(g int32, v float64, n int64) {
	if a.sets[g] == nil {
		a.sets[g] = map[float64]int64{}
	}
	if n += a.sets[g][v]; n == 0 {
		delete(a.sets[g], v)
	} else {
		a.sets[g][v] = n
	}
}

func (a *percentileAcc) Add(groups []int32, args []*batch.Column, rows []int32) {
	a.update(groups, args, rows, 1)
}

func (a *percentileAcc) Retract(groups []int32, args []*batch.Column, rows []int32) {
	a.update(groups, args, rows, -1)
}

func (a *percentileAcc) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*percentileAcc)
	for k, g := range groups {
		for v, n := range o.sets[from[k]] {
			a.put(g, v, n)
		}
	}
}

func sortedFloats(m map[float64]int64) []float64 {
	out := make([]float64, 0, len(m))
	for v := range m {
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// values computes the shares of a group by linear interpolation between the two nearest ranks.
func (a *percentileAcc) values(g int32) []float64 {
	sorted := sortedFloats(a.sets[g])
	total := int64(0)
	for _, v := range sorted {
		total += a.sets[g][v]
	}
	if total <= 0 {
		return nil
	}
	at := func(rank int64) float64 {
		for _, v := range sorted {
			if rank -= a.sets[g][v]; rank < 0 {
				return v
			}
		}
		return sorted[len(sorted)-1]
	}
	out := make([]float64, len(a.shares))
	for i, p := range a.shares {
		pos := p * float64(total-1)
		lo := math.Floor(pos)
		v := at(int64(lo))
		if f := pos - lo; f > 0 {
			v = (lo+1-pos)*v + f*at(int64(lo)+1)
		}
		out[i] = v
	}
	return out
}

func (a *percentileAcc) Result(groups []int32) (*batch.Column, error) {
	b := batch.NewBuilder(a.t, len(groups))
	for _, g := range groups {
		vals := a.values(g)
		switch {
		case vals == nil:
			b.AppendNull()
		case a.array:
			for _, v := range vals {
				batch.Append(b.Child(0), v)
			}
			b.CloseList()
		default:
			batch.Append(b, vals[0])
		}
	}
	return b.Finish(), nil
}

func (a *percentileAcc) Encode(groups []int32, dst []byte, ends []int32,
) ([]byte, []int32, error) {
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		for _, v := range sortedFloats(a.sets[g]) {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
			dst = binary.AppendVarint(dst, a.sets[g][v])
		}
		return dst
	})
}

func (a *percentileAcc) Decode(groups []int32, src []byte, ends []int32) error {
	return decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		for len(r.b) > 0 && !r.bad {
			v := math.Float64frombits(r.uint64())
			a.put(g, v, r.varint())
		}
	})
}

func (a *percentileAcc) Clear(groups []int32) {
	for _, g := range groups {
		a.sets[g] = nil
	}
}

func (a *percentileAcc) SizeBytes(groups []int32) int64 {
	var n int64
	for _, g := range groups {
		n += 48 + 40*int64(len(a.sets[g]))
	}
	return n
}

const percentileSyntax = "PERCENTILE(value, percentage [, frequency])"

// inferPercentile needs a constant percentage (or array of them) from 0 to 1.
func inferPercentile(args []Arg) (AggBound, error) {
	bad := mismatch("PERCENTILE", percentileSyntax, args)
	if len(args) < 2 || len(args) > 3 || !args[0].Type.IsNumeric() ||
		len(args) == 3 && !args[2].Type.IsInteger() {
		return AggBound{}, bad
	}
	p := args[1]
	elem := p.Type
	array := p.Type.Kind == types.Array
	if array {
		elem = *p.Type.Elem
	}
	if !elem.IsNumeric() {
		return AggBound{}, bad
	}
	if p.Value == nil || p.Value.IsNull(0) {
		return AggBound{}, errs.Userf("the percentage of PERCENTILE must be a constant").
			Fix("supported: %s", percentileSyntax)
	}
	var shares []float64
	if array {
		from, to := p.Value.Offsets()[0], p.Value.Offsets()[1]
		shares = append(shares, doubles(p.Value.Child(0))[from:to]...)
	} else {
		shares = append(shares, doubles(p.Value)[0])
	}
	for _, s := range shares {
		if !(s >= 0 && s <= 1) {
			return AggBound{}, errs.Userf("the percentage of PERCENTILE must be from 0 to 1, not %v", s)
		}
	}
	res := doubleT
	if array {
		res = types.ArrayOf(doubleT)
	}
	b := AggBound{Result: res, Splittable: true, New: func(bool) Accumulator {
		return &percentileAcc{t: res, shares: shares, array: array}
	}}
	for _, a := range args {
		b.Args = append(b.Args, a.Type)
	}
	return b, nil
}

func percentileAggregate() *Aggregate {
	return &Aggregate{Name: "PERCENTILE", Category: "aggregate", Syntax: percentileSyntax,
		Doc: "The exact percentile, interpolated between the two nearest values; an array of " +
			"percentages gives an array. frequency is how often the value counts.",
		Example: "PERCENTILE(x, 0.5) → 2.0", Infer: inferPercentile}
}
