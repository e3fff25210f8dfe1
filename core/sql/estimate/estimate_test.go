package estimate

import (
	"math"
	"testing"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
)

// counted is a source that says how much it has.
type counted struct {
	connector.Source
	s connector.Statistics
}

func (c counted) Statistics() (connector.Statistics, bool) { return c.s, true }

var big = types.Of(types.BigInt)

func scan(rows, low, high int64) *logical.Scan {
	return &logical.Scan{Table: &catalog.Table{}, Out: types.NewSchema(types.F("id", big),
		types.F("name", types.String())),
		Source: counted{s: connector.Statistics{Rows: rows,
			Columns: map[int]connector.ColumnStatistics{0: {Min: low, Max: high}}}}}
}

func estimator() *Estimator {
	return &Estimator{Source: func(s *logical.Scan) connector.Source { return s.Source }}
}

func column(i int) expr.Expr { return expr.NewColumn(i, "id", big) }

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > want/100 {
		t.Errorf("%s: %.1f rows, want about %.1f", what, got, want)
	}
}

func TestConditions(t *testing.T) {
	in := scan(1000, 1, 1000)
	for _, c := range []struct {
		op   string
		v    int64
		want float64
	}{{"=", 7, 1}, {"<", 251, 250}, {">=", 751, 250}, {"<>", 7, 999}} {
		cond := expr.MustCall(c.op, column(0), expr.BigInt(c.v))
		near(t, cond.String(), estimator().Of(&logical.Filter{Input: in, Condition: cond}).Count,
			c.want)
	}
}

func TestJoinOfForeignKey(t *testing.T) {
	facts, dim := scan(60_000, 1, 1000), scan(1000, 1, 1000)
	join := &logical.Join{Kind: plan.InnerJoin, Left: facts, Right: dim,
		Condition: expr.MustCall("=", column(0), column(2)),
		Out:       logical.JoinSchema(plan.InnerJoin, facts.Out, dim.Out)}
	e := estimator()
	near(t, "join", e.Of(join).Count, 60_000)
	few := *join
	few.Right = &logical.Filter{Input: dim,
		Condition: expr.MustCall("<", column(0), expr.BigInt(101))}
	near(t, "join with a part", e.Of(&few).Count, 6000)
	semi := few
	semi.Kind, semi.Out = plan.SemiJoin, facts.Out
	near(t, "semi join", e.Of(&semi).Count, 6000)
	if !e.Of(join).Known {
		t.Error("both sources said what they have")
	}
}

// TestJoinOfAPart: what a condition leaves of a relation counts through further joins.
func TestJoinOfAPart(t *testing.T) {
	joined := func(l, r logical.Rel, on expr.Expr) *logical.Join {
		return &logical.Join{Kind: plan.InnerJoin, Left: l, Right: r, Condition: on,
			Out: logical.JoinSchema(plan.InnerJoin, l.Schema(), r.Schema())}
	}
	equal := func(a, b int) expr.Expr { return expr.MustCall("=", column(a), column(b)) }
	few := &logical.Filter{Input: scan(26, 0, 25),
		Condition: expr.MustCall("<", column(0), expr.BigInt(6))}
	e := estimator()
	part := joined(scan(10_000, 0, 25), few, equal(0, 2))
	near(t, "a part", e.Of(part).Count, 2400)
	near(t, "of a part", e.Of(joined(scan(520_000, 0, 25), joined(few, scan(26, 0, 25), equal(0, 2)),
		equal(0, 2))).Count, 124_800)
	// keys of two columns belong together: they select no more than the rows there are
	both := &expr.And{Args: []expr.Expr{equal(0, 2), expr.MustCall("=",
		expr.NewColumn(1, "name", types.String()), expr.NewColumn(3, "name", types.String()))}}
	near(t, "keys of two columns",
		e.Of(joined(scan(60_000, 1, 100), scan(1000, 1, 100), both)).Count, 60_000)
	// unless one of them is enough
	near(t, "a key and a condition",
		e.Of(joined(scan(60_000, 1, 1000), scan(1000, 1, 1000), both)).Count, 60_000/244.9)
}

func TestGroupsAndLimits(t *testing.T) {
	e := estimator()
	in := scan(50_000, 1, 200)
	agg := &logical.Aggregate{Input: in, Keys: []int{0}, Out: types.NewSchema(in.Out.Fields[0])}
	near(t, "groups", e.Of(agg).Count, 200)
	near(t, "limit", e.Of(&logical.Sort{Input: in, Fetch: 10}).Count, 10)
	unknown := &logical.Scan{Table: &catalog.Table{}, Out: in.Out}
	if r := e.Of(unknown); r.Known || r.Count != unknownRows {
		t.Errorf("%+v", r)
	}
}
