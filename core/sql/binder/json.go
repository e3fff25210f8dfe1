package binder

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/ast"
)

// json binds the JSON functions with clauses of their own; ok is false for other syntax.
func (x *exprs) json(e ast.Expr) (bind func() (expr.Expr, error), ok bool) {
	return nil, false
}
