package binder

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// flatten takes what refers to left, the query around it, out of sub: the result has sub's columns
// first, then those that the conditions need. mark asks for conditions of which at most one row
// per combination of sub's columns holds. Where conditions cannot simply move out, the subquery is
// computed for each combination of the outer columns that it uses. So it is where a global
// aggregate says something about no rows at all; rows asks for its row in any case.
func flatten(
	left, sub logical.Rel, value, mark, rows bool,
) (logical.Rel, []expr.Expr, error) {
	flat, conds, err := decorrelate(sub, value)
	if err == nil && (!mark || !slices.ContainsFunc(conds, isLoose)) &&
		(!value || !emptySays(sub, rows)) {
		return flat, conds, nil
	}
	d, ok := domainOf(left, sub)
	if !ok {
		return flat, conds, err
	}
	in, failed := d.push(sub)
	if failed != nil {
		if err == nil {
			err = failed
		}
		return nil, nil, err
	}
	own := sub.Schema().Len()
	conds = nil
	for i, o := range d.outer {
		f := in.Schema().Fields[own+i]
		same, err := sameValue(expr.NewColumn(own+i, f.Name, f.Type), o)
		if err != nil {
			return nil, nil, err
		}
		conds = append(conds, same)
	}
	return in, conds, nil
}

// emptySays says whether a correlated global aggregate gives something else than NULLs for no rows,
// or must give its row.
func emptySays(r logical.Rel, says bool) bool {
	for {
		switch in := r.(type) {
		case *logical.Project:
			says = says || slices.ContainsFunc(in.Exprs, func(e expr.Expr) bool {
				return !isStrict(e)
			})
			r = in.Input
		case *logical.Filter:
			says, r = true, in.Input
		case *logical.Aggregate:
			says = says || slices.ContainsFunc(in.Aggs, isCount)
			return says && len(in.Keys) == 0 && isCorrelated(in)
		default:
			return false
		}
	}
}

// isStrict says whether an expression is certain to be NULL where a column in it is, and has one.
func isStrict(e expr.Expr) bool {
	strict := len(expr.Columns(e)) > 0
	expr.Walk(e, func(e expr.Expr) bool {
		switch e := e.(type) {
		case *expr.Column, *expr.Literal, *expr.Cast:
		case *expr.Call:
			switch e.Fn.Name {
			case "+", "-", "*", "/", "unary -":
			default:
				strict = false
			}
		default:
			strict = false
		}
		return strict
	})
	return strict
}

func isCount(c plan.AggCall) bool { return c.Name == "COUNT" && c.UDF == nil }

// isLoose says whether a condition may hold for several values of the subquery's columns.
func isLoose(e expr.Expr) bool {
	c, ok := e.(*expr.Call)
	if !ok || c.Fn.Name != "=" {
		return true
	}
	l, r := c.Args[0], c.Args[1]
	if _, ok := r.(*expr.Column); ok {
		l, r = r, l
	}
	_, ok = l.(*expr.Column)
	return !ok || len(expr.Columns(r)) > 0
}

func sameValue(l, r expr.Expr) (expr.Expr, error) {
	if l.Type().NotNull && r.Type().NotNull {
		return expr.NewCall("=", l, r)
	}
	return expr.NewCall("IS NOT DISTINCT FROM", l, r)
}

// domain is the combinations of the outer columns that a subquery uses.
type domain struct {
	rel   logical.Rel
	outer []*outerColumn
}

// domainOf is false when the subquery uses columns of queries further out, too.
func domainOf(left, sub logical.Rel) (*domain, bool) {
	d := &domain{}
	if !d.collect(sub) || len(d.outer) == 0 {
		return nil, false
	}
	p := emptyProjector(left)
	for _, o := range d.outer {
		p.exprs = append(p.exprs, expr.NewColumn(o.index, o.name, o.t))
		p.names = append(p.names, o.name)
	}
	d.rel = &logical.Distinct{Input: p.rel()}
	return d, true
}

func (d *domain) collect(r logical.Rel) bool {
	ok := true
	for _, e := range relExprs(r) {
		expr.Walk(e, func(e expr.Expr) bool {
			if o, is := e.(*outerColumn); is {
				ok = ok && o.level == 1
				if d.position(o) < 0 {
					d.outer = append(d.outer, o)
				}
			}
			return true
		})
	}
	for _, in := range r.Inputs() {
		ok = d.collect(in) && ok
	}
	return ok
}

func (d *domain) position(o *outerColumn) int {
	return slices.IndexFunc(d.outer, func(p *outerColumn) bool { return p.index == o.index })
}

// over replaces the outer columns by those of the domain, which begin at a column of the input.
func (d *domain) over(e expr.Expr, at int) expr.Expr {
	return rewrite(e, func(e expr.Expr) expr.Expr {
		if o, ok := e.(*outerColumn); ok {
			return expr.NewColumn(at+d.position(o), o.name, o.t)
		}
		return nil
	})
}

