package join_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/join"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
)

var (
	stamp = types.WithPrecision(types.Timestamp, 3)
	side  = types.NewSchema(types.F("k", types.String()), types.F("v", types.Of(types.Int)),
		types.F("ts", stamp))
	both = &types.Schema{Fields: append(append([]types.Field{}, side.Fields...), side.Fields...)}
	keys = [][]int{{0}, {0}}
)

func left(items ...any) ot.Input  { return ot.Rows(side, items...) }
func right(items ...any) ot.Input { return ot.Rows(side, items...).On(1) }

func TestIntervalJoinPadsWhenTimeHasPassed(t *testing.T) {
	op := &plan.IntervalJoin{Type: plan.FullJoin, LeftKeys: []int{0}, RightKeys: []int{0},
		LeftTime: 2, RightTime: 2, LowerMs: -10, UpperMs: 5} // left in [right - 10, right + 5]
	ot.Run(t, ot.Script{Keys: keys, AnyOrder: true,
		New: func() operator.Operator { return join.NewInterval(op, side, side, both) },
		Steps: []ot.Step{
			{In: left(ot.R("a", 1, 100), ot.R("a", 2, 120), ot.R(nil, 3, 100)),
				Want: []string{"+I(NULL, 3, 100, NULL, NULL, NULL)"}},
			{In: right(ot.R("a", 11, 110), ot.R("a", 12, 95), ot.R("a", 13, 94)),
				Want: []string{"+I(a, 1, 100, a, 11, 110)", "+I(a, 1, 100, a, 12, 95)"}},
			{In: ot.Watermark(100), Want: []string{"+I(NULL, NULL, NULL, a, 13, 94)", "wm 90"}},
			{In: ot.Watermark(130), Want: []string{"wm 120"}},
			{In: right(ot.R("a", 14, 130)), Want: []string{"+I(a, 2, 120, a, 14, 130)"}},
			{In: left(ot.R("b", 4, 110)), // late, nothing can match it
				Want: []string{"+I(b, 4, 110, NULL, NULL, NULL)"}},
			{In: ot.Watermark(200), Want: []string{"wm 190"}},
		}})
}

func TestIntervalJoinByProcessingTime(t *testing.T) {
	op := &plan.IntervalJoin{Type: plan.LeftJoin, LeftKeys: []int{0}, RightKeys: []int{0},
		LowerMs: -10, UpperMs: 0, ProcTime: true}
	ot.Run(t, ot.Script{Keys: keys, AnyOrder: true,
		New: func() operator.Operator { return join.NewInterval(op, side, side, both) },
		Steps: []ot.Step{
			{In: left(ot.R("a", 1, 0), ot.R("b", 2, 0))},
			{In: ot.Clock(10)},
			{In: right(ot.R("a", 11, 0)), Want: []string{"+I(a, 1, 0, a, 11, 0)"}},
			{In: ot.Clock(20), Want: []string{"+I(b, 2, 0, NULL, NULL, NULL)"}},
			{In: right(ot.R("b", 12, 0))},
		}})
}

