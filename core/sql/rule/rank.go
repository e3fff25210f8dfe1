package rule

import (
	"math"
	"strings"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// RankFromOver recognises top-N: a filter with an upper bound on ROW_NUMBER, RANK or DENSE_RANK.
// Only so can it run over a stream, and with state for N rows instead of all.
var RankFromOver = Rule{Name: "rank-from-over", Apply: rankFromOver}

func rankFromOver(r logical.Rel, _ Options) logical.Rel {
	f, ok := r.(*logical.Filter)
	if !ok {
		return r
	}
	p, _ := f.Input.(*logical.Project)
	in := f.Input
	if p != nil {
		in = p.Input
	}
	over, ok := in.(*logical.Over)
	if !ok || len(over.Calls) != 1 || !isRank(over.Calls[0].Name) || len(over.Order) == 0 {
		return r
	}
	column := over.Input.Schema().Len() // the rank in over's output
	conds := expr.Conjuncts(f.Condition)
	if p != nil {
		for i, c := range conds {
			conds[i] = expr.Replace(c, p.Exprs)
		}
	}
	rank := &logical.Rank{Input: over.Input, Function: strings.ToLower(over.Calls[0].Name),
		Partition: over.Partition, Order: over.Order, From: 1, To: math.MaxInt64,
		OutputRank: true, Out: over.Out}
	var rest []expr.Expr
	for _, c := range conds {
		if !bound(c, column, rank) {
			rest = append(rest, c)
		}
	}
	if rank.To == math.MaxInt64 {
		return r
	}
	var out logical.Rel = rank
	if !rankUsed(p, rest, column) {
		rank.OutputRank = false
		rank.Out = over.Input.Schema()
	}
	if len(rest) > 0 {
		out = &logical.Filter{Input: out, Condition: conjunction(rest)}
	}
	if p == nil {
		return out
	}
	return p.WithInputs([]logical.Rel{out})
}

func isRank(name string) bool {
	return name == "ROW_NUMBER" || name == "RANK" || name == "DENSE_RANK"
}

// bound takes a comparison of the rank with a constant.
func bound(c expr.Expr, column int, rank *logical.Rank) bool {
	call, ok := c.(*expr.Call)
	if !ok || len(call.Args) != 2 {
		return false
	}
	op := call.Fn.Name
	a, b := plain(call.Args[0]), plain(call.Args[1])
	col, ok := a.(*expr.Column)
	if !ok {
		col, ok = b.(*expr.Column)
		b = a
		op = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}[op]
	}
	n, isInt := expr.IntValue(b)
	if !ok || !isInt || col.Index != column {
		return false
	}
	switch op {
	case "=":
		rank.From, rank.To = max(rank.From, n), min(rank.To, n)
	case "<":
		rank.To = min(rank.To, n-1)
	case "<=":
		rank.To = min(rank.To, n)
	case ">":
		rank.From = max(rank.From, n+1)
	case ">=":
		rank.From = max(rank.From, n)
	default:
		return false
	}
	return true
}

// plain removes an implicit widening.
func plain(e expr.Expr) expr.Expr {
	if c, ok := e.(*expr.Cast); ok && c.Implicit {
		return c.Arg
	}
	return e
}

// rankUsed says whether the rank's column is read above.
func rankUsed(p *logical.Project, rest []expr.Expr, column int) bool {
	list := rest
	if p == nil {
		return true
	}
	list = append(list[:len(list):len(list)], p.Exprs...)
	for _, e := range list {
		for _, c := range expr.Columns(e) {
			if c == column {
				return true
			}
		}
	}
	return false
}
