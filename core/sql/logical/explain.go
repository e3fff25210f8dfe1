package logical

import (
	"fmt"
	"strings"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
)

// Format prints the tree, one node a line, inputs indented, as EXPLAIN does.
func Format(r Rel) string {
	var b strings.Builder
	format(&b, r, "", "")
	return b.String()
}

func format(b *strings.Builder, r Rel, head, indent string) {
	b.WriteString(head + r.Explain() + "\n")
	in := r.Inputs()
	for i, c := range in {
		if i == len(in)-1 {
			format(b, c, indent+"+- ", indent+"   ")
		} else {
			format(b, c, indent+":- ", indent+":  ")
		}
	}
}

// Explain implements Rel.
func (r *Scan) Explain() string {
	s := fmt.Sprintf("LogicalTableScan(table=[[%s, %s, %s", r.Table.Path.Catalog,
		r.Table.Path.Database, r.Table.Path.Name)
	for _, p := range r.Pushed {
		s += ", " + p
	}
	return s + "]])"
}

// Explain implements Rel.
func (r *StreamScan) Explain() string {
	return fmt.Sprintf("LogicalDataStreamScan(stream=[%s], fields=[%s])", r.Node.Name,
		strings.Join(r.Out.Names(), ", "))
}

// Explain implements Rel.
func (r *Values) Explain() string {
	rows := make([]string, len(r.Rows))
	for i, row := range r.Rows {
		rows[i] = "{ " + exprs(row) + " }"
	}
	return "LogicalValues(tuples=[[" + strings.Join(rows, ", ") + "]])"
}

// Explain implements Rel.
func (r *Project) Explain() string {
	parts := make([]string, len(r.Exprs))
	for i, e := range r.Exprs {
		parts[i] = fmt.Sprintf("%s=[%s]", r.Out.Fields[i].Name, e)
	}
	return "LogicalProject(" + strings.Join(parts, ", ") + ")"
}

// Explain implements Rel.
func (r *Filter) Explain() string { return fmt.Sprintf("LogicalFilter(condition=[%s])", r.Condition) }

// Explain implements Rel.
func (r *Watermark) Explain() string {
	return fmt.Sprintf("LogicalWatermarkAssigner(rowtime=[%s], watermark=[%s])",
		r.Out.Fields[r.Column].Name, r.Expr)
}

var joinNames = [...]string{"inner", "left", "right", "full", "semi", "anti"}

// Explain implements Rel.
func (r *Join) Explain() string {
	cond := "true"
	if r.Condition != nil {
		cond = r.Condition.String()
	}
	return fmt.Sprintf("LogicalJoin(condition=[%s], joinType=[%s])", cond, joinNames[r.Kind])
}

// Explain implements Rel.
func (r *MultiJoin) Explain() string {
	keys, steps := make([]string, len(r.Rels)), make([]string, len(r.Steps))
	for i, in := range r.Rels {
		keys[i] = plan.ColumnsText(in.Schema().Names(), r.Keys[i])
	}
	for i, s := range r.Steps {
		steps[i] = joinNames[s.Kind]
		if s.Condition != nil {
			steps[i] += " " + s.Condition.String()
		}
	}
	return fmt.Sprintf("LogicalMultiJoin(commonJoinKey=[%s], joinTypes=[%s])",
		strings.Join(keys, " = "), strings.Join(steps, ", "))
}

// Explain implements Rel.
func (r *Snapshot) Explain() string { return fmt.Sprintf("LogicalSnapshot(period=[%s])", r.Period) }

// Explain implements Rel.
func (r *Correlate) Explain() string {
	name := "UNNEST"
	if r.Function != nil {
		name = r.Function.GetName()
	}
	kind := "inner"
	if r.Left {
		kind = "left"
	}
	return fmt.Sprintf("LogicalCorrelate(call=[%s(%s)], joinType=[%s])", name, exprs(r.Args), kind)
}

