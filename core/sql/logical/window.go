package logical

import (
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
)

// WindowSchema is what a window TVF gives over an input: its columns, of which the time column is
// a time attribute no longer, window_start, window_end and window_time.
func WindowSchema(in *types.Schema, w *plan.Window) *types.Schema {
	timeType := in.Fields[w.TimeColumn].Type
	out := &types.Schema{Fields: append([]types.Field{}, in.Fields...)}
	out.Fields[w.TimeColumn].Type.Attr = types.NoTime
	edge := types.WithPrecision(types.Timestamp, 3).Nullable(false)
	out.Fields = append(out.Fields, types.F("window_start", edge), types.F("window_end", edge),
		types.F("window_time", timeType.Nullable(false)))
	return out
}
