package rule

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// PrunePartitions has a source leave out the partitions for which conditions on partition columns
// do not hold. Those conditions are gone then.
var PrunePartitions = Rule{Name: "prune-partitions", Apply: prunePartitions}

func prunePartitions(r logical.Rel, o Options) logical.Rel {
	f, s, ok := filteredScan(r)
	if !ok || len(s.Table.PartitionKeys) == 0 {
		return r
	}
	fields := s.Out.Fields
	var on, rest []expr.Expr
	for _, c := range expr.Conjuncts(f.Condition) {
		if movable(c) && onColumns(c, func(i int) bool {
			return slices.Contains(s.Table.PartitionKeys, fields[i].Name)
		}) {
			on = append(on, c)
		} else {
			rest = append(rest, c)
		}
	}
	src, ok := sourceOf(s, o).(connector.PartitionPushDown)
	if !ok || len(on) == 0 {
		return r
	}
	cond := conjunction(on)
	out, err := src.Prune(func(part map[string]string) bool {
		return partitionHolds(cond, s, part, o)
	})
	if err != nil {
		return r
	}
	texts := make([]string, len(on))
	for i, c := range on {
		texts[i] = c.String()
	}
	return above(pushed(s, out, "partitions=["+strings.Join(texts, " AND ")+"]"), rest)
}

// partitionHolds says whether cond holds for a partition. Where that cannot be computed (a value
// that is not of its column's type) the partition is kept, and reading it says so.
func partitionHolds(
	cond expr.Expr, s *logical.Scan, part map[string]string, o Options,
) bool {
	unknown := false
	e := expr.Rewrite(cond, func(e expr.Expr) expr.Expr {
		c, ok := e.(*expr.Column)
		if !ok {
			return e
		}
		text, ok := part[s.Out.Fields[c.Index].Name]
		if !ok {
			return expr.Null(c.T.Nullable(true))
		}
		v, err := expr.NewCast(expr.Text(text), c.T.Nullable(true), false)
		if err != nil {
			unknown = true
			return e
		}
		return v
	})
	if unknown {
		return true
	}
	l, ok := expr.Fold(o.Eval, e).(*expr.Literal)
	return !ok || expr.IsTrue(l)
}
