package physical

import (
	"slices"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
)

// lookupTable is the table on the right of a processing-time temporal join when its rows can be
// found by key.
func (p *Planner) lookupTable(s *logical.Snapshot) (*logical.Scan, bool) {
	if s.Period.Type().Attr != types.ProcTime || p.CanLookUp == nil {
		return nil, false
	}
	r := s.Input
	for {
		switch t := r.(type) {
		case *logical.Scan:
			return t, t.Source == nil && (p.CanLookUp(t.Table, t.Options) ||
				t.Changelog.IsInsertOnly() && p.CanCopy != nil && p.CanCopy(t.Table, t.Options))
		case *logical.Project, *logical.Filter, *logical.Watermark:
			r = t.Inputs()[0]
		default:
			return nil, false
		}
	}
}

// lookupJoin joins by asking for the rows of each key.
func (p *Planner) lookupJoin(
	r *logical.Join, s *logical.Snapshot, scan *logical.Scan,
) (Result, error) {
	if r.Kind != plan.InnerJoin && r.Kind != plan.LeftJoin {
		return Result{}, errs.Userf("a lookup join can only be an INNER or a LEFT JOIN")
	}
	in, err := p.Plan(r.Left, true)
	if err != nil {
		return in, err
	}
	op := &plan.LookupJoin{Left: r.Kind == plan.LeftJoin, Options: scan.Options}
	if op.Async, op.Retry, err = p.lookupHint(r.Hints, in.Mode); err != nil {
		return in, err
	}
	if op.Where, op.Right, err = overScan(s.Input, scan); err != nil {
		return in, err
	}
	keys := lookupKeys(r, op.Right)
	if len(keys.columns) == 0 {
		return in, errs.Userf("a lookup join needs an equality on a column of table %s",
			scan.Table.Path.Dotted()).
			Fix("join on columns as they are in the table, without a function or cast")
	}
	if err := p.lookupSource(op, scan, keys.columns); err != nil {
		return in, err
	}
	op.LookupKeys = keys.columns
	return p.overKeys(r, op, in, keys)
}

// lookupSource makes what the operator asks.
func (p *Planner) lookupSource(op *plan.LookupJoin, scan *logical.Scan, _ []int) error {
	whole := strings.EqualFold(scan.Options["lookup.cache"], "FULL") ||
		!p.CanLookUp(scan.Table, scan.Options)
	full := &types.Schema{}
	var at []int
	for i, c := range scan.Table.Columns {
		if c.Kind == catalog.Computed { // it is over the scan
			continue
		}
		if k := slices.Index(scan.Columns, i); k >= 0 {
			at = append(at, full.Len())
		}
		full.Fields = append(full.Fields, types.F(c.Name, c.Type))
	}
	var err error
	if whole {
		if op.Copy = scan.PushedSource; op.Copy == nil {
			op.Copy, err = p.Source(scan.Table, scan.Options, full)
		}
		if err == nil && !op.Copy.Bounded() {
			return errs.Userf("table %s never ends: there is no copy of it to look rows up in",
				scan.Table.Path.Dotted()).Fix("set 'lookup.cache' to another value than FULL")
		}
		return scan.At(err)
	}
	if op.Table, err = p.Lookup(scan.Table, scan.Options, full); err != nil {
		return err
	}
	if len(at) < full.Len() {
		op.Table, err = op.Table.Project(at)
	}
	return err
}

// overScan is what lies over the scan, as a condition and projections over its columns.
func overScan(r logical.Rel, scan *logical.Scan) (where expr.Expr, list []expr.Expr, err error) {
	switch r := r.(type) {
	case *logical.Scan:
		return nil, nil, nil
	case *logical.Watermark:
		return overScan(r.Input, scan)
	case *logical.Filter:
		if where, list, err = overScan(r.Input, scan); err != nil {
			return nil, nil, err
		}
		cond := r.Condition
		if list != nil {
			cond = expr.Replace(cond, list)
		}
		if where != nil {
			cond, err = expr.NewAnd(where, cond)
		}
		if expr.HasUdf(cond) {
			return nil, nil, errs.Userf("a Python function on the right of a lookup join is not " +
				"supported").Fix("call it on the joined rows")
		}
		return cond, list, err
	case *logical.Project:
		if where, list, err = overScan(r.Input, scan); err != nil {
			return nil, nil, err
		}
		out := slices.Clone(r.Exprs)
		for i, e := range out {
			if expr.HasUdf(e) {
				return nil, nil, errs.Userf("a Python function on the right of a lookup join is " +
					"not supported").Fix("call it on the joined rows")
			}
			if list != nil {
				out[i] = expr.Replace(e, list)
			}
		}
		return where, out, nil
	}
	return nil, nil, errs.Internalf("%T on the right of a lookup join", r)
}

// keysOf are the equalities of a lookup join: expressions over the left side, and the columns of
// the table that they equal, ascending.
type keysOf struct {
	left    []expr.Expr
	columns []int
	rest    []expr.Expr // conjuncts that are no keys
}

