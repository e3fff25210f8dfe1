package function

import (
	"encoding/binary"
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

type statCell struct {
	n         int64
	mean, sqr float64 // sqr is the sum of squared distances from the mean
}

// add and sub are Welford's update and its inverse.
func (x *statCell) add(v float64) {
	x.n++
	d := v - x.mean
	x.mean += d / float64(x.n)
	x.sqr += d * (v - x.mean)
}

func (x *statCell) sub(v float64) {
	if x.n--; x.n <= 0 {
		*x = statCell{}
		return
	}
	d := v - x.mean
	x.mean -= d / float64(x.n)
	x.sqr = max(x.sqr-d*(v-x.mean), 0)
}

func (x *statCell) merge(y statCell) {
	if y.n == 0 {
		return
	}
	n := x.n + y.n
	d := y.mean - x.mean
	x.sqr += y.sqr + d*d*float64(x.n)*float64(y.n)/float64(n)
	x.mean += d * float64(y.n) / float64(n)
	x.n = n
}

// statAcc is STDDEV_POP, STDDEV_SAMP, VAR_POP and VAR_SAMP.
type statAcc struct {
	t            types.Type
	root, sample bool
	cells        []statCell
}

func (a *statAcc) Grow(n int) { a.cells = grow(a.cells, n) }

// doubles reads any numeric column as DOUBLE.
func doubles(c *batch.Column) []float64 {
	v, err := kernel.Cast(nil, kernel.ColVec(c), c.Len(), doubleT, false)
	if err != nil {
		panic(err) // between numbers a cast does not fail
	}
	return batch.Values[float64](v.Col)
}

func (a *statAcc) Add(groups []int32, args []*batch.Column, rows []int32) {
	v := doubles(args[0])
	eachRow(args[0], groups, rows, func(g int32, i int) { a.cells[g].add(v[i]) })
}

func (a *statAcc) Retract(groups []int32, args []*batch.Column, rows []int32) {
	v := doubles(args[0])
	eachRow(args[0], groups, rows, func(g int32, i int) { a.cells[g].sub(v[i]) })
}

func (a *statAcc) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*statAcc)
	for k, g := range groups {
		a.cells[g].merge(o.cells[from[k]])
	}
}

func (a *statAcc) Result(groups []int32) (*batch.Column, error) {
	out := fixedResult(doubleT, groups, func(g int32) (float64, bool) {
		x := a.cells[g]
		n := x.n
		if a.sample {
			n--
		}
		if n <= 0 {
			return 0, false
		}
		v := x.sqr / float64(n)
		if a.root {
			v = math.Sqrt(v)
		}
		return v, true
	})
	v, err := kernel.Cast(nil, kernel.ColVec(out), len(groups), a.t, false)
	if err != nil {
		return nil, err
	}
	return v.Column(len(groups)), nil
}

func (a *statAcc) Encode(groups []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		x := a.cells[g]
		if x.n == 0 {
			return dst
		}
		dst = binary.AppendVarint(dst, x.n)
		dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(x.mean))
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(x.sqr))
	})
}

func (a *statAcc) Decode(groups []int32, src []byte, ends []int32) error {
	return decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) {
		a.cells[g] = statCell{n: r.varint(), mean: math.Float64frombits(r.uint64()),
			sqr: math.Float64frombits(r.uint64())}
	})
}

func (a *statAcc) Clear(groups []int32) {
	for _, g := range groups {
		a.cells[g] = statCell{}
	}
}

func (a *statAcc) SizeBytes(groups []int32) int64 { return 24 * int64(len(groups)) }

func statAggregates() []*Aggregate {
	stat := func(name, doc string, root, sample bool) *Aggregate {
		return aggDef(Aggregate{Name: name, Syntax: name + "([ALL | DISTINCT] value)",
			Doc: doc + " The result has the value's own type (integers are cut), a DECIMAL becomes " +
				"DECIMAL(38, 6).", Example: name + "(x) → 1.0"},
			func(t types.Type) (AggBound, bool) {
				if t.Kind == types.Null {
					t = doubleT
				}
				res := t.Nullable(true)
				if t.Kind == types.Decimal {
					res = types.DecimalOf(types.MaxPrecision, max(6, t.Scale))
				}
				return AggBound{Args: []types.Type{t}, Result: res, Splittable: true,
					New: func(bool) Accumulator {
						return &statAcc{t: res, root: root, sample: sample}
					}}, t.IsNumeric()
			})
	}
	variance := stat("VAR_SAMP", "The sample variance; NULL for fewer than two values.", false, true)
	variance.Aliases = []string{"VARIANCE"}
	dev := stat("STDDEV_SAMP", "The sample standard deviation; NULL for fewer than two values.",
		true, true)
	dev.Aliases = []string{"STDDEV"}
	return []*Aggregate{
		stat("STDDEV_POP", "The population standard deviation; NULL for no values.", true, false),
		dev,
		stat("VAR_POP", "The population variance; NULL for no values.", false, false),
		variance,
	}
}
