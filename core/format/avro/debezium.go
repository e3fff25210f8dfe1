package avro

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

const debeziumName = "debezium-avro-confluent"

var (
	str     = types.String()
	millis  = types.Of(types.BigInt)
	instant = types.WithPrecision(types.TimestampLTZ, 3)
)

// envelopeMeta says where metadata is in a change: a field of it, or one of its field 'source'.
var envelopeMeta = map[string]struct {
	source bool
	field  types.Field
	show   types.Type
}{
	"ingestion-timestamp": {false, types.F("ts_ms", millis), instant},
	"source.timestamp":    {true, types.F("ts_ms", millis), instant},
	"source.database":     {true, types.F("db", str), str},
	"source.schema":       {true, types.F("schema", str), str},
	"source.table":        {true, types.F("table", str), str},
}

func init() {
	metadata := map[string]types.Type{}
	for k, m := range envelopeMeta {
		metadata[k] = m.show
	}
	format.Register(&format.Format{
		Name: debeziumName, Messages: true, Metadata: metadata,
		Reads: connector.AllKinds, Writes: connector.AllKinds,
		Doc: "Changes as Debezium sends them, in Avro with the id of their schema in front; a schema " +
			"registry has it. Written, an update is a deletion and an insertion.",
		Options:    confluent,
		NewDecoder: func(c *format.Config) (format.Decoder, error) { return newChanges(c) },
		NewEncoder: func(c *format.Config) (format.Encoder, error) { return newChangeEncoder(c) },
	})
}

// changes decodes envelopes and lays out the rows before and after.
type changes struct {
	*decoder
	config *format.Config
	meta   []metaAt
	ready  []*batch.Batch
	rows   int // in ready
}

// metaAt is where a metadata column is in the envelope.
type metaAt struct{ column, child int }

var _ format.Decoder = (*changes)(nil)

func newChanges(c *format.Config) (*changes, error) {
	r, err := newRegistry(c, debeziumName)
	if err != nil {
		return nil, err
	}
	if r.schema != "" {
		if _, err := parse(r.schema); err != nil {
			return nil, errs.Userf("table '%s': '%s.schema' cannot be read", c.Table, debeziumName).Wrap(err)
		}
	}
	d := &changes{config: c}
	var fields, source []types.Field
	for _, i := range c.Projection() {
		f := c.Schema.Fields[i]
		f.Type = f.Type.Nullable(true) // it is NULL where there is no row
		fields = append(fields, f)
	}
	row := types.RowOf(fields...)
	envelope := []types.Field{types.F("before", row), types.F("after", row), types.F("op", str)}
	for _, m := range c.Meta {
		p, ok := envelopeMeta[m.Key]
		if !ok {
			return nil, errs.Userf("table '%s': column '%s': format %s has no metadata '%s'", c.Table,
				m.Column.Name, debeziumName, m.Key)
		}
		if p.source {
			d.meta = append(d.meta, metaAt{-1, len(source)})
			source = append(source, p.field)
			continue
		}
		d.meta = append(d.meta, metaAt{len(envelope), -1})
		envelope = append(envelope, p.field)
	}
	for i, m := range d.meta {
		if m.column < 0 {
			d.meta[i].column = len(envelope)
		}
	}
	if source != nil {
		envelope = append(envelope, types.F("source", types.RowOf(source...)))
	}
	d.decoder, err = newDecoder(&format.Config{Table: c.Table, Schema: types.NewSchema(envelope...),
		Options: c.Options, Zone: c.Zone, Subject: c.Subject}, r)
	return d, err
}

// Decode implements format.Decoder.
func (d *changes) Decode(data []byte, _ int) (int, error) { return len(data), d.DecodeOne(data) }

// DecodeOne implements format.Decoder. An empty message follows the deletion of a row.
func (d *changes) DecodeOne(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	if err := d.decoder.DecodeOne(data); err != nil {
		return err
	}
	return d.lay(d.decoder.Finish(), data)
}

const noBefore = "lacks the row before the change: if it comes from PostgreSQL, set the table's " +
	"REPLICA IDENTITY to FULL"

