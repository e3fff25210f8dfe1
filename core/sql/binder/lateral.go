package binder

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/logical"
)

// correlate joins left with the rows of a table function whose arguments are over left.
func (b *binding) correlate(
	left logical.Rel, ls *scope, t *ast.TableFunction, outerJoin bool, on ast.Expr,
) (logical.Rel, *scope, error) {
	f, err := b.tableFunction(t.Call)
	if err != nil {
		return nil, nil, b.at(t.Call, err)
	}
	x := &exprs{binding: b, scope: ls, clause: "LATERAL TABLE"}
	args, err := x.bindAll(t.Call.Args)
	if err != nil {
		return nil, nil, err
	}
	if args, err = udfArgs(f, args); err != nil {
		return nil, nil, b.at(t.Call, err)
	}
	fields, err := functionColumns(f)
	if err != nil {
		return nil, nil, b.at(t.Call, err)
	}
	c := &logical.Correlate{Input: left, Left: outerJoin, Function: f, Args: args}
	return b.correlated(c, ls, t.Alias, fields, f.GetName(), on)
}

func (b *binding) tableFunction(call *ast.Call) (*planpb.Function, error) {
	f, ok := b.Catalog.Function(call.Name.Strings(), false)
	if !ok {
		f, ok = b.Catalog.Function(call.Name.Strings(), true)
	}
	if !ok {
		name := call.Name.Last().Name
		if _, builtin := function.Lookup(name); builtin {
			return nil, errs.Userf("'%s' is no table function", name)
		}
		return nil, function.Unknown(name, b.Catalog.UserFunctions())
	}
	spec, err := b.described(f)
	if err != nil {
		return nil, err
	}
	if spec.GetKind() != "table" {
		return nil, errs.Userf("'%s' is no table function", spec.GetName()).
			Fix("declare it with @udtf")
	}
	return spec, nil
}

// functionColumns are the columns of a table function's rows.
func functionColumns(f *planpb.Function) ([]types.Field, error) {
	t, err := udfResult(f)
	if err != nil {
		return nil, err
	}
	if t.Kind == types.Row {
		return t.Fields, nil
	}
	return []types.Field{types.F("f0", t)}, nil
}

// correlated completes a Correlate: column names from the alias, the condition, the scopes.
func (b *binding) correlated(
	c *logical.Correlate, ls *scope, a *ast.Alias, fields []types.Field, name string, on ast.Expr,
) (logical.Rel, *scope, error) {
	fields = append([]types.Field{}, fields...)
	if a != nil {
		name = a.Name.Name
		if len(a.Columns) > 0 && len(a.Columns) != len(fields) {
			return nil, nil, b.errorf(a, "%d column names for %d columns", len(a.Columns),
				len(fields))
		}
		for i := range a.Columns {
			fields[i].Name = a.Columns[i].Name
		}
	}
	c.Columns = fields
	right := types.NewSchema(fields...)
	kind := plan.InnerJoin
	if c.Left {
		kind = plan.LeftJoin
	}
	c.Out = logical.JoinSchema(kind, c.Input.Schema(), right)
	rs := scopeOf(right, name)
	if on != nil {
		both := ls.add(rs)
		x := &exprs{binding: b, scope: both, clause: "ON"}
		cond, err := x.condition(on)
		if err != nil {
			return nil, nil, err
		}
		if !expr.IsTrue(cond) {
			c.Condition = cond
		}
	}
	return c, padScope(kind, ls, rs, ls), nil
}