func lookupKeys(r *logical.Join, right []expr.Expr) keysOf {
	var k keysOf
	width := r.Left.Schema().Len()
	for _, c := range expr.Conjuncts(r.Condition) {
		left, column, ok := lookupKey(c, width, right)
		if !ok || slices.Contains(k.columns, column) {
			k.rest = append(k.rest, c)
			continue
		}
		at, _ := slices.BinarySearch(k.columns, column)
		k.columns = slices.Insert(k.columns, at, column)
		k.left = slices.Insert(k.left, at, left)
	}
	return k
}

func lookupKey(c expr.Expr, width int, right []expr.Expr) (expr.Expr, int, bool) {
	call, ok := c.(*expr.Call)
	if !ok || call.Fn.Name != "=" {
		return nil, 0, false
	}
	for i, a := range call.Args {
		col, ok := a.(*expr.Column)
		if !ok || col.Index < width {
			continue
		}
		other := call.Args[1-i]
		if slices.ContainsFunc(expr.Columns(other), func(c int) bool { return c >= width }) ||
			!sameRepresentation(other.Type(), col.T) {
			continue
		}
		at := col.Index - width
		if right != nil {
			base, ok := right[at].(*expr.Column)
			if !ok {
				continue
			}
			at = base.Index
		}
		return other, at, true
	}
	return nil, 0, false
}

// sameRepresentation says whether values of two types that compare equal have equal bytes.
func sameRepresentation(a, b types.Type) bool {
	return a.EqualIgnoringNull(b) || a.Kind == types.Varchar && b.Kind == types.Varchar ||
		a.Kind == types.Varbinary && b.Kind == types.Varbinary
}

// overKeys adds the operator. Keys that are no columns of the left are computed below it, and
// dropped above.
func (p *Planner) overKeys(
	r *logical.Join, op *plan.LookupJoin, in Result, keys keysOf,
) (Result, error) {
	width := r.Left.Schema().Len()
	list := identity(in.Node.Schema)
	wide := &types.Schema{Fields: slices.Clone(in.Node.Schema.Fields)}
	for _, e := range keys.left {
		c, ok := e.(*expr.Column)
		if !ok {
			list = append(list, e)
			wide.Fields = append(wide.Fields, types.F("$key", e.Type()))
			op.Keys = append(op.Keys, len(list)-1)
			continue
		}
		op.Keys = append(op.Keys, c.Index)
	}
	key := in.Key
	extra := len(list) - width
	var err error
	if extra > 0 {
		if in, err = p.calc(in, nil, list, wide); err != nil {
			return in, err
		}
	}
	out := &types.Schema{Fields: slices.Clone(in.Node.Schema.Fields)}
	out.Fields = append(out.Fields, r.Out.Fields[width:]...)
	to := make([]int, r.Out.Len())
	for i := range to {
		to[i] = i
		if i >= width {
			to[i] = i + extra
		}
	}
	if len(keys.rest) > 0 {
		cond, err := expr.NewAnd(keys.rest...)
		if err != nil {
			return in, err
		}
		op.Condition = expr.Remap(cond, to)
	}
	n := p.add(op, out, forward(in.Node))
	res := Result{Node: n, Mode: in.Mode, Key: key}
	if extra == 0 {
		return res, nil
	}
	narrow := make([]expr.Expr, r.Out.Len())
	for i, f := range r.Out.Fields {
		narrow[i] = expr.NewColumn(to[i], f.Name, f.Type)
	}
	return p.calc(res, nil, narrow, r.Out)
}

// lookupHint reads a LOOKUP hint, over the session's options. Updates must keep their order, and
// so must what is looked up one after the other.
func (p *Planner) lookupHint(
	hints []logical.Hint, mode plan.ChangelogMode,
) (plan.LookupAsync, plan.LookupRetry, error) {
	async, retry := p.AsyncLookup, plan.LookupRetry{}
	sync := false
	for _, h := range hints {
		if h.Name != "LOOKUP" {
			continue
		}
		o := h.Options
		sync = strings.EqualFold(o["async"], "false")
		if m := o["output-mode"]; m != "" {
			async.Unordered = strings.EqualFold(m, "allow_unordered")
		}
		for key, to := range map[string]*int64{"timeout": &async.TimeoutMs,
			"fixed-delay": &retry.DelayMs} {
			if v := o[key]; v != "" {
				d, err := config.ParseDuration(v)
				if err != nil {
					return async, retry, errs.Userf("LOOKUP hint: '%s' = '%s'", key, v).Wrap(err)
				}
				*to = d.Milliseconds()
			}
		}
		for key, to := range map[string]*int{"capacity": &async.Concurrency,
			"max-attempts": &retry.Attempts} {
			if v := o[key]; v != "" {
				n, err := strconv.Atoi(v)
				if err != nil || n < 1 {
					return async, retry, errs.Userf("LOOKUP hint: '%s' = '%s' is no number above 0",
						key, v)
				}
				*to = n
			}
		}
	}
	async.Concurrency = min(max(1, async.Concurrency), maxLookups)
	if sync {
		async = plan.LookupAsync{Concurrency: 1}
	}
	if !mode.IsInsertOnly() {
		async.Unordered = false
	}
	return async, retry, nil
}

// maxLookups bounds the lookups that run at once: each asks for all keys of a batch.
const maxLookups = 16
