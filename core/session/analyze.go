package session

import (
	"context"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/parser"
)

// analyze is ANALYZE TABLE: it counts the rows of a table, and of the columns asked for the
// different values, the NULLs and (of integers) the least and greatest value. The catalog keeps
// that; joins are ordered by it.
func (s *Session) analyze(ctx context.Context, stmt *ast.Analyze) (*Answer, error) {
	t, v, err := s.catalog.Lookup(stmt.Table.Strings())
	switch {
	case err != nil:
		return nil, err
	case v != nil:
		return nil, errs.Userf("'%s' is a view: ANALYZE is for tables", v.Path.Dotted())
	case !s.batchMode():
		return nil, errs.Userf("ANALYZE is for batch mode").
			Fix("set 'execution.runtime-mode' = 'batch'")
	case len(stmt.Partition) > 0:
		return success, nil // statistics are kept of whole tables
	}
	cols, err := analyzed(t, stmt)
	if err != nil {
		return nil, err
	}
	list := []string{"COUNT(*)"}
	for _, c := range cols {
		name := types.Quote(c.Name)
		list = append(list, "COUNT("+name+")", "COUNT(DISTINCT "+name+")")
		if c.Type.IsInteger() {
			list = append(list, "CAST(MIN("+name+") AS BIGINT)", "CAST(MAX("+name+") AS BIGINT)")
		}
	}
	row, err := s.oneRow(ctx, "SELECT "+strings.Join(list, ", ")+" FROM "+ast.Format(stmt.Table))
	if err != nil {
		return nil, err
	}
	changed := *t
	changed.Statistics = statisticsOf(cols, row)
	return success, s.catalog.PutTable(&changed, true)
}

// analyzed are the columns that a statement asks for.
func analyzed(t *catalog.Table, stmt *ast.Analyze) ([]catalog.Column, error) {
	var out []catalog.Column
	for _, c := range stmt.Columns {
		i := t.Column(c.Name)
		if i < 0 {
			return nil, errs.Userf("table %s has no column '%s'", t.Path.Dotted(), c.Name).
				Fix("%s", errs.DidYouMean(c.Name, columnsOf(t)))
		}
		out = append(out, t.Columns[i])
	}
	if stmt.AllColumns {
		out = t.Columns
	}
	var plain []catalog.Column
	for _, c := range out {
		if c.Kind == catalog.Physical && !nested(c.Type) {
			plain = append(plain, c)
		}
	}
	return plain, nil
}

// oneRow runs a query that gives one row, to its end. The session's lock is held: rows are taken
// past Fetch.
func (s *Session) oneRow(ctx context.Context, text string) (row *batch.Batch, err error) {
	q, err := parser.ParseQuery(text)
	if err != nil {
		return nil, err
	}
	a, err := s.query(text, q)
	if err != nil {
		return nil, err
	}
	rows := s.results[a.Handle]
	defer delete(s.results, a.Handle)
	for {
		b, ok, err := rows.next(ctx)
		switch {
		case err != nil:
			return nil, err
		case !ok && row == nil:
			return nil, errs.Internalf("%s gave no row", text)
		case !ok:
			return row, nil
		case b.Len() > 0:
			row = b.Take([]int32{0})
		}
		b.Release()
	}
}

// nested says that values of the type cannot be counted apart.
func nested(t types.Type) bool {
	switch t.Kind {
	case types.Array, types.Map, types.Multiset, types.Row, types.Raw:
		return true
	}
	return false
}

func statisticsOf(cols []catalog.Column, row *batch.Batch) *catalog.Statistics {
	at := 0
	next := func() (v int64, known bool) {
		c := row.Cols[at]
		at++
		if c.IsNull(0) {
			return 0, false
		}
		return kernel.IntAt(c, 0), true
	}
	out := &catalog.Statistics{Columns: map[string]catalog.ColumnStatistics{}}
	out.Rows, _ = next()
	for _, c := range cols {
		var x catalog.ColumnStatistics
		filled, _ := next()
		x.Nulls = out.Rows - filled
		x.Distinct, _ = next()
		if c.Type.IsInteger() {
			x.Min, x.Ranged = next()
			x.Max, _ = next()
		}
		out.Columns[c.Name] = x
	}
	return out
}
