package binder

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/sql/ast"
)

// repeatedColumn finds the second column of a query's select list that is written under a name
// which the list has already; nil when there is none. What a star stands for gets a name of its
// own, so it repeats nothing.
func repeatedColumn(q *ast.Query) (ast.Node, string) {
	body := q.Body
	for {
		switch b := body.(type) {
		case *ast.Query:
			body = b.Body
			continue
		case *ast.SetOp:
			body = b.Left
			continue
		case *ast.Select:
			seen := map[string]bool{}
			for _, it := range b.Items {
				name, ok := impliedName(it.Expr)
				if it.Alias != nil {
					name, ok = it.Alias.Name, true
				}
				if ok && seen[name] {
					return it, name
				}
				seen[name] = ok
			}
		}
		return nil, ""
	}
}

// distinctNames refuses a list of column aliases in which a name stands twice.
func (b *binding) distinctNames(names []ast.Ident) error {
	seen := map[string]bool{}
	for i := range names {
		if seen[names[i].Name] {
			return b.at(&names[i], errs.Userf("duplicate name '%s' in the list of column aliases",
				names[i].Name).Fix("give each column a name of its own"))
		}
		seen[names[i].Name] = true
	}
	return nil
}

// distinctColumns refuses a query that becomes a table of its own and has a name twice.
func (b *binding) distinctColumns(q *ast.Query) error {
	n, name := repeatedColumn(q)
	if n == nil {
		return nil
	}
	return b.at(n, errs.Userf("a column with the name '%s' stands in the select list twice", name).
		Fix("give each column a name of its own: … AS name"))
}

// ViewColumns refuses a view's columns, declared or of its query, that have a name twice.
func (b *Binder) ViewColumns(text string, q *ast.Query, declared []ast.Ident) error {
	in := &binding{Binder: b, src: text}
	if len(declared) > 0 {
		return in.distinctNames(declared)
	}
	return in.distinctColumns(q)
}

// ambiguities gives the columns of a derived table that are written under one name that name
// again: whoever uses it, or a star, is told.
func ambiguities(s *scope, q *ast.Query) {
	if n, _ := repeatedColumn(q); n == nil {
		return
	}
	sel, ok := q.Body.(*ast.Select)
	if !ok || len(sel.Items) != len(s.cols) { // with a star the positions are not known
		return
	}
	seen := map[string]int{}
	for i, it := range sel.Items {
		name, ok := impliedName(it.Expr)
		if it.Alias != nil {
			name, ok = it.Alias.Name, true
		}
		if !ok {
			continue
		}
		if first, twice := seen[name]; twice {
			s.cols[first].twice, s.cols[i].twice = true, true
			s.cols[i].name = name
			continue
		}
		seen[name] = i
	}
}
