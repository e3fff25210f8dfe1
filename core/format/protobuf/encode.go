package protobuf

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/format"
)

// encoder writes rows as messages, fields in the order of their numbers.
type encoder struct {
	root    *message
	literal []byte // for NULL strings in lists and maps
}

func newEncoder(c *format.Config) (*encoder, error) {
	e := &encoder{literal: []byte(c.Options.String(literalOption, ""))}
	m, err := messageOf(c)
	if err != nil {
		return nil, err
	}
	e.root, err = bind(c, m, c.Schema.Fields)
	return e, err
}

// Encode implements format.Encoder.
func (e *encoder) Encode(dst []byte, b *batch.Batch, from, to int, end []byte) ([]byte, error) {
	var err error
	for i := from; i < to; i++ {
		if dst, err = e.message(dst, e.root, b.Cols, i); err != nil {
			return nil, err
		}
		dst = append(dst, end...)
	}
	return dst, nil
}

func (e *encoder) message(dst []byte, m *message, cols []*batch.Column, i int) ([]byte, error) {
	var err error
	for _, at := range m.order {
		n, c := m.nodes[at], cols[at]
		if c.IsNull(i) || n.oneof >= 0 && m.overruled(at, cols, i) {
			continue
		}
		switch n.shape {
		case list:
			dst, err = e.list(dst, n, c, i)
		case dict:
			dst, err = e.dict(dst, n, c, i)
		case row:
			dst, err = e.value(protowire.AppendVarint(dst, n.tag), n, c, i)
		default:
			before := len(dst)
			dst = protowire.AppendVarint(dst, n.tag)
			start := len(dst)
			dst, err = e.value(dst, n, c, i)
			if !n.presence && err == nil && unset(dst[start:]) {
				dst = dst[:before]
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return dst, m.complete(cols, i)
}

// unset says whether a value, as it is written, is zero or empty: fields without presence do not
// hold that.
func unset(written []byte) bool {
	for _, b := range written {
		if b != 0 {
			return false
		}
	}
	return true
}

// overruled says whether another column of the same oneof, further to the right, has a value.
func (m *message) overruled(at int, cols []*batch.Column, i int) bool {
	for _, other := range m.oneofs[m.nodes[at].oneof] {
		if other > at && !cols[other].IsNull(i) {
			return true
		}
	}
	return false
}

// complete fails where a required field is not set.
func (m *message) complete(cols []*batch.Column, i int) error {
	for _, number := range m.required {
		if p := m.find(number); p.node < 0 || cols[p.node].IsNull(i) {
			f := m.desc.Fields().ByNumber(number)
			return errs.Dataf("the field '%s' is required, and the row has no value for it",
				f.FullName())
		}
	}
	return nil
}

func (e *encoder) list(dst []byte, n *node, c *batch.Column, i int) ([]byte, error) {
	from, to := int(c.Offsets()[i]), int(c.Offsets()[i+1])
	if from == to {
		return dst, nil
	}
	var err error
	if !n.field.IsPacked() {
		for k := from; k < to && err == nil; k++ {
			dst = protowire.AppendVarint(dst, n.elem.tag)
			dst, err = e.element(dst, n.elem, c.Child(0), k)
		}
		return dst, err
	}
	dst = protowire.AppendTag(dst, n.field.Number(), protowire.BytesType)
	start := len(dst)
	for k := from; k < to && err == nil; k++ {
		dst, err = e.element(dst, n.elem, c.Child(0), k)
	}
	return sized(dst, start), err
}

func (e *encoder) dict(dst []byte, n *node, c *batch.Column, i int) ([]byte, error) {
	var err error
	for k := int(c.Offsets()[i]); k < int(c.Offsets()[i+1]) && err == nil; k++ {
		dst = protowire.AppendVarint(dst, n.tag)
		start := len(dst)
		dst, err = e.element(protowire.AppendVarint(dst, n.key.tag), n.key, c.Child(0), k)
		if err == nil {
			dst, err = e.element(protowire.AppendVarint(dst, n.elem.tag), n.elem, c.Child(1), k)
		}
		dst = sized(dst, start)
	}
	return dst, err
}

// sized puts the length of what was written since start in front of it.
func sized(dst []byte, start int) []byte {
	n := len(dst) - start
	var head [10]byte
	size := len(protowire.AppendVarint(head[:0], uint64(n)))
	dst = append(dst, head[:size]...)
	copy(dst[start+size:], dst[start:start+n])
	copy(dst[start:], head[:size])
	return dst
}

// element writes a value of a list or map; NULL is the default value.
func (e *encoder) element(dst []byte, n *node, c *batch.Column, i int) ([]byte, error) {
	if !c.IsNull(i) {
		return e.value(dst, n, c, i)
	}
	v := n.absent
	switch n.kind {
	case protoreflect.StringKind:
		return protowire.AppendBytes(dst, e.literal), nil
	case protoreflect.BytesKind, protoreflect.MessageKind:
		return protowire.AppendBytes(dst, nil), nil
	case protoreflect.GroupKind:
		return protowire.AppendTag(dst, n.field.Number(), protowire.EndGroupType), nil
	case protoreflect.EnumKind:
		return protowire.AppendVarint(dst, v.num), nil
	}
	return number(dst, n.wire, 0), nil
}

func number(dst []byte, w protowire.Type, v uint64) []byte {
	switch w {
	case protowire.Fixed32Type:
		return protowire.AppendFixed32(dst, uint32(v))
	case protowire.Fixed64Type:
		return protowire.AppendFixed64(dst, v)
	}
	return protowire.AppendVarint(dst, v)
}

// value writes a value, without its tag.
func (e *encoder) value(dst []byte, n *node, c *batch.Column, i int) ([]byte, error) {
	switch n.kind {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		kids := make([]*batch.Column, len(n.message.nodes))
		for k := range kids {
			kids[k] = c.Child(k)
		}
		start := len(dst)
		dst, err := e.message(dst, n.message, kids, i)
		if err != nil {
			return nil, err
		}
		if n.kind == protoreflect.GroupKind {
			return protowire.AppendTag(dst, n.field.Number(), protowire.EndGroupType), nil
		}
		return sized(dst, start), nil
	case protoreflect.StringKind, protoreflect.BytesKind:
		return protowire.AppendBytes(dst, c.Bytes(i)), nil
	case protoreflect.BoolKind:
		return protowire.AppendVarint(dst, protowire.EncodeBool(c.Bool(i))), nil
	case protoreflect.EnumKind:
		return e.enum(dst, n, c, i)
	case protoreflect.FloatKind:
		return protowire.AppendFixed32(dst, math.Float32bits(batch.Values[float32](c)[i])), nil
	case protoreflect.DoubleKind:
		return protowire.AppendFixed64(dst, math.Float64bits(batch.Values[float64](c)[i])), nil
	}
	v := kernel.IntAt(c, i)
	switch n.kind {
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		return protowire.AppendVarint(dst, protowire.EncodeZigZag(v)), nil
	case protoreflect.Uint32Kind:
		return protowire.AppendVarint(dst, uint64(uint32(v))), nil
	}
	return number(dst, n.wire, uint64(v)), nil
}

// enum writes a number, or that of a name. A name that the enum does not have is its first value,
// as in Flink.
func (e *encoder) enum(dst []byte, n *node, c *batch.Column, i int) ([]byte, error) {
	values := n.field.Enum().Values()
	if c.Type.IsString() {
		v := values.ByName(protoreflect.Name(c.Str(i)))
		if v == nil {
			v = values.Get(0)
		}
		return protowire.AppendVarint(dst, uint64(v.Number())), nil
	}
	v := kernel.IntAt(c, i)
	if v != int64(int32(v)) || n.closed && values.ByNumber(protoreflect.EnumNumber(v)) == nil {
		return nil, errs.Dataf("field '%s': the enum '%s' has no value %d", n.field.FullName(),
			n.field.Enum().FullName(), v)
	}
	return protowire.AppendVarint(dst, uint64(v)), nil
}
