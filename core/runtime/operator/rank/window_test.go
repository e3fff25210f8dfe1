package rank_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
	"github.com/headrace/headrace/core/runtime/operator/rank"
)

func TestTopOfAWindowGoesOutWhenItCloses(t *testing.T) {
	stamp := types.WithPrecision(types.Timestamp, 3)
	in := types.NewSchema(types.F("v", types.Of(types.Int)), types.F("window_start", stamp),
		types.F("window_end", stamp))
	out := &types.Schema{Fields: append(append([]types.Field{}, in.Fields...),
		types.F("rk", types.Of(types.BigInt)))}
	op := &plan.Rank{Function: "row_number", Partition: []int{1, 2},
		Order: []plan.SortKey{{Column: 0, Desc: true}}, From: 1, To: 2, OutputRank: true,
		WindowColumns: []int{1, 2}, WindowZone: "Europe/Berlin"}
	const hour = 3600_000 // windows are in Berlin's time: an hour ahead of the watermark in winter
	ot.Run(t, ot.Script{Keys: [][]int{{1, 2}}, AnyOrder: true,
		New: func() operator.Operator { return rank.NewWindow(op, in, out) },
		Steps: []ot.Step{
			{In: ot.Rows(in, ot.R(5, hour, 2*hour), ot.R(7, hour, 2*hour), ot.R(6, hour, 2*hour),
				ot.R(1, 2*hour, 3*hour))},
			{In: ot.Watermark(hour - 2), Want: []string{"wm 3599998"}},
			{In: ot.Watermark(hour - 1), Want: []string{"+I(7, 3600000, 7200000, 1)",
				"+I(6, 3600000, 7200000, 2)", "wm 3599999"}},
			{In: ot.Rows(in, ot.R(9, hour, 2*hour))}, // late
			{In: ot.Watermark(2*hour - 1), Want: []string{"+I(1, 7200000, 10800000, 1)",
				"wm 7199999"}},
		}})
}
