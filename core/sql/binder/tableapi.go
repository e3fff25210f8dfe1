package binder

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
	"github.com/headrace/headrace/core/sql/parser"
)

// Rel binds a relation of the Table API.
func (b *Binder) Rel(r *planpb.Rel) (logical.Rel, error) { return (&binding{Binder: b}).Rel(r) }

// Rel binds a relation of the Table API. Its expressions are turned into syntax and bound as SQL's.
func (b *binding) Rel(r *planpb.Rel) (logical.Rel, error) {
	switch n := r.GetNode().(type) {
	case *planpb.Rel_Scan_:
		return b.pbScan(n.Scan)
	case *planpb.Rel_Sql_:
		q, err := parser.ParseQuery(n.Sql.GetText())
		if err != nil {
			return nil, err
		}
		return b.Query(n.Sql.GetText(), q)
	case *planpb.Rel_Inline_:
		return b.pbInline(n.Inline)
	case *planpb.Rel_Values_:
		return b.pbValues(n.Values)
	case *planpb.Rel_View_:
		return b.Rel(n.View.GetInput())
	case *planpb.Rel_StreamScan_:
		return b.pbStream(n.StreamScan)
	case *planpb.Rel_Join_:
		return b.pbJoin(n.Join)
	case *planpb.Rel_SetOp_:
		return b.pbSetOp(n.SetOp)
	}
	return b.pbUnary(r)
}

func (b *binding) pbUnary(r *planpb.Rel) (logical.Rel, error) {
	switch n := r.GetNode().(type) {
	case *planpb.Rel_Project_:
		return b.pbSelect(n.Project)
	case *planpb.Rel_Filter_:
		return b.pbFilter(n.Filter)
	case *planpb.Rel_Aggregate_:
		return b.pbAggregate(n.Aggregate)
	case *planpb.Rel_Sort_:
		return b.pbSort(n.Sort)
	case *planpb.Rel_Limit_:
		rel, err := b.Rel(n.Limit.GetInput())
		if err != nil {
			return nil, err
		}
		return limit(rel, n.Limit), nil
	case *planpb.Rel_Distinct_:
		rel, err := b.Rel(n.Distinct.GetInput())
		return &logical.Distinct{Input: rel}, err
	case *planpb.Rel_Alias_:
		rel, err := b.Rel(n.Alias.GetInput())
		if err != nil {
			return nil, err
		}
		return rename(rel, n.Alias.GetNames())
	case *planpb.Rel_Columns_:
		return b.pbColumns(n.Columns)
	case *planpb.Rel_Lateral_:
		return b.pbLateral(n.Lateral)
	case *planpb.Rel_RowFunction_:
		return b.pbRowFunction(n.RowFunction)
	}
	return nil, errs.Internalf("no relation %T", r.GetNode())
}

// limit merges into a Sort below: order_by(…).offset(o).fetch(n) is one node.
func limit(rel logical.Rel, l *planpb.Rel_Limit) logical.Rel {
	fetch := int64(-1)
	if l.Fetch != nil {
		fetch = l.GetFetch()
	}
	if s, ok := rel.(*logical.Sort); ok && s.Fetch < 0 && (s.Offset == 0 || l.GetOffset() == 0) {
		c := *s
		c.Offset, c.Fetch = s.Offset+l.GetOffset(), fetch
		return &c
	}
	return &logical.Sort{Input: rel, Offset: l.GetOffset(), Fetch: fetch}
}

func rename(rel logical.Rel, names []string) (logical.Rel, error) {
	schema := rel.Schema()
	if len(names) > schema.Len() {
		return nil, errs.Userf("%d names for %d columns", len(names), schema.Len())
	}
	list := make([]expr.Expr, schema.Len())
	as := schema.Names()
	for i, f := range schema.Fields {
		list[i] = expr.NewColumn(i, f.Name, f.Type)
		if i < len(names) {
			as[i] = names[i]
		}
	}
	return project(rel, list, as), nil
}

func (b *binding) pbScan(s *planpb.Rel_Scan) (logical.Rel, error) {
	if d := s.GetDescriptor_(); d != nil {
		t, err := TableOf(catalog.Path{Name: "*anonymous*"}, d)
		if err != nil {
			return nil, err
		}
		return b.Table(t, nil)
	}
	table, view, err := b.Catalog.Lookup(s.GetPath())
	if err != nil {
		return nil, err
	}
	if view != nil {
		return b.view(&ast.Name{}, view)
	}
	return b.Table(table, nil)
}

