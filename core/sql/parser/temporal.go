package parser

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/sql/ast"
)

// dateTime reads DATE '…', TIME '…', TIMESTAMP [WITH LOCAL TIME ZONE] '…'; nil if no literal
// follows the word.
func (p *parser) dateTime() ast.Expr {
	start := p.start()
	kind := map[string]ast.DateTimeKind{
		"DATE": ast.DateKind, "TIME": ast.TimeKind, "TIMESTAMP": ast.TimestampKind,
		"DATETIME": ast.TimestampKind,
	}[p.tok().word]
	switch {
	case p.peek(1).kind == tokString:
		p.advance()
	case kind == ast.TimestampKind && p.peek(1).word == "WITH" && p.peek(2).word == "LOCAL":
		p.advance()
		p.expect("WITH", "LOCAL", "TIME", "ZONE")
		kind = ast.TimestampLTZKind
	default:
		return nil
	}
	d := &ast.DateTime{Kind: kind, Text: p.text()}
	d.Span = p.from(start)
	return d
}

// interval reads INTERVAL [+|-] '…' qualifier, or INTERVAL expr qualifier.
func (p *parser) interval() ast.Expr {
	start := p.start()
	p.advance()
	negative := false
	n := 0
	for p.peek(n).word == "-" || p.peek(n).word == "+" {
		negative = negative != (p.peek(n).word == "-")
		n++
	}
	if p.peek(n).kind == tokString {
		p.i += n
		lit := &ast.Interval{Negative: negative, Text: p.text()}
		lit.Qualifier = p.qualifier()
		lit.Span = p.from(start)
		return lit
	}
	p.i += n
	at := p.start()
	value := p.postfix(p.primary(), at)
	if negative {
		value = &ast.Unary{Span: p.from(at), Op: "-", X: value}
	}
	q := p.qualifier()
	return &ast.IntervalExpr{Span: p.from(start), Value: value, Qualifier: q}
}

// difference reads the unit of (a - b) unit, the interval between two times; other operands stay
// as they are.
func (p *parser) difference(start int, e ast.Expr) ast.Expr {
	if d, ok := e.(*ast.Binary); !ok || d.Op != "-" || !p.atUnit() {
		return e
	}
	t := &ast.Type{Name: "INTERVAL", Precision: -1, Scale: -1}
	at := p.start()
	q := p.qualifier()
	t.Interval, t.Span = &q, p.from(at)
	return &ast.Cast{Span: p.from(start), X: e, Type: t}
}

// atUnit reports whether a unit of an interval comes next that is no name.
func (p *parser) atUnit() bool {
	return slices.ContainsFunc(intervalUnits[:], p.is) && p.tok().class&ast.ReservedWord != 0
}

// intervalLit reads an interval that must be a literal.
func (p *parser) intervalLit() *ast.Interval {
	start := p.start()
	if !p.is("INTERVAL") {
		p.unexpected("INTERVAL")
		return &ast.Interval{Span: p.span()}
	}
	lit, ok := p.interval().(*ast.Interval)
	if !ok {
		p.failAt(p.from(start), "write INTERVAL '1' HOUR", "an interval literal is needed here")
		return &ast.Interval{Span: p.from(start)}
	}
	return lit
}

// intervalUnits in the order of their size; END with S is allowed.
var intervalUnits = [...]string{
	"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR", "MINUTE", "SECOND",
}

// unit reads a unit of an interval, singular or plural.
func (p *parser) unit() ast.TimeUnit {
	for _, u := range intervalUnits {
		if p.is(u) || p.tok().word == u+"S" {
			p.advance()
			return ast.TimeUnit(u)
		}
	}
	p.unexpected("")
	return "SECOND"
}

// qualifier reads unit [(p)] [TO unit [(p)]]; SECOND alone may have two precisions.
func (p *parser) qualifier() ast.IntervalQualifier {
	start := p.start()
	q := ast.IntervalQualifier{From: p.unit(), FromPrecision: -1, ToPrecision: -1}
	if p.accept("(") {
		q.FromPrecision = p.integer()
		if q.From == "SECOND" && p.accept(",") {
			q.ToPrecision = p.integer()
		}
		p.expect(")")
	}
	if p.accept("TO") {
		at := p.span()
		q.To = p.unit()
		if !spans(q.From, q.To) {
			p.failAt(at, "", "an interval cannot go from %s to %s", q.From, q.To)
		}
		if q.To == "SECOND" && p.accept("(") {
			q.ToPrecision = p.integer()
			p.expect(")")
		}
	}
	q.Span = p.from(start)
	return q
}

// spans reports whether from TO to is a range of units.
func spans(from, to ast.TimeUnit) bool {
	if from == "YEAR" {
		return to == "MONTH"
	}
	order := "DAY HOUR MINUTE SECOND"
	i, j := strings.Index(order, string(from)), strings.Index(order, string(to))
	return i >= 0 && j > i
}

// symbol reads a word as an argument, such as the unit of EXTRACT.
func (p *parser) symbol() *ast.Symbol {
	p.want("a unit of time")
	t := p.tok()
	if t.kind != tokWord {
		p.unexpected("a unit of time")
		return &ast.Symbol{Span: p.span()}
	}
	s := &ast.Symbol{Span: p.span(), Name: strings.ToUpper(t.text)}
	p.advance()
	return s
}