func TestWindowJoinKinds(t *testing.T) {
	windowed := types.NewSchema(types.F("k", types.String()), types.F("v", types.Of(types.Int)),
		types.F("window_start", stamp), types.F("window_end", stamp))
	out := &types.Schema{Fields: append(append([]types.Field{}, windowed.Fields...),
		windowed.Fields...)}
	match := "+I(a, 1, 0, 10, a, 11, 0, 10)"
	padLeft := []string{"+I(a, 2, 10, 20, NULL, NULL, NULL, NULL)",
		"+I(NULL, 3, 0, 10, NULL, NULL, NULL, NULL)"}
	padRight := []string{"+I(NULL, NULL, NULL, NULL, NULL, 13, 0, 10)"}
	cases := map[plan.JoinKind][]string{
		plan.InnerJoin: {match}, plan.LeftJoin: append([]string{match}, padLeft...),
		plan.RightJoin: append([]string{match}, padRight...),
		plan.FullJoin:  append(append([]string{match}, padLeft...), padRight...),
		plan.SemiJoin:  {"+I(a, 1, 0, 10)"},
		plan.AntiJoin:  {"+I(a, 2, 10, 20)", "+I(NULL, 3, 0, 10)"},
	}
	for kind, want := range cases {
		op := &plan.WindowJoin{Type: kind, LeftKeys: []int{0}, RightKeys: []int{0}, LeftStart: 2,
			LeftEnd: 3, RightStart: 2, RightEnd: 3}
		schema := out
		if kind == plan.SemiJoin || kind == plan.AntiJoin {
			schema = windowed
		}
		ot.Run(t, ot.Script{Keys: keys, AnyOrder: true,
			New: func() operator.Operator { return join.NewWindow(op, windowed, windowed, schema) },
			Steps: []ot.Step{
				{In: ot.Rows(windowed, ot.R("a", 1, 0, 10), ot.R("a", 2, 10, 20),
					ot.R(nil, 3, 0, 10))},
				{In: ot.Rows(windowed, ot.R("a", 11, 0, 10), ot.R(nil, 13, 0, 10)).On(1)},
				{In: ot.Watermark(25), Want: append([]string{"wm 25"}, want...)},
				{In: ot.Rows(windowed, ot.R("a", 9, 10, 20))}, // late
				{In: ot.Watermark(30), Want: []string{"wm 30"}},
			}})
	}
}

func TestTemporalJoinTakesTheVersionOfTheTime(t *testing.T) {
	op := &plan.TemporalJoin{Left: true, LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 2,
		RightTime: 2}
	ot.Run(t, ot.Script{Keys: keys, AnyOrder: true,
		New: func() operator.Operator { return join.NewTemporal(op, side, side, both) },
		Steps: []ot.Step{
			{In: right(ot.R("a", 1, 10), ot.R("a", 2, 20), ot.R("a", 3, 30).As(types.UpdateAfter))},
			{In: left(ot.R("a", 51, 25), ot.R("a", 52, 9), ot.R("a", 53, 20), ot.R("b", 54, 20),
				ot.R(nil, 55, 20))},
			{In: ot.Watermark(22), Want: []string{"+I(a, 52, 9, NULL, NULL, NULL)",
				"+I(a, 53, 20, a, 2, 20)", "+I(b, 54, 20, NULL, NULL, NULL)",
				"+I(NULL, 55, 20, NULL, NULL, NULL)", "wm 22"}},
			{In: right(ot.R("a", 2, 24).As(types.Delete))},
			{In: left(ot.R("a", 56, 23))},
			{In: ot.Watermark(40), Want: []string{"+I(a, 56, 23, a, 2, 20)",
				"+I(a, 51, 25, NULL, NULL, NULL)", "wm 40"}},
			{In: left(ot.R("a", 57, 50))},
			{In: ot.Watermark(60), Want: []string{"+I(a, 57, 50, a, 3, 30)", "wm 60"}},
		}})
}

func TestTemporalJoinByProcessingTimeTakesTheLatest(t *testing.T) {
	op := &plan.TemporalJoin{LeftKeys: []int{0}, RightKeys: []int{0}, LeftTime: 2, RightTime: -1}
	ot.Run(t, ot.Script{Keys: keys, AnyOrder: true,
		New: func() operator.Operator { return join.NewTemporal(op, side, side, both) },
		Steps: []ot.Step{
			{In: left(ot.R("a", 1, 0))},
			{In: right(ot.R("a", 11, 0), ot.R("a", 11, 0).As(types.UpdateBefore),
				ot.R("a", 12, 0).As(types.UpdateAfter))},
			{In: left(ot.R("a", 2, 0)), Want: []string{"+I(a, 2, 0, a, 12, 0)"}},
			{In: right(ot.R("a", 12, 0).As(types.Delete))},
			{In: left(ot.R("a", 3, 0))},
		}})
}
