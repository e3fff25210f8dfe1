package rule

import (
	"slices"
	"strconv"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// SplitDistinct aggregates a stream with DISTINCT calls in two steps, when
// table.optimizer.distinct-agg.split.enabled says so: first by the keys and the bucket that the
// distinct column's value falls into, then by the keys. Each value is in one bucket, so that the
// distinct values of a hot key are counted in many places at once and the counts added. Of several
// distinct columns each has buckets of its own: the first step has a grouping set for each, the
// second takes of each call the rows of its column's set. Calls that have no second step, and
// windows, stay as they are.
var SplitDistinct = Rule{Name: "split-distinct", Apply: splitDistinct}

// secondStep is the aggregate that puts the results of buckets together.
var secondStep = map[string]string{"COUNT": "SUM0", "SUM": "SUM", "SUM0": "SUM0", "MIN": "MIN",
	"MAX": "MAX"}

func splitDistinct(r logical.Rel, o Options) logical.Rel {
	a, ok := r.(*logical.Aggregate)
	if !ok || o.Batch || o.DistinctBuckets <= 0 || a.Window != nil || a.TableAgg || len(a.Sets) > 1 {
		return r
	}
	in := a.Input.Schema()
	for _, k := range a.Keys { // windows of a TVF close, and are counted then
		if n := in.Fields[k].Name; n == "window_start" || n == "window_end" {
			return r
		}
	}
	columns, ok := distinctColumns(a)
	if !ok {
		return r
	}
	buckets := make([]expr.Expr, len(columns))
	for i, c := range columns {
		f := in.Fields[c]
		hash, err := expr.NewCall("$HASH_CODE", expr.NewColumn(c, f.Name, f.Type))
		if err != nil {
			return r
		}
		if buckets[i], err = expr.NewCall("%", hash, expr.Int(int32(o.DistinctBuckets))); err != nil {
			return r
		}
	}
	inner := bucketed(a, buckets)
	if len(columns) == 1 {
		return finalStep(a, inner, inner.Out.Len(), nil)
	}
	marked, first := markSets(inner, len(columns))
	return finalStep(a, marked, first, columns)
}

// distinctColumns are the columns that DISTINCT calls are about, if there are any and every call
// has a second step.
func distinctColumns(a *logical.Aggregate) ([]int, bool) {
	var columns []int
	for i := range a.Aggs {
		c := &a.Aggs[i]
		if _, ok := secondStep[c.Name]; !ok || c.UDF != nil || len(c.Order) > 0 {
			return nil, false
		}
		if !c.Distinct {
			continue
		}
		if len(c.Args) != 1 {
			return nil, false
		}
		if !slices.Contains(columns, c.Args[0]) {
			columns = append(columns, c.Args[0])
		}
	}
	return columns, len(columns) > 0
}

// bucketed is the first step: the buckets are the keys after the aggregate's own, one in each
// grouping set.
func bucketed(a *logical.Aggregate, buckets []expr.Expr) *logical.Aggregate {
	in := a.Input.Schema()
	p := &logical.Project{Input: a.Input, Out: &types.Schema{Fields: slices.Clone(in.Fields)}}
	for i, f := range in.Fields {
		p.Exprs = append(p.Exprs, expr.NewColumn(i, f.Name, f.Type))
	}
	inner := *a
	inner.Input = p
	inner.Keys, inner.Sets = slices.Clone(a.Keys), nil
	inner.Out = &types.Schema{Fields: slices.Clone(a.Out.Fields[:len(a.Keys)])}
	for i, bucket := range buckets {
		p.Exprs = append(p.Exprs, bucket)
		f := types.F("$bucket"+strconv.Itoa(i), bucket.Type().Nullable(true))
		p.Out.Fields = append(p.Out.Fields, f)
		inner.Out.Fields = append(inner.Out.Fields, f)
		inner.Keys = append(inner.Keys, in.Len()+i)
		inner.Sets = append(inner.Sets, append(everyKey(len(a.Keys)), len(a.Keys)+i))
	}
	inner.Out.Fields = append(inner.Out.Fields, a.Out.Fields[len(a.Keys):]...)
	if len(buckets) > 1 {
		inner.Out.Fields = append(inner.Out.Fields,
			types.F("$e", types.Of(types.BigInt).Nullable(false)))
	}
	return &inner
}

// markSets appends a column for each grouping set that says whether a row is of it; first is the
// first of them.
func markSets(a *logical.Aggregate, sets int) (rel logical.Rel, first int) {
	p := &logical.Project{Input: a, Out: &types.Schema{Fields: slices.Clone(a.Out.Fields)}}
	for i, f := range a.Out.Fields {
		p.Exprs = append(p.Exprs, expr.NewColumn(i, f.Name, f.Type))
	}
	first = a.Out.Len()
	set := p.Exprs[first-1]
	for i := range sets {
		is := expr.MustCall("=", set, expr.BigInt(int64(i)))
		p.Exprs = append(p.Exprs, is)
		p.Out.Fields = append(p.Out.Fields, types.F("$set"+strconv.Itoa(i), is.Type()))
	}
	return p, first
}

func everyKey(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// finalStep puts the buckets of the aggregate's keys together. Of several columns a call takes the
// rows of its column's set, those of the first if it is not distinct; marks is the first set's
// column.
func finalStep(a *logical.Aggregate, inner logical.Rel, marks int, columns []int) logical.Rel {
	out := *a
	out.Input = inner
	out.Keys = everyKey(len(a.Keys))
	out.Sets = [][]int{everyKey(len(a.Keys))}
	out.Aggs = make([]plan.AggCall, len(a.Aggs))
	for i, c := range a.Aggs {
		out.Aggs[i] = plan.AggCall{Name: secondStep[c.Name],
			Args: []int{len(a.Keys) + max(len(columns), 1) + i}, Filter: -1, Type: c.Type,
			OutName: c.OutName, Origin: c.Origin}
		switch {
		case len(columns) == 0:
		case c.Distinct:
			out.Aggs[i].Filter = marks + slices.Index(columns, c.Args[0])
		default:
			out.Aggs[i].Filter = marks
		}
	}
	return &out
}
