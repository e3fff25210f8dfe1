package agg_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/agg"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
)

var (
	groupIn = types.NewSchema(types.F("k", types.Of(types.BigInt)),
		types.F("v", types.Of(types.BigInt)))
	groupOut = types.NewSchema(types.F("k", types.Of(types.BigInt)),
		types.F("n", types.Of(types.BigInt)), types.F("d", types.Of(types.BigInt)))
)

// groups are COUNT(*) and COUNT(DISTINCT v) by k.
func groups(op plan.GroupAggregate) func() operator.Operator {
	op.Keys, op.UpdateBefore = []int{0}, true
	op.Aggs = []plan.AggCall{
		{Name: "COUNT", Filter: -1, Type: types.Of(types.BigInt), Retract: op.Retracting},
		{Name: "COUNT", Args: []int{1}, Distinct: true, Filter: -1, Type: types.Of(types.BigInt),
			Retract: op.Retracting}}
	return func() operator.Operator { return agg.NewGroup(&op, groupIn, groupOut) }
}

func TestGroupsChangeRowByRow(t *testing.T) {
	ot.Run(t, ot.Script{New: groups(plan.GroupAggregate{Retracting: true}), Keys: [][]int{{0}},
		Steps: []ot.Step{
			{In: ot.Rows(groupIn, ot.R(1, 7), ot.R(1, 7), ot.Mark(3), ot.R(2, 8)),
				Want: []string{"+I(1, 1, 1)", "-U(1, 1, 1)", "+U(1, 2, 1)", "wm 3", "+I(2, 1, 1)"}},
			{In: ot.Rows(groupIn, ot.R(1, 7).As(types.Delete), ot.R(1, 7).As(types.Delete),
				ot.R(1, 7).As(types.Delete), ot.R(1, nil)),
				Want: []string{"-U(1, 2, 1)", "+U(1, 1, 1)", "-D(1, 1, 1)", "+I(1, 1, 0)"}},
		}})
}

func TestMiniBatchGivesEachKeyOneChange(t *testing.T) {
	script := func(op plan.GroupAggregate, steps ...ot.Step) {
		t.Helper()
		ot.Run(t, ot.Script{New: groups(op), Keys: [][]int{{0}}, NoRestore: true, Steps: steps})
	}
	// a bundle ends with the rows that fill it, a barrier or the end
	script(plan.GroupAggregate{Retracting: true, MiniBatchMax: 1 << 20},
		ot.Step{In: ot.Rows(groupIn, ot.R(1, 7), ot.R(1, 7), ot.Mark(3), ot.R(2, 8), ot.R(1, 9))},
		ot.Step{In: ot.Watermark(5)},
		ot.Step{In: ot.Barrier(), Want: []string{"+I(1, 3, 2)", "+I(2, 1, 1)", "wm 5"}},
		ot.Step{In: ot.Watermark(6), Want: []string{"wm 6"}},
		ot.Step{In: ot.Rows(groupIn, ot.R(2, 8).As(types.Delete), ot.R(1, 9).As(types.UpdateBefore),
			ot.R(1, 10).As(types.UpdateAfter), ot.R(3, 1))},
		ot.Step{In: ot.End(0), Want: []string{"-D(2, 1, 1)", "+I(3, 1, 1)",
			"wm 9223372036854775807"}})
	// rows that are taken back before they came are passed over, as one by one
	script(plan.GroupAggregate{Retracting: true, MiniBatchMax: 1 << 20},
		ot.Step{In: ot.Rows(groupIn, ot.R(1, 7).As(types.Delete), ot.R(1, 8))},
		ot.Step{In: ot.Barrier(), Want: []string{"+I(1, 1, 1)"}})
	ot.Run(t, ot.Script{New: groups(plan.GroupAggregate{MiniBatchMax: 2}), Keys: [][]int{{0}},
		NoRestore: true, OneBatch: true, Steps: []ot.Step{
			{In: ot.Rows(groupIn, ot.R(1, 7), ot.R(1, 7)), Want: []string{"+I(1, 2, 1)"}}}})
	script(plan.GroupAggregate{MiniBatchMs: 100},
		ot.Step{In: ot.Rows(groupIn, ot.R(1, 7))},
		ot.Step{In: ot.Clock(99)},
		ot.Step{In: ot.Rows(groupIn, ot.R(1, 8))},
		ot.Step{In: ot.Clock(100), Want: []string{"+I(1, 2, 2)"}})
}

func TestExpiredGroupsBeginAnew(t *testing.T) {
	ot.Run(t, ot.Script{New: groups(plan.GroupAggregate{StateTTLMs: 100}), Keys: [][]int{{0}},
		Steps: []ot.Step{
			{In: ot.Rows(groupIn, ot.R(1, 7), ot.R(2, 8)),
				Want: []string{"+I(1, 1, 1)", "+I(2, 1, 1)"}},
			{In: ot.Clock(99)},
			{In: ot.Rows(groupIn, ot.R(1, 7)), Want: []string{"-U(1, 1, 1)", "+U(1, 2, 1)"}},
			{In: ot.Clock(150)},
			{In: ot.Rows(groupIn, ot.R(1, 9), ot.R(2, 8), ot.R(2, 9)),
				Want: []string{"-U(1, 2, 1)", "+U(1, 3, 2)", "+I(2, 1, 1)", "-U(2, 1, 1)",
					"+U(2, 2, 2)"}},
		}})
}

// As in Flink: with a TTL a result goes out though it is the same, to keep state downstream alive.
func TestEqualResultsWithTTL(t *testing.T) {
	max := []plan.AggCall{{Name: "MAX", Args: []int{1}, Filter: -1, Type: types.Of(types.BigInt)}}
	out := types.NewSchema(types.F("k", types.Of(types.BigInt)), types.F("m", types.Of(types.BigInt)))
	for ttl, want := range map[int64][]string{0: nil, 100: {"-U(1, 7)", "+U(1, 7)"}} {
		op := &plan.GroupAggregate{Keys: []int{0}, Aggs: max, UpdateBefore: true, StateTTLMs: ttl}
		ot.Run(t, ot.Script{New: func() operator.Operator { return agg.NewGroup(op, groupIn, out) },
			Keys: [][]int{{0}}, Steps: []ot.Step{
				{In: ot.Rows(groupIn, ot.R(1, 7)), Want: []string{"+I(1, 7)"}},
				{In: ot.Rows(groupIn, ot.R(1, 5)), Want: want}}})
	}
}
