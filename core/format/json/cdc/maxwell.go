package cdc

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// maxwell: {"data": {…}, "old": {…}, "type": "insert|update|delete"}; old has the changed
// fields.
var maxwell = &dialect{
	name: "maxwell-json",
	envelope: func(row types.Type) []types.Field {
		return []types.Field{types.F("old", partly(row)), types.F("data", row),
			types.F("type", text0)}
	},
	changes: maxwellChanges,
	meta: map[string]metaPath{
		"database":            {field: "database", json: text0, show: text0},
		"table":               {field: "table", json: text0, show: text0},
		"primary-key-columns": {field: "primary_key_columns", json: textList, show: textList},
		"ingestion-timestamp": {field: "ts", json: long, show: instant},
	},
	encode: func(e *encoder, dst []byte, b *batch.Batch, i int, add bool) []byte {
		dst = e.Object(append(dst, `{"data":`...), b.Cols, i)
		if add {
			return append(dst, `,"type":"insert"}`...)
		}
		return append(dst, `,"type":"delete"}`...)
	},
}

func init() { register(maxwell, "Changes as Maxwell sends them.") }

func maxwellChanges(d *decoder, b *batch.Batch, out *changes) error {
	old, data, kind := b.Cols[0], b.Cols[1], b.Cols[2]
	n := b.Len()
	for i := range n {
		what := text(kind, i)
		switch what {
		case "insert", "bootstrap-insert", "update", "delete":
			if data.IsNull(i) || what == "update" && old.IsNull(i) {
				if err := d.bad(i, "the field 'data' or 'old' is missing"); err != nil {
					return err
				}
				continue
			}
		case "bootstrap-start", "bootstrap-complete":
			continue
		}
		switch what {
		case "insert", "bootstrap-insert":
			out.add(types.Insert, n+i, i)
		case "update":
			out.addPartly(types.UpdateBefore, i, n+i, i)
			out.add(types.UpdateAfter, n+i, i)
		case "delete":
			out.add(types.Delete, n+i, i)
		default:
			if err := d.bad(i, "the field 'type' is not insert, update or delete"); err != nil {
				return err
			}
		}
	}
	return nil
}