func (b *binding) pbInline(n *planpb.Rel_Inline) (logical.Rel, error) {
	if b.Inline == nil {
		return nil, errs.Internalf("no rows under handle %s", n.GetHandle())
	}
	src, err := b.Inline(n.GetHandle())
	if err != nil {
		return nil, err
	}
	t := &catalog.Table{Path: catalog.Path{Catalog: "default_catalog",
		Database: "default_database", Name: "Unregistered_Collection_Source"}, Source: src,
		Options: map[string]string{"connector": "collection"}}
	declared := types.Type{}
	if n.GetSchema() != "" {
		if declared, err = types.Parse(n.GetSchema()); err != nil {
			return nil, err
		}
	}
	for i, f := range src.Schema().Fields {
		if i < len(declared.Fields) && declared.Fields[i].Type.NotNull {
			f.Type = f.Type.Nullable(false)
		}
		t.Columns = append(t.Columns, catalog.Column{Name: f.Name, Type: f.Type})
	}
	return b.Table(t, nil)
}

func (b *binding) pbValues(v *planpb.Rel_Values) (logical.Rel, error) {
	var names []string
	var row types.Type
	if v.GetRowType() != "" {
		var err error
		if row, err = types.Parse(v.GetRowType()); err != nil {
			return nil, err
		}
		for _, f := range row.Fields {
			names = append(names, f.Name)
		}
	}
	x := &exprs{binding: b, scope: &scope{}, clause: "from_elements"}
	rows := make([][]expr.Expr, len(v.GetRows()))
	for i, r := range v.GetRows() {
		items := []*planpb.Expr{r}
		if c := r.GetCall(); c != nil && c.GetName() == "row" {
			items = c.GetArgs()
		}
		for k, it := range items {
			e, err := x.pb(it)
			if err != nil {
				return nil, err
			}
			if row.Fields != nil && k < len(row.Fields) {
				if e, err = expr.NewCast(e, row.Fields[k].Type, false); err != nil {
					return nil, err
				}
			}
			rows[i] = append(rows[i], e)
		}
	}
	if len(rows) == 0 {
		return &logical.Values{Out: &types.Schema{Fields: row.Fields}}, nil
	}
	if names == nil {
		for i := range rows[0] {
			names = append(names, "f"+itoa(i))
		}
	}
	return b.valuesOf(&ast.Name{}, rows, names)
}

var pbJoinKinds = map[string]plan.JoinKind{
	"": plan.InnerJoin, "inner": plan.InnerJoin, "left": plan.LeftJoin, "right": plan.RightJoin,
	"full": plan.FullJoin, "cross": plan.InnerJoin,
}

func (b *binding) pbJoin(j *planpb.Rel_Join) (logical.Rel, error) {
	left, err := b.Rel(j.GetLeft())
	if err != nil {
		return nil, err
	}
	right, err := b.Rel(j.GetRight())
	if err != nil {
		return nil, err
	}
	for _, f := range left.Schema().Fields {
		if right.Schema().Index(f.Name) >= 0 {
			return nil, errs.Userf("join needs different column names: both sides have '%s'", f.Name).
				Fix("rename one with .alias(…) or .rename_columns(…)")
		}
	}
	kind := pbJoinKinds[j.GetKind()]
	rel := &logical.Join{Kind: kind, Left: left, Right: right,
		Out: logical.JoinSchema(kind, left.Schema(), right.Schema())}
	if c := j.GetCondition(); c != nil {
		both := scopeOf(left.Schema(), "").add(scopeOf(right.Schema(), ""))
		x := &exprs{binding: b, scope: both, clause: "join condition"}
		if rel.Condition, err = x.pb(c); err != nil {
			return nil, err
		}
	}
	return rel, nil
}

func (b *binding) pbSetOp(s *planpb.Rel_SetOp) (logical.Rel, error) {
	left, err := b.Rel(s.GetLeft())
	if err != nil {
		return nil, err
	}
	right, err := b.Rel(s.GetRight())
	if err != nil {
		return nil, err
	}
	kind := map[string]string{"union": "UNION", "intersect": "INTERSECT",
		"minus": "EXCEPT", "except": "EXCEPT"}[s.GetKind()]
	return b.combine(&ast.Name{}, kind, s.GetAll(), left, right)
}

func (b *binding) pbStream(s *planpb.Rel_StreamScan) (logical.Rel, error) {
	n, err := b.Stream(s.GetNode())
	if err != nil {
		return nil, err
	}
	if n == nil {
		return nil, errs.Internalf("no stream %d", s.GetNode())
	}
	return b.streamScan(n, s)
}
