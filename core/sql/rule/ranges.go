package rule

import (
	"slices"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// SimplifyRanges leaves out comparisons with constants that others imply (x > 5 AND x > 3), sees
// those that exclude each other (x > 5 AND x < 3: no rows), and makes one IN of equalities of one
// column (x = 1 OR x = 2), which is looked up at once and which sources understand.
var SimplifyRanges = Rule{Name: "simplify-ranges", Apply: simplifyRanges}

func simplifyRanges(r logical.Rel, _ Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	old := expr.Conjuncts(f.Condition)
	conds := make([]expr.Expr, len(old))
	for i, c := range old {
		conds[i] = expr.Rewrite(c, valuesOf)
	}
	ranges := make([]*connector.Condition, len(conds))
	for i, c := range conds {
		if list := condition(c); len(list) == 1 && ordered(list[0]) {
			ranges[i] = &list[0]
		}
	}
	var out []expr.Expr
	for i, c := range conds {
		implied := false
		for k, other := range ranges {
			if i == k || other == nil || ranges[i] == nil || ranges[i].Column != other.Column {
				continue
			}
			if excludes(ranges[i], other) && !hasTimeAttribute(r.Schema()) {
				return &logical.Values{Out: r.Schema()}
			}
			// of two that say the same the first one stays
			implied = implied || implies(other, ranges[i]) && (k < i || !implies(ranges[i], other))
		}
		if !implied {
			out = append(out, c)
		}
	}
	if slices.Equal(out, old) {
		return r
	}
	return &logical.Filter{Input: f.Input, Condition: conjunction(out)}
}

// ordered says whether the values of a condition can be compared here.
func ordered(c connector.Condition) bool {
	if c.Op == connector.OpNull || c.Op == connector.OpNotNull {
		return c.Op == connector.OpNotNull
	}
	return !slices.ContainsFunc(c.Values, func(v any) bool {
		_, ok := compareValues(v, v)
		return !ok
	})
}

// valuesOf makes one IN of an OR of equalities of one column with constants of its type.
func valuesOf(e expr.Expr) expr.Expr {
	or, ok := e.(*expr.Or)
	if !ok {
		return e
	}
	var args []expr.Expr
	for _, a := range or.Args {
		call, ok := a.(*expr.Call)
		if !ok || call.Fn.Name != "=" && call.Fn.Name != "IN" {
			return e
		}
		column, ok := call.Args[0].(*expr.Column)
		if !ok || args != nil && args[0].(*expr.Column).Index != column.Index {
			return e
		}
		if args == nil {
			args = []expr.Expr{column}
		}
		for _, v := range call.Args[1:] {
			l, ok := v.(*expr.Literal)
			if !ok || l.IsNull() || !l.T.EqualIgnoringNull(column.T) {
				return e
			}
			args = append(args, l)
		}
	}
	in, err := expr.NewCall("IN", args...)
	if err != nil || !in.Type().EqualIgnoringNull(e.Type()) {
		return e
	}
	return in
}

// holdsFor says whether a value fulfils a condition.
func holdsFor(c *connector.Condition, v any) bool {
	switch c.Op {
	case connector.OpNotNull:
		return true
	case connector.OpIn:
		return slices.ContainsFunc(c.Values, func(x any) bool { return x == v })
	}
	order, ok := compareValues(v, c.Values[0])
	if !ok {
		return false
	}
	switch c.Op {
	case connector.OpEq:
		return order == 0
	case connector.OpNe:
		return order != 0
	case connector.OpLt:
		return order < 0
	case connector.OpLe:
		return order <= 0
	case connector.OpGt:
		return order > 0
	case connector.OpGe:
		return order >= 0
	}
	return false
}

// implies says whether every value that fulfils a fulfils b.
func implies(a, b *connector.Condition) bool {
	if b.Op == connector.OpNotNull {
		return true
	}
	switch a.Op {
	case connector.OpEq, connector.OpIn:
		return !slices.ContainsFunc(a.Values, func(v any) bool { return !holdsFor(b, v) })
	case connector.OpLt, connector.OpLe, connector.OpGt, connector.OpGe:
		return boundImplies(a, b)
	case connector.OpNe:
		return b.Op == connector.OpNe && a.Values[0] == b.Values[0]
	}
	return false
}

// boundImplies: a is a bound.
func boundImplies(a, b *connector.Condition) bool {
	order, ok := compareValues(a.Values[0], firstValue(b))
	if !ok {
		return false
	}
	upper := a.Op == connector.OpLt || a.Op == connector.OpLe
	if !upper {
		order = -order
	}
	strict := a.Op == connector.OpLt || a.Op == connector.OpGt
	switch b.Op {
	case connector.OpNe: // outside of the bound
		return order < 0 || order == 0 && strict
	case connector.OpLt, connector.OpGt:
		return upper == (b.Op == connector.OpLt) && (order < 0 || order == 0 && strict)
	case connector.OpLe, connector.OpGe:
		return upper == (b.Op == connector.OpLe) && order <= 0
	}
	return false
}

func firstValue(c *connector.Condition) any {
	if len(c.Values) == 0 {
		return nil
	}
	return c.Values[0]
}

// excludes says whether no value fulfils both.
func excludes(a, b *connector.Condition) bool {
	switch a.Op {
	case connector.OpEq, connector.OpIn:
		return !slices.ContainsFunc(a.Values, func(v any) bool { return holdsFor(b, v) })
	case connector.OpLt, connector.OpLe:
		if b.Op != connector.OpGt && b.Op != connector.OpGe {
			return false
		}
		order, ok := compareValues(a.Values[0], b.Values[0])
		return ok && (order < 0 ||
			order == 0 && (a.Op == connector.OpLt || b.Op == connector.OpGt))
	}
	return false
}
