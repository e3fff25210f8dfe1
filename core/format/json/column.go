package json

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// column parses one field of every record of a block.
type column struct {
	*settings
	field types.Field
	b     *batch.Builder
	read  func(p *parser, b *batch.Builder, v span) bool

	nums []int64 // BIGINT, the usual number, without a builder
	offs []int32 // strings, likewise
	text []byte
	null []int // rows of nums or offs that are null
}

func newColumn(s *settings, f types.Field) *column {
	c := &column{settings: s, field: f}
	switch f.Type.Kind {
	case types.BigInt:
	case types.Char, types.Varchar:
		c.offs = []int32{0}
	default:
		c.b = batch.NewBuilder(f.Type, 0)
		c.read = reader(f.Type)
	}
	return c
}

// parse reads the values at spans[at], spans[at+stride], …
func (c *column) parse(data []byte, spans []span, at, stride, rows int) *badValue {
	p := parser{settings: c.settings, data: data}
	for r := 0; r < rows; r, at = r+1, at+stride {
		v := spans[at]
		if v.end == 0 && c.missing {
			return &badValue{r, c.field.Name, nil, "is missing from the record"}
		}
		ok := true
		switch null := v.end == 0 || data[v.start] == 'n'; {
		case c.b != nil && null:
			c.b.AppendNull()
		case c.b != nil:
			ok = c.read(&p, c.b, v)
		case c.offs != nil:
			c.string(&p, v, null)
		default:
			ok = c.number(&p, v, null)
		}
		if !ok {
			return &badValue{r, c.field.Name + p.path, data[v.start:v.to()], p.reason(c.field.Type)}
		}
	}
	return nil
}

func (c *column) number(p *parser, v span, null bool) bool {
	if !null {
		n, ok := p.integer(v, 64)
		if ok {
			c.nums = append(c.nums, n)
			return true
		}
		if !c.lenient {
			return false
		}
	}
	c.null = append(c.null, len(c.nums))
	c.nums = append(c.nums, 0)
	return true
}

func (c *column) string(p *parser, v span, null bool) {
	switch {
	case null:
		c.null = append(c.null, len(c.offs)-1)
	case p.data[v.start] == '"' && v.end&escaped == 0:
		c.text = append(c.text, p.data[v.start+1:v.end-1]...)
	default:
		c.text = p.appendText(c.text, v)
	}
	c.offs = append(c.offs, int32(len(c.text)))
}

func (c *column) finish() *batch.Column {
	if c.b != nil {
		return c.b.Finish()
	}
	n := len(c.nums)
	if c.offs != nil {
		n = len(c.offs) - 1
	}
	var valid []byte
	if len(c.null) > 0 {
		valid = batch.NewValid(n)
		for _, r := range c.null {
			batch.ClearBit(valid, r)
		}
		c.null = c.null[:0]
	}
	if c.offs != nil {
		col := batch.MakeBytes(c.field.Type, c.offs, c.text, valid)
		c.offs = append(batch.Uninit[int32](n + 1)[:0], 0)
		c.text = batch.Uninit[byte](len(c.text))[:0]
		return col
	}
	col := batch.MakeFixed(c.field.Type, c.nums, valid)
	c.nums = batch.Uninit[int64](n)[:0]
	return col
}

// parser reads single values.
type parser struct {
	*settings
	data    []byte
	path    string // behind the column's name, where a part of a nested value is wrong
	want    string // why the last value was refused; "": its type says it
	scratch []byte
}

func (p *parser) reason(t types.Type) string {
	if p.want != "" {
		return p.want
	}
	return "cannot be read as " + t.Nullable(true).String()
}

// bare returns the text of a scalar: a string without its quotes, anything else as it is.
func (p *parser) bare(v span) []byte {
	raw := p.data[v.start:v.to()]
	if raw[0] != '"' {
		return raw
	}
	raw = raw[1 : len(raw)-1]
	if v.end&escaped != 0 {
		p.scratch = unescape(p.scratch[:0], raw)
		return p.scratch
	}
	return raw
}

// appendText appends a value as text: strings as they are, objects and arrays as compact JSON.
func (p *parser) appendText(dst []byte, v span) []byte {
	switch p.data[v.start] {
	case '"':
		raw := p.data[v.start+1 : v.to()-1]
		if v.end&escaped != 0 {
			return unescape(dst, raw)
		}
		return append(dst, raw...)
	case '{', '[':
		return compact(dst, p.data[v.start:v.to()])
	}
	return append(dst, p.data[v.start:v.to()]...)
}

// integer reads a whole number of so many bits; of numbers written with a fraction or an exponent
// INT and BIGINT take the whole part.
func (p *parser) integer(v span, size int) (int64, bool) {
	text := p.bare(v)
	n, ok := format.ParseInt(text)
	if !ok {
		if c := p.data[v.start]; size >= 32 && (c == '-' || c >= '0' && c <= '9') {
			f, fok := format.ParseFloat(text, 64)
			n, ok = int64(f), fok && f > -1<<63 && f < 1<<63
		} else if c == '"' {
			n, ok = format.ParseInt(format.Trim(text))
		}
	}
	return n, ok && n<<(64-size)>>(64-size) == n
}
