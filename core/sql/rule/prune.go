package rule

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/logical"
)

// PruneColumns drops columns that nobody reads, down into the sources, and with them the
// projections and aggregates that only they needed. Kept although nobody reads them: the keys of a
// source of changes, row times under a watermark, grouping keys. Scans of one table that could be
// one read the columns of all of them.
var PruneColumns = Rule{Name: "prune-columns", Forest: pruneColumns}

func pruneColumns(roots []logical.Rel, o Options) []logical.Rel {
	p := &pruner{o: o}
	if !o.Apart {
		p.together = map[string]columnSet{}
		for _, r := range roots { // to learn what the scans of one table want together
			p.narrow(r, allColumns(r.Schema().Len()))
		}
		p.learnt = true
	}
	out := make([]logical.Rel, len(roots))
	for i, r := range roots {
		out[i], _ = p.narrow(r, allColumns(r.Schema().Len()))
	}
	return out
}

// columnSet says of each column whether it is wanted.
type columnSet []bool

func allColumns(n int) columnSet {
	s := make(columnSet, n)
	for i := range s {
		s[i] = true
	}
	return s
}

// list is the wanted columns; at least one, a cheap one of the schema when none is wanted.
func (s columnSet) list(schema *types.Schema) []int {
	var out []int
	for i, wanted := range s {
		if wanted {
			out = append(out, i)
		}
	}
	if len(out) == 0 && len(s) > 0 {
		out = append(out, max(0, slices.IndexFunc(schema.Fields, func(f types.Field) bool {
			return f.Type.IsInteger() || f.Type.Kind == types.Boolean
		})))
	}
	return out
}

// with are the wanted columns of the first n and those that expressions read.
func (s columnSet) with(n int, list ...expr.Expr) columnSet {
	out := make(columnSet, n)
	copy(out, s)
	for _, e := range list {
		if e != nil {
			out.add(expr.Columns(e))
		}
	}
	return out
}

func (s columnSet) add(columns []int) {
	for _, c := range columns {
		if c >= 0 {
			s[c] = true
		}
	}
}

type pruner struct {
	o Options
	// together are the columns wanted of scans that could be one, by key; nil: none could.
	together map[string]columnSet
	learnt   bool
}

// narrow returns r with the wanted columns and maybe some more, in their order, and says where
// each old column is now; -1: it is gone.
func (p *pruner) narrow(r logical.Rel, need columnSet) (logical.Rel, []int) {
	switch r := r.(type) {
	case *logical.Scan:
		return p.scan(r, need)
	case *logical.StreamScan:
		return p.streamScan(r, need)
	case *logical.Values:
		return p.values(r, need)
	case *logical.Project:
		return p.project(r, need)
	case *logical.Filter:
		in, to := p.narrow(r.Input, need.with(len(need), r.Condition))
		return &logical.Filter{Input: in, Condition: expr.Remap(r.Condition, to)}, to
	case *logical.Watermark:
		return p.watermark(r, need)
	case *logical.Join:
		return p.join(r, need)
	case *logical.Correlate:
		return p.correlate(r, need)
	case *logical.Aggregate:
		return p.aggregate(r, need)
	case *logical.WindowTable:
		return p.windowTable(r, need)
	case *logical.Over:
		return p.over(r, need)
	case *logical.Rank:
		return p.rank(r, need)
	case *logical.Sort:
		return p.sort(r, need)
	case *logical.SingleRow:
		if len(r.Keys) > 0 {
			return p.whole(r)
		}
		in, to := p.narrow(r.Input, need)
		return r.WithInputs([]logical.Rel{in}), to
	case *logical.SetOp:
		if r.Kind == "UNION" && r.All {
			return p.unionAll(r, need)
		}
	}
	return p.whole(r)
}

// whole keeps all columns of a node and of its inputs.
func (p *pruner) whole(r logical.Rel) (logical.Rel, []int) {
	inputs := r.Inputs()
	in := make([]logical.Rel, len(inputs))
	for i, c := range inputs {
		in[i], _ = p.narrow(c, allColumns(c.Schema().Len()))
	}
	if len(in) > 0 {
		r = r.WithInputs(in)
	}
	return r, identity(r.Schema().Len())
}

// exactly narrows to the wanted columns and no more, for an operator that keeps or ships rows.
func (p *pruner) exactly(r logical.Rel, need columnSet) (logical.Rel, []int) {
	keep := need.list(r.Schema()) // where nothing is wanted: one column all the same
	need = need.with(len(need))
	need.add(keep)
	in, to := p.narrow(r, need)
	if len(keep) == in.Schema().Len() {
		return in, to
	}
	list := make([]expr.Expr, len(keep))
	out := &types.Schema{}
	at := gone(len(need))
	for i, c := range keep {
		f := in.Schema().Fields[to[c]]
		list[i] = expr.NewColumn(to[c], f.Name, f.Type)
		out.Fields = append(out.Fields, f)
		at[c] = i
	}
	return &logical.Project{Input: in, Exprs: list, Out: out}, at
}

