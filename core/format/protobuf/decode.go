package protobuf

import (
	"bytes"
	"fmt"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// decoder decodes messages. A message is read into slots, one a wanted field, for fields come in any
// order and more than once; then each slot goes to its column. An error leaves all columns with a
// row more: a lenient decoder leaves such rows out at the end.
type decoder struct {
	config   *format.Config
	root     *message
	lenient  bool
	defaults bool
	cols     []*batch.Builder
	rows     int     // good ones
	bad      []int32 // those in cols that are to be left out
	field    string  // that the error is of
	why      string  // what is wrong with the message; "": nothing
	keys     map[string]int
}

// slot is what was read of a field.
type slot struct {
	set   bool
	one   item
	items []item // of a list or map
}

var _ format.Decoder = (*decoder)(nil)

func newDecoder(c *format.Config) (*decoder, error) {
	d := &decoder{config: c, lenient: c.Options.Bool(lenientOption, false),
		defaults: c.Options.Bool(defaultsOption, false), keys: map[string]int{}}
	if err := c.Options.Err(); err != nil {
		return nil, err
	}
	m, err := messageOf(c)
	if err != nil {
		return nil, err
	}
	if _, err := bind(c, m, c.Schema.Fields); err != nil { // columns that are not read too
		return nil, err
	}
	var fields []types.Field
	for _, i := range c.Projection() {
		fields = append(fields, c.Schema.Fields[i])
		d.cols = append(d.cols, batch.NewBuilder(c.Schema.Fields[i].Type, 0))
	}
	d.root, err = bind(c, m, fields)
	return d, err
}

// Framing implements format.Decoder.
func (d *decoder) Framing() format.Framing { return format.Framing{Whole: true} }

// Decode implements format.Decoder: a file is one message.
func (d *decoder) Decode(data []byte, _ int) (int, error) { return len(data), d.DecodeOne(data) }

// DecodeOne implements format.Decoder.
func (d *decoder) DecodeOne(data []byte) error {
	d.why, d.field = d.root.parse(data), ""
	if d.why == "" {
		for i, n := range d.root.nodes {
			d.put(n, &d.root.slots[i], d.cols[i])
			if d.why != "" && d.field == "" {
				d.field = string(n.field.Name())
			}
		}
		if d.why == "" {
			d.rows++
			return nil
		}
		d.bad = append(d.bad, int32(d.rows+len(d.bad)))
	}
	if d.lenient {
		d.config.Drop()
		return nil
	}
	return &format.RecordError{Format: name, Field: d.field, Reason: d.why,
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
	if len(d.bad) > 0 {
		var keep []int32
		bad := d.bad
		for i := range int32(d.rows + len(d.bad)) {
			if len(bad) > 0 && bad[0] == i {
				bad = bad[1:]
				continue
			}
			keep = append(keep, i)
		}
		for i, c := range cols {
			cols[i] = batch.Take(c, keep)
		}
	}
	n := d.rows
	d.rows, d.bad = 0, d.bad[:0]
	return batch.New(d.config.Output(), cols, n)
}

// find says where a field goes.
func (m *message) find(n protowire.Number) place {
	if int(n) < len(m.near) {
		return m.near[n]
	}
	if p, ok := m.fields[n]; ok {
		return p
	}
	return nowhere
}

// parse reads a message into the slots; it says what is wrong with it.
func (m *message) parse(data []byte) (why string) {
	for i := range m.slots {
		s := &m.slots[i]
		s.set, s.one, s.items = false, item{}, s.items[:0]
	}
	clear(m.seen)
	for len(data) > 0 {
		number, wire, n := protowire.ConsumeTag(data)
		if n < 0 {
			return "is cut short or no message: " + protowire.ParseError(n).Error()
		}
		size := protowire.ConsumeFieldValue(number, wire, data[n:])
		if size < 0 {
			return fmt.Sprintf("field %d is cut short or no field: %s", number,
				protowire.ParseError(size))
		}
		p := m.find(number)
		if p.required >= 0 {
			m.seen[p.required] = true
		}
		known := p.node < 0 || m.take(p.node, number, wire, data[n:n+size])
		if p.oneof >= 0 && known {
			for _, other := range m.oneofs[p.oneof] {
				if other != p.node {
					m.slots[other].set = false
				}
			}
		}
		data = data[n+size:]
	}
	for i, ok := range m.seen {
		if !ok {
			return fmt.Sprintf("lacks the required field '%s'",
				m.desc.Fields().ByNumber(m.required[i]).FullName())
		}
	}
	return ""
}

// take puts the value of a field into its slot; false: it is not of the field's type, or an unknown
// value of a closed enum, which is as if it were not there.
func (m *message) take(at int, number protowire.Number, wire protowire.Type, data []byte) bool {
	n, s := m.nodes[at], &m.slots[at]
	switch {
	case wire == n.wire:
	case n.shape == list && wire == protowire.BytesType && packs(n.elem.wire):
		s.packed(n.elem, data)
		return true
	default:
		return false
	}
	v := value(number, wire, data)
	switch {
	case n.shape == list && !n.elem.knows(v):
		return false
	case n.shape == list, n.shape == dict:
		s.items = append(s.items, v)
	case !n.knows(v):
		return false
	case n.shape == row && s.set: // messages are merged, as if one followed the other
		s.one.raw = append(s.one.raw[:len(s.one.raw):len(s.one.raw)], v.raw...)
	default:
		s.one = v
	}
	s.set = true
	return true
}

func packs(w protowire.Type) bool {
	return w == protowire.VarintType || w == protowire.Fixed32Type || w == protowire.Fixed64Type
}

// packed takes the elements of a packed list; data has been found to be whole, its elements not:
// what is cut short at the end is an item that put refuses.
func (s *slot) packed(elem *node, data []byte) {
	data, _ = protowire.ConsumeBytes(data)
	s.set = true
	for len(data) > 0 {
		n := protowire.ConsumeFieldValue(1, elem.wire, data)
		if n < 0 {
			s.items = append(s.items, item{raw: cut})
			return
		}
		if v := value(1, elem.wire, data[:n]); elem.knows(v) {
			s.items = append(s.items, v)
		}
		data = data[n:]
	}
}

// cut marks a number that is not there.
var cut = []byte("cut")

// knows says whether a value is one that the field can have.
func (n *node) knows(v item) bool {
	return !n.closed || n.kind != protoreflect.EnumKind ||
		n.field.Enum().Values().ByNumber(protoreflect.EnumNumber(int32(v.num))) != nil
}

// value reads a value that is known to be whole.
func value(number protowire.Number, wire protowire.Type, data []byte) (v item) {
	switch wire {
	case protowire.VarintType:
		v.num, _ = protowire.ConsumeVarint(data)
	case protowire.Fixed32Type:
		x, _ := protowire.ConsumeFixed32(data)
		v.num = uint64(x)
	case protowire.Fixed64Type:
		v.num, _ = protowire.ConsumeFixed64(data)
	case protowire.BytesType:
		v.raw, _ = protowire.ConsumeBytes(data)
	case protowire.StartGroupType:
		v.raw, _ = protowire.ConsumeGroup(number, data)
	}
	return v
}

func (d *decoder) fail(why string) {
	if d.why == "" {
		d.why = why
	}
}

// put appends a slot to its column, exactly one row whatever is wrong.
func (d *decoder) put(n *node, s *slot, b *batch.Builder) {
	switch {
	case n.shape == list || n.shape == dict:
		if len(s.items) == 0 && !d.defaults {
			b.AppendNull()
			return
		}
		if n.shape == list {
			for _, v := range s.items {
				d.value(n.elem, v, b.Child(0))
			}
		} else {
			d.entries(n, s.items, b)
		}
		b.CloseList()
	case s.set:
		d.value(n, s.one, b)
	case n.presence && !d.defaults:
		b.AppendNull()
	default:
		d.value(n, n.absent, b)
	}
}

// entries appends the entries of a map: of equal keys the last value counts, at the first's place.
func (d *decoder) entries(n *node, items []item, b *batch.Builder) {
	type entry struct{ key, value item }
	entries := make([]entry, 0, len(items))
	clear(d.keys)
	for _, e := range items {
		key, value, why := n.entry(e.raw)
		if why != "" {
			d.fail(why)
		}
		if len(items) == 1 {
			entries = append(entries, entry{key, value})
			break
		}
		id := string(protowire.AppendVarint(nil, key.num)) + string(key.raw)
		if at, ok := d.keys[id]; ok {
			entries[at].value = value
			continue
		}
		d.keys[id] = len(entries)
		entries = append(entries, entry{key, value})
	}
	for _, e := range entries {
		d.value(n.key, e.key, b.Child(0))
		d.value(n.elem, e.value, b.Child(1))
	}
}

// entry reads an entry of a map; what it lacks has its default value.
func (n *node) entry(data []byte) (key, v item, why string) {
	key, v = n.key.absent, n.elem.absent
	for len(data) > 0 {
		number, wire, size := protowire.ConsumeTag(data)
		if size < 0 {
			return key, v, "has an entry of a map that is cut short"
		}
		data = data[size:]
		if size = protowire.ConsumeFieldValue(number, wire, data); size < 0 {
			return key, v, "has an entry of a map that is cut short"
		}
		got := value(number, wire, data[:size])
		switch {
		case number == 1 && wire == n.key.wire:
			key = got
		case number == 2 && wire == n.elem.wire && n.elem.knows(got):
			v = got
		}
		data = data[size:]
	}
	return key, v, ""
}

// value appends one value.
func (d *decoder) value(n *node, v item, b *batch.Builder) {
	switch n.kind {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if why := n.message.parse(v.raw); why != "" {
			d.fail(why)
			b.AppendNull()
			return
		}
		for i, k := range n.message.nodes {
			d.put(k, &n.message.slots[i], b.Child(i))
		}
		b.AppendRow()
		return
	case protoreflect.StringKind:
		if !utf8.Valid(v.raw) {
			if n.strict {
				d.fail("is not UTF-8")
			}
			v.raw = bytes.ToValidUTF8(v.raw, []byte("\uFFFD"))
		}
		b.AppendBytes(v.raw)
		return
	case protoreflect.BytesKind:
		b.AppendBytes(v.raw)
		return
	case protoreflect.EnumKind:
		d.enum(n, v, b)
		return
	}
	if v.raw != nil {
		d.fail("has a packed list that is cut short")
	}
	switch n.kind {
	case protoreflect.BoolKind:
		b.AppendBool(v.num != 0)
	case protoreflect.FloatKind:
		batch.Append(b, math.Float32frombits(uint32(v.num)))
	case protoreflect.DoubleKind:
		batch.Append(b, math.Float64frombits(v.num))
	case protoreflect.Sint32Kind:
		batch.Append(b, int32(protowire.DecodeZigZag(v.num&math.MaxUint32)))
	case protoreflect.Sint64Kind:
		batch.Append(b, protowire.DecodeZigZag(v.num))
	case protoreflect.Int32Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind,
		protoreflect.Sfixed32Kind:
		batch.Append(b, int32(v.num))
	default:
		batch.Append(b, int64(v.num))
	}
}

// enum appends a number, or the name of one; Java calls a number without a name UNRECOGNIZED.
func (d *decoder) enum(n *node, v item, b *batch.Builder) {
	if v.raw != nil {
		d.fail("has a packed list that is cut short")
	}
	number := int32(v.num)
	switch n.typ.Kind {
	case types.TinyInt:
		if number != int32(int8(number)) {
			d.fail("is too large for TINYINT")
		}
		batch.Append(b, int8(number))
	case types.SmallInt:
		if number != int32(int16(number)) {
			d.fail("is too large for SMALLINT")
		}
		batch.Append(b, int16(number))
	case types.Int:
		batch.Append(b, number)
	case types.BigInt:
		batch.Append(b, int64(number))
	default:
		e := n.field.Enum().Values().ByNumber(protoreflect.EnumNumber(number))
		if e == nil {
			b.AppendString("UNRECOGNIZED")
			return
		}
		b.AppendString(string(e.Name()))
	}
}
