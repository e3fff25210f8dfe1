// Package rule rewrites the logical tree: each rule has a name, a reason and a file of its own.
package rule

import "github.com/headrace/headrace/core/sql/logical"

// Options are what rules depend on besides the tree.
type Options struct {
	Batch bool
}

// Rule rewrites one node, whose inputs have been rewritten already; it returns the node itself
// when it does not apply.
type Rule struct {
	Name  string
	Apply func(r logical.Rel, o Options) logical.Rel
}

// Rules lists the rules in the order in which they are applied, each over the whole tree.
var Rules = []Rule{
	MergeFilters, FilterIntoJoin, RankFromOver,
}

// Apply rewrites a tree with all rules.
func Apply(r logical.Rel, o Options) logical.Rel {
	for _, rule := range Rules {
		r = logical.Rewrite(r, func(n logical.Rel) logical.Rel { return rule.Apply(n, o) })
	}
	return r
}
