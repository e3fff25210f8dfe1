package agg_test

import (
	"slices"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/agg"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
	"github.com/headrace/headrace/core/udf"
)

// tops is a host whose table aggregates give the two greatest values, greatest first.
type tops struct{ udf.Host }

func (tops) TableAggregate(*udf.AggregateSpec) (udf.TableAggregate, error) { return &top2{}, nil }

type top2 struct {
	udf.TableAggregate
	values [][]byte
}

func (f *top2) CanUpdate() bool { return false }

func (f *top2) Grow(n int) {
	for len(f.values) < n {
		f.values = append(f.values, nil)
	}
}

func (f *top2) Clear(slots []int32) {
	for _, s := range slots {
		f.values[s] = nil
	}
}

func (f *top2) Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	for _, s := range slots {
		dst = append(dst, f.values[s]...)
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

func (f *top2) Decode(slots []int32, src []byte, ends []int32) error {
	from := int32(0)
	for i, s := range slots {
		f.values[s] = slices.Clone(src[from:ends[i]])
		from = ends[i]
	}
	return nil
}

func (f *top2) SizeBytes(slots []int32) int64 { return int64(len(slots)) }

func (f *top2) Accumulate(slots []int32, in []*batch.Column, _ []types.RowKind) error {
	for i, s := range slots {
		v := append(f.values[s], byte(batch.Values[int64](in[1])[i]))
		slices.Sort(v)
		slices.Reverse(v)
		f.values[s] = v[:min(len(v), 2)]
	}
	return nil
}

func (f *top2) Emit(slots []int32) ([]*batch.Column, []int32, error) {
	var out []int64
	var rows []int32
	for i, s := range slots {
		for _, v := range f.values[s] {
			out, rows = append(out, int64(v)), append(rows, int32(i))
		}
	}
	return []*batch.Column{batch.MakeFixed(types.Of(types.BigInt), out, nil)}, rows, nil
}

func (f *top2) Close() error { return nil }

func manyScript(batchMode bool, steps ...ot.Step) ot.Script {
	row := types.Type{Kind: types.Row, Fields: []types.Field{types.F("v", types.Of(types.BigInt))}}
	schema := types.NewSchema(types.F("k", types.String()), types.F("r", row))
	return ot.Script{
		New: func() operator.Operator {
			return agg.NewMany(&plan.GroupAggregate{Keys: []int{0}, TableAgg: true, UpdateBefore: true,
				Aggs: []plan.AggCall{{UDF: &planpb.Function{Name: "top2", Kind: "table_aggregate"},
					Args: []int{1}, Filter: -1, Type: row}}}, vectorIn, schema)
		},
		Keys: [][]int{{0}}, UDF: tops{}, BatchMode: batchMode, Steps: steps, AnyOrder: batchMode,
	}
}

func TestTableAggregateTakesItsOldRowsBack(t *testing.T) {
	ot.Run(t, manyScript(false,
		ot.Step{In: ot.Rows(vectorIn, ot.R("a", 1, true), ot.R("b", 7, true)),
			Want: []string{"+I(a, (1))", "+I(b, (7))"}},
		ot.Step{In: ot.Rows(vectorIn, ot.R("a", 5, true), ot.R("a", 3, true)),
			Want: []string{"-D(a, (1))", "+I(a, (5))", "+I(a, (1))",
				"-D(a, (5))", "-D(a, (1))", "+I(a, (5))", "+I(a, (3))"}}))
}

func TestTableAggregateInBatchGivesItsRowsOnce(t *testing.T) {
	ot.Run(t, manyScript(true,
		ot.Step{In: ot.Rows(vectorIn, ot.R("a", 1, true), ot.R("a", 5, true), ot.R("b", 2, true),
			ot.R("a", 4, true))},
		ot.Step{In: ot.End(0), Want: []string{"+I(a, (5))", "+I(a, (4))", "+I(b, (2))",
			"wm 9223372036854775807"}}))
}
