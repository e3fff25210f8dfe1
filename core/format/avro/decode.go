package avro

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"

	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// decoder decodes messages.
type decoder struct {
	config   *format.Config
	registry *registry // nil: all records have the schema own
	own      *program
	cols     []*batch.Builder
	rows     int
}

// program is a schema and which of the columns its fields are.
type program struct {
	root   *node
	column []int // of each field, -1: it is skipped
	absent []int // columns that the schema does not have
}

func newDecoder(c *format.Config, r *registry) (*decoder, error) {
	d := &decoder{config: c, registry: r}
	for _, i := range c.Projection() {
		d.cols = append(d.cols, batch.NewBuilder(c.Schema.Fields[i].Type, 0))
	}
	text, err := schemaOf(c)
	if err != nil || r != nil {
		return d, err
	}
	root, err := parse(text)
	if err != nil {
		return nil, err
	}
	d.own = d.program(root)
	return d, nil
}

func (d *decoder) program(root *node) *program {
	p := &program{root: root}
	found := map[int]bool{}
	for _, f := range root.fields {
		at := -1
		for i, c := range d.config.Projection() {
			if d.config.Schema.Fields[c].Name == f.name {
				at, found[i] = i, true
			}
		}
		p.column = append(p.column, at)
	}
	for i := range d.cols {
		if !found[i] {
			p.absent = append(p.absent, i)
		}
	}
	return p
}

// Framing implements format.Decoder.
func (d *decoder) Framing() format.Framing { return format.Framing{Whole: true} }

// Decode implements format.Decoder: a file is one record.
func (d *decoder) Decode(data []byte, _ int) (int, error) { return len(data), d.DecodeOne(data) }

// DecodeOne implements format.Decoder.
func (d *decoder) DecodeOne(data []byte) error {
	p, body := d.own, data
	if d.registry != nil {
		if len(data) < 5 || data[0] != 0 {
			return d.bad("", data, "does not begin with the id of a schema")
		}
		var err error
		if p, err = d.registry.program(d, binary.BigEndian.Uint32(data[1:])); err != nil {
			return err
		}
		body = data[5:]
	}
	used, err := d.record(p, body, data)
	if err == nil && used < len(body) {
		return d.bad("", data, "has bytes behind its end")
	}
	return err
}

// record decodes the record that body begins with and says how long it is; shown is for the error.
func (d *decoder) record(p *program, body, shown []byte) (used int, err error) {
	c := cursor{b: body}
	for i, f := range p.root.fields {
		if at := p.column[i]; at < 0 {
			c.skip(f.node, 0)
		} else if c.read(f.node, d.cols[at], d.cols[at].Type, 0); c.why != "" {
			return 0, d.bad(f.name, shown, c.why)
		}
	}
	if c.why != "" {
		return 0, d.bad("", shown, c.why)
	}
	for _, i := range p.absent {
		d.cols[i].AppendNull()
	}
	d.rows++
	return c.at, nil
}

func (d *decoder) bad(field string, data []byte, why string) error {
	name := "avro"
	if d.registry != nil {
		name = d.registry.format
	}
	return &format.RecordError{Format: name, Field: field, Reason: why,
		Value: fmt.Sprintf("%x", data[:min(len(data), 32)])}
}

// Len implements format.Decoder.
func (d *decoder) Len() int { return d.rows }

// Finish implements format.Decoder.
func (d *decoder) Finish() *batch.Batch {
	cols := make([]*batch.Column, len(d.cols))
	for i, b := range d.cols {
		cols[i] = b.Finish()
	}
	n := d.rows
	d.rows = 0
	return batch.New(d.config.Output(), cols, n)
}

// cursor reads a record; why says what is wrong with it.
type cursor struct {
	b   []byte
	at  int
	why string
}

func (c *cursor) fail(why string) {
	if c.why == "" {
		c.why = why
	}
}

func (c *cursor) long() int64 {
	v, n := binary.Varint(c.b[c.at:])
	if n <= 0 {
		c.fail("ends in the middle of a number")
		return 0
	}
	c.at += n
	return v
}