// Explain implements Rel.
func (r *Aggregate) Explain() string {
	names := r.Input.Schema().Names()
	var parts []string
	if len(r.Keys) > 0 {
		parts = append(parts, "group=["+plan.ColumnsText(names, r.Keys)+"]")
	}
	if len(r.Sets) > 1 {
		sets := make([]string, len(r.Sets))
		for i, s := range r.Sets {
			keys := make([]int, len(s))
			for j, k := range s {
				keys[j] = r.Keys[k]
			}
			sets[i] = "[" + plan.ColumnsText(names, keys) + "]"
		}
		parts = append(parts, "groups=["+strings.Join(sets, ", ")+"]")
	}
	if r.Window != nil {
		parts = append(parts, "window=["+plan.WindowText(*r.Window, names)+"]")
	}
	for _, c := range r.Aggs {
		parts = append(parts, c.OutName+"=["+plan.CallText(c, names)+"]")
	}
	return "LogicalAggregate(" + strings.Join(parts, ", ") + ")"
}

// Explain implements Rel.
func (r *WindowTable) Explain() string {
	return "LogicalWindowTableFunction(window=[" +
		plan.WindowText(r.Window, r.Input.Schema().Names()) + "])"
}

// Explain implements Rel.
func (r *Over) Explain() string {
	names := r.Input.Schema().Names()
	calls := make([]string, len(r.Calls))
	for i, c := range r.Calls {
		calls[i] = plan.CallText(c.AggCall, names)
	}
	return fmt.Sprintf("LogicalOver(partition=[%s], order=[%s], frame=[%s], calls=[%s])",
		plan.ColumnsText(names, r.Partition), plan.SortText(r.Order, names), r.Frame, strings.Join(calls, ", "))
}

// Explain implements Rel.
func (r *Rank) Explain() string {
	names := r.Input.Schema().Names()
	return fmt.Sprintf("LogicalRank(function=[%s], range=[%d, %d], partition=[%s], order=[%s])",
		r.Function, r.From, r.To, plan.ColumnsText(names, r.Partition), plan.SortText(r.Order, names))
}

// Explain implements Rel.
func (r *SetOp) Explain() string {
	name := map[string]string{"UNION": "Union", "INTERSECT": "Intersect", "EXCEPT": "Minus"}[r.Kind]
	return fmt.Sprintf("Logical%s(all=[%v])", name, r.All)
}

// Explain implements Rel.
func (r *Distinct) Explain() string { return "LogicalDistinct()" }

// Explain implements Rel.
func (r *Sort) Explain() string {
	var parts []string
	if len(r.Keys) > 0 {
		parts = append(parts, "sort=["+plan.SortText(r.Keys, r.Schema().Names())+"]")
	}
	if r.Offset > 0 {
		parts = append(parts, fmt.Sprintf("offset=[%d]", r.Offset))
	}
	if r.Fetch >= 0 {
		parts = append(parts, fmt.Sprintf("fetch=[%d]", r.Fetch))
	}
	return "LogicalSort(" + strings.Join(parts, ", ") + ")"
}

// Explain implements Rel.
func (r *Match) Explain() string {
	return "LogicalMatch(outputFields=[" + strings.Join(r.Out.Names(), ", ") + "])"
}

// Explain implements Rel.
func (r *SingleRow) Explain() string {
	if len(r.Keys) == 0 {
		return "LogicalSingleRow()"
	}
	return "LogicalSingleRow(key=[" + plan.ColumnsText(r.Schema().Names(), r.Keys) + "])"
}

// Explain implements Rel.
func (r *Sink) Explain() string {
	return fmt.Sprintf("LogicalSink(table=[%s], fields=[%s])", r.Table.Path.Dotted(),
		strings.Join(r.Input.Schema().Names(), ", "))
}

func exprs(list []expr.Expr) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = e.String()
	}
	return strings.Join(parts, ", ")
}

// JoinSchema is the columns of both sides; those that an outer join may pad are nullable. Semi
// and anti joins have the left's only.
func JoinSchema(kind plan.JoinKind, left, right *types.Schema) *types.Schema {
	out := &types.Schema{}
	add := func(s *types.Schema, nullable bool) {
		for _, f := range s.Fields {
			if nullable {
				f.Type = f.Type.Nullable(true)
			}
			out.Fields = append(out.Fields, f)
		}
	}
	add(left, kind == plan.RightJoin || kind == plan.FullJoin)
	if kind != plan.SemiJoin && kind != plan.AntiJoin {
		add(right, kind == plan.LeftJoin || kind == plan.FullJoin)
	}
	return out
}
