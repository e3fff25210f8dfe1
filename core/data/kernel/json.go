package kernel

import (
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// JSONKind is the kind of a JSON value.
type JSONKind uint8

const (
	JSONNull JSONKind = iota
	JSONBool
	JSONNumber
	JSONText
	JSONArray
	JSONObject
)

// JSON is a parsed JSON value. Numbers keep their text.
type JSON struct {
	Kind  JSONKind
	Text  string // of a number or text; "true" or "false"
	Items []*JSON
	Keys  []string // of an object, in order; Items are its values
}

// Scalar says whether the value is neither an array nor an object.
func (j *JSON) Scalar() bool { return j.Kind < JSONArray }

// Get returns the value of a key; the last one counts.
func (j *JSON) Get(key string) *JSON {
	if j.Kind == JSONObject {
		for i := len(j.Keys) - 1; i >= 0; i-- {
			if j.Keys[i] == key {
				return j.Items[i]
			}
		}
	}
	return nil
}

// Repeats says whether any object has a key twice.
func (j *JSON) Repeats() bool {
	seen := map[string]bool{}
	for i, v := range j.Items {
		if j.Kind == JSONObject {
			if seen[j.Keys[i]] {
				return true
			}
			seen[j.Keys[i]] = true
		}
		if v.Repeats() {
			return true
		}
	}
	return false
}

// Variant changes the value into what a VARIANT keeps of it: of a key that comes twice the last
// value, and of a decimal number no zeros at the end.
func (j *JSON) Variant() *JSON {
	if j.Kind == JSONNumber && strings.Contains(j.Text, ".") && !strings.ContainsAny(j.Text, "eE") {
		j.Text = strings.TrimSuffix(strings.TrimRight(j.Text, "0"), ".")
	}
	keys, items := j.Keys[:0], j.Items[:0]
	for i, v := range j.Items {
		if j.Kind == JSONObject {
			if slices.Contains(j.Keys[i+1:], j.Keys[i]) {
				continue
			}
			keys = append(keys, j.Keys[i])
		}
		items = append(items, v.Variant())
	}
	j.Keys, j.Items = keys, items
	return j
}

// ParseJSON reads one JSON value; ok is false for anything else.
func ParseJSON(s string) (j *JSON, ok bool) {
	p := &jsonParser{s: s}
	j = p.value(0)
	p.space()
	return j, j != nil && p.i == len(s)
}

type jsonParser struct {
	s string
	i int
}

// jsonDepth bounds nesting.
const jsonDepth = 1000

func (p *jsonParser) space() {
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
}

func (p *jsonParser) word(w string, j JSON) *JSON {
	if !strings.HasPrefix(p.s[p.i:], w) {
		return nil
	}
	p.i += len(w)
	return &j
}

func (p *jsonParser) value(depth int) *JSON {
	p.space()
	if p.i == len(p.s) || depth > jsonDepth {
		return nil
	}
	switch c := p.s[p.i]; {
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '"':
		text, ok := p.text()
		if !ok {
			return nil
		}
		return &JSON{Kind: JSONText, Text: text}
	case c == 't':
		return p.word("true", JSON{Kind: JSONBool, Text: "true"})
	case c == 'f':
		return p.word("false", JSON{Kind: JSONBool, Text: "false"})
	case c == 'n':
		return p.word("null", JSON{})
	}
	return p.number()
}

func (p *jsonParser) digits() bool {
	from := p.i
	for p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		p.i++
	}
	return p.i > from
}

func (p *jsonParser) eat(set string) bool {
	if p.i < len(p.s) && strings.IndexByte(set, p.s[p.i]) >= 0 {
		p.i++
		return true
	}
	return false
}

func (p *jsonParser) number() *JSON {
	from := p.i
	p.eat("-")
	zero := p.i < len(p.s) && p.s[p.i] == '0'
	start := p.i
	if !p.digits() || zero && p.i > start+1 {
		return nil
	}
	if p.eat(".") && !p.digits() {
		return nil
	}
	if p.eat("eE") {
		p.eat("+-")
		if !p.digits() {
			return nil
		}
	}
	return &JSON{Kind: JSONNumber, Text: p.s[from:p.i]}
}

func (p *jsonParser) array(depth int) *JSON {
	p.i++
	j := &JSON{Kind: JSONArray}
	p.space()
	if p.eat("]") {
		return j
	}
	for {
		v := p.value(depth + 1)
		if v == nil {
			return nil
		}
		j.Items = append(j.Items, v)
		p.space()
		if p.eat("]") {
			return j
		}
		if !p.eat(",") {
			return nil
		}
	}
}

func (p *jsonParser) object(depth int) *JSON {
	p.i++
	j := &JSON{Kind: JSONObject}
	p.space()
	if p.eat("}") {
		return j
	}
	for {
		p.space()
		if p.i == len(p.s) || p.s[p.i] != '"' {
			return nil
		}
		key, ok := p.text()
		p.space()
		if !ok || !p.eat(":") {
			return nil
		}
		v := p.value(depth + 1)
		if v == nil {
			return nil
		}
		j.Keys, j.Items = append(j.Keys, key), append(j.Items, v)
		p.space()
		if p.eat("}") {
			return j
		}
		if !p.eat(",") {
			return nil
		}
	}
}

