package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// typeNames gives the canonical name of the types that are one word.
var typeNames = map[string]string{
	"BOOLEAN": "BOOLEAN", "TINYINT": "TINYINT", "SMALLINT": "SMALLINT", "INT": "INT",
	"INTEGER": "INT", "BIGINT": "BIGINT", "FLOAT": "FLOAT", "REAL": "FLOAT", "DOUBLE": "DOUBLE",
	"DECIMAL": "DECIMAL", "DEC": "DECIMAL", "NUMERIC": "DECIMAL", "CHAR": "CHAR",
	"CHARACTER": "CHAR", "VARCHAR": "VARCHAR", "STRING": "STRING", "BINARY": "BINARY",
	"VARBINARY": "VARBINARY", "BYTES": "BYTES", "DATE": "DATE", "TIME": "TIME",
	"TIMESTAMP": "TIMESTAMP", "TIMESTAMP_LTZ": "TIMESTAMP_LTZ", "DATETIME": "TIMESTAMP",
	"INTERVAL": "INTERVAL", "ARRAY": "ARRAY", "MULTISET": "MULTISET", "MAP": "MAP", "ROW": "ROW",
	"STRUCTURED": "STRUCTURED", "RAW": "RAW", "VARIANT": "VARIANT", "BITMAP": "BITMAP",
	"ANY": "ANY", "NULL": "NULL",
}

// nullableType reads type [NOT NULL|NULL].
func (p *parser) nullableType() *ast.Type {
	start := p.start()
	t := p.dataType()
	switch {
	case p.accept("NOT"):
		p.expect("NULL")
		t.NotNull = true
	case p.accept("NULL"):
		t.Null = true
	}
	t.Span = p.from(start)
	return t
}

// dataType reads a type, and ARRAY or MULTISET behind it.
func (p *parser) dataType() *ast.Type {
	start := p.start()
	if !p.enter() {
		p.leave()
		return &ast.Type{Span: p.span(), Precision: -1, Scale: -1}
	}
	defer p.leave()
	t := p.plainType()
	t.Span = p.from(start)
	for links := 0; p.is("ARRAY") || p.is("MULTISET"); links++ {
		word := p.tok().word
		p.advance()
		t = &ast.Type{Span: p.from(start), Name: word, Precision: -1, Scale: -1, Element: t}
		p.grow(links)
	}
	return t
}

func (p *parser) plainType() *ast.Type {
	p.want(aType)
	tok := p.tok()
	t := &ast.Type{Name: typeNames[tok.word], Precision: -1, Scale: -1}
	if t.Name == "" || tok.kind != tokWord {
		if !isIdent(tok) {
			p.unexpected(aType)
			return t
		}
		t.Name = ""
		t.UserDefined = p.name()
		return t
	}
	p.advance()
	switch t.Name {
	case "DOUBLE":
		p.accept("PRECISION")
	case "DECIMAL":
		if p.accept("(") {
			t.Precision = p.integer()
			if p.accept(",") {
				t.Scale = p.integer()
			}
			p.expect(")")
		}
	case "CHAR", "BINARY":
		if p.accept("VARYING") {
			t.Name = "VAR" + t.Name
		}
		p.precision(t)
		p.charset(t)
	case "VARCHAR", "VARBINARY":
		p.precision(t)
		p.charset(t)
	case "TIME", "TIMESTAMP":
		p.precision(t)
		p.zone(t)
	case "TIMESTAMP_LTZ":
		p.precision(t)
	case "INTERVAL":
		q := p.qualifier()
		t.Interval = &q
	case "ARRAY", "MULTISET":
		p.expect("<")
		t.Element = p.nullableType()
		p.expect(">")
	case "MAP":
		p.expect("<")
		t.Key = p.nullableType()
		p.expect(",")
		t.Element = p.nullableType()
		p.expect(">")
	case "ROW":
		p.rowType(t)
	case "STRUCTURED":
		p.expect("<")
		t.Class = p.text()
		for p.accept(",") {
			t.Fields = append(t.Fields, p.typeField())
		}
		p.expect(">")
	case "RAW":
		p.expect("(")
		t.Class = p.text()
		p.expect(",")
		t.Serial = p.text()
		p.expect(")")
	}
	return t
}

// precision reads [(n)].
func (p *parser) precision(t *ast.Type) {
	if p.accept("(") {
		t.Precision = p.integer()
		p.expect(")")
	}
}

// charset reads [CHARACTER SET name], which changes nothing: all text is UTF-8.
func (p *parser) charset(t *ast.Type) {
	if (t.Name == "CHAR" || t.Name == "VARCHAR") && p.accept("CHARACTER") {
		p.expect("SET")
		p.name()
	}
}

// zone reads [WITHOUT TIME ZONE | WITH LOCAL TIME ZONE].
func (p *parser) zone(t *ast.Type) {
	switch {
	case p.accept("WITHOUT"):
		p.expect("TIME", "ZONE")
	case t.Name == "TIMESTAMP" && p.isSeq("WITH", "TIME"):
		p.advance()
		p.failAt(p.span(), "write TIMESTAMP WITH LOCAL TIME ZONE, or TIMESTAMP_LTZ",
			"TIMESTAMP WITH TIME ZONE is not supported")
	case p.accept("WITH"):
		p.expect("LOCAL", "TIME", "ZONE")
		t.Name += "_LTZ"
	}
}

// rowType reads <name type, …> or (name type, …), both of which may be empty.
func (p *parser) rowType(t *ast.Type) {
	if p.accept("<>") {
		return
	}
	closing := ">"
	if p.expectAny("<", "(") == "(" {
		closing = ")"
	}
	if p.accept(closing) {
		return
	}
	t.Fields = list(p, p.typeField)
	p.expect(closing)
}

// typeField reads name type ['comment'].
func (p *parser) typeField() *ast.TypeField {
	start := p.start()
	f := &ast.TypeField{Name: p.ident(), Type: p.nullableType()}
	if k := p.tok().kind; k == tokString || k == tokUnicode {
		f.Comment = p.stringLit()
	}
	f.Span = p.from(start)
	return f
}
