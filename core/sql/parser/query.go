package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// isQueryStart reports whether a token can only begin a query.
func isQueryStart(t *token) bool {
	switch t.word {
	case "SELECT", "WITH", "VALUES", "TABLE":
		return true
	}
	return false
}

// atQuery reports whether a query begins here, one in parentheses excepted.
func (p *parser) atQuery() bool {
	p.want(aQuery)
	return isQueryStart(p.tok())
}

// atQueryTail reports whether what comes next goes on with a query.
func (p *parser) atQueryTail() bool {
	switch p.tok().word {
	case "UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH":
		return true
	}
	return false
}

// query reads [WITH …] body [ORDER BY …] [OFFSET …] [LIMIT …].
func (p *parser) query() *ast.Query {
	start := p.start()
	q := &ast.Query{}
	if !p.enter() {
		p.leave()
		q.Body = &ast.Select{Span: p.span()}
		return q
	}
	defer p.leave()
	outer := p.height
	p.height = 0
	if p.is("WITH") {
		q.With = p.with()
	}
	q.Body = p.setOps(p.queryPrimary(), start, 0)
	p.queryTail(q)
	q.Span = p.from(start)
	p.height = max(outer, p.height+1)
	return q
}

// queryFrom goes on with a query whose first part was read already.
func (p *parser) queryFrom(start int, left *ast.Query) *ast.Query {
	q := &ast.Query{Body: p.setOps(unwrap(left), start, 0)}
	p.queryTail(q)
	q.Span = p.from(start)
	return q
}

// unwrap takes a parenthesised query for its body when the parentheses change nothing.
func unwrap(q *ast.Query) ast.QueryBody {
	if q.With == nil && q.OrderBy == nil && q.Limit == nil && q.Offset == nil {
		return q.Body
	}
	return q
}

// with reads WITH [RECURSIVE] name [(columns)] AS (query), ….
func (p *parser) with() *ast.With {
	start := p.start()
	p.expect("WITH")
	w := &ast.With{Recursive: p.accept("RECURSIVE")}
	w.CTEs = list(p, func() *ast.CTE {
		at := p.start()
		c := &ast.CTE{Name: p.ident()}
		if p.is("(") {
			c.Columns = p.idents()
		}
		p.expect("AS")
		c.Query = p.parenQuery()
		c.Span = p.from(at)
		return c
	})
	w.Span = p.from(start)
	return w
}

// setPower is the binding power of the set operations.
func setPower(word string) int {
	switch word {
	case "UNION", "EXCEPT":
		return 1
	case "INTERSECT":
		return 2
	}
	return 0
}

// setOps reads the set operations behind left that bind tighter than power.
func (p *parser) setOps(left ast.QueryBody, start, power int) ast.QueryBody {
	height := p.height
	for {
		p.want("UNION")
		p.want("INTERSECT")
		p.want("EXCEPT")
		word := p.tok().word
		bp := setPower(word)
		if bp <= power {
			if word == "MINUS" {
				p.failAt(p.span(), "write EXCEPT", "MINUS is not allowed")
			}
			return left
		}
		p.advance()
		op := &ast.SetOp{Kind: ast.SetOpKind(word), Left: left}
		if p.accept("ALL") {
			op.All = true
		} else {
			p.accept("DISTINCT")
		}
		p.height = 0
		at := p.start()
		op.Right = p.setOps(p.queryPrimary(), at, bp)
		op.Span = p.from(start)
		left = op
		height = p.grow(max(height, p.height) + 1)
	}
}

// queryTail reads [ORDER BY …] and the limits into q.
func (p *parser) queryTail(q *ast.Query) {
	q.OrderBy = p.optOrderBy()
	if p.accept("LIMIT") {
		if !p.accept("ALL") {
			q.Limit = p.limit()
		}
		if p.is(",") {
			p.failAt(p.span(), "write LIMIT count OFFSET start",
				"LIMIT start, count is not allowed")
		}
	}
	if p.accept("OFFSET") {
		q.Offset = p.limit()
		p.acceptAny("ROW", "ROWS")
		if q.Limit == nil && p.is("LIMIT") {
			p.failAt(p.span(), "write LIMIT count OFFSET start", "LIMIT stands before OFFSET")
		}
	}
	if q.Limit == nil && p.accept("FETCH") {
		p.expectAny("FIRST", "NEXT")
		q.Limit = p.limit()
		p.expectAny("ROW", "ROWS")
		p.expect("ONLY")
	}
}

// limit reads the count of LIMIT, OFFSET or FETCH: a number or a parameter.
func (p *parser) limit() ast.Expr {
	start := p.start()
	switch {
	case p.tok().kind == tokNumber:
		return p.number()
	case p.is("?"):
		return p.primary()
	}
	p.want(aNumber)
	p.unexpected(aNumber)
	return &ast.Null{Span: p.from(start)}
}

