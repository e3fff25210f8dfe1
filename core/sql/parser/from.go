package parser

import (
	"strings"

	"github.com/headrace/headrace/core/sql/ast"
)

// fromList reads the items of FROM: tables, joins, commas. They are read from left to right.
func (p *parser) fromList() ast.TableRef {
	start := p.start()
	return p.joins(p.tableRef(), start, true)
}

// joins reads what is joined to left, through commas too if those are allowed here.
func (p *parser) joins(left ast.TableRef, start int, commas bool) ast.TableRef {
	height := p.height
	for {
		j := &ast.Join{Left: left}
		switch {
		case commas && p.accept(","):
			j.Kind = ast.CommaJoin
		case p.joinWords(j):
		default:
			return left
		}
		p.height = 0
		j.Right = p.tableRef()
		if j.Kind != ast.CommaJoin && j.Kind != ast.CrossJoin && !j.Natural {
			switch {
			case p.accept("ON"):
				j.On = p.expr()
			case p.accept("USING"):
				j.Using = p.idents()
			}
		}
		j.Span = p.from(start)
		left = j
		height = p.grow(max(height, p.height) + 1)
	}
}

// joinWords reads the words up to JOIN; false if there are none.
func (p *parser) joinWords(j *ast.Join) bool {
	j.Natural = p.accept("NATURAL")
	switch {
	case p.accept("JOIN"):
		j.Kind = ast.InnerJoin
		return true
	case p.accept("INNER"):
		j.Kind = ast.InnerJoin
	case p.accept("CROSS"):
		j.Kind = ast.CrossJoin
	default:
		word := p.acceptAny("LEFT", "RIGHT", "FULL")
		if word == "" {
			if j.Natural {
				p.unexpected("JOIN")
			}
			return false
		}
		j.Kind = ast.JoinKind(word)
		p.accept("OUTER")
		if w := strings.ToUpper(p.tok().text); w == "SEMI" || w == "ANTI" {
			p.failAt(p.span(), "write WHERE [NOT] EXISTS (…) or [NOT] IN (…)",
				"there is no %s JOIN in SQL", w)
		}
	}
	p.expect("JOIN")
	return true
}

// tableRef reads one item of FROM with all that belongs to it.
func (p *parser) tableRef() ast.TableRef {
	start := p.start()
	if !p.enter() {
		p.leave()
		return &ast.DerivedTable{Span: p.span()}
	}
	defer p.leave()
	ref := p.tablePrimary()
	if p.is("MATCH_RECOGNIZE") {
		return p.matchRecognize(ref, start)
	}
	return ref
}

// tablePrimary reads a table name, a function, UNNEST, or something in parentheses.
func (p *parser) tablePrimary() ast.TableRef {
	start := p.start()
	lateral := p.accept("LATERAL")
	switch {
	case p.is("("):
		if lateral {
			d := &ast.DerivedTable{Lateral: true, Query: p.parenQuery()}
			d.Alias = p.optAlias()
			d.Span = p.from(start)
			return d
		}
		return p.parenTable()
	case p.accept("UNNEST"):
		u := &ast.Unnest{Lateral: lateral, Exprs: parens(p, p.expr)}
		if p.accept("WITH") {
			p.expect("ORDINALITY")
			u.Ordinality = true
		}
		u.Alias = p.optAlias()
		u.Span = p.from(start)
		return u
	case p.accept("TABLE"):
		p.expect("(")
		f := &ast.TableFunction{Lateral: lateral}
		f.Call = p.tableCall()
		p.expect(")")
		f.Alias = p.optAlias()
		f.Span = p.from(start)
		return f
	}
	if lateral {
		p.unexpected("TABLE")
		return &ast.DerivedTable{Span: p.span()}
	}
	return p.namedTable()
}

// tableCall reads the call of a table function.
func (p *parser) tableCall() *ast.Call {
	t := p.tok()
	name := &ast.Name{Span: p.span()}
	if t.class&ast.ReservedWord != 0 && t.class&ast.CallableWord != 0 {
		name.Parts = []ast.Ident{{Span: p.span(), Name: t.text}}
		p.advance()
	} else {
		name = p.name()
	}
	return p.bareCall(name)
}

// namedTable reads name [hints] [FOR SYSTEM_TIME AS OF expr] [TABLESAMPLE …] [alias], or a call
// of a table function by its bare name.
func (p *parser) namedTable() ast.TableRef {
	start := p.start()
	name := p.name()
	if p.is("(") {
		f := &ast.TableFunction{Call: p.bareCall(name)}
		f.Alias = p.optAlias()
		f.Span = p.from(start)
		return f
	}
	t := &ast.TableName{Name: name, Hints: p.optHints()}
	if p.accept("FOR") {
		p.expect("SYSTEM_TIME", "AS", "OF")
		t.AsOf = p.exprAbove(bpAdd)
	}
	if p.is("TABLESAMPLE") {
		t.Sample = p.sample()
	}
	t.Alias = p.optAlias()
	if p.is("FOR") && t.Alias != nil && t.AsOf == nil {
		p.failAt(p.span(), "write table FOR SYSTEM_TIME AS OF time AS alias",
			"FOR SYSTEM_TIME stands before the alias")
	}
	t.Span = p.from(start)
	return t
}

// sample reads TABLESAMPLE BERNOULLI|SYSTEM (percent) [REPEATABLE (seed)].
func (p *parser) sample() *ast.Sample {
	start := p.start()
	p.advance()
	s := &ast.Sample{Bernoulli: p.expectAny("BERNOULLI", "SYSTEM") == "BERNOULLI"}
	p.expect("(")
	s.Percent = p.expr()
	p.expect(")")
	if p.accept("REPEATABLE") {
		p.expect("(")
		s.Seed = p.expr()
		p.expect(")")
	}
	s.Span = p.from(start)
	return s
}

// optAlias reads [[AS] name [(columns)]], nil if there is none.
func (p *parser) optAlias() *ast.Alias {
	start := p.start()
	if !p.accept("AS") && !isIdent(p.tok()) {
		return nil
	}
	a := &ast.Alias{Name: p.ident()}
	if p.is("(") {
		a.Columns = p.idents()
	}
	a.Span = p.from(start)
	return a
}

// parenTable reads (query) [alias] or (joined tables).
func (p *parser) parenTable() ast.TableRef {
	start := p.start()
	p.expect("(")
	var q *ast.Query
	if p.atQuery() {
		q = p.query()
	} else {
		at := p.start()
		ref := p.tableRef()
		d, ok := ref.(*ast.DerivedTable)
		if ok && d.Alias == nil && !d.Lateral && (p.is(")") || p.atQueryTail()) {
			// ((SELECT …) UNION …) AS x: what looked like a table was the left side of a query.
			q = d.Query
			if p.atQueryTail() && q != nil {
				q = p.queryFrom(at, q)
			}
		} else {
			joined := p.joins(ref, at, false)
			if joined == ref {
				p.unexpected("JOIN")
			}
			p.expect(")")
			return joined
		}
	}
	p.expect(")")
	d := &ast.DerivedTable{Query: q}
	d.Alias = p.optAlias()
	d.Span = p.from(start)
	return d
}
