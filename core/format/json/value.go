package json

import (
	"bytes"
	"encoding/base64"
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// PresentSuffix behind the name of a field of a nested ROW makes a BOOLEAN field that says whether
// the object has the field at all. Changelog formats tell "set to null" from "not changed" by it.
const PresentSuffix = "\x00"

// read appends a value of a type; a bad one is null where errors are ignored, else false comes
// back with nothing appended.
type read = func(p *parser, b *batch.Builder, v span) bool

// reader returns the function that reads a type.
func reader(t types.Type) read {
	switch t.Kind {
	case types.Array, types.Map, types.Multiset, types.Row:
		return nestedReader(t)
	}
	scalar := scalarReader(t)
	return func(p *parser, b *batch.Builder, v span) bool {
		switch p.data[v.start] {
		case 'n':
			b.AppendNull()
			return true
		case '{', '[':
			if !t.IsString() {
				return p.refuse(b)
			}
		}
		return scalar(p, b, v) || p.refuse(b)
	}
}

// refuse makes a bad value null where errors are ignored.
func (p *parser) refuse(b *batch.Builder) bool {
	if p.lenient {
		b.AppendNull()
	}
	return p.lenient
}

func scalarReader(t types.Type) read {
	switch t.Kind {
	case types.Boolean:
		return func(p *parser, b *batch.Builder, v span) bool {
			b.AppendBool(bytes.EqualFold(format.Trim(p.bare(v)), []byte("true")))
			return true
		}
	case types.TinyInt:
		return intReader[int8](8)
	case types.SmallInt:
		return intReader[int16](16)
	case types.Int, types.IntervalYM:
		return intReader[int32](32)
	case types.BigInt, types.IntervalDT:
		return intReader[int64](64)
	case types.Float:
		return func(p *parser, b *batch.Builder, v span) bool {
			f, ok := format.ParseFloat(format.Trim(p.bare(v)), 32)
			if ok {
				batch.Append(b, float32(f))
			}
			return ok
		}
	case types.Double:
		return func(p *parser, b *batch.Builder, v span) bool {
			f, ok := format.ParseFloat(format.Trim(p.bare(v)), 64)
			if ok {
				batch.Append(b, f)
			}
			return ok
		}
	case types.Decimal:
		return decimalReader(t)
	case types.Binary, types.Varbinary, types.Raw:
		return func(p *parser, b *batch.Builder, v span) bool {
			out, err := base64.StdEncoding.AppendDecode(nil, p.bare(v))
			if err == nil {
				b.AppendBytes(out)
			}
			return err == nil
		}
	case types.Date, types.Time, types.Timestamp, types.TimestampLTZ:
		return timeReader(t)
	case types.Null:
		return func(_ *parser, b *batch.Builder, _ span) bool {
			b.AppendNull()
			return true
		}
	}
	return func(p *parser, b *batch.Builder, v span) bool {
		p.scratch = p.appendText(p.scratch[:0], v)
		b.AppendBytes(p.scratch)
		return true
	}
}

func intReader[T int8 | int16 | int32 | int64](size int) read {
	return func(p *parser, b *batch.Builder, v span) bool {
		n, ok := p.integer(v, size)
		if ok {
			batch.Append(b, T(n))
		}
		return ok
	}
}

// decimalReader reads a DECIMAL; a number that is too large for the type is null.
func decimalReader(t types.Type) read {
	return func(p *parser, b *batch.Builder, v span) bool {
		text := format.Trim(p.bare(v))
		if d, ok := kernel.ParseDecimal(format.Text(text), t.Precision, t.Scale); ok {
			batch.Append(b, d)
			return true
		}
		_, number := kernel.ParseFloat(format.Text(text), 64)
		if number {
			b.AppendNull()
		}
		return number
	}
}

func timeReader(t types.Type) read {
	unit := t.Unit()
	return func(p *parser, b *batch.Builder, v span) bool {
		text := p.bare(v)
		var ticks int64
		var ok bool
		switch t.Kind {
		case types.Date:
			ticks, ok = format.ParseDate(text)
		case types.Time:
			ticks, ok = format.ParseTime(text, unit)
		default:
			ticks, ok = p.times.Parse(text, unit, t.Kind == types.TimestampLTZ)
		}
		switch {
		case !ok:
		case t.Kind == types.Date || t.Kind == types.Time && unit == 3:
			batch.Append(b, int32(ticks))
		default:
			batch.Append(b, ticks)
		}
		return ok
	}
}

func nestedReader(t types.Type) read {
	switch t.Kind {
	case types.Row:
		return rowReader(t)
	case types.Array:
		elem := reader(*t.Elem)
		return func(p *parser, b *batch.Builder, v span) bool {
			switch p.data[v.start] {
			case 'n':
				b.AppendNull()
				return true
			case '[':
			default:
				return p.refuse(b)
			}
			ok := true
			each(p.data, v, func(_, value span) { ok = ok && elem(p, b.Child(0), value) })
			if ok {
				b.CloseList()
			}
			return ok
		}
	}
	value := t.Elem
	if t.Kind == types.Multiset {
		count := types.Of(types.Int)
		value = &count
	}
	elem := reader(*value)
	return func(p *parser, b *batch.Builder, v span) bool {
		switch p.data[v.start] {
		case 'n':
			b.AppendNull()
			return true
		case '{':
		default:
			return p.refuse(b)
		}
		for _, e := range p.entries(v) {
			b.Child(0).AppendBytes(e.key)
			if !elem(p, b.Child(1), e.value) {
				return false
			}
		}
		b.CloseList()
		return true
	}
}

// entry is a key of an object, as text, with its value.
type entry struct {
	key   []byte
	value span
}

// entries returns the entries of an object; of equal keys the last value counts.
func (p *parser) entries(v span) []entry {
	var list []entry
	var at map[string]int // of the keys, once there are many
	each(p.data, v, func(name, value span) {
		key := p.bare(name)
		if name.end&escaped != 0 {
			key = p.appendText(nil, name)
		}
		i, known := at[string(key)]
		if at == nil {
			i = slices.IndexFunc(list, func(e entry) bool { return bytes.Equal(e.key, key) })
			known = i >= 0
		}
		if known {
			list[i].value = value
			return
		}
		list = append(list, entry{key, value})
		switch {
		case at != nil:
			at[string(key)] = len(list) - 1
		case len(list) == entriesLooked:
			at = make(map[string]int, 2*entriesLooked)
			for i, e := range list {
				at[string(e.key)] = i
			}
		}
	})
	return list
}

// entriesLooked is the number of keys up to which each new one is compared with all.
const entriesLooked = 16

func rowReader(t types.Type) read {
	var list []string
	reads := make([]read, len(t.Fields))
	for i, f := range t.Fields {
		list = append(list, f.Name)
		reads[i] = reader(f.Type)
	}
	n := newNames(list)
	return func(p *parser, b *batch.Builder, v span) bool {
		switch p.data[v.start] {
		case 'n':
			b.AppendNull()
			return true
		case '{':
		default:
			return p.refuse(b)
		}
		found := make([]span, len(list))
		s := scanner{data: p.data[:v.to()], pos: int(v.start)}
		s.object(&n, found, 0)
		for i, f := range t.Fields {
			if !p.rowField(b.Child(i), f, found[i], reads[i], &n, found) {
				return false
			}
		}
		b.AppendRow()
		return true
	}
}

func (p *parser) rowField(
	b *batch.Builder, f types.Field, v span, read read, n *names, found []span,
) bool {
	if k := len(f.Name) - len(PresentSuffix); k >= 0 && f.Name[k:] == PresentSuffix {
		b.AppendBool(found[n.index[f.Name[:k]]].end != 0)
		return true
	}
	if v.end == 0 {
		if p.missing {
			p.path += "." + f.Name
			p.want = "is missing from the record"
			return false
		}
		b.AppendNull()
		return true
	}
	if read(p, b, v) {
		return true
	}
	p.path = "." + f.Name + p.path
	p.want = p.reason(f.Type)
	return false
}
