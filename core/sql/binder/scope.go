package binder

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
)

func itoa(n int) string { return strconv.Itoa(n) }

// column is a column as names see it.
type column struct {
	table  string // alias or last part of the table's name, "" none
	name   string
	typ    types.Type
	hidden bool // not found by name and not part of *: the right one of USING, helpers
	twice  bool // written under a name that its select list has twice
}

// scope is the columns of a relation, by position. outer is the scope around a subquery.
type scope struct {
	cols  []column
	outer *scope
}

func scopeOf(schema *types.Schema, table string) *scope {
	s := &scope{}
	for _, f := range schema.Fields {
		s.cols = append(s.cols, column{table: table, name: f.Name, typ: f.Type})
	}
	return s
}

// add appends the columns of o, right to those of s.
func (s *scope) add(o *scope) *scope {
	return &scope{cols: append(s.cols[:len(s.cols):len(s.cols)], o.cols...), outer: s.outer}
}

// padded returns s with nullable columns: the side that an outer join may pad.
func (s *scope) padded() *scope {
	out := &scope{outer: s.outer}
	for _, c := range s.cols {
		c.typ = c.typ.Nullable(true)
		out.cols = append(out.cols, c)
	}
	return out
}

func (s *scope) column(i int) *expr.Column {
	return expr.NewColumn(i, s.cols[i].name, s.cols[i].typ)
}

// outerColumn stands for a column of the query around a subquery until the subquery is joined to
// it; level 1 is the next one out.
type outerColumn struct {
	level int
	index int
	name  string
	t     types.Type
}

// Type implements expr.Expr.
func (e *outerColumn) Type() types.Type { return e.t }

func (e *outerColumn) String() string { return "$cor" + itoa(e.level) + "." + e.name }

// resolve finds a name of one or more parts: column, table.column, and the way into nested rows
// behind either. Outer scopes are searched when the inner one has nothing.
func (s *scope) resolve(parts []string) (expr.Expr, error) {
	level := 0
	for at := s; at != nil; at = at.outer {
		i, used, err := at.find(parts)
		if err != nil {
			return nil, err
		}
		if i >= 0 {
			var e expr.Expr = at.column(i)
			if level > 0 {
				c := at.cols[i]
				e = &outerColumn{level: level, index: i, name: c.name, t: c.typ}
			}
			return fields(e, parts[used:])
		}
		level++
	}
	return nil, s.unknown(parts)
}

func fields(e expr.Expr, names []string) (expr.Expr, error) {
	for _, n := range names {
		f, err := expr.NewFieldNamed(e, n)
		if err != nil {
			return nil, err
		}
		e = f
	}
	return e, nil
}

// find returns the position of the column that a prefix of parts names and the prefix's length;
// -1 when there is none. Exact case wins over ignored case, as Flink is case-sensitive only the
// exact one counts.
func (s *scope) find(parts []string) (index, used int, err error) {
	index = -1
	if len(parts) > 1 {
		for i, c := range s.cols {
			if c.table != "" && c.table == parts[0] && c.name == parts[1] && !c.hidden {
				if index >= 0 {
					return -1, 0, ambiguous(parts[:2])
				}
				index, used = i, 2
			}
		}
		if index >= 0 {
			return index, used, nil
		}
	}
	for i, c := range s.cols {
		if c.name == parts[0] && !c.hidden {
			if index >= 0 {
				return -1, 0, ambiguous(parts[:1])
			}
			index, used = i, 1
		}
	}
	return index, used, nil
}

func ambiguous(parts []string) error {
	return errs.Userf("column '%s' is ambiguous", strings.Join(parts, ".")).
		Fix("write the table's name or alias in front of it")
}

func (s *scope) unknown(parts []string) error {
	name := strings.Join(parts, ".")
	tables := map[string]bool{}
	var names []string
	for at := s; at != nil; at = at.outer {
		for _, c := range at.cols {
			if c.hidden {
				continue
			}
			tables[c.table] = true
			if len(parts) == 1 || c.table == parts[0] {
				names = append(names, c.name)
			}
		}
	}
	if len(parts) > 1 && !tables[parts[0]] {
		return s.noTable(parts[0])
	}
	e := errs.Userf("column '%s' not found in any table", name)
	if hint := errs.DidYouMean(parts[len(parts)-1], names); hint != "" {
		return e.Fix("%s", hint)
	}
	if len(names) > 0 && len(names) <= 20 {
		return e.Fix("there are %s", strings.Join(names, ", "))
	}
	return e
}

// noTable is the error of a name that no table of FROM has.
func (s *scope) noTable(name string) error {
	tables := map[string]bool{}
	for at := s; at != nil; at = at.outer {
		for _, c := range at.cols {
			if c.table != "" && !c.hidden {
				tables[c.table] = true
			}
		}
	}
	known := slices.Sorted(maps.Keys(tables))
	e := errs.Userf("table '%s' not found", name)
	if hint := errs.DidYouMean(name, known); hint != "" {
		return e.Fix("%s", hint)
	}
	if len(known) > 0 && len(known) <= 20 {
		return e.Fix("there are %s", strings.Join(known, ", "))
	}
	return e
}