func (c *cursor) take(n int64) []byte {
	if n < 0 || n > int64(len(c.b)-c.at) {
		c.fail("ends in the middle of a value")
		return nil
	}
	v := c.b[c.at : c.at+int(n)]
	c.at += int(n)
	return v
}

// maxDepth bounds how deep values may be nested.
const maxDepth = 200

// blocks calls f for each element of an array or map.
func (c *cursor) blocks(f func()) {
	for c.why == "" {
		n := c.long()
		if n < 0 {
			n = -n
			c.long() // bytes of the block
		}
		if n == 0 {
			return
		}
		if n > int64(len(c.b)) && n > 1<<20 { // elements without bytes could be any number
			c.fail("has an impossible number of elements")
		}
		for ; n > 0 && c.why == ""; n-- {
			f()
		}
	}
}

// branch reads which branch of a union follows.
func (c *cursor) branch(n *node) *node {
	i := c.long()
	if i < 0 || i >= int64(len(n.branches)) {
		c.fail("has a branch that the schema does not have")
		return &node{kind: "null"}
	}
	return n.branches[i]
}

func (c *cursor) skip(n *node, depth int) {
	if depth > maxDepth {
		c.fail("is nested too deep")
	}
	if c.why != "" {
		return
	}
	switch n.kind {
	case "null":
	case "boolean":
		c.take(1)
	case "int", "long", "enum":
		c.long()
	case "float":
		c.take(4)
	case "double":
		c.take(8)
	case "bytes", "string":
		c.take(c.long())
	case "fixed":
		c.take(int64(n.size))
	case "union":
		c.skip(c.branch(n), depth+1)
	case "array":
		c.blocks(func() { c.skip(n.items, depth+1) })
	case "map":
		c.blocks(func() {
			c.take(c.long())
			c.skip(n.items, depth+1)
		})
	case "record":
		for _, f := range n.fields {
			c.skip(f.node, depth+1)
		}
	}
}

// read appends a value to a builder of type t.
func (c *cursor) read(n *node, b *batch.Builder, t types.Type, depth int) {
	if depth > maxDepth {
		c.fail("is nested too deep")
	}
	if c.why != "" {
		return
	}
	switch n.kind {
	case "null":
		b.AppendNull()
	case "union":
		c.read(c.branch(n), b, t, depth+1)
	case "boolean":
		if v := c.take(1); t.Kind != types.Boolean {
			c.mismatch(n, t)
		} else if v != nil {
			b.AppendBool(v[0] != 0)
		}
	case "int", "long":
		c.integer(n, b, t)
	case "float":
		if v := c.take(4); v != nil {
			c.float(n, b, t, float64(math.Float32frombits(binary.LittleEndian.Uint32(v))))
		}
	case "double":
		if v := c.take(8); v != nil {
			c.float(n, b, t, math.Float64frombits(binary.LittleEndian.Uint64(v)))
		}
	case "string", "bytes", "fixed", "enum":
		c.text(n, b, t)
	case "array":
		if t.Kind != types.Array {
			c.mismatch(n, t)
			return
		}
		c.blocks(func() { c.read(n.items, b.Child(0), *t.Elem, depth+1) })
		b.CloseList()
	case "map":
		if t.Kind != types.Map || !t.Key.IsString() {
			c.mismatch(n, t)
			return
		}
		c.blocks(func() {
			b.Child(0).AppendBytes(c.take(c.long()))
			c.read(n.items, b.Child(1), *t.Elem, depth+1)
		})
		b.CloseList()
	case "record":
		c.record(n, b, t, depth)
	}
}

func (c *cursor) record(n *node, b *batch.Builder, t types.Type, depth int) {
	if t.Kind != types.Row {
		c.mismatch(n, t)
		return
	}
	seen := make([]bool, len(t.Fields))
	for _, f := range n.fields {
		at := -1
		for i, want := range t.Fields {
			if want.Name == f.name && !seen[i] {
				at = i
				break
			}
		}
		if at < 0 {
			c.skip(f.node, depth+1)
			continue
		}
		seen[at] = true
		c.read(f.node, b.Child(at), t.Fields[at].Type, depth+1)
	}
	if c.why != "" {
		return
	}
	for i, ok := range seen {
		if !ok {
			b.Child(i).AppendNull()
		}
	}
	b.AppendRow()
}

