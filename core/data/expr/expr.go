// Package expr is the typed expression tree that the planner makes and operators evaluate over
// batches.
package expr

import "github.com/headrace/headrace/core/data/types"

// Expr is a typed expression.
type Expr interface {
	Type() types.Type
	String() string
}
