package types

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse reads a type as Flink writes it ("ROW<a INT, `b c` ARRAY<STRING> NOT NULL> NOT NULL") or
// as DDL spells it (INTEGER, NUMERIC(4), DOUBLE PRECISION, TIMESTAMP(3) WITH LOCAL TIME ZONE,
// INT ARRAY, ROW(a INT)). Keywords may have any case. The error names the place in the text.
func Parse(text string) (Type, error) {
	p := &parser{text: text}
	p.next()
	t, err := p.parseType()
	if err == nil && p.tok != "" {
		err = p.errorf("unexpected '%s' after the type", p.tok)
	}
	return t, err
}

// MustParse is Parse for types known to be right.
func MustParse(text string) Type {
	t, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return t
}

type parser struct {
	text  string
	pos   int
	start int
	tok   string // current token: word, number, punctuation, "" at the end
	kind  byte   // 'w' word, 'q' quoted identifier, 's' string, 'n' number, 'p' punctuation, 0 end
}

func (p *parser) errorf(format string, a ...any) error {
	return fmt.Errorf("type '%s', column %d: %s", p.text, p.start+1, fmt.Sprintf(format, a...))
}

func (p *parser) next() {
	for p.pos < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.pos]) >= 0 {
		p.pos++
	}
	p.start = p.pos
	if p.pos == len(p.text) {
		p.tok, p.kind = "", 0
		return
	}
	c := p.text[p.pos]
	switch {
	case c == '`' || c == '\'':
		p.quoted(c)
	case c >= '0' && c <= '9':
		for p.pos < len(p.text) && p.text[p.pos] >= '0' && p.text[p.pos] <= '9' {
			p.pos++
		}
		p.tok, p.kind = p.text[p.start:p.pos], 'n'
	case isWordStart(p.text[p.pos:]):
		for p.pos < len(p.text) {
			r, size := utf8.DecodeRuneInString(p.text[p.pos:])
			if r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				break
			}
			p.pos += size
		}
		p.tok, p.kind = p.text[p.start:p.pos], 'w'
	default:
		_, size := utf8.DecodeRuneInString(p.text[p.pos:])
		p.pos += size
		p.tok, p.kind = p.text[p.start:p.pos], 'p'
	}
}

func isWordStart(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r == '_' || unicode.IsLetter(r)
}

func (p *parser) quoted(q byte) {
	var b strings.Builder
	p.kind = 'q'
	if q == '\'' {
		p.kind = 's'
	}
	for p.pos++; p.pos < len(p.text); p.pos++ {
		if p.text[p.pos] == q {
			if p.pos+1 < len(p.text) && p.text[p.pos+1] == q {
				p.pos++
			} else {
				p.pos++
				break
			}
		}
		b.WriteByte(p.text[p.pos])
	}
	p.tok = b.String()
}

func (p *parser) word(words ...string) bool {
	for _, w := range words {
		if p.kind == 'w' && strings.EqualFold(p.tok, w) {
			p.next()
			return true
		}
	}
	return false
}

func (p *parser) punct(s string) bool {
	if p.kind == 'p' && p.tok == s {
		p.next()
		return true
	}
	return false
}

func (p *parser) expect(s string) error {
	if p.punct(s) || p.word(s) {
		return nil
	}
	if p.kind == 0 {
		return p.errorf("'%s' expected at the end", s)
	}
	return p.errorf("'%s' expected, not '%s'", s, p.tok)
}

// parseType reads a root, postfix ARRAY / MULTISET and nullability.
func (p *parser) parseType() (Type, error) {
	t, err := p.parseRoot()
	if err != nil {
		return t, err
	}
	for {
		switch {
		case p.word("NOT"):
			if err := p.expect("NULL"); err != nil {
				return t, err
			}
			t.NotNull = true
		case p.word("NULL"):
			t.NotNull = false
		case p.word("ARRAY"):
			t = ArrayOf(t)
		case p.word("MULTISET"):
			t = MultisetOf(t)
		default:
			return t, nil
		}
	}
}

