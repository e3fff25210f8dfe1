package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// jsonExists reads JSON_EXISTS(input, path [behaviour ON ERROR]).
func (p *parser) jsonExists() ast.Expr {
	start := p.start()
	j := &ast.JSONExists{}
	j.Input, j.Path = p.jsonPath()
	if !p.is(")") {
		j.OnError = p.jsonBehavior("TRUE", "FALSE", "UNKNOWN", "ERROR")
		p.expect("ON", "ERROR")
	}
	p.expect(")")
	j.Span = p.from(start)
	return j
}

// jsonPath reads the word, the parenthesis, and input, path.
func (p *parser) jsonPath() (input, path ast.Expr) {
	p.advance()
	p.expect("(")
	input = p.expr()
	p.expect(",")
	return input, p.expr()
}

// jsonBehavior reads one of the words, EMPTY ARRAY|OBJECT, or DEFAULT expr, as far as the words
// allow.
func (p *parser) jsonBehavior(words ...string) *ast.JSONBehavior {
	start := p.start()
	b := &ast.JSONBehavior{Kind: p.expectAny(words...)}
	switch b.Kind {
	case "EMPTY":
		b.Kind += " " + p.expectAny("ARRAY", "OBJECT")
	case "DEFAULT":
		b.Default = p.expr()
	}
	b.Span = p.from(start)
	return b
}

// jsonBehaviors reads [behaviour ON EMPTY] [behaviour ON ERROR].
func (p *parser) jsonBehaviors(words ...string) (onEmpty, onError *ast.JSONBehavior) {
	for !p.is(")") && p.err == nil {
		b := p.jsonBehavior(words...)
		p.expect("ON")
		switch {
		case onEmpty == nil && onError == nil && p.accept("EMPTY"):
			onEmpty = b
		case onError == nil:
			p.expect("ERROR")
			onError = b
		default:
			p.unexpected(")")
		}
	}
	return onEmpty, onError
}

// jsonReturning reads [RETURNING type].
func (p *parser) jsonReturning() *ast.Type {
	if p.accept("RETURNING") {
		return p.dataType()
	}
	return nil
}

// jsonValue reads JSON_VALUE(…).
func (p *parser) jsonValue() ast.Expr {
	start := p.start()
	j := &ast.JSONValue{}
	j.Input, j.Path = p.jsonPath()
	j.Returning = p.jsonReturning()
	j.OnEmpty, j.OnError = p.jsonBehaviors("NULL", "ERROR", "DEFAULT")
	p.expect(")")
	j.Span = p.from(start)
	return j
}

// jsonQuery reads JSON_QUERY(…).
func (p *parser) jsonQuery() ast.Expr {
	start := p.start()
	j := &ast.JSONQuery{}
	j.Input, j.Path = p.jsonPath()
	j.Returning = p.jsonReturning()
	switch {
	case p.accept("WITHOUT"):
		p.accept("ARRAY")
		p.expect("WRAPPER")
		j.Wrapper = "WITHOUT"
	case p.accept("WITH"):
		j.Wrapper = "WITH UNCONDITIONAL"
		if p.accept("CONDITIONAL") {
			j.Wrapper = "WITH CONDITIONAL"
		} else {
			p.accept("UNCONDITIONAL")
		}
		p.accept("ARRAY")
		p.expect("WRAPPER")
	}
	j.OnEmpty, j.OnError = p.jsonBehaviors("NULL", "ERROR", "EMPTY")
	p.expect(")")
	j.Span = p.from(start)
	return j
}

// jsonNulls reads [NULL|ABSENT ON NULL].
func (p *parser) jsonNulls() ast.JSONNulls {
	switch {
	case p.acceptSeq("NULL", "ON", "NULL"):
		return ast.NullOnNull
	case p.acceptSeq("ABSENT", "ON", "NULL"):
		return ast.AbsentOnNull
	}
	return ""
}

// jsonPair reads [KEY] key VALUE value, or key : value.
func (p *parser) jsonPair() *ast.JSONPair {
	start := p.start()
	pair := &ast.JSONPair{}
	if p.is("KEY") && p.peek(1).word != "VALUE" && p.peek(1).word != ":" {
		p.advance()
	}
	pair.Key = p.expr()
	p.expectAny("VALUE", ":")
	pair.Value = p.expr()
	pair.Span = p.from(start)
	return pair
}

// atJSONNulls reports whether the clause about nulls comes next.
func (p *parser) atJSONNulls() bool {
	return p.isSeq("NULL", "ON", "NULL") || p.isSeq("ABSENT", "ON", "NULL")
}

// jsonObject reads JSON_OBJECT(pair, … [NULL|ABSENT ON NULL]).
func (p *parser) jsonObject() ast.Expr {
	start := p.start()
	p.advance()
	p.expect("(")
	j := &ast.JSONObject{}
	if !p.is(")") && !p.atJSONNulls() {
		j.Pairs = list(p, p.jsonPair)
	}
	j.Nulls = p.jsonNulls()
	p.expect(")")
	j.Span = p.from(start)
	return j
}

// jsonArray reads JSON_ARRAY(value, … [NULL|ABSENT ON NULL]).
func (p *parser) jsonArray() ast.Expr {
	start := p.start()
	p.advance()
	p.expect("(")
	j := &ast.JSONArray{}
	if !p.is(")") && !p.atJSONNulls() {
		j.Items = list(p, p.expr)
	}
	j.Nulls = p.jsonNulls()
	p.expect(")")
	j.Span = p.from(start)
	return j
}

// jsonObjectAgg reads JSON_OBJECTAGG(pair [NULL|ABSENT ON NULL]).
func (p *parser) jsonObjectAgg() ast.Expr {
	start := p.start()
	p.advance()
	p.expect("(")
	j := &ast.JSONObjectAgg{Pair: p.jsonPair(), Nulls: p.jsonNulls()}
	p.expect(")")
	j.Filter = p.optFilter()
	j.Over = p.optOver()
	j.Span = p.from(start)
	return j
}

// jsonArrayAgg reads JSON_ARRAYAGG(value [ORDER BY …] [NULL|ABSENT ON NULL]), or with WITHIN GROUP
// behind it.
func (p *parser) jsonArrayAgg() ast.Expr {
	start := p.start()
	p.advance()
	p.expect("(")
	j := &ast.JSONArrayAgg{Value: p.expr(), OrderBy: p.optOrderBy(), Nulls: p.jsonNulls()}
	p.expect(")")
	if items := p.withinGroup(); items != nil {
		j.OrderBy = items
	}
	j.Filter = p.optFilter()
	j.Over = p.optOver()
	j.Span = p.from(start)
	return j
}
