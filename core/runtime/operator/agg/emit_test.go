package agg_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/agg"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
)

func emitting(e plan.Emit, retracting bool) func() operator.Operator {
	op := &plan.WindowAggregate{Window: plan.Window{Kind: plan.Tumble, SizeMs: 10, TimeColumn: 2},
		Keys: []int{0}, Emit: &e, Retracting: retracting, Aggs: []plan.AggCall{
			{Name: "COUNT", Filter: -1, Type: types.Of(types.BigInt), Retract: retracting},
			{Name: "SUM", Args: []int{1}, Filter: -1, Type: types.Of(types.BigInt), Retract: retracting}},
		Properties: []plan.WindowProperty{plan.WindowStart, plan.WindowEnd}}
	return func() operator.Operator { return agg.NewEmitting(op, windowIn, windowOut) }
}

func TestWindowsFireWithEachRow(t *testing.T) {
	ot.Run(t, ot.Script{New: emitting(plan.Emit{EarlyMs: 0, LateMs: 0, LatenessMs: 20}, false),
		Keys: [][]int{{0}}, Steps: []ot.Step{
			{In: ot.Rows(windowIn, ot.R(1, 1, 3), ot.R(1, 2, 4), ot.R(1, 0, 12)), Want: []string{
				"+I(1, 1, 1, 0, 10)", "-U(1, 1, 1, 0, 10)", "+U(1, 2, 3, 0, 10)",
				"+I(1, 1, 0, 10, 20)"}},
			{In: ot.Watermark(9), Want: []string{"wm 9"}},
			{In: ot.Rows(windowIn, ot.R(1, 4, 5)), // late
				Want: []string{"-U(1, 2, 3, 0, 10)", "+U(1, 3, 7, 0, 10)"}},
			{In: ot.Rows(windowIn, ot.R(2, 4, 5)), // late, and the first of its window
				Want: []string{"+I(2, 1, 4, 0, 10)"}},
			{In: ot.Watermark(29), Want: []string{"wm 29"}},
			{In: ot.Rows(windowIn, ot.R(1, 4, 5))}, // too late
			{In: ot.End(0), Want: []string{"wm 9223372036854775807"}},
		}})
}

func TestWindowsFireAfterADelay(t *testing.T) {
	ot.Run(t, ot.Script{New: emitting(plan.Emit{EarlyMs: 100, LateMs: -1}, false),
		Keys: [][]int{{0}}, Steps: []ot.Step{
			{In: ot.Rows(windowIn, ot.R(1, 1, 3), ot.R(1, 2, 4))},
			{In: ot.Clock(99)},
			{In: ot.Clock(100), Want: []string{"+I(1, 2, 3, 0, 10)"}},
			{In: ot.Clock(200)}, // nothing new
			{In: ot.Rows(windowIn, ot.R(1, 4, 5))},
			{In: ot.Clock(300), Want: []string{"-U(1, 2, 3, 0, 10)", "+U(1, 3, 7, 0, 10)"}},
			{In: ot.Rows(windowIn, ot.R(1, 8, 5))},
			{In: ot.Watermark(9), Want: []string{"-U(1, 3, 7, 0, 10)", "+U(1, 4, 15, 0, 10)", "wm 9"}},
			{In: ot.Clock(400)},
		}})
}

func TestAWindowThatEmptiesIsTakenBack(t *testing.T) {
	ot.Run(t, ot.Script{New: emitting(plan.Emit{EarlyMs: 0, LateMs: -1}, true),
		Keys: [][]int{{0}}, Steps: []ot.Step{
			{In: ot.Rows(windowIn, ot.R(1, 1, 3)), Want: []string{"+I(1, 1, 1, 0, 10)"}},
			{In: ot.Rows(windowIn, ot.R(1, 1, 3).As(types.Delete)), Want: []string{"-D(1, 1, 1, 0, 10)"}},
			{In: ot.Rows(windowIn, ot.R(1, 2, 3)), Want: []string{"+I(1, 1, 2, 0, 10)"}},
			{In: ot.End(0), Want: []string{"wm 9223372036854775807"}},
		}})
}
