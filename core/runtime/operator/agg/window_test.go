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
	windowIn = types.NewSchema(types.F("k", types.Of(types.BigInt)),
		types.F("v", types.Of(types.BigInt)), types.F("ts", sessionStamp))
	windowOut = types.NewSchema(types.F("k", types.Of(types.BigInt)),
		types.F("n", types.Of(types.BigInt)), types.F("s", types.Of(types.BigInt)),
		types.F("window_start", sessionStamp), types.F("window_end", sessionStamp))
)

func windows(w plan.Window, keys ...int) func() operator.Operator {
	w.TimeColumn = 2
	op := &plan.WindowAggregate{Window: w, Keys: keys, Aggs: []plan.AggCall{
		{Name: "COUNT", Filter: -1, Type: types.Of(types.BigInt)},
		{Name: "SUM", Args: []int{1}, Filter: -1, Type: types.Of(types.BigInt)}},
		Properties: []plan.WindowProperty{plan.WindowStart, plan.WindowEnd}}
	return func() operator.Operator { return agg.NewWindow(op, windowIn, windowOut) }
}

func TestTumblingWindowsInsideABatch(t *testing.T) {
	ot.Run(t, ot.Script{New: windows(plan.Window{Kind: plan.Tumble, SizeMs: 10}, 0),
		Keys: [][]int{{0}}, AnyOrder: true, Steps: []ot.Step{
			{In: ot.Rows(windowIn, ot.R(1, 1, 3), ot.R(2, 5, 12), ot.Mark(5), ot.R(1, 2, 4),
				ot.Mark(9), ot.R(1, 9, 8), ot.R(1, 3, 10), ot.R(nil, 7, 11)),
				Want: []string{"wm 5", "+I(1, 2, 3, 0, 10)", "wm 9"}},
			{In: ot.Rows(windowIn, ot.R(2, 6, 19), ot.Mark(19), ot.R(2, 7, 19), ot.R(1, 4, 20)),
				Want: []string{"+I(1, 1, 3, 10, 20)", "+I(2, 2, 11, 10, 20)",
					"+I(NULL, 1, 7, 10, 20)", "wm 19"}},
			{In: ot.Rows(windowIn, ot.R(1, 4, 21).As(types.Delete))},
			{In: ot.End(0), Want: []string{"wm 9223372036854775807"}}, // all taken back
		}})
}

func TestHoppingWindowsShareSlices(t *testing.T) {
	ot.Run(t, ot.Script{New: windows(plan.Window{Kind: plan.Hop, SizeMs: 10, SlideMs: 4}, 0),
		Keys: [][]int{{0}}, AnyOrder: true, Steps: []ot.Step{
			{In: ot.Rows(windowIn, ot.R(1, 1, 3), ot.R(1, 2, 4), ot.R(1, 4, 9), ot.R(2, 8, 9))},
			{In: ot.Watermark(1), Want: []string{"wm 1"}},
			// late for the window up to 6, in time for that up to 10
			{In: ot.Rows(windowIn, ot.Mark(5), ot.R(1, 16, 3), ot.R(1, 32, 0)),
				Want: []string{"+I(1, 2, 3, -4, 6)", "wm 5"}},
			{In: ot.Watermark(9), Want: []string{"+I(1, 5, 55, 0, 10)", "+I(2, 1, 8, 0, 10)",
				"wm 9"}},
			{In: ot.Rows(windowIn, ot.R(1, 64, 3))}, // late for all
			{In: ot.End(0), Want: []string{"+I(1, 2, 6, 4, 14)", "+I(2, 1, 8, 4, 14)",
				"+I(1, 1, 4, 8, 18)", "+I(2, 1, 8, 8, 18)", "wm 9223372036854775807"}},
		}})
	// windows with time between them
	ot.Run(t, ot.Script{New: windows(plan.Window{Kind: plan.Hop, SizeMs: 4, SlideMs: 10}, 0),
		Keys: [][]int{{0}}, Steps: []ot.Step{
			{In: ot.Rows(windowIn, ot.R(1, 1, 3), ot.R(1, 2, 4), ot.R(1, 4, 11))},
			{In: ot.End(0), Want: []string{"+I(1, 1, 1, 0, 4)", "+I(1, 1, 4, 10, 14)",
				"wm 9223372036854775807"}},
		}})
}

// A watermark that closes several windows at once closes them one after the other.
func TestSlicesOfWindowsThatCloseTogether(t *testing.T) {
	ot.Run(t, ot.Script{New: windows(plan.Window{Kind: plan.Hop, SizeMs: 6, SlideMs: 2}, 0),
		Keys: [][]int{{0}}, AnyOrder: true, Steps: []ot.Step{
			{In: ot.Rows(windowIn, ot.R(1, 1, 4), ot.R(1, 2, 6), ot.R(1, 4, 8))},
			{In: ot.Watermark(20), Want: []string{"+I(1, 1, 1, 0, 6)", "+I(1, 2, 3, 2, 8)",
				"+I(1, 3, 7, 4, 10)", "+I(1, 2, 6, 6, 12)", "+I(1, 1, 4, 8, 14)", "wm 20"}},
		}})
}

func TestProcessingTimeWindowsAreWhole(t *testing.T) {
	ot.Run(t, ot.Script{New: windows(plan.Window{Kind: plan.Tumble, SizeMs: 10, ProcTime: true}, 0),
		Keys: [][]int{{0}}, Steps: []ot.Step{
			{In: ot.Rows(windowIn, ot.R(1, 1, 0))},
			{In: ot.Clock(9)}, // the last millisecond of the window is not over
			{In: ot.Rows(windowIn, ot.R(1, 2, 0))},
			{In: ot.Clock(10), Want: []string{"+I(1, 2, 3, 0, 10)"}},
		}})
}

func TestCumulatingWindowsShareSlices(t *testing.T) {
	ot.Run(t, ot.Script{
		New:  windows(plan.Window{Kind: plan.Cumulate, SizeMs: 12, SlideMs: 4, OffsetMs: 1}, 0),
		Keys: [][]int{{0}}, AnyOrder: true, Steps: []ot.Step{
			{In: ot.Rows(windowIn, ot.R(1, 1, 2), ot.R(1, 2, 6), ot.R(2, 4, 12))},
			{In: ot.Watermark(4), Want: []string{"+I(1, 1, 1, 1, 5)", "wm 4"}},
			{In: ot.Rows(windowIn, ot.R(1, 8, 1), ot.R(2, 16, 3))},
			{In: ot.Watermark(8), Want: []string{"+I(1, 3, 11, 1, 9)", "+I(2, 1, 16, 1, 9)",
				"wm 8"}},
			{In: ot.End(0), Want: []string{"+I(1, 3, 11, 1, 13)", "+I(2, 2, 20, 1, 13)",
				"wm 9223372036854775807"}},
		}})
}
