package binder

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
)

// Insert binds INSERT INTO.
func (b *Binder) Insert(src string, s *ast.Insert) (*logical.Sink, error) {
	bd := &binding{Binder: b, src: src}
	table, _, err := b.Catalog.Lookup(s.Table.Strings())
	if err == nil && table == nil {
		err = errs.Userf("'%s' is a view: it cannot be written", strings.Join(s.Table.Strings(), "."))
	}
	if err != nil {
		return nil, bd.at(s.Table, err)
	}
	rel, err := bd.query(s.Query, nil)
	if err != nil {
		return nil, err
	}
	t := Target{Table: table, Overwrite: s.Overwrite, Partition: map[string]string{}}
	for _, h := range bd.hints(s.Hints) {
		if h.Name == "OPTIONS" {
			t.Options = h.Options
		}
	}
	for _, c := range s.Columns {
		if err := sinkColumn(&t, c.Last().Name); err != nil {
			return nil, bd.at(c, err)
		}
	}
	if rel, err = bd.staticPartition(s, rel, &t); err != nil {
		return nil, err
	}
	sink, err := b.Sink(rel, t)
	if err != nil {
		return nil, bd.at(s, err)
	}
	sink.OnConflict = s.OnConflict != ""
	return sink, nil
}

// sinkColumn appends a column that INSERT names.
func sinkColumn(t *Target, name string) error {
	cols := persisted(t.Table)
	if !slices.ContainsFunc(cols, func(c catalog.Column) bool { return c.Name == name }) {
		return errs.Userf("table %s has no column '%s' that can be written",
			t.Table.Path.Dotted(), name).Fix("%s", errs.DidYouMean(name, columnNames(cols)))
	}
	if slices.Contains(t.Columns, name) {
		return errs.Userf("column '%s' is named twice", name)
	}
	t.Columns = append(t.Columns, name)
	return nil
}

// staticPartition appends the constants of PARTITION (k = v) to the query's columns.
func (b *binding) staticPartition(
	s *ast.Insert, rel logical.Rel, t *Target,
) (logical.Rel, error) {
	p := newProjector(rel)
	x := &exprs{binding: b, scope: &scope{}, clause: "PARTITION"}
	var static []string
	for _, item := range s.Partition {
		if item.Value == nil {
			continue
		}
		e, err := x.bind(item.Value)
		if err != nil {
			return nil, err
		}
		name := item.Column.Name
		if !slices.Contains(t.Table.PartitionKeys, name) {
			return nil, b.errorf(item, "'%s' is not a partition column of %s", name,
				t.Table.Path.Dotted())
		}
		i := t.Table.Column(name)
		p.exprs = append(p.exprs, expr.Coerce(e, t.Table.Columns[i].Type))
		p.names = append(p.names, name)
		t.Partition[name] = ""
		static = append(static, name)
	}
	if len(static) == 0 {
		return rel, nil
	}
	if len(t.Columns) == 0 {
		for _, c := range persisted(t.Table) {
			if !slices.Contains(static, c.Name) {
				t.Columns = append(t.Columns, c.Name)
			}
		}
	}
	t.Columns = append(t.Columns, static...)
	return p.rel(), nil
}

// Target is where a query's rows go.
type Target struct {
	Table     *catalog.Table
	Options   map[string]string
	Columns   []string // in the query's order; nil: all that can be written
	Partition map[string]string
	Overwrite bool
}

// persisted are the columns that a sink writes: physical and non-virtual metadata ones.
func persisted(t *catalog.Table) []catalog.Column {
	var out []catalog.Column
	for _, c := range t.Columns {
		if c.Kind == catalog.Physical || c.Kind == catalog.Metadata && !c.Virtual {
			out = append(out, c)
		}
	}
	return out
}

