// Package rule rewrites the logical tree: each rule has a name, a reason and a file of its own.
package rule

import (
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/sql/logical"
)

// Options are what rules depend on besides the tree.
type Options struct {
	Batch bool
	// Source makes the connector of a scan; nil: nothing is pushed into sources.
	Source func(s *logical.Scan) (connector.Source, error)
	// Apart: scans of one table stay apart, since nothing is shared.
	Apart bool
	// KeepJoins: joins stay in the order in which they were written.
	KeepJoins bool
	// BushyJoins is up to how many joined relations all orders are tried.
	BushyJoins int
	// KeepFilters: sources are not told conditions.
	KeepFilters bool
	// KeepAggregates: sources are not asked for aggregates.
	KeepAggregates bool
	// DistinctBuckets is into how many buckets DISTINCT aggregates are split; 0: they are not.
	DistinctBuckets int
	// MultiJoin has chains of joins of a stream made one operator.
	MultiJoin bool
	// Eval is what constants are computed with: it knows the session's zone; nil is UTC.
	Eval *expr.EvalContext
}

func (o Options) sourceOf(s *logical.Scan) connector.Source { return sourceOf(s, o) }

// Rule rewrites a tree; one of the two functions is set.
type Rule struct {
	Name string
	// Apply rewrites one node, whose inputs have been rewritten already; it returns the node
	// itself when the rule does not apply.
	Apply func(r logical.Rel, o Options) logical.Rel
	// Forest rewrites the trees of all statements of a job together.
	Forest func(roots []logical.Rel, o Options) []logical.Rel
}

// Rules lists the rules in the order in which they are applied, each over the whole tree.
var Rules = []Rule{
	FoldConstants, MergeFilters, FactorDisjunctions, RankFromOver,
	FilterThroughProject, FilterThroughAggregate, FilterThroughSetOp, FilterThroughWindow,
	FilterThroughCorrelate, FilterThroughRank, FilterThroughSort, FilterIntoJoin,
	InferPredicates, OuterToInner, MergeFilters, PropagateConstants, SimplifyRanges, PruneEmpty,
	SemiWithoutDistinct, DropDistinct, MergeProjects,
	PrunePartitions, FilterIntoSource, LimitThrough, LimitIntoSource, OrderJoins, SemiThroughJoin,
	SplitDistinct,
	PruneColumns, DropJoin, AggregateIntoSource, MultiJoin,
}

// Apply rewrites one tree with all rules.
func Apply(r logical.Rel, o Options) logical.Rel {
	return ApplyAll([]logical.Rel{r}, o)[0]
}

// ApplyAll rewrites the trees of the statements of one job with all rules.
func ApplyAll(roots []logical.Rel, o Options) []logical.Rel {
	for _, rule := range Rules {
		roots = rule.apply(roots, o)
	}
	return roots
}

func (rule Rule) apply(roots []logical.Rel, o Options) []logical.Rel {
	if rule.Forest != nil {
		return rule.Forest(roots, o)
	}
	out := make([]logical.Rel, len(roots))
	for i, r := range roots {
		out[i] = logical.Rewrite(r, func(n logical.Rel) logical.Rel { return rule.Apply(n, o) })
	}
	return out
}
