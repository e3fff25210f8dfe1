package parser

import (
	"github.com/headrace/headrace/core/sql/ast"
)

// script reads statements separated by semicolons up to the end.
func (p *parser) script() []ast.Statement {
	var out []ast.Statement
	for {
		for p.accept(";") {
		}
		if p.tok().kind == tokEOF {
			return out
		}
		stmt := p.statement()
		if _, ok := stmt.(*ast.BeginStatementSet); ok && p.err == nil {
			stmt = p.scriptSet(stmt.Pos())
		}
		out = append(out, stmt)
		if !p.is(";") && p.tok().kind != tokEOF {
			p.unexpected(";")
		}
	}
}

// scriptSet reads the rest of BEGIN STATEMENT SET; insert; …; END.
func (p *parser) scriptSet(start int) ast.Statement {
	set := &ast.StatementSet{}
	p.expect(";")
	for p.err == nil && !p.accept("END") {
		if p.accept(";") {
			continue
		}
		set.Inserts = append(set.Inserts, p.setInsert())
		p.expect(";")
	}
	set.Span = p.from(start)
	return &ast.Execute{Span: set.Span, Stmt: set}
}

// statements gives the reader of each first word. It is filled by init because some statements
// contain others.
var statements map[string]func(*parser) ast.Statement

func init() {
	statements = map[string]func(*parser) ast.Statement{
		"SELECT": (*parser).queryStmt, "WITH": (*parser).queryStmt,
		"VALUES": (*parser).queryStmt, "TABLE": (*parser).queryStmt, "(": (*parser).queryStmt,
		"EXPLAIN": (*parser).explain, "EXECUTE": (*parser).execute,
		"INSERT": (*parser).insertStmt, "UPSERT": (*parser).insertStmt,
		"CREATE": (*parser).create, "REPLACE": (*parser).create,
		"ALTER": (*parser).alter, "DROP": (*parser).drop,
		"UPDATE": (*parser).update, "DELETE": (*parser).delete,
		"TRUNCATE": (*parser).truncate, "ANALYZE": (*parser).analyze,
		"CALL": (*parser).callProcedure, "COMPILE": (*parser).compilePlan,
		"BEGIN": (*parser).beginSet, "END": (*parser).endSet,
		"SHOW": (*parser).show, "DESCRIBE": (*parser).describe, "DESC": (*parser).describe,
		"USE": (*parser).use, "SET": (*parser).set, "RESET": (*parser).reset,
		"LOAD": (*parser).loadModule, "UNLOAD": (*parser).unloadModule,
		"ADD": (*parser).jar, "REMOVE": (*parser).jar, "STOP": (*parser).stopJob,
	}
}

// statementWords are the first words in the order errors list them.
var statementWords = [...]string{
	"SELECT", "INSERT", "CREATE", "WITH", "VALUES", "EXPLAIN", "SHOW", "SET", "DESCRIBE", "USE",
	"DROP", "ALTER", "EXECUTE", "UPDATE", "DELETE", "TRUNCATE", "ANALYZE", "COMPILE", "CALL",
	"BEGIN", "END", "RESET", "LOAD", "UNLOAD", "ADD", "REMOVE", "STOP", "DESC", "UPSERT", "REPLACE",
	"TABLE",
}

// statement reads one statement.
func (p *parser) statement() ast.Statement {
	if p.rec != nil {
		for _, w := range statementWords {
			p.want(w)
		}
	}
	p.params = 0
	if read := statements[p.tok().word]; read != nil {
		return read(p)
	}
	if p.tok().word == "MERGE" {
		p.failAt(p.span(), "write INSERT, UPDATE and DELETE", "MERGE is not supported")
	}
	p.unexpected("")
	return &ast.EndStatementSet{Span: p.span()}
}

// queryStmt reads a query.
func (p *parser) queryStmt() ast.Statement {
	q := p.query()
	return &ast.QueryStmt{Span: q.Span, Query: q}
}

// explain reads EXPLAIN [PLAN FOR | details] statement.
func (p *parser) explain() ast.Statement {
	start := p.start()
	p.advance()
	e := &ast.Explain{}
	if p.accept("PLAN") {
		p.expect("FOR")
	} else {
		e.Details = p.explainDetails()
	}
	e.Stmt = p.explainable()
	e.Span = p.from(start)
	return e
}

// explainDetails reads the words between EXPLAIN and the statement.
func (p *parser) explainDetails() []string {
	var out []string
	for {
		w := p.acceptAny("ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN", "PLAN_ADVICE")
		if w == "" {
			if out != nil {
				p.unexpected("")
			}
			return out
		}
		out = append(out, w)
		if !p.accept(",") {
			return out
		}
	}
}

// explainable reads what EXPLAIN can explain: a query, an insert, a statement set, CREATE TABLE …
// AS.
func (p *parser) explainable() ast.Statement {
	switch p.tok().word {
	case "INSERT", "UPSERT":
		return p.insertStmt()
	case "STATEMENT":
		return p.statementSet()
	case "EXECUTE":
		return p.execute()
	case "CREATE", "REPLACE":
		return p.create()
	}
	if p.rec != nil {
		for _, w := range [...]string{"INSERT", "STATEMENT", "CREATE"} {
			p.want(w)
		}
	}
	return p.queryStmt()
}

// statementSet reads STATEMENT SET BEGIN insert; … END.
func (p *parser) statementSet() ast.Statement {
	start := p.start()
	p.expect("STATEMENT", "SET", "BEGIN")
	set := &ast.StatementSet{}
	for {
		set.Inserts = append(set.Inserts, p.setInsert())
		p.expect(";")
		if p.accept("END") || p.err != nil {
			break
		}
	}
	set.Span = p.from(start)
	return set
}

// setInsert reads an insert inside a statement set.
func (p *parser) setInsert() *ast.Insert {
	if !p.is("INSERT") && !p.is("UPSERT") {
		p.unexpected("INSERT")
	}
	return p.insert()
}

// execute reads EXECUTE followed by a plan, a statement set, a query or an insert.
func (p *parser) execute() ast.Statement {
	start := p.start()
	p.expect("EXECUTE")
	if p.accept("PLAN") {
		file := p.text()
		return &ast.ExecutePlan{Span: p.from(start), File: file}
	}
	x := &ast.Execute{}
	switch {
	case p.is("STATEMENT"):
		x.Stmt = p.statementSet()
	case p.is("INSERT") || p.is("UPSERT"):
		x.Stmt = p.insertStmt()
	default:
		x.Stmt = p.queryStmt()
	}
	x.Span = p.from(start)
	return x
}