// lay makes rows of one change: row 0 of both is the one before it, row 1 the one after.
func (d *changes) lay(b *batch.Batch, data []byte) error {
	before, after, op := b.Cols[0], b.Cols[1], b.Cols[2]
	what := ""
	if !op.IsNull(0) {
		what = op.Str(0)
	}
	var rows []int32
	var kinds []types.RowKind
	switch {
	case what != "c" && what != "r" && what != "u" && what != "d":
		return d.decoder.bad("op", data, "is '"+what+"', not c, r, u or d")
	case what != "d" && after.IsNull(0):
		return d.decoder.bad("after", data, "lacks the row after the change")
	case (what == "u" || what == "d") && before.IsNull(0):
		return d.decoder.bad("before", data, noBefore)
	case what == "u":
		rows, kinds = []int32{0, 1}, []types.RowKind{types.UpdateBefore, types.UpdateAfter}
	case what == "d":
		rows, kinds = []int32{0}, []types.RowKind{types.Delete}
	default:
		rows, kinds = []int32{1}, []types.RowKind{types.Insert}
	}
	out := d.config.Output()
	cols := make([]*batch.Column, 0, out.Len())
	for i := range before.NumChildren() {
		one := types.NewSchema(before.Type.Fields[i])
		both := batch.Concat([]*batch.Batch{batch.New(one, []*batch.Column{before.Child(i)}, 1),
			batch.New(one, []*batch.Column{after.Child(i)}, 1)})
		cols = append(cols, batch.Take(both.Cols[0], rows).WithType(out.Fields[i].Type))
	}
	for i, at := range d.meta {
		c := b.Cols[at.column]
		if at.child >= 0 {
			c = c.Child(at.child)
		}
		m := d.config.Meta[i]
		cols = append(cols, show(batch.Take(c, make([]int32, len(rows))), envelopeMeta[m.Key].show,
			m.Column.Type))
	}
	made := batch.New(out, cols, len(rows))
	made.Kinds = kinds
	d.ready = append(d.ready, made)
	d.rows += len(rows)
	return nil
}

// show makes an instant of milliseconds.
func show(c *batch.Column, have, want types.Type) *batch.Column {
	if !have.IsTimestamp() {
		return c.WithType(want)
	}
	b := batch.NewBuilder(want, c.Len())
	for i, v := range batch.Values[int64](c) {
		if c.IsNull(i) {
			b.AppendNull()
		} else {
			batch.Append(b, rescale(v, 3, want.Unit()))
		}
	}
	return b.Finish()
}

// Len implements format.Decoder.
func (d *changes) Len() int { return d.rows }

// Finish implements format.Decoder.
func (d *changes) Finish() *batch.Batch {
	ready := d.ready
	d.ready, d.rows = nil, 0
	switch len(ready) {
	case 0:
		out := d.config.Output()
		cols := make([]*batch.Column, out.Len())
		for i, f := range out.Fields {
			cols[i] = batch.NewBuilder(f.Type, 0).Finish()
		}
		return batch.New(out, cols, 0)
	case 1:
		return ready[0]
	}
	return batch.Concat(ready)
}

// changeEncoder writes rows inside envelopes: +I and +U as insertions, -U and -D as deletions.
type changeEncoder struct {
	*encoder
	schema *types.Schema
}

func newChangeEncoder(c *format.Config) (*changeEncoder, error) {
	r, err := newRegistry(c, debeziumName)
	if err != nil {
		return nil, err
	}
	row := c.Schema.RowType().Nullable(true)
	schema := types.NewSchema(types.F("before", row), types.F("after", row), types.F("op", str))
	e, err := newEncoder(&format.Config{Table: c.Table, Schema: schema, Options: c.Options, Zone: c.Zone,
		Subject: c.Subject}, r)
	return &changeEncoder{encoder: e, schema: schema}, err
}

// Encode implements format.Encoder.
func (e *changeEncoder) Encode(dst []byte, b *batch.Batch, from, to int, end []byte) ([]byte, error) {
	n := b.Len()
	adds, takes := batch.NewValid(n), batch.NewValid(n)
	op := batch.NewBuilder(str, n)
	for i := range n {
		if b.Kind(i).IsAdd() {
			batch.ClearBit(takes, i)
			op.AppendString("c")
		} else {
			batch.ClearBit(adds, i)
			op.AppendString("d")
		}
	}
	row := e.schema.Fields[0].Type
	return e.encoder.Encode(dst, batch.New(e.schema, []*batch.Column{
		batch.MakeRow(row, n, b.Cols, takes), batch.MakeRow(row, n, b.Cols, adds), op.Finish()}, n),
		from, to, end)
}
