package cdc

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// ogg is Oracle GoldenGate: {"before": {…}, "after": {…}, "op_type": "I|U|D", "op_ts": "…"}.
var ogg = &dialect{
	name: "ogg-json",
	envelope: func(row types.Type) []types.Field {
		return []types.Field{types.F("before", row), types.F("after", row),
			types.F("op_type", text0)}
	},
	changes: oggChanges,
	meta: map[string]metaPath{
		"table":               {field: "table", json: text0, show: text0},
		"primary-keys":        {field: "primary_keys", json: textList, show: textList},
		"ingestion-timestamp": {field: "current_ts", json: plainTime, show: plainTime},
		"event-timestamp":     {field: "op_ts", json: plainTime, show: plainTime},
	},
	encode: func(e *encoder, dst []byte, b *batch.Batch, i int, add bool) []byte {
		if add {
			dst = append(dst, `{"before":null,"after":`...)
			return append(e.Object(dst, b.Cols, i), `,"op_type":"I"}`...)
		}
		dst = append(dst, `{"before":`...)
		return append(e.Object(dst, b.Cols, i), `,"after":null,"op_type":"D"}`...)
	},
}

var plainTime = types.WithPrecision(types.Timestamp, 6)

func init() { register(ogg, "Changes as Oracle GoldenGate sends them.") }

func oggChanges(d *decoder, b *batch.Batch, out *changes) error {
	before, after, op := b.Cols[0], b.Cols[1], b.Cols[2]
	n := b.Len()
	for i := range n {
		what := text(op, i)
		needBefore, needAfter := what == "U" || what == "D", what == "I" || what == "U"
		switch {
		case !needBefore && !needAfter:
			if err := d.bad(i, "the field 'op_type' is not I, U or D"); err != nil {
				return err
			}
			continue
		case needBefore && before.IsNull(i) || needAfter && after.IsNull(i):
			if err := d.bad(i, "the row before or after the change is missing"); err != nil {
				return err
			}
			continue
		}
		switch what {
		case "I":
			out.add(types.Insert, n+i, i)
		case "U":
			out.add(types.UpdateBefore, i, i)
			out.add(types.UpdateAfter, n+i, i)
		case "D":
			out.add(types.Delete, i, i)
		}
	}
	return nil
}
