package binder

import (
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/logical"
)

// match binds MATCH_RECOGNIZE.
func (b *binding) match(m *ast.MatchRecognize, _ *scope) (logical.Rel, error) {
	return nil, b.unsupported(m, "MATCH_RECOGNIZE")
}
