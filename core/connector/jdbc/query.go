package jdbc

import (
	"strings"

	"github.com/headrace/headrace/core/connector"
)

// query is a SELECT that is put together.
type query struct {
	*place
	columns []int // of the table
	where   []connector.Condition
	limit   int64 // -1: all
	args    []any
	clauses []string
}

func (q *query) names() []string {
	out := make([]string, len(q.columns))
	for i, c := range q.columns {
		out[i] = q.dialect.quoteName(q.table.Schema.Fields[c].Name)
	}
	return out
}

func (q *query) arg(v any) string {
	q.args = append(q.args, v)
	return q.dialect.parameter(len(q.args))
}

// conditions adds those that the database decides as the engine does, or more generously: the
// engine filters again.
func (q *query) conditions() {
	for _, c := range q.where {
		f := q.table.Schema.Fields[c.Column]
		name := q.dialect.quoteName(f.Name)
		if c.Op == connector.OpNull || c.Op == connector.OpNotNull {
			q.clauses = append(q.clauses, name+" "+string(c.Op))
			continue
		}
		// Collations differ: text is compared for equality only, which lets at most too much through.
		if f.Type.IsString() && c.Op != connector.OpEq && c.Op != connector.OpIn {
			continue
		}
		args := make([]any, 0, len(c.Values))
		for _, v := range c.Values {
			if a, ok := constant(f.Type, v); ok {
				args = append(args, a)
			}
		}
		if len(args) < len(c.Values) || len(args) == 0 || len(args) > 1000 {
			continue
		}
		list := make([]string, len(args))
		for i, a := range args {
			list[i] = q.arg(a)
		}
		if c.Op == connector.OpIn {
			q.clauses = append(q.clauses, name+" IN ("+strings.Join(list, ", ")+")")
			continue
		}
		q.clauses = append(q.clauses, name+" "+string(c.Op)+" "+list[0])
	}
}

func (q *query) text(order []string, offset int64) string {
	names := q.names()
	if len(names) == 0 {
		names = []string{"1"}
	}
	s := "SELECT " + strings.Join(names, ", ") + " FROM " + q.name
	if len(q.clauses) > 0 {
		s += " WHERE " + strings.Join(q.clauses, " AND ")
	}
	if len(order) > 0 {
		s += " ORDER BY " + strings.Join(order, ", ")
	}
	limit := q.limit
	if offset > 0 && limit < 0 {
		limit = 1<<62 - 1 // OFFSET needs it in some databases
	}
	if limit >= 0 {
		s += " LIMIT " + q.arg(limit)
	}
	if offset > 0 {
		s += " OFFSET " + q.arg(offset)
	}
	return s
}
