// Package cdc reads and writes the JSON that change capture tools send: each record says what
// happened to a row, with the row before and after.
package cdc

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
	"github.com/headrace/headrace/core/format/json"
)

// dialect is one tool's form of a record.
type dialect struct {
	name string
	// envelope are the fields of a record for rows of a type, before metadata.
	envelope func(row types.Type) []types.Field
	// changes says what the records do.
	changes func(d *decoder, b *batch.Batch, out *changes) error
	// meta says where metadata keys are in a record.
	meta map[string]metaPath
	// encode appends row i as added or taken back.
	encode func(e *encoder, dst []byte, b *batch.Batch, i int, add bool) []byte
}

// metaPath is a metadata column's field in the record: a top-level field, or one inside an object.
type metaPath struct {
	field, inner string
	json         types.Type // as it lies in the record
	show         types.Type // as the table may declare it
}

// changes gathers the rows of a batch: where each comes from and its kind.
type changes struct {
	rows  []int32 // positions in the rows before, then those after
	twins []int32 // where a field comes from that the row before does not have; -1: it has all
	from  []int32 // record of each row, for metadata
	kinds []types.RowKind
}

func (c *changes) add(kind types.RowKind, row, record int) {
	c.rows = append(c.rows, int32(row))
	c.twins = append(c.twins, -1)
	c.from = append(c.from, int32(record))
	c.kinds = append(c.kinds, kind)
}

// addPartly is add for a row before a change that holds the changed fields only; the others are
// those of the row at twin.
func (c *changes) addPartly(kind types.RowKind, row, twin, record int) {
	c.add(kind, row, record)
	c.twins[len(c.twins)-1] = int32(twin)
}

// of returns the positions for field i of a row of n; flags behind the fields of the rows before
// say what those have.
func (c *changes) of(before *batch.Column, i, n int) []int32 {
	if before.NumChildren() == n {
		return c.rows
	}
	has := before.Child(n + i)
	out := append([]int32(nil), c.rows...)
	for r, twin := range c.twins {
		if twin >= 0 && (has.IsNull(int(out[r])) || !has.Bool(int(out[r]))) {
			out[r] = twin
		}
	}
	return out
}

// partly is a row type with a flag behind the fields for each of them.
func partly(row types.Type) types.Type {
	fields := append([]types.Field(nil), row.Fields...)
	for _, f := range row.Fields {
		fields = append(fields, types.F(f.Name+json.PresentSuffix, types.Of(types.Boolean)))
	}
	return types.RowOf(fields...)
}

// decoder decodes envelopes as JSON and lays rows and kinds out.
type decoder struct {
	*json.Decoder
	dialect *dialect
	config  *format.Config
	row     types.Type // the wanted columns
	lenient bool
	metaAt  []int             // position in the envelope of each metadata column
	unpack  bool              // the envelope is inside one more object
	include [2]*regexp.Regexp // databases and tables to read; nil: all
	ready   []*batch.Batch    // laid out, to be joined by Finish
	rows    int               // in ready
	data    []byte            // what is laid out
}

func newDecoder(c *format.Config, d *dialect) (*decoder, error) {
	out := &decoder{dialect: d, config: c,
		lenient: c.Options.Bool("ignore-parse-errors", false)}
	var fields []types.Field
	for _, i := range c.Projection() {
		fields = append(fields, c.Schema.Fields[i])
	}
	out.row = types.RowOf(fields...)
	envelope := d.envelope(out.row)
	objects := map[string]int{}
	for _, m := range c.Meta {
		p, ok := d.meta[m.Key]
		if !ok {
			return nil, errs.Userf("table '%s': column '%s': format %s has no metadata '%s'",
				c.Table, m.Column.Name, d.name, m.Key)
		}
		at, ok := objects[p.field]
		if !ok {
			at = len(envelope)
			objects[p.field] = at
			t := p.json
			if p.inner != "" {
				t = types.RowOf()
			}
			envelope = append(envelope, types.F(p.field, t))
		}
		if p.inner != "" {
			t := envelope[at].Type
			t.Fields = append(t.Fields[:len(t.Fields):len(t.Fields)], types.F(p.inner, p.json))
			envelope[at].Type = t
		}
		out.metaAt = append(out.metaAt, at)
	}
	inner := *c
	inner.Columns, inner.Meta = nil, nil
	inner.Schema = types.NewSchema(envelope...)
	var err error
	out.Decoder, err = json.NewDecoder(&inner, d.name)
	return out, err
}

// Finish implements format.Decoder. Rows are counted in records until then.
func (d *decoder) Finish() *batch.Batch {
	ready := d.ready
	d.ready, d.rows = nil, 0
	switch len(ready) {
	case 0:
		return batch.New(d.config.Output(), emptyColumns(d.config.Output()), 0)
	case 1:
		return ready[0]
	}
	return batch.Concat(ready)
}

func emptyColumns(s *types.Schema) []*batch.Column {
	cols := make([]*batch.Column, s.Len())
	for i, f := range s.Fields {
		cols[i] = batch.NewBuilder(f.Type, 0).Finish()
	}
	return cols
}

// Len implements format.Decoder.
func (d *decoder) Len() int { return d.rows }

