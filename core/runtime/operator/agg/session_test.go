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
	sessionStamp = types.WithPrecision(types.Timestamp, 3)
	sessionIn    = types.NewSchema(types.F("k", types.String()),
		types.F("v", types.Of(types.Int)), types.F("ts", sessionStamp))
	sessionOut = &types.Schema{Fields: append(append([]types.Field{}, sessionIn.Fields...),
		types.F("window_start", sessionStamp), types.F("window_end", sessionStamp),
		types.F("window_time", sessionStamp))}
)

func sessions(w plan.Window) func() operator.Operator {
	w.Kind, w.SizeMs, w.TimeColumn, w.Partition = plan.Session, 10, 2, []int{0}
	return func() operator.Operator {
		return agg.NewSessionTable(&plan.WindowTable{Window: w}, sessionIn, sessionOut)
	}
}

func TestSessionsMergeUntilTheyClose(t *testing.T) {
	ot.Run(t, ot.Script{New: sessions(plan.Window{}), Keys: [][]int{{0}}, AnyOrder: true,
		Steps: []ot.Step{
			{In: ot.Rows(sessionIn, ot.R("a", 1, 10), ot.R("a", 2, 30), ot.R("b", 3, 12))},
			{In: ot.Rows(sessionIn, ot.R("a", 4, 20))}, // touches both
			{In: ot.Watermark(25), Want: []string{"+I(b, 3, 12, 12, 22, 21)", "wm 25"}},
			// 14 alone would be over, but belongs to the open session; b's is gone
			{In: ot.Rows(sessionIn, ot.R("a", 5, 14), ot.R("b", 6, 14),
				ot.R("a", 2, 30).As(types.Delete))},
			{In: ot.Watermark(39), Want: []string{"+I(a, 1, 10, 10, 40, 39)",
				"+I(a, 5, 14, 10, 40, 39)", "+I(a, 4, 20, 10, 40, 39)",
				"+I(a, 2, 30, 10, 40, 39)", "-D(a, 2, 30, 10, 40, 39)", "wm 39"}},
			{In: ot.Rows(sessionIn, ot.R("a", 7, 40))},
			{In: ot.End(0), Want: []string{"+I(a, 7, 40, 40, 50, 49)",
				"wm 9223372036854775807"}},
		}})
}

func TestSessionsByProcessingTime(t *testing.T) {
	ot.Run(t, ot.Script{New: sessions(plan.Window{ProcTime: true}), Keys: [][]int{{0}},
		AnyOrder: true, Steps: []ot.Step{
			{In: ot.Clock(100)},
			{In: ot.Rows(sessionIn, ot.R("a", 1, 0))},
			{In: ot.Clock(105)},
			{In: ot.Rows(sessionIn, ot.R("a", 2, 0))},
			{In: ot.Clock(114)},
			{In: ot.Clock(115), Want: []string{"+I(a, 1, 0, 100, 115, 114)",
				"+I(a, 2, 0, 100, 115, 114)"}},
		}})
}

func TestWindowsOfRows(t *testing.T) {
	out := types.NewSchema(types.F("k", types.String()), types.F("s", types.Of(types.Int)))
	count := func(w plan.Window) func() operator.Operator {
		op := &plan.WindowAggregate{Window: w, Keys: []int{0}, Aggs: []plan.AggCall{{Name: "SUM",
			Args: []int{1}, Filter: -1, Type: types.Of(types.Int)}}}
		return func() operator.Operator { return agg.NewCount(op, sessionIn, out) }
	}
	rows := func(from, to int) ot.Input {
		var items []any
		for i := from; i <= to; i++ {
			items = append(items, ot.R("a", i, 0))
		}
		return ot.Rows(sessionIn, items...)
	}
	ot.Run(t, ot.Script{New: count(plan.Window{Kind: plan.CountTumble, SizeMs: 3}),
		Keys: [][]int{{0}}, Steps: []ot.Step{
			{In: rows(1, 4), Want: []string{"+I(a, 6)"}},
			{In: rows(5, 8), Want: []string{"+I(a, 15)"}},
		}})
	ot.Run(t, ot.Script{New: count(plan.Window{Kind: plan.CountSlide, SizeMs: 3, SlideMs: 2}),
		Keys: [][]int{{0}}, Steps: []ot.Step{
			{In: rows(1, 4), Want: []string{"+I(a, 6)"}},
			{In: rows(5, 8), Want: []string{"+I(a, 12)", "+I(a, 18)"}},
		}})
}