// queryPrimary reads SELECT …, VALUES …, TABLE t or (query).
func (p *parser) queryPrimary() ast.QueryBody {
	start := p.start()
	switch {
	case p.is("SELECT"):
		return p.selectBody()
	case p.is("VALUES"):
		return p.values()
	case p.accept("TABLE"):
		name := p.name()
		return &ast.TableQuery{Span: p.from(start), Name: name}
	case p.is("("):
		return unwrap(p.parenQuery())
	}
	p.want(aQuery)
	p.unexpected(aQuery)
	return &ast.Select{Span: p.span()}
}

// values reads VALUES row, ….
func (p *parser) values() ast.QueryBody {
	start := p.start()
	p.advance()
	v := &ast.Values{}
	v.Rows = list(p, func() *ast.RowExpr {
		at := p.start()
		if p.is("ROW") || p.is("(") && !isQueryStart(p.peek(1)) {
			keyword := p.accept("ROW")
			items := parens(p, p.argValue)
			if row, ok := onlyRow(items); ok && !keyword {
				return row
			}
			return &ast.RowExpr{Span: p.from(at), Keyword: keyword, Items: items}
		}
		x := p.expr()
		return &ast.RowExpr{Span: spanOf(x), Items: []ast.Expr{x}}
	})
	v.Span = p.from(start)
	return v
}

// onlyRow is the ROW(…) in (ROW(…)), which are the columns of one row of VALUES.
func onlyRow(items []ast.Expr) (*ast.RowExpr, bool) {
	if len(items) != 1 {
		return nil, false
	}
	row, ok := items[0].(*ast.RowExpr)
	return row, ok && row.Keyword
}

// spanOf is the span of a node.
func spanOf(n ast.Node) ast.Span { return ast.Span{Start: n.Pos(), Stop: n.End()} }

// selectBody reads SELECT up to QUALIFY.
func (p *parser) selectBody() ast.QueryBody {
	start := p.start()
	p.expect("SELECT")
	s := &ast.Select{Hints: p.optHints()}
	s.Stream = p.accept("STREAM")
	switch {
	case p.accept("DISTINCT"):
		s.Quantifier = ast.Distinct
	case p.accept("ALL"):
		s.Quantifier = ast.All
	}
	s.Items = list(p, p.selectItem)
	if p.accept("FROM") {
		s.From = p.fromList()
		p.selectClauses(s)
	}
	s.Span = p.from(start)
	return s
}

// selectClauses reads what may follow FROM, and only there: WHERE up to QUALIFY.
func (p *parser) selectClauses(s *ast.Select) {
	if p.accept("WHERE") {
		s.Where = p.expr()
	}
	if p.is("GROUP") {
		s.GroupBy = p.groupBy()
	}
	if p.accept("HAVING") {
		s.Having = p.expr()
	}
	if p.accept("WINDOW") {
		s.Windows = list(p, func() *ast.NamedWindow {
			at := p.start()
			w := &ast.NamedWindow{Name: p.ident()}
			p.expect("AS")
			w.Window = p.window()
			w.Span = p.from(at)
			return w
		})
	}
	if p.accept("QUALIFY") {
		s.Qualify = p.expr()
	}
}

// selectItem reads expr [[AS] alias].
func (p *parser) selectItem() *ast.SelectItem {
	start := p.start()
	item := &ast.SelectItem{Expr: p.expr()}
	if p.accept("AS") || isIdent(p.tok()) {
		if p.tok().kind == tokString {
			p.failAt(p.span(), "names are quoted with `", "an alias cannot be a string")
		}
		id := p.ident()
		item.Alias = &id
	}
	item.Span = p.from(start)
	return item
}

// groupBy reads GROUP BY [DISTINCT|ALL] items.
func (p *parser) groupBy() *ast.GroupBy {
	start := p.start()
	p.expect("GROUP", "BY")
	g := &ast.GroupBy{}
	switch {
	case p.accept("DISTINCT"):
		g.Quantifier = ast.Distinct
	case p.accept("ALL"):
		g.Quantifier = ast.All
	}
	g.Items = list(p, p.groupItem)
	g.Span = p.from(start)
	return g
}

// groupItem reads an expression, a parenthesised list, or one of the grouping words with its own
// items.
func (p *parser) groupItem() ast.GroupItem {
	start := p.start()
	kind := ast.GroupingKind("")
	switch {
	case p.acceptSeq("GROUPING", "SETS"):
		kind = ast.GroupingSets
	case p.accept("ROLLUP"):
		kind = ast.Rollup
	case p.accept("CUBE"):
		kind = ast.Cube
	case p.is("(") && p.peek(1).word == ")":
		p.i += 2
		return &ast.GroupSet{Span: p.from(start)}
	default:
		x := p.expr()
		if row, ok := x.(*ast.RowExpr); ok && !row.Keyword {
			return &ast.GroupSet{Span: p.from(start), Exprs: row.Items}
		}
		return &ast.GroupExpr{Span: p.from(start), Expr: x}
	}
	if !p.enter() {
		p.leave()
		return &ast.GroupSet{Span: p.span()}
	}
	defer p.leave()
	items := parens(p, p.groupItem)
	return &ast.Grouping{Span: p.from(start), Kind: kind, Items: items}
}
