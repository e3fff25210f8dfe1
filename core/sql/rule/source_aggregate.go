package rule

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// AggregateIntoSource has a source of a batch give parts of COUNT, MIN and MAX in place of rows,
// when it knows them without reading these: of all rows, or of groups of partition columns. What is
// left puts the parts together.
var AggregateIntoSource = Rule{Name: "aggregate-into-source", Apply: aggregateIntoSource}

func aggregateIntoSource(r logical.Rel, o Options) logical.Rel {
	a, ok := r.(*logical.Aggregate)
	if !ok || !o.Batch || o.KeepAggregates || a.Window != nil || a.TableAgg || len(a.Sets) > 1 ||
		len(a.Aggs) == 0 {
		return r
	}
	s, cols, ok := projectedScan(a.Input)
	if !ok {
		return r
	}
	able, ok := sourceOf(s, o).(connector.AggregatePushDown)
	if !ok {
		return r
	}
	var group []int
	for _, k := range a.Keys {
		c, ok := cols[k].(*expr.Column)
		if !ok || !slices.Contains(s.Table.PartitionKeys, s.Out.Fields[c.Index].Name) {
			return r
		}
		group = append(group, c.Index)
	}
	aggs := make([]connector.Aggregate, len(a.Aggs))
	for i := range a.Aggs {
		if aggs[i], ok = sourceAggregate(&a.Aggs[i], cols); !ok {
			return r
		}
	}
	src, ok, err := able.Aggregate(group, aggs)
	if err != nil || !ok {
		return r
	}
	return partsTogether(a, partScan(s, src, group, aggs))
}

// projectedScan is a scan and the columns that projections above it make of its.
func projectedScan(r logical.Rel) (s *logical.Scan, cols []expr.Expr, ok bool) {
	switch r := r.(type) {
	case *logical.Scan:
		return r, columnsOf(r.Out), true
	case *logical.Watermark: // there are none in a batch
		return projectedScan(r.Input)
	case *logical.Project:
		s, below, ok := projectedScan(r.Input)
		if !ok {
			return nil, nil, false
		}
		cols = make([]expr.Expr, len(r.Exprs))
		for i, e := range r.Exprs {
			cols[i] = expr.Replace(e, below)
		}
		return s, cols, true
	}
	return nil, nil, false
}

func columnsOf(s *types.Schema) []expr.Expr {
	out := make([]expr.Expr, s.Len())
	for i, f := range s.Fields {
		out[i] = expr.NewColumn(i, f.Name, f.Type)
	}
	return out
}

// sourceAggregate is a call as sources understand it.
func sourceAggregate(c *plan.AggCall, cols []expr.Expr) (connector.Aggregate, bool) {
	out := connector.Aggregate{Function: connector.AggregateFunction(c.Name), Column: -1}
	if c.UDF != nil || c.Distinct || c.Filter >= 0 || len(c.Order) > 0 || len(c.Args) > 1 {
		return out, false
	}
	switch out.Function {
	case connector.Count:
		if len(c.Args) == 0 {
			return out, true
		}
		if l, ok := c.Consts[0].(*expr.Literal); ok && !l.IsNull() {
			return out, true
		}
	case connector.Min, connector.Max:
	default:
		return out, false
	}
	if len(c.Args) != 1 || len(c.Consts) > 0 {
		return out, false
	}
	column, ok := cols[c.Args[0]].(*expr.Column)
	if !ok {
		return out, false
	}
	out.Column = column.Index
	return out, true
}

// partScan is the scan whose rows are parts.
func partScan(
	s *logical.Scan, src connector.Source, group []int, aggs []connector.Aggregate,
) *logical.Scan {
	out := connector.ProjectSchema(s.Out, group)
	names := out.Names()
	calls := make([]string, len(aggs))
	for i, a := range aggs {
		out.Fields = append(out.Fields, a.PartField(i, s.Out))
		calls[i] = flinkCall(a, s.Out)
	}
	p := pushed(s, src, "aggregates=[grouping=["+strings.Join(names, ",")+"], aggFunctions=["+
		strings.Join(calls, ",")+"]]")
	table := *s.Table // what is known of the table's rows is not so of parts
	table.PrimaryKey, table.Statistics = nil, nil
	p.Table, p.Columns, p.Out, p.UpsertKey = &table, pick(s.Columns, group), out, nil
	return p
}

// flinkCall names an aggregate as Flink's EXPLAIN does.
func flinkCall(a connector.Aggregate, s *types.Schema) string {
	if a.Function == connector.Count {
		if a.Column < 0 {
			return "Count1AggFunction()"
		}
		return "CountAggFunction(" + s.Fields[a.Column].Name + ")"
	}
	f := s.Fields[a.Column]
	kind := map[types.Kind]string{types.TinyInt: "Byte", types.SmallInt: "Short", types.Int: "Int",
		types.BigInt: "Long", types.Date: "Date", types.Time: "Time", types.Timestamp: "Timestamp",
		types.TimestampLTZ: "TimestampLtz"}[f.Type.Kind]
	name := map[connector.AggregateFunction]string{connector.Min: "Min", connector.Max: "Max"}
	return kind + name[a.Function] + "AggFunction(" + f.Name + ")"
}

// partsTogether is the aggregate over parts.
func partsTogether(a *logical.Aggregate, parts *logical.Scan) logical.Rel {
	out := *a
	out.Input = parts
	out.Keys = everyKey(len(a.Keys))
	out.Sets = [][]int{everyKey(len(a.Keys))}
	out.Aggs = make([]plan.AggCall, len(a.Aggs))
	for i, c := range a.Aggs {
		out.Aggs[i] = plan.AggCall{Name: secondStep[c.Name], Args: []int{len(a.Keys) + i},
			Filter: -1, Type: c.Type, OutName: c.OutName, Origin: c.Origin}
	}
	return &out
}
