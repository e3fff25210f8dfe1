package agg_test

import (
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

// vectors is a host whose vector aggregates give the sum of their first argument times the number
// of rows: it shows which rows a group got.
type vectors struct{ udf.Host }

func (vectors) GroupAggregate(*udf.AggregateSpec) (udf.GroupAggregate, error) {
	return sums{}, nil
}

type sums struct{}

func (sums) Eval(in []*batch.Column, _ int, from, to []int32) ([]*batch.Column, error) {
	v := batch.Values[int64](in[0])
	out := make([]int64, len(from))
	for g := range from {
		for _, x := range v[from[g]:to[g]] {
			out[g] += x
		}
		out[g] *= int64(to[g] - from[g])
	}
	return []*batch.Column{batch.MakeFixed(types.Of(types.BigInt), out, nil)}, nil
}

func (sums) Close() error { return nil }

var (
	vectorIn = types.NewSchema(types.F("k", types.String()), types.F("v", types.Of(types.BigInt)),
		types.F("ok", types.Of(types.Boolean)))
	vectorOut = types.NewSchema(types.F("k", types.String()), types.F("s", types.Of(types.BigInt)))
)

func vectorCall() plan.AggCall {
	return plan.AggCall{UDF: &planpb.Function{Name: "total", Kind: "aggregate", Style: "pandas"},
		Args: []int{1}, Filter: 2, Type: types.Of(types.BigInt)}
}

func TestVectorAggregateSeesTheRowsOfAGroup(t *testing.T) {
	ot.Run(t, ot.Script{
		New: func() operator.Operator {
			return agg.NewGroup(&plan.GroupAggregate{Keys: []int{0},
				Aggs: []plan.AggCall{vectorCall()}, UpdateBefore: true}, vectorIn, vectorOut)
		},
		Keys: [][]int{{0}},
		UDF:  vectors{},
		Steps: []ot.Step{
			{In: ot.Rows(vectorIn, ot.R("a", 1, true), ot.R("b", 5, true), ot.R("a", 2, true)),
				Want: []string{"+I(a, 1)", "+I(b, 5)", "-U(a, 1)", "+U(a, 6)"}},
			{In: ot.Rows(vectorIn, ot.R("a", 9, false), ot.R("b", nil, nil)), Want: nil},
			{In: ot.Rows(vectorIn, ot.R("b", 1, true)), Want: []string{"-U(b, 5)", "+U(b, 12)"}},
		},
	})
}

func TestVectorAggregateRefusesToTakeRowsBack(t *testing.T) {
	c := vectorCall()
	c.Retract = true
	ctx := &operator.Context{UDF: vectors{}}
	if _, err := agg.OpenCalls(ctx, vectorIn, []plan.AggCall{c}); err == nil {
		t.Fatal("no error")
	}
}
