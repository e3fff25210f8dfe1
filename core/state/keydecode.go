package state

import (
	"encoding/binary"
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// DecodeKey appends the columns of an encoded key to the builders, one each, and returns what
// follows them (a window's namespace, or nothing).
func DecodeKey(key []byte, cols []*batch.Builder) (rest []byte, err error) {
	d := keyDecoder{b: key}
	for _, c := range cols {
		d.cell(c)
	}
	if d.bad {
		return nil, errs.Corruptf("key % x does not decode", key)
	}
	return d.b, nil
}

type keyDecoder struct {
	b   []byte
	bad bool
}

func (d *keyDecoder) take(n int) []byte {
	if n < 0 || n > len(d.b) {
		d.bad = true
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *keyDecoder) word() uint64 {
	if v := d.take(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

func (d *keyDecoder) count() int {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || v > math.MaxInt32 {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return int(v)
}

func (d *keyDecoder) cell(c *batch.Builder) {
	tag := d.take(1)
	if d.bad {
		return
	}
	if tag[0] != tagNull && tag[0] != tagOf(c.Type.Kind) && !(tag[0] == tagTrue &&
		c.Type.Kind == types.Boolean) {
		d.bad = true
		return
	}
	switch tag[0] {
	case tagNull:
		c.AppendNull()
	case tagFalse, tagTrue:
		c.AppendBool(tag[0] == tagTrue)
	case tagInt, tagTime:
		appendInt(c, int64(d.word()^signBit))
	case tagFloat:
		d.float(c)
	case tagDecimal:
		hi := int64(d.word() ^ signBit)
		batch.Append(c, batch.DecimalFromWords(hi, d.word()))
	case tagString, tagBytes:
		c.AppendBytes(d.take(d.count()))
	case tagArray, tagMap:
		width := 1
		if tag[0] == tagMap {
			width = 2
		}
		for n := d.count(); n > 0 && !d.bad; n-- {
			for k := range width {
				d.cell(c.Child(k))
			}
		}
		c.CloseList()
	case tagRow:
		if d.count() != len(c.Type.Fields) {
			d.bad = true
			return
		}
		for k := range c.Type.Fields {
			d.cell(c.Child(k))
		}
		c.AppendRow()
	default:
		d.bad = true
	}
}

// tagOf is the tag of a type's values, tagFalse for BOOLEAN.
func tagOf(k types.Kind) byte {
	switch k {
	case types.Boolean:
		return tagFalse
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		return tagInt
	case types.Float, types.Double:
		return tagFloat
	case types.Decimal:
		return tagDecimal
	case types.Char, types.Varchar:
		return tagString
	case types.Binary, types.Varbinary, types.Raw:
		return tagBytes
	case types.Array:
		return tagArray
	case types.Map, types.Multiset:
		return tagMap
	case types.Row:
		return tagRow
	case types.Null, types.Object:
		return tagNull
	}
	return tagTime
}

func (d *keyDecoder) float(c *batch.Builder) {
	bits := d.word()
	if bits&signBit != 0 {
		bits &^= signBit
	} else {
		bits = ^bits
	}
	if v := math.Float64frombits(bits); c.Type.Kind == types.Float {
		batch.Append(c, float32(v))
	} else {
		batch.Append(c, v)
	}
}

func appendInt(c *batch.Builder, v int64) {
	switch t := c.Type; {
	case t.Kind == types.TinyInt:
		batch.Append(c, int8(v))
	case t.Kind == types.SmallInt:
		batch.Append(c, int16(v))
	case t.Kind == types.Int || t.Kind == types.Date || t.Kind == types.IntervalYM ||
		t.Kind == types.Time && t.Unit() == 3:
		batch.Append(c, int32(v))
	default:
		batch.Append(c, v)
	}
}
