package function

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// countAcc counts rows, or rows where no argument is null.
type countAcc struct{ n []int64 }

var _ Accumulator = (*countAcc)(nil)

func (a *countAcc) Grow(n int) { a.n = grow(a.n, n) }

func (a *countAcc) Add(groups []int32, args []*batch.Column, rows []int32) {
	a.update(groups, args, rows, 1)
}

func (a *countAcc) Retract(groups []int32, args []*batch.Column, rows []int32) {
	a.update(groups, args, rows, -1)
}

func (a *countAcc) update(groups []int32, args []*batch.Column, rows []int32, by int64) {
	nulls := false
	for _, c := range args {
		nulls = nulls || c.NullCount() > 0
	}
	n := a.n
	if !nulls {
		for _, g := range groups {
			n[g] += by
		}
		return
	}
next:
	for k, g := range groups {
		i := rowOf(rows, k)
		for _, c := range args {
			if c.IsNull(i) {
				continue next
			}
		}
		n[g] += by
	}
}

func (a *countAcc) Merge(groups []int32, other Accumulator, from []int32) {
	o := other.(*countAcc)
	for k, g := range groups {
		a.n[g] += o.n[from[k]]
	}
}

func (a *countAcc) Result(groups []int32) (*batch.Column, error) {
	out := make([]int64, len(groups))
	for k, g := range groups {
		out[k] = a.n[g]
	}
	return batch.MakeFixed(bigintT.Nullable(false), out, nil), nil
}

func (a *countAcc) Encode(groups []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	return encodeEach(groups, dst, ends, func(dst []byte, g int32) []byte {
		if a.n[g] == 0 {
			return dst
		}
		return binary.AppendVarint(dst, a.n[g])
	})
}

func (a *countAcc) Decode(groups []int32, src []byte, ends []int32) error {
	return decodeEach(groups, src, ends, a.Clear, func(g int32, r *reader) { a.n[g] = r.varint() })
}

func (a *countAcc) Clear(groups []int32) {
	for _, g := range groups {
		a.n[g] = 0
	}
}

func (a *countAcc) SizeBytes(groups []int32) int64 { return 8 * int64(len(groups)) }

func countAggregate() *Aggregate {
	return &Aggregate{Name: "COUNT", Category: "aggregate",
		Syntax:  "COUNT(*), COUNT([ALL] value), COUNT(DISTINCT value1 [, value2]*)",
		Doc:     "The number of rows, or of those where no value is NULL.",
		Example: "COUNT(*) → 3",
		Infer: func(args []Arg) (AggBound, error) {
			b := AggBound{Result: bigintT.Nullable(false), Splittable: true,
				New: func(bool) Accumulator { return &countAcc{} }}
			for _, a := range args {
				b.Args = append(b.Args, a.Type)
			}
			return b, nil
		}}
}

// aggDef makes the declaration of an aggregate of one argument.
func aggDef(a Aggregate, infer func(t types.Type) (AggBound, bool)) *Aggregate {
	a.Category = "aggregate"
	a.Infer = func(args []Arg) (AggBound, error) {
		if len(args) == 1 {
			t := args[0].Type.WithAttr(types.NoTime)
			if b, ok := infer(t); ok {
				if b.Args == nil {
					b.Args = []types.Type{t}
				}
				return b, nil
			}
		}
		return AggBound{}, mismatch(a.Name, a.Syntax, args)
	}
	return &a
}
