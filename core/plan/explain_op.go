package plan

import (
	"fmt"
	"strings"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
)

// WindowText is a window as EXPLAIN shows it: "TUMBLE(ts, 1 h)".
func WindowText(w Window, names []string) string {
	name := [...]string{"TUMBLE", "HOP", "CUMULATE", "SESSION", "TUMBLE_ROWS", "HOP_ROWS"}[w.Kind]
	parts := []string{}
	if w.TimeColumn >= 0 && w.TimeColumn < len(names) {
		parts = append(parts, names[w.TimeColumn])
	}
	parts = append(parts, fmt.Sprintf("size=%d ms", w.SizeMs))
	if w.SlideMs != 0 {
		parts = append(parts, fmt.Sprintf("slide=%d ms", w.SlideMs))
	}
	if w.OffsetMs != 0 {
		parts = append(parts, fmt.Sprintf("offset=%d ms", w.OffsetMs))
	}
	return name + "(" + strings.Join(parts, ", ") + ")"
}

// CallText is an aggregate call over columns of the names.
func CallText(c AggCall, names []string) string {
	name := c.Name
	if c.UDF != nil {
		name = c.UDF.GetName()
	}
	args := ColumnsText(names, c.Args)
	if name == "COUNT" && len(c.Args) == 0 {
		args = "*"
	}
	if c.Distinct {
		args = "DISTINCT " + args
	}
	s := name + "(" + args + ")"
	if c.Filter >= 0 {
		s += " FILTER " + names[c.Filter]
	}
	return s
}

// SortText is an ordering as EXPLAIN shows it: "a ASC, b DESC".
func SortText(keys []SortKey, names []string) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = names[k.Column] + " ASC"
		if k.Desc {
			parts[i] = names[k.Column] + " DESC"
		}
		if k.NullsLast != k.Desc {
			parts[i] += map[bool]string{true: " NULLS LAST", false: " NULLS FIRST"}[k.NullsLast]
		}
	}
	return strings.Join(parts, ", ")
}

// ColumnsText names columns by position: "a, b".
func ColumnsText(names []string, at []int) string {
	parts := make([]string, len(at))
	for i, c := range at {
		parts[i] = names[c]
	}
	return strings.Join(parts, ", ")
}

// detail says what the operator of a node does, in the names of its inputs' columns: what EXPLAIN
// shows besides the name; "" for operators that say nothing.
func (g *Graph) detail(n *Node) string {
	var in []string
	for _, e := range g.Inputs(n.ID) {
		if s := g.Nodes[e.From].Schema; s != nil {
			in = append(in, s.Names()...)
		}
	}
	d := details{names: in}
	switch op := n.Op.(type) {
	case *Calc:
		d.expr("where", op.Condition)
		d.put("select", selected(op.Exprs, n.Schema))
	case *PythonCalc:
		d.put("calls", pythonCalls(op, in))
	case *GroupAggregate:
		d.columns("groupBy", op.Keys)
		if op.Phase != GlobalPhase { // its input is accumulators
			d.calls(op.Aggs)
		}
	case *WindowAggregate:
		d.columns("groupBy", op.Keys)
		if op.Attached {
			d.put("window", ColumnsText(in, []int{op.StartColumn, op.EndColumn}))
		} else {
			d.put("window", WindowText(op.Window, in))
		}
		d.calls(op.Aggs)
	case *Join:
		d.put("joinType", joinTypes[op.Type])
		d.equal(op.LeftKeys, op.RightKeys, g.width(n, 0))
		d.expr("where", op.Condition)
	case *MultiJoin:
		d.multiJoin(op, g, n)
	case *Rank:
		d.put("rankRange", fmt.Sprintf("%d, %d", op.From, op.To))
		d.columns("partitionBy", op.Partition)
		d.put("orderBy", SortText(op.Order, in))
	case *Deduplicate:
		d.put("keep", map[bool]string{true: "LastRow", false: "FirstRow"}[op.KeepLast])
		d.columns("key", op.Keys)
	case *Sort:
		d.put("orderBy", SortText(op.Keys, in))
	case *ChangelogNormalize:
		d.columns("key", op.Keys)
	case *SinkMaterialize:
		d.columns("key", op.Keys)
	}
	return strings.Join(d.parts, ", ")
}

var joinTypes = [...]string{"InnerJoin", "LeftOuterJoin", "RightOuterJoin", "FullOuterJoin",
	"LeftSemiJoin", "LeftAntiJoin"}

// width is the number of columns that come in at a port.
func (g *Graph) width(n *Node, port int) int {
	for _, e := range g.Inputs(n.ID) {
		if s := g.Nodes[e.From].Schema; e.Port == port && s != nil {
			return s.Len()
		}
	}
	return 0
}

// details are "name=[value]", without those that have no value.
type details struct {
	names []string
	parts []string
}

func (d *details) put(name, value string) {
	if value != "" {
		d.parts = append(d.parts, name+"=["+value+"]")
	}
}

func (d *details) columns(name string, at []int) { d.put(name, ColumnsText(d.names, at)) }

func (d *details) expr(name string, e expr.Expr) {
	if e != nil {
		d.put(name, e.String())
	}
}

func (d *details) calls(list []AggCall) {
	texts := make([]string, len(list))
	for i, c := range list {
		texts[i] = CallText(c, d.names)
	}
	d.put("select", strings.Join(texts, ", "))
}

func (d *details) equal(left, right []int, width int) {
	texts := make([]string, len(left))
	for i, l := range left {
		texts[i] = ColumnsText(d.names, []int{l}) + " = " + ColumnsText(d.names, []int{width + right[i]})
	}
	d.put("keys", strings.Join(texts, ", "))
}

func (d *details) multiJoin(op *MultiJoin, g *Graph, n *Node) {
	keys, first := make([]string, len(op.Keys)), 0
	for i, k := range op.Keys {
		keys[i] = ColumnsText(d.names[first:], k)
		first += g.width(n, i)
	}
	kinds, conds := make([]string, len(op.Steps)), []string{}
	for i, s := range op.Steps {
		kinds[i] = map[bool]string{true: "LEFT", false: "INNER"}[s.Type == LeftJoin]
		if s.Condition != nil {
			conds = append(conds, s.Condition.String())
		}
	}
	d.put("joinTypes", strings.Join(kinds, ", "))
	d.put("commonJoinKey", strings.Join(keys, " = "))
	d.put("where", strings.Join(conds, ", "))
}

// selected are expressions under the names of their columns; "" when all just pass.
func selected(list []expr.Expr, out *types.Schema) string {
	texts := make([]string, len(list))
	plain := true
	for i, e := range list {
		texts[i] = e.String()
		_, column := e.(*expr.Column)
		plain = plain && column && texts[i] == out.Fields[i].Name
		if texts[i] != out.Fields[i].Name {
			texts[i] += " AS " + out.Fields[i].Name
		}
	}
	if plain {
		return "" // fields says so
	}
	return strings.Join(texts, ", ")
}

func pythonCalls(op *PythonCalc, names []string) string {
	texts := make([]string, len(op.Calls))
	for i := range op.Calls {
		c := &op.Calls[i]
		args := make([]string, len(c.Args))
		for k, a := range c.Args {
			switch {
			case a.Literal != nil:
				args[k] = a.Literal.String()
			case a.Column < op.InputLen:
				args[k] = ColumnsText(names, []int{a.Column})
			default:
				args[k] = texts[a.Column-op.InputLen]
			}
		}
		texts[i] = c.Function.GetName() + "(" + strings.Join(args, ", ") + ")"
	}
	return strings.Join(texts, ", ")
}
