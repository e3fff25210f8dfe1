package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/logical"
)

// sourceOf is the connector of a scan, with what has been pushed into it; nil: there is none, and
// planning says why.
func sourceOf(s *logical.Scan, o Options) connector.Source {
	switch {
	case s.PushedSource != nil:
		return s.PushedSource
	case s.Source != nil:
		return s.Source
	case o.Source == nil:
		return nil
	}
	src, err := o.Source(s)
	if err != nil {
		return nil
	}
	return src
}

// pushed is a scan whose source does more; what says it, for EXPLAIN.
func pushed(s *logical.Scan, src connector.Source, what string) *logical.Scan {
	c := *s
	c.PushedSource = src
	c.Pushed = append(slices.Clone(s.Pushed), what)
	return &c
}

func insertOnly(src connector.Source) bool { return connector.KindsOf(src) == connector.InsertOnly }

// scanKey is equal for scans that may be one: of the same table with the same options and the same
// parts left out.
func scanKey(s *logical.Scan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%p %p", s.Table, s.Source)
	for _, k := range slices.Sorted(maps.Keys(s.Options)) {
		fmt.Fprintf(&b, " %q=%q", k, s.Options[k])
	}
	fmt.Fprintf(&b, " %q", s.Pushed)
	return b.String()
}

// scans calls f for the scans of the trees.
func scans(roots []logical.Rel, f func(*logical.Scan)) {
	for _, r := range roots {
		if s, ok := r.(*logical.Scan); ok {
			f(s)
		}
		scans(r.Inputs(), f)
	}
}

// Shareable says whether statements and parts of them that read the same may be fed by one
// operator. In batch mode an operator with several inputs may read one to its end before another,
// which one producer of both could not bear.
func Shareable(roots []logical.Rel, batchMode bool) bool {
	if !batchMode {
		return true
	}
	return !slices.ContainsFunc(roots, func(r logical.Rel) bool {
		return len(r.Inputs()) > 1 || !Shareable(r.Inputs(), true)
	})
}

// conditions are the conjuncts that compare a column with constants, as sources understand them.
func conditions(conds []expr.Expr) (out []connector.Condition, text []string) {
	for _, c := range conds {
		if list := condition(c); len(list) > 0 {
			out = append(out, list...)
			text = append(text, c.String())
		}
	}
	return out, text
}

var opOf = map[string]connector.Op{"=": connector.OpEq, "<>": connector.OpNe,
	"<": connector.OpLt, "<=": connector.OpLe, ">": connector.OpGt, ">=": connector.OpGe,
	"IN": connector.OpIn, "IS NULL": connector.OpNull, "IS NOT NULL": connector.OpNotNull}

var mirrored = map[connector.Op]connector.Op{connector.OpLt: connector.OpGt,
	connector.OpLe: connector.OpGe, connector.OpGt: connector.OpLt, connector.OpGe: connector.OpLe}

func condition(e expr.Expr) []connector.Condition {
	call, ok := e.(*expr.Call)
	if !ok {
		return nil
	}
	args := call.Args
	if call.Fn.Name == "BETWEEN" && len(args) == 3 {
		low := comparison(connector.OpGe, args[0], args[1])
		high := comparison(connector.OpLe, args[0], args[2])
		if low == nil || high == nil {
			return nil
		}
		return append(low, high...)
	}
	op, ok := opOf[call.Fn.Name]
	if !ok {
		return nil
	}
	if _, isLiteral := args[0].(*expr.Literal); isLiteral && len(args) == 2 && op != connector.OpIn {
		if m, ok := mirrored[op]; ok {
			op = m
		}
		args = []expr.Expr{args[1], args[0]}
	}
	return comparison(op, args[0], args[1:]...)
}

func comparison(op connector.Op, column expr.Expr, constants ...expr.Expr) []connector.Condition {
	c, ok := column.(*expr.Column)
	if !ok {
		return nil
	}
	cond := connector.Condition{Column: c.Index, Op: op}
	for _, e := range constants {
		l, ok := e.(*expr.Literal)
		if !ok || l.IsNull() || !l.T.EqualIgnoringNull(c.T) {
			if ok && c.T.IsString() && l.T.IsString() && !l.IsNull() && c.T.Kind == types.Varchar {
				cond.Values = append(cond.Values, l.Value.Str(0))
				continue
			}
			return nil
		}
		v, ok := constant(l)
		if !ok {
			return nil
		}
		cond.Values = append(cond.Values, v)
	}
	return []connector.Condition{cond}
}

// constant is a literal's value as a Condition has it.
func constant(l *expr.Literal) (any, bool) {
	switch t := l.T; t.Kind {
	case types.Boolean:
		return l.Value.Bool(0), true
	case types.TinyInt:
		return int64(batch.Values[int8](l.Value)[0]), true
	case types.SmallInt:
		return int64(batch.Values[int16](l.Value)[0]), true
	case types.Int, types.Date:
		return int64(batch.Values[int32](l.Value)[0]), true
	case types.BigInt, types.Timestamp, types.TimestampLTZ:
		return batch.Values[int64](l.Value)[0], true
	case types.Double:
		return batch.Values[float64](l.Value)[0], true
	case types.Varchar:
		return l.Value.Str(0), true
	case types.Varbinary:
		return l.Value.Bytes(0), true
	}
	return nil, false
}
