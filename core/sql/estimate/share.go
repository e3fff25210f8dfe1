package estimate

import (
	"slices"

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

// Joined is the part of the pairs of rows for which all conditions hold. Several equalities between
// two relations count together: a pair of keys that belong together, as those of a table with two
// keys, selects no more than that table's rows. side is the number of a column's relation.
func Joined(conds []expr.Expr, cols []Column, side func(c int) int) float64 {
	share := 1.0
	keys := map[[2]int]*pairOf{}
	var pairs []*pairOf // in order, so that equal products are equal
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
		if keys[pair] == nil {
			keys[pair] = &pairOf{share: 1}
			pairs = append(pairs, keys[pair])
		}
		if side(a.Index) > side(b.Index) {
			a, b = b, a
		}
		keys[pair].add(&cols[a.Index], &cols[b.Index])
	}
	for _, p := range pairs {
		share *= p.all()
	}
	return share
}

// pairOf is the equalities between two relations.
type pairOf struct {
	share float64
	sides [2]sideOf
}

// sideOf is the columns of one relation in its equalities with another one.
type sideOf struct {
	tables []int
	rows   float64 // there are no more combinations of the columns' values
	key    bool    // one of the columns is a key by itself
}

func (p *pairOf) add(a, b *Column) {
	p.share /= max(a.Distinct, b.Distinct, 1)
	p.sides[0].add(a)
	p.sides[1].add(b)
}

func (s *sideOf) add(c *Column) {
	s.key = s.key || c.Key
	if !slices.Contains(s.tables, c.Table) {
		s.tables = append(s.tables, c.Table)
		s.rows = max(s.rows, 1) * c.Base
	}
}

// all is the share of all equalities together. Where a column is a key by itself, the others are
// conditions on the row that it finds.
func (p *pairOf) all() float64 {
	a, b := &p.sides[0], &p.sides[1]
	if a.key || b.key {
		return p.share
	}
	return max(p.share, 1/max(min(a.rows, b.rows), 1))
}