// Decode implements format.Decoder.
func (d *decoder) Decode(data []byte, rows int) (int, error) {
	used, err := d.Decoder.Decode(data, rows-d.Len())
	if err != nil {
		return 0, err
	}
	return used, d.lay(data)
}

// DecodeOne implements format.Decoder.
func (d *decoder) DecodeOne(data []byte) error {
	if err := d.Decoder.DecodeOne(data); err != nil {
		return err
	}
	return d.lay(data)
}

// lay makes rows of the records decoded, which data has.
func (d *decoder) lay(data []byte) error {
	b := d.Decoder.Finish()
	if b.Len() == 0 {
		return nil
	}
	out := &changes{}
	d.data = data
	defer func() { d.data = nil }()
	if err := d.dialect.changes(d, b, out); err != nil {
		return err
	}
	before, after := d.sides(b)
	cols := make([]*batch.Column, 0, len(d.row.Fields)+len(d.config.Meta))
	for i := range d.row.Fields {
		one := types.NewSchema(d.row.Fields[i])
		both := batch.Concat([]*batch.Batch{
			batch.New(one, []*batch.Column{before.Child(i)}, before.Len()),
			batch.New(one, []*batch.Column{after.Child(i)}, after.Len())})
		cols = append(cols, batch.Take(both.Cols[0],
			out.of(before, i, len(d.row.Fields))))
	}
	for i, m := range d.config.Meta {
		c := b.Cols[d.metaAt[i]]
		p := d.dialect.meta[m.Key]
		if p.inner != "" {
			c = child(c, p.inner)
		}
		cols = append(cols, showMeta(batch.Take(c, out.from), p, m.Column.Type))
	}
	rows := batch.New(d.config.Output(), cols, len(out.rows))
	rows.Kinds = out.kinds
	d.ready = append(d.ready, rows)
	d.rows += rows.Len()
	return nil
}

// child returns a field of a ROW column, null where the row is.
func child(c *batch.Column, name string) *batch.Column {
	for i, f := range c.Type.Fields {
		if f.Name != name {
			continue
		}
		rows := make([]int32, c.Len())
		for r := range rows {
			rows[r] = int32(r)
			if c.IsNull(r) {
				rows[r] = -1
			}
		}
		return batch.Take(c.Child(i), rows)
	}
	return batch.MakeNull(types.String(), c.Len())
}

// showMeta turns milliseconds into an instant where the metadata is one.
func showMeta(c *batch.Column, p metaPath, want types.Type) *batch.Column {
	if p.json.Kind != types.BigInt || !p.show.IsTimestamp() {
		return c.WithType(p.show)
	}
	out := make([]int64, c.Len())
	for i, v := range batch.Values[int64](c) {
		out[i] = v
		for u := 3; u < want.Unit(); u += 3 {
			out[i] *= 1000
		}
	}
	valid := batch.NewValid(c.Len())
	for i := range out {
		if c.IsNull(i) {
			batch.ClearBit(valid, i)
		}
	}
	return batch.MakeFixed(want, out, valid)
}

// sides are the rows before and after: of one field each, or the elements of one list each.
func (d *decoder) sides(b *batch.Batch) (before, after *batch.Column) {
	if d.unpack {
		b = unpack(b)
	}
	before, after = b.Cols[0], b.Cols[1]
	if before.Type.Kind == types.Array {
		before, after = before.Child(0), after.Child(0)
	}
	return before, after
}

// bad is the error of a record that is JSON but no change; nil where errors are ignored.
func (d *decoder) bad(record int, what string) error {
	if d.lenient {
		d.config.Drop()
		return nil
	}
	at := d.Offset(record)
	text, _, _ := bytes.Cut(d.data[min(at, len(d.data)):], []byte{'\n'})
	return format.BadField(d.dialect.name, at, "", format.Trim(text), what)
}

// text returns a string of a column, "" for null.
func text(c *batch.Column, i int) string {
	if c.IsNull(i) {
		return ""
	}
	return strings.Clone(c.Str(i))
}

// encoder writes rows inside envelopes.
type encoder struct {
	*json.Encoder
	dialect *dialect
}

func newEncoder(c *format.Config, d *dialect) (*encoder, error) {
	e, err := json.NewEncoder(c)
	return &encoder{Encoder: e, dialect: d}, err
}

// Encode implements format.Encoder: +I and +U add a row, -U and -D take one back.
func (e *encoder) Encode(dst []byte, b *batch.Batch, from, to int, end []byte) ([]byte, error) {
	for i := from; i < to; i++ {
		dst = append(e.dialect.encode(e, dst, b, i, b.Kind(i).IsAdd()), end...)
	}
	return dst, e.Err()
}

func register(d *dialect, doc string, extra ...connector.Option) {
	f := &format.Format{
		Name: d.name, Doc: doc, Reads: connector.AllKinds, Writes: connector.AllKinds,
		Options:    append(append(json.DecodeOptions(), json.EncodeOptions()...), extra...),
		Metadata:   map[string]types.Type{},
		NewDecoder: func(c *format.Config) (format.Decoder, error) { return newDecoder(c, d) },
		NewEncoder: func(c *format.Config) (format.Encoder, error) { return newEncoder(c, d) },
	}
	for k, p := range d.meta {
		f.Metadata[k] = p.show
	}
	format.Register(f)
}
