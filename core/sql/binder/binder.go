// Package binder resolves names and types: it turns the syntax tree of SQL and the relational tree
// of the Table API into core/sql/logical. The Table API's expressions become syntax nodes first,
// so that both meet the same rules.
package binder

import (
	"errors"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
)

// Binder binds the statements of one session.
type Binder struct {
	Catalog *catalog.Manager
	Zone    string // session time zone
	Batch   bool
	// Inline finds rows that Python put into the engine.
	Inline func(handle string) (connector.Source, error)
	// Stream finds a DataStream node, nil where no program has it.
	Stream func(id int32) (*plan.Node, error)
	// Program adds the program of the streams that a view reads to those of Stream.
	Program func(p *planpb.Program) error
	// Describe loads a function by its path, "module.attribute"; nil: there is no Python.
	Describe func(path string) (*planpb.Function, error)
	// ParseView parses the stored text of a view.
	ParseView func(text string) (*ast.Query, error)
}

// Query binds a query of the given source text.
func (b *Binder) Query(src string, q *ast.Query) (logical.Rel, error) {
	s := &binding{Binder: b, src: src}
	return s.query(q, nil)
}

// Expr binds an expression over the columns of a schema: computed columns, watermarks.
func (b *Binder) Expr(src string, e ast.Expr, schema *types.Schema) (expr.Expr, error) {
	s := &binding{Binder: b, src: src}
	return (&exprs{binding: s, scope: scopeOf(schema, "")}).bind(e)
}

// binding is the state of binding one statement.
type binding struct {
	*Binder
	src string
	// frozen are the stars of a view's own select list, which stand for the columns of now.
	frozen map[*ast.Star]string
	ctes   []cte
	views  []string // being expanded: a view must not contain itself
	// tables counts those that have been put in for names, over all views.
	tables *int
	// blockHints are those of the query block whose FROM is being bound.
	blockHints []*queryHint
	overs      []*planpb.OverWindow // of the Table API's over_window(…) around the select list
	// declared says where the statement itself writes the expressions of computed columns and of
	// the watermark; those of other tables are from another text.
	declared map[ast.Expr]ast.Node
}

// within binds an expression of a table's declaration: its places are those of the statement, if
// it is written there.
func (b *binding) within(e ast.Expr) *binding {
	own := &binding{Binder: b.Binder}
	if e != nil && b.declared[e] != nil {
		own.src = b.src
	}
	return own
}

// declare notes the expressions that a statement writes.
func (b *binding) declare(elements []ast.TableElement) {
	b.declared = map[ast.Expr]ast.Node{}
	for _, e := range elements {
		switch e := e.(type) {
		case *ast.ColumnDef:
			if e.Computed != nil {
				b.declared[e.Computed] = e
			}
		case *ast.Watermark:
			b.declared[e.Expr] = e
		}
	}
}

// hasPlace says whether an error names a place of the source.
func hasPlace(err error) bool {
	var e *errs.Error
	return errors.As(err, &e) && e.Place != ""
}

type cte struct {
	name    string
	query   *ast.Query
	columns []ast.Ident
	depth   int // CTEs visible to it: those before it
}

func (b *binding) at(n ast.Node, err error) error { return At(b.src, n, err) }

// At gives an error the place of a node of the source text, unless it has one.
func At(src string, n ast.Node, err error) error {
	if err == nil {
		return nil
	}
	var e *errs.Error
	if !errors.As(err, &e) || e.Place != "" || src == "" {
		return err
	}
	line, col := ast.LineCol(src, n.Pos())
	placed := *e
	placed.Place = "line " + itoa(line) + ", column " + itoa(col)
	placed.Snippet = ast.Snippet(src, ast.Span{Start: n.Pos(), Stop: n.End()})
	return &placed
}

// errorf is a user error at a node.
func (b *binding) errorf(n ast.Node, format string, a ...any) error {
	return b.at(n, errs.Userf(format, a...))
}

// unsupported is the error for what the dialect knows but headrace does not do.
func (b *binding) unsupported(n ast.Node, what string) error {
	return b.errorf(n, "%s is not supported", what)
}
