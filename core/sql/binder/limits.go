package binder

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/sql/ast"
)

// A short text can stand for more than any memory holds: views that name a view twice each, CUBE of
// many columns.
const (
	maxTables = 10_000
	maxSets   = 4096
)

// countTable counts a table, view or common table expression that is put in for its name.
func (b *binding) countTable(t *ast.TableName) error {
	if b.tables == nil {
		b.tables = new(int)
	}
	if *b.tables++; *b.tables > maxTables {
		return b.at(t, errs.Userf("the statement has more than %d tables, those of its views and "+
			"WITH counted wherever they are named", maxTables).
			Fix("write what is named often into a table"))
	}
	return nil
}

// fewSets checks the number of grouping sets before they are made.
func (b *binding) fewSets(g *ast.GroupBy) error {
	n := 1
	for _, it := range g.Items {
		n = min(n*setCount(it), maxSets+1)
	}
	if n > maxSets {
		return b.at(g.Items[0], errs.Userf("GROUP BY gives more than %d grouping sets", maxSets).
			Fix("name those that are wanted in GROUPING SETS"))
	}
	return nil
}

// setCount is the number of grouping sets of an item, or a number above the maximum.
func setCount(it ast.GroupItem) int {
	g, ok := it.(*ast.Grouping)
	if !ok {
		return 1
	}
	sum, product := 0, 1
	all := 1 // sets of the longer and longer lists of ROLLUP
	for _, i := range g.Items {
		n := setCount(i)
		sum += n
		factor := n
		if g.Kind == ast.Cube {
			factor++
		}
		product = min(product*factor, maxSets+1)
		all = min(all+product, maxSets+1)
	}
	switch g.Kind {
	case ast.GroupingSets:
		return min(sum, maxSets+1)
	case ast.Rollup:
		return all
	}
	return product
}
