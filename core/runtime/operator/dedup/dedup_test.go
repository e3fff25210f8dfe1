package dedup_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/dedup"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
)

var (
	stamp  = types.WithPrecision(types.Timestamp, 3)
	schema = types.NewSchema(types.F("k", types.String()), types.F("v", types.Of(types.Int)),
		types.F("ts", stamp))
	windowed = types.NewSchema(types.F("k", types.String()), types.F("v", types.Of(types.Int)),
		types.F("ts", stamp), types.F("window_start", stamp), types.F("window_end", stamp))
)

func script(op *plan.Deduplicate, s *types.Schema, steps ...ot.Step) ot.Script {
	return ot.Script{New: func() operator.Operator { return dedup.New(op, s) },
		Keys: [][]int{op.Keys}, AnyOrder: true, Steps: steps}
}

func TestLastByRowTimeUpdates(t *testing.T) {
	ot.Run(t, script(&plan.Deduplicate{Keys: []int{0}, KeepLast: true, TimeColumn: 2,
		UpdateBefore: true}, schema,
		ot.Step{In: ot.Rows(schema, ot.R("a", 1, 10), ot.R("a", 2, 5), ot.R("a", 3, 10)),
			Want: []string{"+I(a, 1, 10)", "-U(a, 1, 10)", "+U(a, 3, 10)"}},
		ot.Step{In: ot.Rows(schema, ot.R("a", 4, 9), ot.R("a", 5, 11)),
			Want: []string{"-U(a, 3, 10)", "+U(a, 5, 11)"}}))
}

func TestLastByRowTimeWithoutTheRowsBefore(t *testing.T) {
	ot.Run(t, script(&plan.Deduplicate{Keys: []int{0}, KeepLast: true, TimeColumn: 2}, schema,
		ot.Step{In: ot.Rows(schema, ot.R("a", 1, 10), ot.R("a", 2, 5), ot.Mark(4), ot.R("b", nil, 3),
			ot.R("a", 3, 10)),
			Want: []string{"+I(a, 1, 10)", "wm 4", "+I(b, NULL, 3)", "+U(a, 3, 10)"}},
		ot.Step{In: ot.Rows(schema, ot.R("a", 4, 9), ot.Mark(6), ot.R("b", 4, 2)),
			Want: []string{"wm 6"}},
		ot.Step{In: ot.Rows(schema, ot.R("c", 5, 11), ot.R("d", 6, 11)),
			Want: []string{"+I(c, 5, 11)", "+I(d, 6, 11)"}},
		ot.Step{In: ot.Rows(schema, ot.R("a", 7, 12), ot.R("b", 8, 13)),
			Want: []string{"+U(a, 7, 12)", "+U(b, 8, 13)"}}))
}

func TestFirstByRowTimeOnlyInserts(t *testing.T) {
	ot.Run(t, script(&plan.Deduplicate{Keys: []int{0}, TimeColumn: 2}, schema,
		ot.Step{In: ot.Rows(schema, ot.R("a", 1, 10), ot.R("b", 7, 30))},
		ot.Step{In: ot.Rows(schema, ot.R("a", 2, 5), ot.R("a", 3, 7))},
		ot.Step{In: ot.Watermark(6), Want: []string{"+I(a, 2, 5)", "wm 6"}},
		ot.Step{In: ot.Rows(schema, ot.R("a", 4, 8))},
		ot.Step{In: ot.Watermark(40), Want: []string{"+I(b, 7, 30)", "wm 40"}}))
}

func TestProcessingTime(t *testing.T) {
	ot.Run(t, script(&plan.Deduplicate{Keys: []int{0}, TimeColumn: -1}, schema,
		ot.Step{In: ot.Rows(schema, ot.R("a", 1, 10), ot.R("a", 2, 5)),
			Want: []string{"+I(a, 1, 10)"}},
		ot.Step{In: ot.Rows(schema, ot.R("a", 3, 1), ot.R("b", 4, 1)),
			Want: []string{"+I(b, 4, 1)"}}))
	ot.Run(t, script(&plan.Deduplicate{Keys: []int{0}, TimeColumn: -1, KeepLast: true}, schema,
		ot.Step{In: ot.Rows(schema, ot.R("a", 1, 10), ot.R("a", 2, 5)),
			Want: []string{"+I(a, 1, 10)", "+U(a, 2, 5)"}},
		ot.Step{In: ot.Rows(schema, ot.R("a", 3, 1)), Want: []string{"+U(a, 3, 1)"}}))
}