// unnest joins left with the elements of an array, map or multiset.
func (b *binding) unnest(
	left logical.Rel, ls *scope, u *ast.Unnest, outerJoin bool, on ast.Expr,
) (logical.Rel, *scope, error) {
	if len(u.Exprs) != 1 {
		return nil, nil, b.unsupported(u, "UNNEST of several collections")
	}
	x := &exprs{binding: b, scope: ls, clause: "UNNEST"}
	arg, err := x.bind(u.Exprs[0])
	if err != nil {
		return nil, nil, err
	}
	t := arg.Type()
	var fields []types.Field
	switch t.Kind {
	case types.Array, types.Multiset:
		fields = []types.Field{types.F("f0", *t.Elem)}
		if t.Elem.Kind == types.Row {
			fields = nil
			for _, f := range t.Elem.Fields {
				f.Type = f.Type.Nullable(!f.Type.NotNull || !t.Elem.NotNull)
				fields = append(fields, f)
			}
		}
	case types.Map:
		fields = []types.Field{types.F("f0", *t.Key), types.F("f1", *t.Elem)}
	default:
		return nil, nil, b.errorf(u, "UNNEST takes an ARRAY, MAP or MULTISET, not %s", t)
	}
	if u.Ordinality {
		fields = append(fields, types.F("ORDINALITY", types.Of(types.Int).Nullable(false)))
	}
	c := &logical.Correlate{Input: left, Left: outerJoin, Args: []expr.Expr{arg},
		Ordinality: u.Ordinality}
	return b.correlated(c, ls, u.Alias, fields, "", on)
}

// temporal is JOIN t FOR SYSTEM_TIME AS OF left.time.
func (b *binding) temporal(
	j *ast.Join, left logical.Rel, ls *scope, t *ast.TableName, outer *scope,
) (logical.Rel, *scope, error) {
	ls.outer = outer
	x := &exprs{binding: b, scope: ls, clause: "FOR SYSTEM_TIME AS OF"}
	period, err := x.bind(t.AsOf)
	if err != nil {
		return nil, nil, err
	}
	if period.Type().Attr == types.NoTime {
		return nil, nil, b.at(t.AsOf, errs.Userf("FOR SYSTEM_TIME AS OF takes a time attribute "+
			"of the left side, '%s' is %s", ast.Format(t.AsOf), period.Type()).
			Fix("give the table a WATERMARK, or a column AS PROCTIME()"))
	}
	plain := *t
	plain.AsOf = nil
	right, rs, err := b.tableName(&plain, outer)
	if err != nil {
		return nil, nil, err
	}
	return b.joined(j, left, ls, &logical.Snapshot{Input: right, Period: period,
		Keyed: true}, rs, outer)
}

// lateral is JOIN LATERAL (query that refers to the left side).
func (b *binding) lateral(
	j *ast.Join, left logical.Rel, ls *scope, t *ast.DerivedTable, outer *scope,
) (logical.Rel, *scope, error) {
	ls.outer = outer
	sub, err := b.query(t.Query, ls)
	if err != nil {
		return nil, nil, err
	}
	kind := joinKinds[j.Kind]
	if kind != plan.InnerJoin && kind != plan.LeftJoin {
		return nil, nil, b.errorf(j, "LATERAL can only be joined by CROSS, INNER or LEFT JOIN")
	}
	join, err := correlatedJoin(kind, left, sub)
	if err != nil {
		return nil, nil, b.at(t, err)
	}
	name := ""
	if t.Alias != nil {
		name = t.Alias.Name.Name
	}
	all := &types.Schema{Fields: join.Out.Fields[:left.Schema().Len()+sub.Schema().Len()]}
	rs := scopeOf(&types.Schema{Fields: all.Fields[left.Schema().Len():]}, name)
	if t.Alias != nil && len(t.Alias.Columns) > 0 {
		if len(t.Alias.Columns) != len(rs.cols) {
			return nil, nil, b.errorf(t.Alias, "%d column names for %d columns",
				len(t.Alias.Columns), len(rs.cols))
		}
		for i, c := range t.Alias.Columns {
			rs.cols[i].name = c.Name
		}
	}
	s := ls.add(rs)
	s.outer = outer
	if j.On != nil {
		x := &exprs{binding: b, scope: s, clause: "ON"}
		cond, err := x.condition(j.On)
		if err != nil {
			return nil, nil, err
		}
		if !expr.IsTrue(cond) {
			if join.Condition != nil {
				if cond, err = expr.NewAnd(join.Condition, cond); err != nil {
					return nil, nil, err
				}
			}
			join.Condition = cond
		}
	}
	return firstColumns(join, all), s, nil
}
