package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// matchRecognize reads MATCH_RECOGNIZE (…) [alias] behind its input.
func (p *parser) matchRecognize(input ast.TableRef, start int) ast.TableRef {
	p.advance()
	m := &ast.MatchRecognize{Input: input}
	p.expect("(")
	if p.accept("PARTITION") {
		p.expect("BY")
		m.PartitionBy = list(p, p.expr)
	}
	m.OrderBy = p.optOrderBy()
	if p.accept("MEASURES") {
		m.Measures = list(p, p.measure)
	}
	switch {
	case p.accept("ONE"):
		p.expect("ROW", "PER", "MATCH")
		m.RowsGiven = true
	case p.accept("ALL"):
		p.expect("ROWS", "PER", "MATCH")
		m.RowsGiven, m.AllRows = true, true
	}
	if p.is("AFTER") {
		m.Skip = p.matchSkip()
	}
	p.expect("PATTERN", "(")
	m.StrictStart = p.accept("^")
	m.Pattern = p.pattern()
	m.StrictEnd = p.accept("$")
	p.expect(")")
	if p.accept("WITHIN") {
		m.Within = p.within()
	}
	if p.accept("SUBSET") {
		m.Subsets = list(p, p.subset)
	}
	p.expect("DEFINE")
	m.Defines = list(p, p.define)
	p.expect(")")
	m.Alias = p.optAlias()
	m.Span = p.from(start)
	return m
}

// within reads the interval of WITHIN.
func (p *parser) within() ast.Expr {
	if !p.is("INTERVAL") {
		p.unexpected("INTERVAL")
		return &ast.Null{Span: p.span()}
	}
	return p.interval()
}

// measure reads [RUNNING|FINAL] expr AS name.
func (p *parser) measure() *ast.Measure {
	start := p.start()
	m := &ast.Measure{}
	if w := p.tok().word; w == "RUNNING" || w == "FINAL" && isIdent(p.peek(1)) {
		// In front of a call the word belongs to the call.
		if p.peek(2).word != "(" {
			p.advance()
			m.Semantics = w
		}
	}
	m.Expr = p.expr()
	p.expect("AS")
	m.Name = p.ident()
	m.Span = p.from(start)
	return m
}

// matchSkip reads AFTER MATCH SKIP ….
func (p *parser) matchSkip() *ast.MatchSkip {
	start := p.start()
	p.expect("AFTER", "MATCH", "SKIP")
	s := &ast.MatchSkip{}
	switch {
	case p.accept("PAST"):
		p.expect("LAST", "ROW")
		s.Kind = ast.SkipPastLastRow
	case p.acceptSeq("TO", "NEXT"):
		p.expect("ROW")
		s.Kind = ast.SkipToNextRow
	default:
		p.expect("TO")
		s.Kind = ast.SkipToLast
		if w := p.tok().word; (w == "FIRST" || w == "LAST") && isIdent(p.peek(1)) {
			p.advance()
			if w == "FIRST" {
				s.Kind = ast.SkipToFirst
			}
		}
		s.Variable = p.ident()
	}
	s.Span = p.from(start)
	return s
}

// pattern reads alternatives.
func (p *parser) pattern() ast.Pattern {
	start := p.start()
	if !p.enter() {
		p.leave()
		return &ast.PatternVar{Span: p.span()}
	}
	defer p.leave()
	items := []ast.Pattern{p.patternConcat()}
	for p.accept("|") {
		items = append(items, p.patternConcat())
	}
	if len(items) == 1 {
		return items[0]
	}
	return &ast.PatternAlt{Span: p.from(start), Items: items}
}

// patternConcat reads a sequence.
func (p *parser) patternConcat() ast.Pattern {
	start := p.start()
	items := []ast.Pattern{p.patternRepeat()}
	for p.err == nil && p.atPattern() {
		items = append(items, p.patternRepeat())
	}
	if len(items) == 1 {
		return items[0]
	}
	return &ast.PatternConcat{Span: p.from(start), Items: items}
}

// atPattern reports whether a variable, a group or an exclusion begins here.
func (p *parser) atPattern() bool {
	return isIdent(p.tok()) || p.is("(") || p.is("PERMUTE") || p.isSeq("{", "-")
}

// patternRepeat reads an item with its quantifier.
func (p *parser) patternRepeat() ast.Pattern {
	start := p.start()
	r := &ast.PatternRepeat{Item: p.patternItem(), Min: 0, Max: -1}
	switch {
	case p.accept("*"):
	case p.accept("+"):
		r.Min = 1
	case p.accept("?"):
		r.Max = 1
	case p.is("{") && p.peek(1).word != "-":
		p.advance()
		if !p.is(",") {
			r.Min = p.integer()
			r.Max = r.Min
		}
		if p.accept(",") {
			r.Max = -1
			if !p.is("}") {
				r.Max = p.integer()
			}
		}
		p.expect("}")
		if r.Max >= 0 && r.Max < r.Min {
			p.failAt(p.from(start), "", "a quantifier {n,m} needs n ≤ m")
		}
	default:
		return r.Item
	}
	r.Reluctant = p.accept("?")
	r.Span = p.from(start)
	return r
}

// patternItem reads a variable, (pattern), {- pattern -} or PERMUTE(pattern, …).
func (p *parser) patternItem() ast.Pattern {
	start := p.start()
	switch {
	case p.accept("("):
		inner := p.pattern()
		p.expect(")")
		return inner
	case p.acceptSeq("{", "-"):
		inner := p.pattern()
		p.expect("-", "}")
		return &ast.PatternExclude{Span: p.from(start), Item: inner}
	case p.accept("PERMUTE"):
		items := parens(p, p.pattern)
		return &ast.PatternPermute{Span: p.from(start), Items: items}
	}
	id := p.ident()
	return &ast.PatternVar{Span: id.Span, Name: id.Name}
}

// subset reads name = (variables).
func (p *parser) subset() *ast.Subset {
	start := p.start()
	s := &ast.Subset{Name: p.ident()}
	p.expect("=")
	s.Variables = p.idents()
	s.Span = p.from(start)
	return s
}

// define reads variable AS condition.
func (p *parser) define() *ast.Define {
	start := p.start()
	d := &ast.Define{Variable: p.ident()}
	p.expect("AS")
	d.Cond = p.expr()
	d.Span = p.from(start)
	return d
}
