package session

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/binder"
	"github.com/headrace/headrace/core/sql/logical"
	"github.com/headrace/headrace/core/sql/parser"
)

// explain answers EXPLAIN: the tree as it was bound, as it was optimized, and the operators.
func (s *Session) explain(text string, stmt *ast.Explain) (*Answer, error) {
	g := &plan.Graph{}
	var list []*ast.Insert
	switch inner := stmt.Stmt.(type) {
	case *ast.QueryStmt:
		rel, err := s.binderInto(g).Query(text, inner.Query)
		if err != nil {
			return nil, err
		}
		return s.explainRel(rel, g, stmt.Details)
	case *ast.Insert:
		list = []*ast.Insert{inner}
	case *ast.StatementSet:
		list = inner.Inserts
	case *ast.CreateTable:
		return s.explainCreate(text, inner, stmt.Details)
	case *ast.Execute:
		return s.explain(text, &ast.Explain{Details: stmt.Details, Stmt: inner.Stmt})
	default:
		return nil, errs.Userf("only queries, INSERT, CREATE TABLE … AS and STATEMENT SET " +
			"can be explained")
	}
	sinks, err := s.bindInserts(text, list, g)
	if err != nil {
		return nil, err
	}
	return s.explainSinks(g, sinks, stmt.Details)
}

// explainCreate shows how CREATE TABLE … AS would fill the table, which is not made.
func (s *Session) explainCreate(
	text string, stmt *ast.CreateTable, details []string,
) (*Answer, error) {
	if stmt.As == nil {
		return nil, binder.At(text, stmt.Name, errs.Userf("CREATE TABLE without AS runs nothing").
			Fix("explain a query, INSERT or CREATE TABLE … AS"))
	}
	path, err := s.catalog.Qualify(stmt.Name.Strings())
	if err != nil {
		return nil, err
	}
	g := &plan.Graph{}
	b := s.binderInto(g)
	table, err := b.TableOf(text, path, stmt)
	if err != nil {
		return nil, err
	}
	rel, err := b.Query(text, stmt.As)
	if err != nil {
		return nil, err
	}
	sink, err := b.Sink(rel, binder.Target{Table: table})
	if err != nil {
		return nil, err
	}
	return s.explainSinks(g, []logical.Rel{sink}, details)
}

func (s *Session) explainSinks(
	g *plan.Graph, sinks []logical.Rel, details []string,
) (*Answer, error) {
	roots, err := s.planSinks(g, sinks)
	if err != nil {
		return nil, err
	}
	return s.explained(g, sinks, roots, details)
}

// explained shows the trees and the graph with the details that EXPLAIN asks for, and where Python
// functions run, if there are any.
func (s *Session) explained(
	g *plan.Graph, bound, optimized []logical.Rel, details []string,
) (*Answer, error) {
	var b strings.Builder
	b.WriteString("== Abstract Syntax Tree ==\n")
	for _, r := range bound {
		b.WriteString(logical.Format(r) + "\n")
	}
	b.WriteString("== Optimized Physical Plan ==\n")
	for _, r := range optimized {
		b.WriteString(logical.Format(r) + "\n")
	}
	advice, mark := "", (func(n *plan.Node) string)(nil)
	if slices.ContainsFunc(details, isAdvice) {
		var err error
		if advice, mark, err = s.advice(g, optimized); err != nil {
			return nil, err
		}
	}
	extra, asJSON, err := explainDetails(g, details, mark)
	if err != nil {
		return nil, err
	}
	b.WriteString("== Optimized Execution Plan ==\n" + g.ExplainWith(extra) + advice)
	if asJSON {
		text, err := g.JSON()
		if err != nil {
			return nil, err
		}
		b.WriteString("\n== Physical Execution Plan ==\n" + text + "\n")
	}
	python, err := explainPython(g, s.config)
	return &Answer{Kind: "text", Text: b.String() + python}, err
}

func explainPython(g *plan.Graph, cfg config.Map) (string, error) {
	mode, err := config.PythonMode.Get(cfg)
	if text := g.ExplainPython(mode); text != "" {
		return "\n== Python Functions ==\n" + text, err
	}
	return "", err
}

func isAdvice(detail string) bool { return strings.EqualFold(detail, "PLAN_ADVICE") }

// explainDetails is what EXPLAIN shows of each operator besides itself; mark says which advice is
// about one, nil: there is none.
func explainDetails(
	g *plan.Graph, details []string, mark func(n *plan.Node) string,
) (extra func(n *plan.Node) string, asJSON bool, err error) {
	var shown []func(n *plan.Node) string
	for _, d := range details {
		switch strings.ToUpper(d) {
		case "CHANGELOG_MODE":
			shown = append(shown, plan.ModeText)
		case "ESTIMATED_COST":
			shown = append(shown, plan.CostText(g))
		case "JSON_EXECUTION_PLAN":
			asJSON = true
		case "PLAN_ADVICE":
			shown = append(shown, mark)
		default:
			return nil, false, errs.Userf("EXPLAIN has no detail '%s'", d).
				Fix("it has CHANGELOG_MODE, ESTIMATED_COST, JSON_EXECUTION_PLAN and PLAN_ADVICE")
		}
	}
	return func(n *plan.Node) string {
		var parts []string
		for _, f := range shown {
			if text := f(n); text != "" {
				parts = append(parts, text)
			}
		}
		return strings.Join(parts, ", ")
	}, asJSON, nil
}

func (s *Session) explainRel(
	rel logical.Rel, g *plan.Graph, details []string,
) (*Answer, error) {
	roots, p, err := s.optimize(g, rel)
	if err != nil {
		return nil, err
	}
	// as in Flink, nobody needs -U rows of a query that is only explained
	if _, err := p.Plan(roots[0], false); err != nil {
		return nil, err
	}
	return s.explained(g, []logical.Rel{rel}, roots, details)
}

// explainText explains a statement in text.
func (s *Session) explainText(text string, details []string) (*Answer, error) {
	stmt, err := parser.ParseStatement(text)
	if err != nil {
		return nil, err
	}
	if e, ok := stmt.(*ast.Explain); ok {
		return s.explain(text, e)
	}
	return s.explain(text, &ast.Explain{Details: details, Stmt: stmt})
}