func TestWindowsGoOutWhenTheyClose(t *testing.T) {
	ot.Run(t, script(&plan.Deduplicate{Keys: []int{0, 3, 4}, KeepLast: true, TimeColumn: 2,
		WindowColumns: []int{3, 4}}, windowed,
		ot.Step{In: ot.Rows(windowed, ot.R("a", 1, 3, 0, 10), ot.R("a", 2, 12, 10, 20),
			ot.R("a", 3, 3, 0, 10))},
		ot.Step{In: ot.Watermark(8), Want: []string{"wm 8"}},
		ot.Step{In: ot.Watermark(9), Want: []string{"+I(a, 3, 3, 0, 10)", "wm 9"}},
		ot.Step{In: ot.Rows(windowed, ot.R("a", 4, 5, 0, 10))}, // late
		ot.Step{In: ot.End(0), Want: []string{"+I(a, 2, 12, 10, 20)", "wm 9223372036854775807"}}))
}

func TestExpiredKeysBeginAnew(t *testing.T) {
	ot.Run(t, script(&plan.Deduplicate{Keys: []int{0}, TimeColumn: -1, KeepLast: true,
		UpdateBefore: true, StateTTLMs: 100}, schema,
		ot.Step{In: ot.Rows(schema, ot.R("a", 1, 0)), Want: []string{"+I(a, 1, 0)"}},
		ot.Step{In: ot.Clock(99)},
		ot.Step{In: ot.Rows(schema, ot.R("a", 2, 0)),
			Want: []string{"-U(a, 1, 0)", "+U(a, 2, 0)"}},
		ot.Step{In: ot.Clock(199)},
		ot.Step{In: ot.Rows(schema, ot.R("a", 3, 0)), Want: []string{"+I(a, 3, 0)"}}))
	// the first row is kept for so long after it came, whatever comes meanwhile
	ot.Run(t, script(&plan.Deduplicate{Keys: []int{0}, TimeColumn: -1, StateTTLMs: 100}, schema,
		ot.Step{In: ot.Rows(schema, ot.R("a", 1, 0)), Want: []string{"+I(a, 1, 0)"}},
		ot.Step{In: ot.Clock(99)},
		ot.Step{In: ot.Rows(schema, ot.R("a", 2, 0))},
		ot.Step{In: ot.Clock(100)},
		ot.Step{In: ot.Rows(schema, ot.R("a", 3, 0)), Want: []string{"+I(a, 3, 0)"}}))
	// by row time: what waits for its watermark is not forgotten, what went out is
	ot.Run(t, script(&plan.Deduplicate{Keys: []int{0}, TimeColumn: 2, StateTTLMs: 100}, schema,
		ot.Step{In: ot.Rows(schema, ot.R("a", 1, 10))},
		ot.Step{In: ot.Clock(250)},
		ot.Step{In: ot.Rows(schema, ot.R("a", 2, 20), ot.R("b", 3, 20))},
		ot.Step{In: ot.Watermark(20), Want: []string{"+I(a, 1, 10)", "+I(b, 3, 20)", "wm 20"}},
		ot.Step{In: ot.Clock(300)},
		ot.Step{In: ot.Rows(schema, ot.R("a", 4, 30))},
		ot.Step{In: ot.Watermark(30), Want: []string{"wm 30"}},
		ot.Step{In: ot.Clock(500)},
		ot.Step{In: ot.Rows(schema, ot.R("a", 5, 40))},
		ot.Step{In: ot.Watermark(40), Want: []string{"+I(a, 5, 40)", "wm 40"}}))
}