// text reads a string in quotes.
func (p *jsonParser) text() (string, bool) {
	p.i++
	from := p.i
	for p.i < len(p.s) && p.s[p.i] != '"' && p.s[p.i] != '\\' {
		if p.s[p.i] < 0x20 {
			return "", false
		}
		p.i++
	}
	if p.i < len(p.s) && p.s[p.i] == '"' {
		p.i++
		return p.s[from : p.i-1], true
	}
	out := []byte(p.s[from:p.i])
	for p.i < len(p.s) {
		c := p.s[p.i]
		p.i++
		switch {
		case c == '"':
			return string(out), true
		case c < 0x20:
			return "", false
		case c != '\\':
			out = append(out, c)
			continue
		}
		var ok bool
		if out, ok = p.escape(out); !ok {
			return "", false
		}
	}
	return "", false
}

func (p *jsonParser) escape(out []byte) ([]byte, bool) {
	if p.i == len(p.s) {
		return out, false
	}
	c := p.s[p.i]
	p.i++
	if k := strings.IndexByte(`"\/bfnrt`, c); k >= 0 {
		return append(out, "\"\\/\b\f\n\r\t"[k]), true
	}
	if c != 'u' {
		return out, false
	}
	r, ok := p.hex4()
	if ok && utf16.IsSurrogate(r) && strings.HasPrefix(p.s[p.i:], `\u`) {
		p.i += 2
		low, ok2 := p.hex4()
		r, ok = utf16.DecodeRune(r, low), ok2
	}
	return utf8.AppendRune(out, r), ok
}

func (p *jsonParser) hex4() (rune, bool) {
	if p.i+4 > len(p.s) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(p.s[p.i : p.i+4]) {
		k := strings.IndexByte("0123456789abcdef", c|0x20)
		if c >= '0' && c <= '9' {
			k = int(c - '0')
		}
		if k < 0 {
			return 0, false
		}
		r = r<<4 | rune(k)
	}
	p.i += 4
	return r, true
}

// AppendJSON appends the compact text, the keys of objects sorted.
func (j *JSON) AppendJSON(dst []byte) []byte {
	switch j.Kind {
	case JSONNull:
		return append(dst, "null"...)
	case JSONText:
		return AppendJSONText(dst, j.Text, false)
	case JSONArray:
		dst = append(dst, '[')
		for i, v := range j.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = v.AppendJSON(dst)
		}
		return append(dst, ']')
	case JSONObject:
		order := make([]int, len(j.Keys))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(j.Keys[a], j.Keys[b]) })
		dst = append(dst, '{')
		for i, k := range order {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(AppendJSONText(dst, j.Keys[k], false), ':')
			dst = j.Items[k].AppendJSON(dst)
		}
		return append(dst, '}')
	}
	return append(dst, j.Text...)
}

// AppendJSONText appends a text in quotes. ascii also escapes the slash and everything beyond
// ASCII, as JSON_QUOTE does.
func AppendJSONText(dst []byte, s string, ascii bool) []byte {
	const digits = "0123456789abcdef"
	u16 := func(dst []byte, u uint16) []byte {
		return append(dst, '\\', 'u', digits[u>>12], digits[u>>8&15], digits[u>>4&15], digits[u&15])
	}
	dst = append(dst, '"')
	for _, r := range s {
		k := -1
		if r < 0x80 {
			k = strings.IndexByte("\"\\\b\f\n\r\t", byte(r))
		}
		switch {
		case k >= 0:
			dst = append(dst, '\\', `"\bfnrt`[k])
		case r == '/' && ascii:
			dst = append(dst, `\/`...)
		case r < 0x20:
			dst = u16(dst, uint16(r))
		case r < 0x80 || !ascii:
			dst = utf8.AppendRune(dst, r)
		case r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			dst = u16(u16(dst, uint16(hi)), uint16(lo))
		default:
			dst = u16(dst, uint16(r))
		}
	}
	return append(dst, '"')
}

// ScalarText is the value of a scalar as JSON_VALUE gives it: text without quotes, numbers as
// Java prints them.
func (j *JSON) ScalarText() string {
	if j.Kind == JSONNumber {
		return javaNumber(j.Text)
	}
	return j.Text
}

// javaNumber writes a number with an exponent in the form of BigDecimal: 1e3 is 1E+3.
func javaNumber(s string) string {
	at := strings.IndexAny(s, "eE")
	if at < 0 {
		return s
	}
	sign := "+"
	exp := s[at+1:]
	if exp[0] == '-' || exp[0] == '+' {
		sign, exp = exp[:1], exp[1:]
	}
	if exp = strings.TrimLeft(exp, "0"); exp == "" {
		return s[:at]
	}
	return s[:at] + "E" + sign + exp
}
