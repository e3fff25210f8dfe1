package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// SplitDistinct aggregates a stream with DISTINCT calls of one column in two steps, when
// table.optimizer.distinct-agg.split.enabled says so: first by the keys and the bucket that the
// column's value falls into, then by the keys. Each value is in one bucket, so that the distinct
// values of a hot key are counted in many places at once and the counts added. Calls that have no
// second step, of several distinct columns, and windows stay as they are.
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
	column, ok := distinctColumn(a)
	if !ok {
		return r
	}
	f := in.Fields[column]
	hash, err := expr.NewCall("$HASH_CODE", expr.NewColumn(column, f.Name, f.Type))
	if err != nil {
		return r
	}
	bucket, err := expr.NewCall("%", hash, expr.Int(int32(o.DistinctBuckets)))
	if err != nil {
		return r
	}
	inner := bucketed(a, bucket)
	return finalStep(a, inner)
}

// distinctColumn is the column that all DISTINCT calls are about, if there are any and every call
// has a second step.
func distinctColumn(a *logical.Aggregate) (int, bool) {
	column := -1
	for i := range a.Aggs {
		c := &a.Aggs[i]
		if _, ok := secondStep[c.Name]; !ok || c.UDF != nil || len(c.Order) > 0 {
			return 0, false
		}
		if !c.Distinct {
			continue
		}
		if len(c.Args) != 1 || column >= 0 && c.Args[0] != column {
			return 0, false
		}
		column = c.Args[0]
	}
	return column, column >= 0
}

// bucketed is the first step: the bucket is the key after the aggregate's own.
func bucketed(a *logical.Aggregate, bucket expr.Expr) *logical.Aggregate {
	in := a.Input.Schema()
	p := &logical.Project{Input: a.Input, Out: &types.Schema{Fields: slices.Clone(in.Fields)}}
	for i, f := range in.Fields {
		p.Exprs = append(p.Exprs, expr.NewColumn(i, f.Name, f.Type))
	}
	p.Exprs = append(p.Exprs, bucket)
	p.Out.Fields = append(p.Out.Fields, types.F("$bucket", bucket.Type()))
	inner := *a
	inner.Input = p
	inner.Keys = append(slices.Clone(a.Keys), in.Len())
	inner.Sets = [][]int{everyKey(len(inner.Keys))}
	inner.Out = &types.Schema{Fields: slices.Clone(a.Out.Fields[:len(a.Keys)])}
	inner.Out.Fields = append(inner.Out.Fields, types.F("$bucket", bucket.Type()))
	inner.Out.Fields = append(inner.Out.Fields, a.Out.Fields[len(a.Keys):]...)
	return &inner
}

func everyKey(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// finalStep puts the buckets of the aggregate's keys together.
func finalStep(a, inner *logical.Aggregate) logical.Rel {
	out := *a
	out.Input = inner
	out.Keys = everyKey(len(a.Keys))
	out.Sets = [][]int{everyKey(len(a.Keys))}
	out.Aggs = make([]plan.AggCall, len(a.Aggs))
	for i, c := range a.Aggs {
		out.Aggs[i] = plan.AggCall{Name: secondStep[c.Name], Args: []int{len(a.Keys) + 1 + i},
			Filter: -1, Type: c.Type, OutName: c.OutName, Origin: c.Origin}
	}
	return &out
}
