package protobuf

import (
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// message is a message type and the columns that its fields go to or come from.
type message struct {
	desc  protoreflect.MessageDescriptor
	nodes []*node // in the order of the columns
	// order are positions in nodes by field number, as fields are written.
	order  []int
	fields map[protowire.Number]place
	near   []place // of the numbers up to its length
	oneofs [][]int // positions in nodes of the members of each oneof
	// required are the numbers of the fields that must be set.
	required []protowire.Number
	slots    []slot // of the decoder, by node
	seen     []bool // of the decoder, by required
}

// place is where a field goes: a node (-1: none), and the oneof that it is of (-1: none).
type place struct{ node, oneof, required int }

var nowhere = place{-1, -1, -1}

// shape tells nodes apart.
type shape uint8

const (
	scalar shape = iota
	list
	dict
	row
)

// node is a field with the type of its column.
type node struct {
	shape shape
	field protoreflect.FieldDescriptor
	typ   types.Type
	kind  protoreflect.Kind
	wire  protowire.Type // of a value
	tag   uint64         // of a value, as it is written
	// presence says that the field knows whether it is set; oneof is its oneof, -1: none.
	presence bool
	oneof    int
	strict   bool // text must be UTF-8
	closed   bool // the enum has no other values than those it names
	absent   item // the default value
	elem     *node
	key      *node    // of a map
	message  *message // of a row
}

// item is a value as it lies on the wire: a number (of a bool, an enum, the bits of a float) or the
// bytes of text, of a message.
type item struct {
	num uint64
	raw []byte
}

// bind makes the message over columns.
func bind(c *format.Config, m protoreflect.MessageDescriptor, fields []types.Field) (
	*message, error) {
	b := binder{table: c.Table}
	return b.message(m, fields, "")
}

type binder struct{ table string }

func (b binder) message(m protoreflect.MessageDescriptor, fields []types.Field, path string) (
	*message, error) {
	out := &message{desc: m, fields: map[protowire.Number]place{}}
	for i := range m.Fields().Len() {
		if f := m.Fields().Get(i); f.Cardinality() == protoreflect.Required {
			p := nowhere
			p.required = len(out.required)
			out.required = append(out.required, f.Number())
			out.fields[f.Number()] = p
		}
	}
	for _, f := range fields {
		fd := m.Fields().ByName(protoreflect.Name(f.Name))
		if fd == nil {
			return nil, b.missing(m, path+f.Name, f.Name)
		}
		n, err := b.field(fd, f.Type, path+f.Name)
		if err != nil {
			return nil, err
		}
		p, ok := out.fields[fd.Number()]
		if !ok {
			p = nowhere
		}
		p.node = len(out.nodes)
		out.fields[fd.Number()] = p
		out.order = append(out.order, p.node)
		out.nodes = append(out.nodes, n)
	}
	b.oneof(out)
	slices.SortFunc(out.order, func(a, b int) int {
		return int(out.nodes[a].field.Number()) - int(out.nodes[b].field.Number())
	})
	out.slots, out.seen = make([]slot, len(out.nodes)), make([]bool, len(out.required))
	out.near = make([]place, 128)
	for i := range out.near {
		out.near[i] = nowhere
		if p, ok := out.fields[protowire.Number(i)]; ok {
			out.near[i] = p
		}
	}
	return out, nil
}

// oneof notes the groups of fields of which at most one is set, those that are no columns too.
func (b binder) oneof(m *message) {
	for i := range m.desc.Oneofs().Len() {
		o := m.desc.Oneofs().Get(i)
		var nodes []int
		for k := range o.Fields().Len() {
			if p, ok := m.fields[o.Fields().Get(k).Number()]; ok && p.node >= 0 {
				nodes = append(nodes, p.node)
			}
		}
		if len(nodes) == 0 || o.Fields().Len() < 2 {
			continue
		}
		at := len(m.oneofs)
		m.oneofs = append(m.oneofs, nodes)
		for k := range o.Fields().Len() {
			number := o.Fields().Get(k).Number()
			p, ok := m.fields[number]
			if !ok {
				p = nowhere
			}
			p.oneof = at
			m.fields[number] = p
		}
		for _, n := range nodes {
			m.nodes[n].oneof = at
		}
	}
}

func (b binder) missing(m protoreflect.MessageDescriptor, column, field string) error {
	var names []string
	for i := range m.Fields().Len() {
		names = append(names, string(m.Fields().Get(i).Name()))
	}
	err := errs.Userf("table '%s': column '%s' is no field of the message '%s'", b.table, column,
		m.FullName())
	if hint := errs.DidYouMean(field, names); hint != "" {
		return err.Fix("%s", hint)
	}
	return err.Fix("its fields are %s", strings.Join(names, ", "))
}

func (b binder) field(f protoreflect.FieldDescriptor, t types.Type, path string) (*node, error) {
	switch {
	case f.IsMap():
		if t.Kind != types.Map {
			return nil, b.mismatch(f, t, path, "MAP")
		}
		n := &node{shape: dict, field: f, typ: t, wire: protowire.BytesType, oneof: -1}
		n.tag = protowire.EncodeTag(f.Number(), n.wire)
		var err error
		if n.key, err = b.value(f.MapKey(), *t.Key, path+" key"); err != nil {
			return nil, err
		}
		n.elem, err = b.value(f.MapValue(), *t.Elem, path+" value")
		return n, err
	case f.IsList():
		if t.Kind != types.Array {
			return nil, b.mismatch(f, t, path, "ARRAY")
		}
		elem, err := b.value(f, *t.Elem, path+" element")
		if err != nil {
			return nil, err
		}
		return &node{shape: list, field: f, typ: t, wire: elem.wire, tag: elem.tag, elem: elem,
			oneof: -1}, nil
	}
	return b.value(f, t, path)
}

// value binds a single value: a field, or an element of a list.
func (b binder) value(f protoreflect.FieldDescriptor, t types.Type, path string) (*node, error) {
	n := &node{field: f, typ: t, kind: f.Kind(), presence: f.HasPresence(), oneof: -1,
		wire: wireOf(f.Kind())}
	n.tag = protowire.EncodeTag(f.Number(), n.wire)
	if f.Kind() == protoreflect.MessageKind || f.Kind() == protoreflect.GroupKind {
		if t.Kind != types.Row {
			return nil, b.mismatch(f, t, path, "ROW")
		}
		n.shape = row
		var err error
		n.message, err = b.message(f.Message(), t.Fields, path+".")
		return n, err
	}
	wanted, ok := columnOf(f.Kind(), t)
	if !ok {
		return nil, b.mismatch(f, t, path, wanted)
	}
	if s, ok := f.(interface{ EnforceUTF8() bool }); ok {
		n.strict = s.EnforceUTF8()
	} else {
		n.strict = f.ParentFile().Syntax() == protoreflect.Proto3
	}
	if f.Kind() == protoreflect.EnumKind {
		n.closed = f.Enum().IsClosed()
		n.absent = item{num: uint64(f.Enum().Values().Get(0).Number())}
	}
	if !f.IsList() {
		n.absent = itemOf(f)
	}
	return n, nil
}

func (b binder) mismatch(f protoreflect.FieldDescriptor, t types.Type, path, wanted string) error {
	kind := f.Kind().String()
	if f.IsMap() {
		kind = "map"
	} else if f.IsList() {
		kind = "repeated " + kind
	}
	return errs.Userf("table '%s': column '%s' is %s, but the field '%s' is of type %s", b.table, path,
		t.Nullable(true), f.FullName(), kind).Fix("declare the column as %s", wanted)
}

// columnOf says which columns hold a kind, and whether t is one.
func columnOf(k protoreflect.Kind, t types.Type) (wanted string, ok bool) {
	switch k {
	case protoreflect.BoolKind:
		return "BOOLEAN", t.Kind == types.Boolean
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Uint32Kind,
		protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return "INT", t.Kind == types.Int
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Uint64Kind,
		protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return "BIGINT", t.Kind == types.BigInt
	case protoreflect.FloatKind:
		return "FLOAT", t.Kind == types.Float
	case protoreflect.DoubleKind:
		return "DOUBLE", t.Kind == types.Double
	case protoreflect.StringKind:
		return "STRING", t.IsString()
	case protoreflect.BytesKind:
		return "BYTES", t.IsBytes()
	case protoreflect.EnumKind:
		return "STRING or INT", t.IsString() || t.IsInteger()
	}
	return "ROW", false
}

func wireOf(k protoreflect.Kind) protowire.Type {
	switch k {
	case protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind, protoreflect.FloatKind:
		return protowire.Fixed32Type
	case protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind, protoreflect.DoubleKind:
		return protowire.Fixed64Type
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.BytesType
	case protoreflect.GroupKind:
		return protowire.StartGroupType
	}
	return protowire.VarintType
}

// itemOf is a field's default value.
func itemOf(f protoreflect.FieldDescriptor) item {
	v := f.Default()
	switch f.Kind() {
	case protoreflect.BoolKind:
		return item{num: protowire.EncodeBool(v.Bool())}
	case protoreflect.EnumKind:
		return item{num: uint64(v.Enum())}
	case protoreflect.Int32Kind, protoreflect.Int64Kind, protoreflect.Sfixed64Kind:
		return item{num: uint64(v.Int())}
	case protoreflect.Sfixed32Kind:
		return item{num: uint64(uint32(v.Int()))}
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		return item{num: protowire.EncodeZigZag(v.Int())}
	case protoreflect.FloatKind:
		return item{num: uint64(math.Float32bits(float32(v.Float())))}
	case protoreflect.DoubleKind:
		return item{num: math.Float64bits(v.Float())}
	case protoreflect.StringKind:
		return item{raw: []byte(v.String())}
	case protoreflect.BytesKind:
		return item{raw: v.Bytes()}
	}
	return item{num: v.Uint()}
}
