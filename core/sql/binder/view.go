package binder

import (
	"cmp"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/logical"
)

// ViewQuery binds the query of a view and returns its text as it is to be kept: the stars of its
// select list become the columns that they stand for now, so that a column which a table gets
// later is no column of the view.
func (b *Binder) ViewQuery(src string, q *ast.Query) (logical.Rel, string, error) {
	in := &binding{Binder: b, src: src, frozen: map[*ast.Star]string{}}
	outerStars(q.Body, in.frozen)
	rel, err := in.query(q, nil)
	if err != nil {
		return nil, "", err
	}
	text, base := q.Text(src), q.Pos()
	stars := make([]*ast.Star, 0, len(in.frozen))
	for s, list := range in.frozen {
		if list != "" {
			stars = append(stars, s)
		}
	}
	slices.SortFunc(stars, func(a, b *ast.Star) int { return cmp.Compare(b.Pos(), a.Pos()) })
	for _, s := range stars {
		text = text[:s.Pos()-base] + in.frozen[s] + text[s.End()-base:]
	}
	return rel, text, nil
}

// outerStars finds the stars of the select lists that give a query its columns.
func outerStars(body ast.QueryBody, into map[*ast.Star]string) {
	switch b := body.(type) {
	case *ast.Query:
		outerStars(b.Body, into)
	case *ast.SetOp:
		outerStars(b.Left, into)
		outerStars(b.Right, into)
	case *ast.Select:
		for _, it := range b.Items {
			if s, ok := it.Expr.(*ast.Star); ok {
				into[s] = ""
			}
		}
	}
}

// freeze notes the columns of a star that is to be written out. A star whose columns have no names
// of their own stays: the fields of a row, or of tables without aliases that share a name.
func (b *binding) freeze(s *ast.Star, in *scope) {
	if _, ok := b.frozen[s]; !ok {
		return
	}
	var list []string
	for _, c := range in.cols {
		if c.hidden || s.Qualifier != nil && (!s.Qualifier.Simple() ||
			c.table != s.Qualifier.Last().Name) {
			continue
		}
		parts := []string{c.name}
		if c.table != "" {
			parts = []string{c.table, c.name}
		}
		if _, _, err := in.find(parts); err != nil {
			return
		}
		for i := range parts {
			parts[i] = types.Quote(parts[i])
		}
		list = append(list, strings.Join(parts, "."))
	}
	b.frozen[s] = strings.Join(list, ", ")
}