// push computes a relation for each row of the domain, whose columns follow the relation's own.
func (d *domain) push(r logical.Rel) (logical.Rel, error) {
	if !isCorrelated(r) {
		return d.cross(r), nil
	}
	switch r := r.(type) {
	case *logical.Values:
		return d.values(r), nil
	case *logical.Join:
		return d.join(r)
	case *logical.SetOp:
		out := *r
		out.Rels = make([]logical.Rel, len(r.Rels))
		for i, in := range r.Rels {
			var err error
			if out.Rels[i], err = d.push(in); err != nil {
				return nil, err
			}
		}
		out.Out = d.append(r.Out)
		return &out, nil
	}
	if len(r.Inputs()) != 1 {
		return nil, errMisplaced()
	}
	own := r.Inputs()[0].Schema().Len()
	in, err := d.push(r.Inputs()[0])
	if err != nil {
		return nil, err
	}
	switch r := r.(type) {
	case *logical.Filter:
		return &logical.Filter{Input: in, Condition: d.over(r.Condition, own)}, nil
	case *logical.Project:
		return d.project(r, in, own), nil
	case *logical.Aggregate:
		return d.aggregate(r, in, own)
	case *logical.Distinct:
		return &logical.Distinct{Input: in}, nil
	case *logical.Correlate:
		return d.correlate(r, in, own), nil
	case *logical.Sort:
		if r.Fetch < 0 && r.Offset == 0 {
			return in, nil
		}
		if r.Fetch < 0 {
			return nil, errMisplaced()
		}
		return &logical.Rank{Input: in, Function: "row_number", Partition: d.columns(own),
			Order: r.Keys, From: r.Offset + 1, To: r.Offset + r.Fetch, Out: in.Schema()}, nil
	}
	return nil, errMisplaced()
}

func errMisplaced() error {
	return errs.Userf("a subquery refers to the outer query in a place that is not supported").
		Fix("write it as a join")
}

func (d *domain) columns(at int) []int {
	out := make([]int, len(d.outer))
	for i := range out {
		out[i] = at + i
	}
	return out
}

func (d *domain) append(s *types.Schema) *types.Schema {
	return &types.Schema{Fields: slices.Concat(s.Fields, d.rel.Schema().Fields)}
}

// cross is the relation beside each row of the domain; one constant row needs no join.
func (d *domain) cross(r logical.Rel) logical.Rel {
	if v, ok := r.(*logical.Values); ok && len(v.Rows) == 1 {
		return d.values(v)
	}
	return &logical.Join{Kind: plan.InnerJoin, Left: r, Right: d.rel,
		Out: logical.JoinSchema(plan.InnerJoin, r.Schema(), d.rel.Schema())}
}

func (d *domain) values(r *logical.Values) logical.Rel {
	rels := make([]logical.Rel, len(r.Rows))
	for i, row := range r.Rows {
		p := emptyProjector(d.rel)
		for j, e := range row {
			p.exprs, p.names = append(p.exprs, d.over(e, 0)), append(p.names, r.Out.Fields[j].Name)
		}
		d.carry(p, 0)
		rels[i] = p.rel()
	}
	if len(rels) == 1 {
		return rels[0]
	}
	return &logical.SetOp{Kind: "UNION", All: true, Rels: rels, Out: d.append(r.Out)}
}

// carry adds the domain's columns, which begin at a column of the input.
func (d *domain) carry(p *projector, at int) {
	for i, f := range d.rel.Schema().Fields {
		p.exprs = append(p.exprs, expr.NewColumn(at+i, f.Name, f.Type))
		p.names = append(p.names, f.Name)
	}
}

func (d *domain) project(r *logical.Project, in logical.Rel, own int) logical.Rel {
	p := emptyProjector(in)
	for i, e := range r.Exprs {
		p.exprs, p.names = append(p.exprs, d.over(e, own)), append(p.names, r.Out.Fields[i].Name)
	}
	d.carry(p, own)
	return p.rel()
}

// aggregate groups by the domain, too. One without keys has a row for each row of the domain, as
// it has without input.
func (d *domain) aggregate(
	r *logical.Aggregate, in logical.Rel, own int,
) (logical.Rel, error) {
	if len(r.Sets) > 1 || r.Window != nil || r.TableAgg {
		return nil, errMisplaced()
	}
	a := *r
	a.Input, a.Keys = in, slices.Concat(r.Keys, d.columns(own))
	set := make([]int, len(a.Keys))
	for i := range set {
		set[i] = i
	}
	a.Sets = [][]int{set}
	a.Out = aggregateSchema(&a)
	keys, width := len(r.Keys), len(d.outer)
	p := emptyProjector(&a)
	for i := range keys + len(r.Aggs) {
		from := i
		if i >= keys {
			from += width
		}
		f := a.Out.Fields[from]
		p.exprs = append(p.exprs, expr.NewColumn(from, f.Name, f.Type))
		p.names = append(p.names, f.Name)
	}
	d.carry(p, keys)
	if keys > 0 {
		return p.rel(), nil
	}
	return d.padded(r, p.rel())
}

