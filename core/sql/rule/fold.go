package rule

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/logical"
)

// FoldConstants computes what is constant in projections, filters and join conditions now instead
// of once a batch. What differs from call to call (RAND, CURRENT_TIMESTAMP), Python functions and
// what raises stay. A filter that is TRUE goes; one that is never TRUE leaves no rows, and its
// input is not read.
var FoldConstants = Rule{Name: "fold-constants", Apply: foldConstants}

func foldConstants(r logical.Rel, o Options) logical.Rel {
	switch r := r.(type) {
	case *logical.Filter:
		return foldFilter(r, o)
	case *logical.Project:
		list := make([]expr.Expr, len(r.Exprs))
		changed := false
		for i, e := range r.Exprs {
			list[i] = foldSame(e, o)
			changed = changed || list[i] != e
		}
		if changed {
			return &logical.Project{Input: r.Input, Exprs: list, Out: r.Out}
		}
	case *logical.Join:
		if r.Condition == nil {
			return r
		}
		cond := foldSame(r.Condition, o)
		if cond == r.Condition {
			return r
		}
		c := *r
		c.Condition = cond
		if expr.IsTrue(cond) {
			c.Condition = nil
		}
		return &c
	}
	return r
}

func foldFilter(r *logical.Filter, o Options) logical.Rel {
	cond := foldSame(r.Condition, o)
	switch l, constant := cond.(*expr.Literal); {
	case expr.IsTrue(cond):
		return r.Input
	case constant && (l.IsNull() || expr.IsFalse(cond)) && !hasTimeAttribute(r.Schema()):
		return &logical.Values{Out: r.Schema()}
	case cond == r.Condition:
		return r
	}
	return &logical.Filter{Input: r.Input, Condition: cond}
}

// foldSame folds e; the result has the type of e but for nullability.
func foldSame(e expr.Expr, o Options) expr.Expr {
	folded := expr.Fold(o.Eval, e)
	if !folded.Type().EqualIgnoringNull(e.Type()) {
		return e
	}
	return folded
}

// hasTimeAttribute says whether a column carries time, which only a source can give.
func hasTimeAttribute(s *types.Schema) bool {
	for _, f := range s.Fields {
		if f.Type.Attr != types.NoTime {
			return true
		}
	}
	return false
}
