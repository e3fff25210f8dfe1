package cdc

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

var (
	text0    = types.String()
	textList = types.ArrayOf(text0)
	long     = types.Of(types.BigInt)
	instant  = types.WithPrecision(types.TimestampLTZ, 3)
)

// debezium: {"before": {…}, "after": {…}, "op": "c|r|u|d", "source": {…}, "ts_ms": 1}.
var debezium = &dialect{
	name: "debezium-json",
	envelope: func(row types.Type) []types.Field {
		return []types.Field{types.F("before", row), types.F("after", row), types.F("op", text0)}
	},
	changes: debeziumChanges,
	meta: map[string]metaPath{
		"ingestion-timestamp": {field: "ts_ms", json: long, show: instant},
		"source.timestamp":    {"source", "ts_ms", long, instant},
		"source.database":     {"source", "db", text0, text0},
		"source.schema":       {"source", "schema", text0, text0},
		"source.table":        {"source", "table", text0, text0},
	},
	encode: func(e *encoder, dst []byte, b *batch.Batch, i int, add bool) []byte {
		if add {
			dst = append(dst, `{"before":null,"after":`...)
			return append(e.Object(dst, b.Cols, i), `,"op":"c"}`...)
		}
		dst = append(dst, `{"before":`...)
		return append(e.Object(dst, b.Cols, i), `,"after":null,"op":"d"}`...)
	},
}

func init() {
	register(debezium, "Changes as Debezium sends them.",
		connector.Option{Name: "schema-include", Type: "boolean", Default: "false",
			Doc: "Records hold their schema, and the change in 'payload'."})
	f, err := format.Find("", debezium.name)
	if err != nil {
		panic(err) // it has just been registered
	}
	f.NewDecoder = func(c *format.Config) (format.Decoder, error) {
		if !c.Options.Bool("schema-include", false) {
			return newDecoder(c, debezium)
		}
		return newPayload(c)
	}
	f.NewEncoder = func(c *format.Config) (format.Encoder, error) {
		if c.Options.Bool("schema-include", false) {
			return nil, errs.Userf("table '%s': 'debezium-json.schema-include' is for reading only",
				c.Table)
		}
		return newEncoder(c, debezium)
	}
}

func debeziumChanges(d *decoder, b *batch.Batch, out *changes) error {
	before, after, op := b.Cols[0], b.Cols[1], b.Cols[2]
	n := b.Len()
	for i := range n {
		switch what := text(op, i); what {
		case "c", "r":
			if after.IsNull(i) {
				if err := d.bad(i, "the row after the change is missing"); err != nil {
					return err
				}
				continue
			}
			out.add(types.Insert, n+i, i)
		case "u":
			if before.IsNull(i) || after.IsNull(i) {
				if err := d.bad(i, noBefore); err != nil {
					return err
				}
				continue
			}
			out.add(types.UpdateBefore, i, i)
			out.add(types.UpdateAfter, n+i, i)
		case "d":
			if before.IsNull(i) {
				if err := d.bad(i, noBefore); err != nil {
					return err
				}
				continue
			}
			out.add(types.Delete, i, i)
		default:
			if err := d.bad(i, "the field 'op' is not c, r, u or d"); err != nil {
				return err
			}
		}
	}
	return nil
}

const noBefore = "the row before the change is missing: if it comes from PostgreSQL, set the " +
	"table's REPLICA IDENTITY to FULL"

// newPayload makes a decoder of {"schema": …, "payload": {"before": …}}: its envelope is the one
// field, whose parts lie as the plain form does.
func newPayload(c *format.Config) (format.Decoder, error) {
	plain := *debezium
	inner := plain.envelope
	plain.envelope = func(row types.Type) []types.Field {
		return []types.Field{types.F("payload", types.RowOf(inner(row)...))}
	}
	plain.changes = func(d *decoder, b *batch.Batch, out *changes) error {
		return debeziumChanges(d, unpack(b), out)
	}
	if len(c.Meta) > 0 {
		return nil, errs.Userf("table '%s': metadata columns need 'debezium-json.schema-include' = "+
			"'false'", c.Table)
	}
	d, err := newDecoder(c, &plain)
	if err != nil {
		return nil, err
	}
	d.unpack = true
	return d, nil
}

func unpack(b *batch.Batch) *batch.Batch {
	p := b.Cols[0]
	cols := make([]*batch.Column, p.NumChildren())
	for i, f := range p.Type.Fields {
		cols[i] = child(p, f.Name)
	}
	return batch.New(types.NewSchema(p.Type.Fields...), cols, b.Len())
}
