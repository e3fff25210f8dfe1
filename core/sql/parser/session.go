package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// showForm says what may follow a plural: FROM|IN a name, a pattern.
type showForm struct {
	from, like bool
}

// showForms are the plural forms of SHOW, by their last word.
var showForms = map[string]showForm{
	"CATALOGS":    {like: true},
	"DATABASES":   {from: true, like: true},
	"TABLES":      {from: true, like: true},
	"VIEWS":       {from: true, like: true},
	"FUNCTIONS":   {from: true, like: true},
	"PROCEDURES":  {from: true, like: true},
	"MODELS":      {from: true, like: true},
	"CONNECTIONS": {from: true, like: true},
	"MODULES":     {},
	"JARS":        {},
	"JOBS":        {},
}

// showWords are the keys of showForms in the order errors list them.
var showWords = [...]string{
	"TABLES", "VIEWS", "FUNCTIONS", "DATABASES", "CATALOGS", "PROCEDURES", "MODELS", "MODULES",
	"JARS", "JOBS", "CONNECTIONS",
}

// show reads SHOW ….
func (p *parser) show() ast.Statement {
	start := p.start()
	p.advance()
	s := &ast.Show{}
	switch {
	case p.accept("CREATE"):
		s.What = "CREATE " + p.expectAny("TABLE", "VIEW", "MATERIALIZED", "CATALOG", "MODEL",
			"CONNECTION")
		if s.What == "CREATE MATERIALIZED" {
			p.expect("TABLE")
			s.What += " TABLE"
		}
		s.Name = p.name()
	case p.accept("CURRENT"):
		s.What = "CURRENT " + p.expectAny("CATALOG", "DATABASE")
	case p.accept("COLUMNS"):
		s.What = "COLUMNS"
		p.expectAny("FROM", "IN")
		s.Name = p.name()
		s.Like = p.showLike()
	case p.accept("PARTITIONS"):
		s.What = "PARTITIONS"
		s.Name = p.name()
		s.Partition = p.optPartition()
	case p.accept("FULL"):
		p.expect("MODULES")
		s.What = "FULL MODULES"
	case p.accept("USER"):
		p.showPlural(s, "USER ", "FUNCTIONS")
	case p.accept("MATERIALIZED"):
		p.showPlural(s, "MATERIALIZED ", "TABLES")
	default:
		if p.rec != nil {
			for _, w := range [...]string{"CREATE", "CURRENT", "COLUMNS", "PARTITIONS"} {
				p.want(w)
			}
		}
		p.showPlural(s, "", showWords[:]...)
	}
	s.Span = p.from(start)
	return s
}

// showPlural reads one of the words and what may follow it.
func (p *parser) showPlural(s *ast.Show, prefix string, words ...string) {
	word := p.expectAny(words...)
	s.What = prefix + word
	form := showForms[word]
	if form.from && p.acceptAny("FROM", "IN") != "" {
		s.From = p.name()
	}
	if form.like {
		s.Like = p.showLike()
	}
}

// showLike reads [[NOT] LIKE|ILIKE 'pattern'].
func (p *parser) showLike() *ast.ShowLike {
	start := p.start()
	like := &ast.ShowLike{Not: p.accept("NOT")}
	like.Kind = ast.LikeKind(p.acceptAny("LIKE", "ILIKE"))
	if like.Kind == "" {
		if like.Not {
			p.unexpected("LIKE")
		}
		return nil
	}
	like.Pattern = p.text()
	like.Span = p.from(start)
	return like
}

// describe reads DESCRIBE|DESC [kind] [EXTENDED] name.
func (p *parser) describe() ast.Statement {
	start := p.start()
	p.advance()
	d := &ast.Describe{Kind: ast.TableObject}
	if t := p.peek(1); t.kind == tokString && p.accept("JOB") {
		d.Kind = ast.JobObject
		d.Job = p.text()
		d.Span = p.from(start)
		return d
	}
	// These words are free as names: DESCRIBE model describes a table of that name.
	callable := p.is("FUNCTION") && p.peek(1).class&ast.CallableWord != 0
	if next := p.peek(1); isIdent(next) || next.word == "EXTENDED" || callable {
		kind := p.acceptAny("TABLE", "CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION")
		if kind != "" {
			d.Kind = ast.ObjectKind(kind)
		}
	}
	d.Extended = p.accept("EXTENDED")
	if t := p.tok(); d.Kind == ast.FunctionObject && t.class&ast.CallableWord != 0 {
		id := ast.Ident{Span: p.span(), Name: t.text} // the name of a built-in function
		p.advance()
		d.Name = &ast.Name{Span: id.Span, Parts: []ast.Ident{id}}
	} else {
		d.Name = p.name()
	}
	d.Span = p.from(start)
	return d
}

// use reads USE [CATALOG|MODULES] name.
func (p *parser) use() ast.Statement {
	start := p.start()
	p.advance()
	u := &ast.Use{Kind: ast.DatabaseObject}
	switch {
	case p.accept("MODULES"):
		u.Kind = ""
		u.Modules = list(p, p.ident)
	case isIdent(p.peek(1)) && p.accept("CATALOG"):
		u.Kind = ast.CatalogObject
		id := p.ident()
		u.Name = &ast.Name{Span: id.Span, Parts: []ast.Ident{id}}
	default:
		u.Name = p.name()
	}
	u.Span = p.from(start)
	return u
}

// set reads SET ['key' = 'value'].
func (p *parser) set() ast.Statement {
	start := p.start()
	p.advance()
	s := &ast.Set{}
	if k := p.tok().kind; k != tokEOF && !p.is(";") {
		if k == tokWord {
			p.failAt(p.span(), "write SET 'key' = 'value'", "keys and values are quoted")
		}
		o := p.option()
		s.Option = &o
	}
	s.Span = p.from(start)
	return s
}

// reset reads RESET ['key'].
func (p *parser) reset() ast.Statement {
	start := p.start()
	p.advance()
	r := &ast.Reset{}
	if k := p.tok().kind; k != tokEOF && !p.is(";") {
		if k == tokWord {
			p.failAt(p.span(), "write RESET 'key'", "the key is quoted")
		}
		r.Key = p.stringLit()
	}
	r.Span = p.from(start)
	return r
}

// loadModule reads LOAD MODULE name [WITH …].
func (p *parser) loadModule() ast.Statement {
	start := p.start()
	p.expect("LOAD", "MODULE")
	l := &ast.LoadModule{Name: p.ident(), Options: p.optWith()}
	l.Span = p.from(start)
	return l
}

// unloadModule reads UNLOAD MODULE name.
func (p *parser) unloadModule() ast.Statement {
	start := p.start()
	p.expect("UNLOAD", "MODULE")
	name := p.ident()
	return &ast.UnloadModule{Span: p.from(start), Name: name}
}

// jar reads ADD JAR 'path' and REMOVE JAR 'path'.
func (p *parser) jar() ast.Statement {
	start := p.start()
	j := &ast.Jar{Remove: p.expectAny("ADD", "REMOVE") == "REMOVE"}
	p.expect("JAR")
	j.Path = p.text()
	j.Span = p.from(start)
	return j
}

// stopJob reads STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]].
func (p *parser) stopJob() ast.Statement {
	start := p.start()
	p.expect("STOP", "JOB")
	s := &ast.StopJob{Job: p.text()}
	if p.accept("WITH") {
		p.expect("SAVEPOINT")
		s.Savepoint = true
		if p.accept("WITH") {
			p.expect("DRAIN")
			s.Drain = true
		}
	}
	s.Span = p.from(start)
	return s
}