func (c *cursor) mismatch(n *node, t types.Type) {
	kind := n.kind
	if n.logical != "" {
		kind += " (" + n.logical + ")"
	}
	c.fail("is " + kind + " in the record's schema, which cannot be read as " +
		t.Nullable(true).String())
}

// units are the ticks a second of the logical types of times, as powers of ten.
var units = map[string]int{"time-millis": 3, "time-micros": 6, "timestamp-millis": 3,
	"timestamp-micros": 6, "timestamp-nanos": 9, "local-timestamp-millis": 3,
	"local-timestamp-micros": 6, "local-timestamp-nanos": 9}

func (c *cursor) integer(n *node, b *batch.Builder, t types.Type) {
	v := c.long()
	if c.why != "" {
		return
	}
	switch t.Kind {
	case types.TinyInt, types.SmallInt, types.Int, types.Date:
		bits := map[types.Kind]int{types.TinyInt: 8, types.SmallInt: 16}[t.Kind]
		if bits == 0 {
			bits = 32
		}
		if v<<(64-bits)>>(64-bits) != v {
			c.fail("is too large for " + t.Nullable(true).String())
			return
		}
		switch bits {
		case 8:
			batch.Append(b, int8(v))
		case 16:
			batch.Append(b, int16(v))
		default:
			batch.Append(b, int32(v))
		}
	case types.BigInt:
		batch.Append(b, v)
	case types.Float, types.Double:
		c.float(n, b, t, float64(v))
	case types.Time, types.Timestamp, types.TimestampLTZ:
		unit := units[n.logical]
		if unit == 0 {
			c.mismatch(n, t)
			return
		}
		v = rescale(v, unit, t.Unit())
		if t.Kind == types.Time && t.Unit() == 3 {
			batch.Append(b, int32(v))
		} else {
			batch.Append(b, v)
		}
	default:
		c.mismatch(n, t)
	}
}

// rescale changes the unit of a time; what is finer is cut.
func rescale(v int64, from, to int) int64 {
	for ; from < to; from++ {
		v *= 10
	}
	cut := int64(1)
	for ; from > to; from-- {
		cut *= 10
	}
	if q := v / cut; v%cut < 0 {
		return q - 1
	}
	return v / cut
}

func (c *cursor) float(n *node, b *batch.Builder, t types.Type, v float64) {
	switch t.Kind {
	case types.Float:
		batch.Append(b, float32(v))
	case types.Double:
		batch.Append(b, v)
	default:
		c.mismatch(n, t)
	}
}

func (c *cursor) text(n *node, b *batch.Builder, t types.Type) {
	var v []byte
	switch n.kind {
	case "fixed":
		v = c.take(int64(n.size))
	case "enum":
		i := c.long()
		if i < 0 || i >= int64(len(n.symbols)) {
			c.fail("has a symbol that the schema does not have")
			return
		}
		v = []byte(n.symbols[i])
	default:
		v = c.take(c.long())
	}
	switch {
	case c.why != "":
	case t.Kind == types.Decimal && n.logical == "decimal":
		c.decimal(n, b, t, v)
	case t.IsString() && (n.kind == "string" || n.kind == "enum"),
		(t.Kind == types.Binary || t.Kind == types.Varbinary) && n.kind != "enum":
		b.AppendBytes(v)
	default:
		c.mismatch(n, t)
	}
}

func (c *cursor) decimal(n *node, b *batch.Builder, t types.Type, v []byte) {
	x := new(big.Int).SetBytes(v)
	if len(v) > 0 && v[0]&0x80 != 0 {
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v))))
	}
	for s := n.scale; s < t.Scale; s++ {
		x.Mul(x, big.NewInt(10))
	}
	for s := n.scale; s > t.Scale; s-- {
		x.Quo(x, big.NewInt(10))
	}
	if x.BitLen() > 126 || len(new(big.Int).Abs(x).String()) > t.Precision && x.Sign() != 0 {
		b.AppendNull() // as Flink does with a DECIMAL that overflows
		return
	}
	batch.Append(b, decimal128.FromBigInt(x))
}
