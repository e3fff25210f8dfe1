package over_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
	"github.com/headrace/headrace/core/runtime/operator/over"
)

var (
	bigint = types.Of(types.BigInt)
	ints   = types.Of(types.Int)
	input  = types.NewSchema(types.F("k", types.String()), types.F("v", ints),
		types.F("ts", types.WithPrecision(types.Timestamp, 3)))
)

func output(t ...types.Type) *types.Schema {
	s := &types.Schema{Fields: append([]types.Field{}, input.Fields...)}
	for _, x := range t {
		s.Fields = append(s.Fields, types.F("o", x))
	}
	return s
}

func sum() plan.OverCall {
	return plan.OverCall{AggCall: plan.AggCall{Name: "SUM", Args: []int{1}, Filter: -1, Type: ints}}
}

func function(name string, t types.Type) plan.OverCall {
	return plan.OverCall{AggCall: plan.AggCall{Name: name, Filter: -1, Type: t}}
}

func stream(op *plan.Over, schema *types.Schema) func() operator.Operator {
	return func() operator.Operator { return over.New(op, input, schema, false) }
}

func TestRowsFrameWaitsForTheWatermarkAndDropsLateRows(t *testing.T) {
	op := &plan.Over{Partition: []int{0}, TimeColumn: 2,
		Frame: plan.Frame{Rows: true, Lower: -1}, Calls: []plan.OverCall{sum()}}
	ot.Run(t, ot.Script{New: stream(op, output(ints)), Keys: [][]int{{0}}, AnyOrder: true,
		Steps: []ot.Step{
			{In: ot.Rows(input, ot.R("a", 1, 20), ot.R("a", 2, 10), ot.R("b", 4, 15))},
			{In: ot.Watermark(15), Want: []string{"+I(a, 2, 10, 2)", "+I(b, 4, 15, 4)", "wm 15"}},
			{In: ot.Rows(input, ot.R("a", 9, 15), ot.R("a", 8, 16))}, // the first one is late
			{In: ot.Watermark(20),
				Want: []string{"+I(a, 8, 16, 10)", "+I(a, 1, 20, 9)", "wm 20"}},
			{In: ot.Rows(input, ot.R("a", 5, 30))},
			{In: ot.Watermark(30), Want: []string{"+I(a, 5, 30, 6)", "wm 30"}},
		}})
}

func TestRangeFrameCountsPeersAndForgetsWhatLeft(t *testing.T) {
	op := &plan.Over{Partition: []int{0}, TimeColumn: 2,
		Frame: plan.Frame{Lower: -10}, Calls: []plan.OverCall{sum()}}
	ot.Run(t, ot.Script{New: stream(op, output(ints)), Keys: [][]int{{0}}, AnyOrder: true,
		Steps: []ot.Step{
			{In: ot.Rows(input, ot.R("a", 1, 10), ot.R("a", 2, 10), ot.R("a", 4, 20))},
			{In: ot.Watermark(20), Want: []string{"+I(a, 1, 10, 3)", "+I(a, 2, 10, 3)",
				"+I(a, 4, 20, 7)", "wm 20"}},
			{In: ot.Rows(input, ot.R("a", 8, 25))},
			{In: ot.Watermark(25), Want: []string{"+I(a, 8, 25, 12)", "wm 25"}},
			{In: ot.Watermark(100), Want: []string{"wm 100"}},
			{In: ot.Rows(input, ot.R("a", 16, 101))},
			{In: ot.Watermark(101), Want: []string{"+I(a, 16, 101, 16)", "wm 101"}},
		}})
}

func TestRankAndLagOverAStream(t *testing.T) {
	lag := function("LAG", ints)
	lag.Args, lag.Offset = []int{1}, 1
	op := &plan.Over{Partition: []int{0}, TimeColumn: 2,
		Frame: plan.Frame{UnboundedLower: true, Rows: true},
		Calls: []plan.OverCall{function("ROW_NUMBER", bigint), function("RANK", bigint),
			function("DENSE_RANK", bigint), lag}}
	ot.Run(t, ot.Script{New: stream(op, output(bigint, bigint, bigint, ints)),
		Keys: [][]int{{0}}, AnyOrder: true,
		Steps: []ot.Step{
			{In: ot.Rows(input, ot.R("a", 5, 10), ot.R("a", 6, 10))},
			{In: ot.Watermark(10), Want: []string{"+I(a, 5, 10, 1, 1, 1, NULL)",
				"+I(a, 6, 10, 2, 1, 1, 5)", "wm 10"}},
			{In: ot.Rows(input, ot.R("a", 7, 12))},
			{In: ot.Watermark(12), Want: []string{"+I(a, 7, 12, 3, 3, 2, 6)", "wm 12"}},
		}})
}

func TestProcessingTimeAnswersAtOnce(t *testing.T) {
	op := &plan.Over{Partition: []int{0}, TimeColumn: -1,
		Frame: plan.Frame{UnboundedLower: true}, Calls: []plan.OverCall{sum()}}
	ot.Run(t, ot.Script{New: stream(op, output(ints)), Keys: [][]int{{0}}, AnyOrder: true,
		Steps: []ot.Step{
			{In: ot.Rows(input, ot.R("a", 1, 0), ot.R("a", 2, 0), ot.R("b", 3, 0)),
				Want: []string{"+I(a, 1, 0, 1)", "+I(a, 2, 0, 3)", "+I(b, 3, 0, 3)"}},
			{In: ot.Rows(input, ot.R("a", 4, 0)), Want: []string{"+I(a, 4, 0, 7)"}},
		}})
}