var simpleNames = map[string]Kind{
	"NULL": Null, "BOOLEAN": Boolean, "TINYINT": TinyInt, "SMALLINT": SmallInt, "INT": Int,
	"INTEGER": Int, "BIGINT": BigInt, "FLOAT": Float, "REAL": Float, "DATE": Date,
	"OBJECT": Object, "STRING": Varchar, "BYTES": Varbinary,
}

func (p *parser) parseRoot() (Type, error) {
	if p.kind != 'w' {
		return Type{}, p.errorf("a type expected, not '%s'", p.tok)
	}
	name := strings.ToUpper(p.tok)
	at := p.start
	p.next()
	if k, ok := simpleNames[name]; ok {
		return Of(k), nil
	}
	switch name {
	case "DOUBLE":
		p.word("PRECISION")
		return Of(Double), nil
	case "DECIMAL", "DEC", "NUMERIC":
		return p.parseDecimal()
	case "CHAR", "CHARACTER":
		if p.word("VARYING") {
			return p.parseLength(Varchar)
		}
		return p.parseLength(Char)
	case "VARCHAR":
		return p.parseLength(Varchar)
	case "BINARY":
		if p.word("VARYING") {
			return p.parseLength(Varbinary)
		}
		return p.parseLength(Binary)
	case "VARBINARY":
		return p.parseLength(Varbinary)
	case "TIME":
		return p.parseTime()
	case "TIMESTAMP", "TIMESTAMP_LTZ":
		return p.parseTimestamp(name)
	case "INTERVAL":
		return p.parseInterval()
	case "ARRAY", "MULTISET", "MAP":
		return p.parseCollection(name)
	case "ROW", "STRUCTURED":
		return p.parseRow()
	case "RAW":
		return p.parseRaw()
	case "BITMAP":
		return Bitmap(), nil
	case "VARIANT":
		return Variant(), nil
	}
	p.start = at
	return Type{}, p.errorf("unknown type '%s'", name)
}

// numbers reads "(n)" or "(n, m)" if one follows.
func (p *parser) numbers() ([]int, error) {
	if !p.punct("(") {
		return nil, nil
	}
	var out []int
	for {
		n, err := strconv.Atoi(p.tok)
		if p.kind != 'n' || err != nil {
			return nil, p.errorf("a number expected, not '%s'", p.tok)
		}
		p.next()
		out = append(out, n)
		if !p.punct(",") {
			return out, p.expect(")")
		}
	}
}

func (p *parser) parseDecimal() (Type, error) {
	at := p.start
	n, err := p.numbers()
	if err != nil {
		return Type{}, err
	}
	t := DecimalOf(10, 0)
	if len(n) > 0 {
		t.Precision = n[0]
	}
	if len(n) > 1 {
		t.Scale = n[1]
	}
	if t.Precision < 1 || t.Precision > MaxPrecision || t.Scale > t.Precision || len(n) > 2 {
		p.start = at
		return t, p.errorf("DECIMAL needs a precision from 1 to 38 and a scale up to it")
	}
	return t, nil
}

func (p *parser) parseLength(k Kind) (Type, error) {
	at := p.start
	n, err := p.numbers()
	if err != nil {
		return Type{}, err
	}
	t := WithPrecision(k, 1)
	if len(n) > 0 {
		t.Precision = n[0]
	}
	if t.Precision < 1 || t.Precision > MaxLen || len(n) > 1 {
		p.start = at
		return t, p.errorf("a length from 1 to %d expected", MaxLen)
	}
	return t, nil
}

func (p *parser) fraction(fallback int) (int, error) {
	at := p.start
	n, err := p.numbers()
	if err != nil || len(n) == 0 {
		return fallback, err
	}
	if n[0] > 9 || len(n) > 1 {
		p.start = at
		return 0, p.errorf("a precision from 0 to 9 expected")
	}
	return n[0], nil
}

func (p *parser) parseTime() (Type, error) {
	n, err := p.fraction(0)
	if err == nil && p.word("WITHOUT") {
		err = p.timeZone()
	}
	return WithPrecision(Time, n), err
}