func identity(n int) []int {
	to := make([]int, n)
	for i := range to {
		to[i] = i
	}
	return to
}

func gone(n int) []int {
	to := make([]int, n)
	for i := range to {
		to[i] = -1
	}
	return to
}

// positions says where the columns of keep, of n, are when only they stay.
func positions(n int, keep []int) []int {
	to := gone(n)
	for i, c := range keep {
		to[c] = i
	}
	return to
}

// keptFields are the fields that stay.
func keptFields(s *types.Schema, to []int) *types.Schema {
	out := &types.Schema{}
	for i, f := range s.Fields {
		if to[i] >= 0 {
			out.Fields = append(out.Fields, f)
		}
	}
	return out
}

func remapped(columns, to []int) []int {
	if columns == nil {
		return nil
	}
	out := make([]int, len(columns))
	for i, c := range columns {
		out[i] = to[c]
	}
	return out
}

func (p *pruner) scan(r *logical.Scan, need columnSet) (logical.Rel, []int) {
	src := sourceOf(r, p.o)
	able, ok := src.(connector.ProjectionPushDown)
	if !ok {
		return r, identity(len(need))
	}
	need = need.with(len(need))
	if !insertOnly(src) {
		for _, k := range r.Table.PrimaryKey {
			if i := r.Out.Index(k); i >= 0 {
				need[i] = true
			}
		}
	}
	if p.together != nil {
		key := scanKey(r)
		if p.together[key] == nil {
			p.together[key] = make(columnSet, len(need))
		}
		p.together[key].add(need.list(r.Out))
		if !p.learnt {
			return r, identity(len(need))
		}
		need = p.together[key]
	}
	keep := need.list(r.Out)
	if len(keep) == len(need) {
		return r, identity(len(need))
	}
	narrow, err := able.Project(keep)
	if err != nil {
		return r, identity(len(need))
	}
	out := connector.ProjectSchema(r.Out, keep)
	c := pushed(r, narrow, "project=["+strings.Join(out.Names(), ", ")+"]")
	c.Columns, c.Out = pick(r.Columns, keep), out
	to := positions(len(need), keep)
	c.UpsertKey = remapped(r.UpsertKey, to)
	return c, to
}

func pick[T any](list []T, at []int) []T {
	out := make([]T, len(at))
	for i, k := range at {
		out[i] = list[k]
	}
	return out
}

func (p *pruner) streamScan(r *logical.StreamScan, need columnSet) (logical.Rel, []int) {
	need = need.with(len(need))
	need.add(r.UpsertKey)
	need.add([]int{r.RowTime})
	for i, c := range r.Columns {
		need[i] = need[i] || c < 0
	}
	keep := need.list(r.Out)
	if len(keep) == len(need) || len(r.Columns) != len(need) {
		return r, identity(len(need))
	}
	to := positions(len(need), keep)
	c := *r
	c.Columns, c.Out = pick(r.Columns, keep), connector.ProjectSchema(r.Out, keep)
	c.UpsertKey = remapped(r.UpsertKey, to)
	if r.RowTime >= 0 {
		c.RowTime = to[r.RowTime]
	}
	return &c, to
}

func (p *pruner) values(r *logical.Values, need columnSet) (logical.Rel, []int) {
	keep := need.list(r.Out)
	if len(keep) == len(need) {
		return r, identity(len(need))
	}
	c := &logical.Values{Out: connector.ProjectSchema(r.Out, keep)}
	for _, row := range r.Rows {
		c.Rows = append(c.Rows, pick(row, keep))
	}
	return c, positions(len(need), keep)
}

func (p *pruner) project(r *logical.Project, need columnSet) (logical.Rel, []int) {
	keep := need.list(r.Out)
	if !slices.Contains(need, true) { // none is wanted: the cheapest one stays
		if i := slices.IndexFunc(r.Exprs, passes); i >= 0 {
			keep = []int{i}
		}
	}
	list := pick(r.Exprs, keep)
	in, to := p.narrow(r.Input, columnSet(nil).with(r.Input.Schema().Len(), list...))
	for i, e := range list {
		list[i] = expr.Remap(e, to)
	}
	return &logical.Project{Input: in, Exprs: list, Out: connector.ProjectSchema(r.Out, keep)},
		positions(len(need), keep)
}

func (p *pruner) watermark(r *logical.Watermark, need columnSet) (logical.Rel, []int) {
	need = need.with(len(need), r.Expr)
	need.add([]int{r.Column})
	in, to := p.narrow(r.Input, need)
	c := *r
	c.Input, c.Column, c.Expr = in, to[r.Column], expr.Remap(r.Expr, to)
	c.Out = keptFields(r.Out, to)
	return &c, to
}

// picked is a projection to columns of r.
func picked(r logical.Rel, columns []int, out *types.Schema) logical.Rel {
	list := make([]expr.Expr, len(columns))
	for i, c := range columns {
		f := r.Schema().Fields[c]
		list[i] = expr.NewColumn(c, f.Name, f.Type)
	}
	return &logical.Project{Input: r, Exprs: list, Out: out}
}
