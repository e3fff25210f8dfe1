package estimate

import (
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/logical"
)

// Shares of conditions of which nothing is known.
const (
	rangeShare   = 1.0 / 3
	likeShare    = 0.1
	unknownShare = 0.25
)

func (e *Estimator) filter(r *logical.Filter) *Rows {
	in := e.Of(r.Input)
	out := &Rows{Count: in.Count, Base: in.Base, Known: in.Known,
		Cols: append([]Column(nil), in.Cols...)}
	for _, c := range expr.Conjuncts(r.Condition) {
		out.Count *= Share(c, in.Cols)
	}
	return out
}

// Share is the part of the rows for which a condition holds.
func Share(e expr.Expr, cols []Column) float64 {
	switch e := e.(type) {
	case *expr.And:
		s := 1.0
		for _, a := range e.Args {
			s *= Share(a, cols)
		}
		return s
	case *expr.Or:
		s := 1.0
		for _, a := range e.Args {
			s *= 1 - Share(a, cols)
		}
		return 1 - s
	case *expr.Not:
		return 1 - Share(e.Arg, cols)
	case *expr.Literal:
		if expr.IsTrue(e) {
			return 1
		}
		return 0
	case *expr.Call:
		return callShare(e, cols)
	}
	return unknownShare
}

func callShare(e *expr.Call, cols []Column) float64 {
	switch e.Fn.Name {
	case "LIKE":
		return likeShare
	case "IS NULL":
		return 0.05
	case "IS NOT NULL":
		return 0.95
	case "IN", "NOT IN":
		s := min(float64(len(e.Args)-1)/distinctOf(e.Args[0], cols), 1)
		if e.Fn.Name == "NOT IN" {
			return 1 - s
		}
		return s
	}
	if len(e.Args) != 2 {
		return unknownShare
	}
	a, b := e.Args[0], e.Args[1]
	switch e.Fn.Name {
	case "=", "IS NOT DISTINCT FROM":
		return 1 / max(distinctOf(a, cols), distinctOf(b, cols), 1)
	case "<>":
		return 1 - 1/max(distinctOf(a, cols), distinctOf(b, cols), 2)
	case "<", "<=":
		return below(a, b, cols)
	case ">", ">=":
		return below(b, a, cols)
	}
	return unknownShare
}

// distinctOf is how many values an expression has; a constant has one.
func distinctOf(e expr.Expr, cols []Column) float64 {
	if c, ok := stripped(e).(*expr.Column); ok && c.Index < len(cols) {
		return cols[c.Index].Distinct
	}
	used := expr.Columns(e)
	if len(used) == 1 && used[0] < len(cols) {
		return min(cols[used[0]].Distinct, 100)
	}
	return 1
}

// stripped is an expression without the casts around it.
func stripped(e expr.Expr) expr.Expr {
	for {
		c, ok := e.(*expr.Cast)
		if !ok {
			return e
		}
		e = c.Arg
	}
}

// below is the part of the rows where a is less than b.
func below(a, b expr.Expr, cols []Column) float64 {
	a, b = stripped(a), stripped(b)
	if c, ok := a.(*expr.Column); ok && c.Index < len(cols) && cols[c.Index].Ranged {
		if v, ok := number(b); ok {
			return between(v, cols[c.Index])
		}
	}
	if c, ok := b.(*expr.Column); ok && c.Index < len(cols) && cols[c.Index].Ranged {
		if v, ok := number(a); ok {
			return 1 - between(v, cols[c.Index])
		}
	}
	return rangeShare
}

// between is where v stands in the range of a column, from 0 to 1.
func between(v float64, c Column) float64 {
	if c.Max <= c.Min {
		return 0.5
	}
	return min(max((v-c.Min)/(c.Max-c.Min), 0.0001), 1)
}

// number is the value of a constant that is a number, date or time.
func number(e expr.Expr) (float64, bool) {
	l, ok := e.(*expr.Literal)
	if !ok || l.IsNull() {
		return 0, false
	}
	switch l.T.Kind {
	case types.Date, types.Int:
		return float64(batch.Values[int32](l.Value)[0]), true
	case types.BigInt, types.Timestamp, types.TimestampLTZ:
		return float64(batch.Values[int64](l.Value)[0]), true
	case types.SmallInt:
		return float64(batch.Values[int16](l.Value)[0]), true
	case types.TinyInt:
		return float64(batch.Values[int8](l.Value)[0]), true
	}
	return 0, false
}

// Joined is the part of the pairs of rows for which all conditions hold. Equalities between two
// relations count together: a pair of keys that belong together selects no more than their
// relation's rows. base is how many rows the relation of a column has without conditions, side its
// number.
func Joined(
	conds []expr.Expr, cols []Column, base func(c int) float64, side func(c int) int,
) float64 {
	share := 1.0
	keys := map[[2]int]float64{}
	most := map[[2]int]float64{}
	for _, e := range conds {
		call, ok := e.(*expr.Call)
		if !ok || call.Fn.Name != "=" || len(call.Args) != 2 {
			share *= Share(e, cols)
			continue
		}
		a, okA := stripped(call.Args[0]).(*expr.Column)
		b, okB := stripped(call.Args[1]).(*expr.Column)
		if !okA || !okB || side(a.Index) == side(b.Index) {
			share *= Share(e, cols)
			continue
		}
		pair := [2]int{min(side(a.Index), side(b.Index)), max(side(a.Index), side(b.Index))}
		if keys[pair] == 0 {
			keys[pair], most[pair] = 1, math.Inf(1)
		}
		keys[pair] /= max(cols[a.Index].Distinct, cols[b.Index].Distinct, 1)
		most[pair] = min(base(a.Index), base(b.Index))
	}
	for pair, s := range keys {
		share *= max(s, 1/max(most[pair], 1))
	}
	return share
}
