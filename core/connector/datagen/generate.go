package datagen

import (
	"math"
	"strconv"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// field makes the values of a column.
type field struct {
	make  func(b *batch.Builder, row uint64, nowMs int64)
	limit int64 // rows of a sequence, -1: none
}

// generators reads the options of one column and what is inside it.
type generators struct {
	options *connector.Options
	known   map[string]bool // options that mean something
	seed    uint64
}

// mix turns a number into one that looks random.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit is a random number in [0, 1).
func unit(x uint64) float64 { return float64(x>>11) / (1 << 53) }

func (g *generators) know(prefix string, names ...string) {
	for _, n := range names {
		g.known[prefix+"."+n] = true
	}
}

// field makes the generator of a type from the options that start with prefix.
func (g *generators) field(prefix string, t types.Type) (field, error) {
	g.seed = mix(g.seed)
	seed := g.seed
	if t.Kind == types.Row || t.Kind == types.Array || t.Kind == types.Map ||
		t.Kind == types.Multiset {
		return g.nested(prefix, t)
	}
	g.know(prefix, "kind", "null-rate")
	if g.options.Enum(prefix+".kind", "random", "random", "sequence") == "sequence" {
		return g.sequence(prefix, t)
	}
	value, err := g.random(prefix, t)
	if err != nil {
		return field{}, err
	}
	rate := g.options.Float(prefix+".null-rate", 0)
	return field{limit: -1, make: func(b *batch.Builder, row uint64, nowMs int64) {
		x := mix(seed ^ mix(row))
		if rate > 0 && unit(mix(x)) < rate {
			b.AppendNull()
			return
		}
		value(b, x, nowMs)
	}}, nil
}

type value = func(b *batch.Builder, x uint64, nowMs int64)

func (g *generators) random(prefix string, t types.Type) (value, error) {
	switch t.Kind {
	case types.Boolean:
		return func(b *batch.Builder, x uint64, _ int64) { b.AppendBool(x&1 == 1) }, nil
	case types.TinyInt:
		return between[int8](g, prefix, math.MinInt8, math.MaxInt8), nil
	case types.SmallInt:
		return between[int16](g, prefix, math.MinInt16, math.MaxInt16), nil
	case types.Int:
		return between[int32](g, prefix, math.MinInt32, math.MaxInt32), nil
	case types.BigInt:
		return between[int64](g, prefix, math.MinInt64, math.MaxInt64), nil
	case types.IntervalYM:
		return between[int32](g, prefix, 0, 120000), nil
	case types.IntervalDT:
		return between[int64](g, prefix, 0, math.MaxInt64), nil
	case types.Float, types.Double, types.Decimal:
		return g.fraction(prefix, t)
	case types.Char, types.Varchar, types.Binary, types.Varbinary:
		return g.text(prefix, t)
	case types.Date:
		return func(b *batch.Builder, x uint64, nowMs int64) {
			batch.Append(b, int32(nowMs/86_400_000))
		}, nil
	case types.Time:
		return clockTime(t), nil
	case types.Timestamp, types.TimestampLTZ:
		g.know(prefix, "max-past")
		past := g.options.Duration(prefix+".max-past", 0).Milliseconds()
		return func(b *batch.Builder, x uint64, nowMs int64) {
			if past > 0 {
				nowMs -= int64(x % uint64(past))
			}
			batch.Append(b, kernel.ConvertUnit(nowMs, 3, t.Unit()))
		}, nil
	}
	return nil, errs.Userf("datagen cannot make values of type %s", t)
}

func clockTime(t types.Type) value {
	return func(b *batch.Builder, x uint64, _ int64) {
		ms := int64(x % 86_400_000)
		if t.Unit() == 3 {
			batch.Append(b, int32(ms))
			return
		}
		batch.Append(b, kernel.ConvertUnit(ms, 3, t.Unit()))
	}
}

func between[T int8 | int16 | int32 | int64](g *generators, prefix string, low, high int64) value {
	g.know(prefix, "min", "max")
	low = g.options.Int(prefix+".min", low, low)
	high = g.options.Int(prefix+".max", high, math.MinInt64)
	if high < low {
		g.options.Fail(prefix+".max", "at least 'min'")
	}
	span := uint64(high) - uint64(low) + 1
	return func(b *batch.Builder, x uint64, _ int64) {
		if span != 0 {
			x %= span
		}
		batch.Append(b, T(low+int64(x)))
	}
}

func (g *generators) fraction(prefix string, t types.Type) (value, error) {
	g.know(prefix, "min", "max")
	low, high := 0.0, 1.0
	switch t.Kind {
	case types.Float:
		low, high = -math.MaxFloat32, math.MaxFloat32
	case types.Double:
		low, high = -math.MaxFloat64, math.MaxFloat64
	case types.Decimal:
		high = math.Pow10(t.Precision - t.Scale)
		low = -high
	}
	low, high = g.options.Float(prefix+".min", low), g.options.Float(prefix+".max", high)
	if high < low {
		g.options.Fail(prefix+".max", "at least 'min'")
	}
	at := func(x uint64) float64 { u := unit(x); return low*(1-u) + high*u }
	switch t.Kind {
	case types.Float:
		return func(b *batch.Builder, x uint64, _ int64) { batch.Append(b, float32(at(x))) }, nil
	case types.Double:
		return func(b *batch.Builder, x uint64, _ int64) { batch.Append(b, at(x)) }, nil
	}
	return func(b *batch.Builder, x uint64, _ int64) {
		d, ok := kernel.FloatToDecimal(at(x), 64, t.Precision, t.Scale)
		if !ok {
			b.AppendNull()
			return
		}
		batch.Append(b, d)
	}, nil
}

// defaultLength is the length of STRING and BYTES.
const defaultLength = 100

func (g *generators) text(prefix string, t types.Type) (value, error) {
	g.know(prefix, "length", "var-len")
	n := int64(defaultLength)
	if t.Precision != types.MaxLen {
		n = int64(t.Precision)
	}
	n = g.options.Int(prefix+".length", n, 1)
	if n > int64(t.Precision) {
		g.options.Fail(prefix+".length", "at most the length of "+t.String())
	}
	vary := g.options.Bool(prefix+".var-len", false)
	isText := t.IsString()
	return func(b *batch.Builder, x uint64, _ int64) {
		length := n
		if vary {
			length = 1 + int64(mix(x)%uint64(n))
		}
		out := make([]byte, length)
		for i := range out {
			if i%8 == 0 {
				x = mix(x)
			}
			out[i] = byte(x >> (8 * (i % 8)))
			if isText {
				out[i] = "0123456789abcdef"[out[i]&15]
			}
		}
		b.AppendBytes(out)
	}, nil
}

// sequence counts from start to end.
func (g *generators) sequence(prefix string, t types.Type) (field, error) {
	g.know(prefix, "start", "end")
	for _, n := range []string{"start", "end"} {
		if !g.options.Has(prefix + "." + n) {
			return field{}, errs.Userf("a sequence needs the option '%s.%s'", prefix, n)
		}
	}
	start := g.options.Int(prefix+".start", 0, math.MinInt64)
	end := g.options.Int(prefix+".end", 0, start)
	f := field{limit: end - start + 1}
	at := func(row uint64) int64 { return start + int64(row) }
	switch t.Kind {
	case types.TinyInt:
		f.make = func(b *batch.Builder, row uint64, _ int64) { batch.Append(b, int8(at(row))) }
	case types.SmallInt:
		f.make = func(b *batch.Builder, row uint64, _ int64) { batch.Append(b, int16(at(row))) }
	case types.Int:
		f.make = func(b *batch.Builder, row uint64, _ int64) { batch.Append(b, int32(at(row))) }
	case types.BigInt:
		f.make = func(b *batch.Builder, row uint64, _ int64) { batch.Append(b, at(row)) }
	case types.Float:
		f.make = func(b *batch.Builder, row uint64, _ int64) { batch.Append(b, float32(at(row))) }
	case types.Double:
		f.make = func(b *batch.Builder, row uint64, _ int64) { batch.Append(b, float64(at(row))) }
	case types.Decimal:
		f.make = func(b *batch.Builder, row uint64, _ int64) {
			d, _ := kernel.IntToDecimal(at(row), t.Precision, t.Scale)
			batch.Append(b, d)
		}
	case types.Char, types.Varchar:
		f.make = func(b *batch.Builder, row uint64, _ int64) {
			b.AppendString(strconv.FormatInt(at(row), 10))
		}
	default:
		return f, errs.Userf("there is no sequence of type %s", t).Fix("use kind 'random'")
	}
	return f, nil
}

// defaultElements is how many elements ARRAY, MAP and MULTISET have.
const defaultElements = 3

func (g *generators) nested(prefix string, t types.Type) (field, error) {
	var parts []field
	add := func(name string, t types.Type) error {
		f, err := g.field(prefix+"."+name, t)
		parts = append(parts, f)
		return err
	}
	g.know(prefix, "null-rate")
	rate, seed := g.options.Float(prefix+".null-rate", 0), g.seed
	null := func(row uint64) bool { return rate > 0 && unit(mix(seed^mix(row))) < rate }
	limit := int64(-1)
	if t.Kind == types.Row {
		for _, f := range t.Fields {
			if err := add(f.Name, f.Type); err != nil {
				return field{}, err
			}
			if l := parts[len(parts)-1].limit; l >= 0 && (limit < 0 || l < limit) {
				limit = l
			}
		}
		return field{limit: limit, make: func(b *batch.Builder, row uint64, now int64) {
			if null(row) {
				b.AppendNull()
				return
			}
			for i, p := range parts {
				p.make(b.Child(i), row, now)
			}
			b.AppendRow()
		}}, nil
	}
	kids := []struct {
		name string
		t    types.Type
	}{{"element", *t.Elem}}
	switch t.Kind {
	case types.Map:
		kids[0].name, kids[0].t = "key", *t.Key
		kids = append(kids, kids[0])
		kids[1].name, kids[1].t = "value", *t.Elem
	case types.Multiset:
		kids = append(kids, kids[0])
		kids[1].name, kids[1].t = "count", types.Of(types.TinyInt)
	}
	for _, k := range kids {
		if t.Kind == types.Multiset && k.name == "count" {
			parts = append(parts, field{make: func(b *batch.Builder, _ uint64, _ int64) {
				batch.Append(b, int32(1))
			}})
			continue
		}
		if err := add(k.name, k.t); err != nil {
			return field{}, err
		}
	}
	g.know(prefix, "length")
	n := uint64(g.options.Int(prefix+".length", defaultElements, 0))
	return field{limit: -1, make: func(b *batch.Builder, row uint64, now int64) {
		if null(row) {
			b.AppendNull()
			return
		}
		for k := range n {
			for i, p := range parts {
				p.make(b.Child(i), row*n+k, now)
			}
		}
		b.CloseList()
	}}, nil
}