func TestIdlePartitionsAreForgotten(t *testing.T) {
	op := &plan.Over{Partition: []int{0}, TimeColumn: 2, StateTTLMs: 100,
		Frame: plan.Frame{Rows: true, UnboundedLower: true}, Calls: []plan.OverCall{sum()}}
	ot.Run(t, ot.Script{New: stream(op, output(ints)), Keys: [][]int{{0}}, AnyOrder: true,
		Steps: []ot.Step{
			{In: ot.Rows(input, ot.R("a", 1, 10), ot.R("b", 2, 10))},
			{In: ot.Clock(250)}, // rows that wait are kept
			{In: ot.Rows(input, ot.R("a", 4, 20))},
			{In: ot.Watermark(20),
				Want: []string{"+I(a, 1, 10, 1)", "+I(b, 2, 10, 2)", "+I(a, 4, 20, 5)", "wm 20"}},
			{In: ot.Clock(349)},
			{In: ot.Rows(input, ot.R("a", 8, 30))},
			{In: ot.Clock(360)},
			{In: ot.Rows(input, ot.R("b", 16, 30))},
			{In: ot.Watermark(30), Want: []string{"+I(a, 8, 30, 13)", "+I(b, 16, 30, 16)", "wm 30"}},
		}})
	op = &plan.Over{Partition: []int{0}, TimeColumn: -1, StateTTLMs: 100,
		Frame: plan.Frame{UnboundedLower: true}, Calls: []plan.OverCall{sum()}}
	ot.Run(t, ot.Script{New: stream(op, output(ints)), Keys: [][]int{{0}}, AnyOrder: true,
		Steps: []ot.Step{
			{In: ot.Rows(input, ot.R("a", 1, 0)), Want: []string{"+I(a, 1, 0, 1)"}},
			{In: ot.Clock(99)},
			{In: ot.Rows(input, ot.R("a", 2, 0)), Want: []string{"+I(a, 2, 0, 3)"}},
			{In: ot.Clock(199)},
			{In: ot.Rows(input, ot.R("a", 4, 0)), Want: []string{"+I(a, 4, 0, 4)"}},
		}})
}

func bounded(op *plan.Over, schema *types.Schema) func() operator.Operator {
	return func() operator.Operator { return over.New(op, input, schema, true) }
}

func TestBoundedFrames(t *testing.T) {
	rows := ot.Rows(input, ot.R("a", 4, 20), ot.R("a", 1, 10), ot.R("b", 7, 5), ot.R("a", 2, 10),
		ot.R("a", nil, nil))
	cases := map[string]struct {
		frame plan.Frame
		want  [5]string // a: NULL, 1, 2, 4; b
	}{
		"range to the current row": {plan.Frame{UnboundedLower: true},
			[5]string{"NULL", "3", "3", "7", "7"}},
		"whole partition": {plan.Frame{UnboundedLower: true, UnboundedUpper: true},
			[5]string{"7", "7", "7", "7", "7"}},
		"rows around": {plan.Frame{Rows: true, Lower: -1, Upper: 1},
			[5]string{"1", "3", "7", "6", "7"}},
		"rows ahead": {plan.Frame{Rows: true, Lower: 2, Upper: 3},
			[5]string{"6", "4", "NULL", "NULL", "NULL"}},
		"range by value": {plan.Frame{Lower: -10, Upper: -1},
			[5]string{"NULL", "NULL", "NULL", "3", "NULL"}},
		"from here on": {plan.Frame{UnboundedUpper: true},
			[5]string{"7", "7", "7", "4", "7"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			op := &plan.Over{Partition: []int{0}, Order: []plan.SortKey{{Column: 2}},
				Frame: c.frame, Calls: []plan.OverCall{sum()}}
			w := c.want
			ot.Run(t, ot.Script{New: bounded(op, output(ints)), BatchMode: true, NoRestore: true,
				AnyOrder: true, Steps: []ot.Step{{In: rows}, {In: ot.End(0), Want: []string{
					"+I(a, NULL, NULL, " + w[0] + ")", "+I(a, 1, 10, " + w[1] + ")",
					"+I(a, 2, 10, " + w[2] + ")", "+I(a, 4, 20, " + w[3] + ")",
					"+I(b, 7, 5, " + w[4] + ")", "wm 9223372036854775807"}}}})
		})
	}
}

func TestBoundedFunctions(t *testing.T) {
	ntile := function("NTILE", ints)
	ntile.Offset = 2
	lead := function("LEAD", ints)
	lead.Args, lead.Offset = []int{1}, 2
	double := types.Of(types.Double)
	op := &plan.Over{Partition: []int{0}, Order: []plan.SortKey{{Column: 2}},
		Frame: plan.Frame{UnboundedLower: true},
		Calls: []plan.OverCall{function("RANK", bigint), function("DENSE_RANK", bigint),
			function("PERCENT_RANK", double), function("CUME_DIST", double), ntile, lead}}
	ot.Run(t, ot.Script{New: bounded(op, output(bigint, bigint, double, double, ints, ints)),
		BatchMode: true, NoRestore: true, Steps: []ot.Step{
			{In: ot.Rows(input, ot.R("a", 3, 30), ot.R("a", 1, 10), ot.R("a", 2, 10),
				ot.R("a", 4, 40), ot.R("a", 5, 50))},
			{In: ot.End(0), Want: []string{"wm 9223372036854775807",
				"+I(a, 1, 10, 1, 1, 0, 0.2, 1, 3)", "+I(a, 2, 10, 1, 1, 0, 0.4, 1, 4)",
				"+I(a, 3, 30, 3, 2, 0.5, 0.6, 1, 5)", "+I(a, 4, 40, 4, 3, 0.75, 0.8, 2, NULL)",
				"+I(a, 5, 50, 5, 4, 1, 1, 2, NULL)"}},
		}})
}