// padded adds the rows of a global aggregate over nothing.
func (d *domain) padded(r *logical.Aggregate, some logical.Rel) (logical.Rel, error) {
	width := len(d.outer)
	join := &logical.Join{Kind: plan.LeftJoin, Left: d.rel, Right: some,
		Out: logical.JoinSchema(plan.LeftJoin, d.rel.Schema(), some.Schema())}
	var same []expr.Expr
	for i, f := range d.rel.Schema().Fields {
		c, err := sameValue(expr.NewColumn(i, f.Name, f.Type),
			expr.NewColumn(width+len(r.Aggs)+i, f.Name, f.Type))
		if err != nil {
			return nil, err
		}
		same = append(same, c)
	}
	var err error
	if join.Condition, err = expr.NewAnd(same...); err != nil {
		return nil, err
	}
	p := emptyProjector(join)
	for i := range r.Aggs {
		f := join.Out.Fields[width+i]
		var e expr.Expr = expr.NewColumn(width+i, f.Name, f.Type)
		if isCount(r.Aggs[i]) {
			if e, err = expr.NewCoalesce(e, expr.BigInt(0)); err != nil {
				return nil, err
			}
		}
		p.exprs, p.names = append(p.exprs, e), append(p.names, f.Name)
	}
	d.carry(p, 0)
	return p.rel(), nil
}

// correlate moves the domain behind the columns of the function.
func (d *domain) correlate(r *logical.Correlate, in logical.Rel, own int) logical.Rel {
	c := *r
	c.Input, c.Args = in, make([]expr.Expr, len(r.Args))
	for i, e := range r.Args {
		c.Args[i] = d.over(e, own)
	}
	width := len(d.outer)
	if r.Condition != nil {
		to := make([]int, own+len(r.Columns))
		for i := range to {
			to[i] = i
			if i >= own {
				to[i] = i + width
			}
		}
		c.Condition = d.over(expr.Remap(r.Condition, to), own)
	}
	kind := plan.InnerJoin
	if r.Left {
		kind = plan.LeftJoin
	}
	c.Out = logical.JoinSchema(kind, in.Schema(), types.NewSchema(r.Columns...))
	p := emptyProjector(&c)
	for i := range own + len(r.Columns) {
		from := i
		if i >= own {
			from += width
		}
		f := c.Out.Fields[from]
		p.exprs, p.names = append(p.exprs, expr.NewColumn(from, f.Name, f.Type)), append(p.names, f.Name)
	}
	d.carry(p, own)
	return p.rel()
}

// join computes both sides for each row of the domain where both need it, or where the left one's
// rows come out without a match.
func (d *domain) join(r *logical.Join) (logical.Rel, error) {
	width, l0, r0 := len(d.outer), r.Left.Schema().Len(), r.Right.Schema().Len()
	inner := r.Kind == plan.InnerJoin
	j := *r
	var err error
	at := -1 // the domain's columns in the join
	to := make([]int, l0+r0)
	for i := range to {
		to[i] = i
	}
	if !inner || isCorrelated(r.Left) || !isCorrelated(r.Right) {
		if j.Left, err = d.push(r.Left); err != nil {
			return nil, err
		}
		at = l0
		for i := l0; i < len(to); i++ {
			to[i] += width
		}
	}
	both := at >= 0 && (isCorrelated(r.Right) || r.Kind == plan.RightJoin || r.Kind == plan.FullJoin)
	if at < 0 || both {
		if j.Right, err = d.push(r.Right); err != nil {
			return nil, err
		}
	}
	if r.Kind == plan.RightJoin || r.Kind == plan.FullJoin {
		return nil, errMisplaced()
	}
	if at < 0 {
		at = l0 + r0
	}
	var conds []expr.Expr
	if r.Condition != nil {
		conds = append(conds, d.over(expr.Remap(r.Condition, to), at))
	}
	if both {
		for i, f := range d.rel.Schema().Fields {
			c, err := sameValue(expr.NewColumn(at+i, f.Name, f.Type),
				expr.NewColumn(l0+width+r0+i, f.Name, f.Type))
			if err != nil {
				return nil, err
			}
			conds = append(conds, c)
		}
	}
	j.Condition = nil
	if len(conds) > 0 {
		if j.Condition, err = expr.NewAnd(conds...); err != nil {
			return nil, err
		}
	}
	j.Out = logical.JoinSchema(r.Kind, j.Left.Schema(), j.Right.Schema())
	p := emptyProjector(&j)
	for i := range r.Out.Fields {
		f := j.Out.Fields[to[i]]
		p.exprs, p.names = append(p.exprs, expr.NewColumn(to[i], f.Name, f.Type)), append(p.names, f.Name)
	}
	d.carry(p, at)
	return p.rel(), nil
}