func (p *parser) timeZone() error {
	if err := p.expect("TIME"); err != nil {
		return err
	}
	return p.expect("ZONE")
}

func (p *parser) parseTimestamp(name string) (Type, error) {
	n, err := p.fraction(6)
	if err != nil {
		return Type{}, err
	}
	if name == "TIMESTAMP_LTZ" {
		return WithPrecision(TimestampLTZ, n), nil
	}
	switch {
	case p.word("WITHOUT"):
		return WithPrecision(Timestamp, n), p.timeZone()
	case p.word("WITH"):
		if !p.word("LOCAL") {
			return Type{}, p.errorf("TIMESTAMP WITH TIME ZONE is not supported: " +
				"write TIMESTAMP WITH LOCAL TIME ZONE")
		}
		return WithPrecision(TimestampLTZ, n), p.timeZone()
	}
	return WithPrecision(Timestamp, n), nil
}

func (p *parser) parseInterval() (Type, error) {
	unit := func() (string, error) {
		u := strings.ToUpper(p.tok)
		if p.kind != 'w' {
			return "", p.errorf("a unit of time expected, not '%s'", p.tok)
		}
		p.next()
		_, err := p.numbers()
		return u, err
	}
	from, err := unit()
	if err != nil {
		return Type{}, err
	}
	if p.word("TO") {
		if _, err := unit(); err != nil {
			return Type{}, err
		}
	}
	switch from {
	case "YEAR", "MONTH", "QUARTER":
		return Of(IntervalYM), nil
	case "WEEK", "DAY", "HOUR", "MINUTE", "SECOND":
		return Of(IntervalDT), nil
	}
	return Type{}, p.errorf("unknown unit of time '%s'", from)
}

func (p *parser) parseCollection(name string) (Type, error) {
	if err := p.expect("<"); err != nil {
		return Type{}, err
	}
	elem, err := p.parseType()
	if err != nil {
		return elem, err
	}
	t := Type{}
	switch name {
	case "ARRAY":
		t = ArrayOf(elem)
	case "MULTISET":
		t = MultisetOf(elem)
	default:
		if err := p.expect(","); err != nil {
			return t, err
		}
		value, err := p.parseType()
		if err != nil {
			return value, err
		}
		t = MapOf(elem, value)
	}
	return t, p.expect(">")
}

func (p *parser) parseRow() (Type, error) {
	closing := ">"
	if p.punct("(") {
		closing = ")"
	} else if err := p.expect("<"); err != nil {
		return Type{}, err
	}
	t := Type{Kind: Row}
	if p.kind == 's' { // the class name of a STRUCTURED
		p.next()
		p.punct(",")
	}
	for !p.punct(closing) {
		if len(t.Fields) > 0 {
			if err := p.expect(","); err != nil {
				return t, err
			}
		}
		f := Field{Name: p.tok}
		if p.kind != 'w' && p.kind != 'q' {
			return t, p.errorf("a field name expected, not '%s'", p.tok)
		}
		p.next()
		if p.kind == 'p' && (p.tok == "," || p.tok == closing) {
			return t, p.errorf("field '%s' has no type", f.Name)
		}
		var err error
		if f.Type, err = p.parseType(); err != nil {
			return t, err
		}
		if p.kind == 's' {
			f.Comment = p.tok
			p.next()
		}
		t.Fields = append(t.Fields, f)
	}
	return t, nil
}

// parseRaw reads RAW('class'[, 'serializer']); the serializer plays no part here.
func (p *parser) parseRaw() (Type, error) {
	t := Type{Kind: Raw}
	if err := p.expect("("); err != nil {
		return t, err
	}
	if p.kind != 's' {
		return t, p.errorf("a class name in quotes expected, not '%s'", p.tok)
	}
	t.Name = p.tok
	p.next()
	if p.punct(",") && p.kind == 's' {
		p.next()
	}
	return t, p.expect(")")
}