// Sink puts the rows of rel into the order and types of the target's columns; columns that are not
// named become NULL.
func (b *Binder) Sink(rel logical.Rel, t Target) (*logical.Sink, error) {
	cols := persisted(t.Table)
	in := rel.Schema()
	names := t.Columns
	if names == nil {
		for _, c := range cols {
			names = append(names, c.Name)
		}
	}
	if len(names) != in.Len() {
		return nil, mismatch(t.Table, in, cols,
			"different number of columns: the query has "+itoa(in.Len())+", the sink "+
				itoa(len(names)))
	}
	out := &types.Schema{}
	list := make([]expr.Expr, len(cols))
	for i, c := range cols {
		out.Fields = append(out.Fields, types.F(c.Name, c.Type))
		at := slices.Index(names, c.Name)
		if at < 0 {
			if c.Type.NotNull {
				return nil, mismatch(t.Table, in, cols, "column '"+c.Name+"' is NOT NULL but not given")
			}
			list[i] = expr.Null(c.Type)
			continue
		}
		f := in.Fields[at]
		if !types.CanCoerce(f.Type, c.Type) {
			return nil, mismatch(t.Table, in, cols, "incompatible types for sink column '"+c.Name+
				"' at position "+itoa(at)+": "+f.Type.String()+" cannot become "+c.Type.String())
		}
		list[i] = withNames(expr.Coerce(expr.NewColumn(at, f.Name, f.Type), c.Type), c.Type)
	}
	for _, n := range names {
		if !slices.ContainsFunc(cols, func(c catalog.Column) bool { return c.Name == n }) {
			return nil, errs.Userf("table %s has no column '%s' that can be written",
				t.Table.Path.Dotted(), n).Fix("%s", errs.DidYouMean(n, columnNames(cols)))
		}
	}
	s := &logical.Sink{Input: project(rel, list, out.Names()), Table: t.Table,
		Options: t.Table.Options, Partition: t.Partition, Overwrite: t.Overwrite}
	if len(t.Options) > 0 {
		s.Options = map[string]string{}
		for k, v := range t.Table.Options {
			s.Options[k] = v
		}
		for k, v := range t.Options {
			s.Options[k] = v
		}
	}
	for i, c := range t.Table.Columns {
		if slices.ContainsFunc(cols, func(p catalog.Column) bool { return p.Name == c.Name }) {
			s.Columns = append(s.Columns, i)
		}
	}
	return s, nil
}

// withNames gives the fields of ROWs in e the names that the sink's column has for them.
func withNames(e expr.Expr, to types.Type) expr.Expr {
	if t := named(e.Type(), to); !t.Equal(e.Type()) {
		return &expr.Cast{Arg: e, To: t, Implicit: true}
	}
	return e
}

// named is t with the field names of a type of the same structure.
func named(t, names types.Type) types.Type {
	if t.Kind != names.Kind || len(t.Fields) != len(names.Fields) {
		return t
	}
	part := func(p, names *types.Type) *types.Type {
		if p == nil || names == nil {
			return p
		}
		n := named(*p, *names)
		return &n
	}
	t.Key, t.Elem = part(t.Key, names.Key), part(t.Elem, names.Elem)
	t.Fields = slices.Clone(t.Fields)
	for i, f := range names.Fields {
		t.Fields[i].Name, t.Fields[i].Type = f.Name, named(t.Fields[i].Type, f.Type)
	}
	return t
}

func columnNames(cols []catalog.Column) []string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.Name
	}
	return out
}

func mismatch(t *catalog.Table, in *types.Schema, cols []catalog.Column, why string) error {
	describe := func(fields []types.Field) string {
		parts := make([]string, len(fields))
		for i, f := range fields {
			parts[i] = f.Name + ": " + f.Type.Summary()
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	sink := make([]types.Field, len(cols))
	for i, c := range cols {
		sink[i] = types.F(c.Name, c.Type)
	}
	return errs.Userf("schema mismatch: column types of query result and sink for %s do not match: "+
		"%s\n"+
		"  query schema: %s\n  sink schema:  %s", t.Path.Dotted(), why, describe(in.Fields),
		describe(sink))
}
