package plan

import (
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
)

// RuntimeFilterSchema is that of the row of a RuntimeFilterBuild: the set, and for each key its
// least and its largest value, 16 bytes, where Bounded.
var RuntimeFilterSchema = types.NewSchema(types.F("filter", types.Of(types.Varbinary)),
	types.F("bounds", types.Of(types.Varbinary)))

// Bounded says whether the least and the largest of keys of a type are kept.
func Bounded(t types.Type) bool { return t.IsInteger() || t.Kind == types.Date }

// RuntimeFilterBuild gives, at the end of its input, one row with a set of the hashes of the keys
// that it saw. Rows is how many keys there are thought to be: the set's size.
type RuntimeFilterBuild struct {
	Keys []int
	Rows int64
}

// Kind implements Op.
func (*RuntimeFilterBuild) Kind() string { return "RuntimeFilterBuilder" }

// RuntimeFilter lets rows of port 0 pass whose keys may be in the sets of port 1, which comes first;
// Rows as in RuntimeFilterBuild.
type RuntimeFilter struct {
	Keys []int
	Rows int64
}

// Kind implements Op.
func (*RuntimeFilter) Kind() string { return "RuntimeFilter" }

// FilteredScan is the source that only a runtime filter reads, subtask by subtask, with nothing but
// calculations in between; columns has, for each key of the filter, the column of the source, or −1
// where it is none, or not of a Bounded type. A source that others read too, or of which none of the
// columns is a key, is none: nil.
func (g *Graph) FilteredScan(filter *Node) (scan *Node, columns []int) {
	op, ok := filter.Op.(*RuntimeFilter)
	if !ok {
		return nil, nil
	}
	columns = append(columns, op.Keys...)
	for n := filter; ; {
		in := g.Inputs(n.ID)
		if n == filter {
			in = in[:1]
		}
		if len(in) != 1 || in[0].Partition != Forward || in[0].Output != 0 {
			return nil, nil
		}
		n = g.Nodes[in[0].From]
		if len(g.Outputs(n.ID)) != 1 || n.Parallelism != filter.Parallelism {
			return nil, nil
		}
		switch op := n.Op.(type) {
		case *Calc:
			for i, c := range columns {
				columns[i] = passed(op, c)
			}
		case *Source:
			return g.bounded(n, columns)
		default:
			return nil, nil
		}
	}
}

// passed is the input column that column c of a calculation is, −1 for none.
func passed(op *Calc, c int) int {
	if c < 0 {
		return -1
	}
	if col, ok := op.Exprs[c].(*expr.Column); ok {
		return col.Index
	}
	return -1
}

func (g *Graph) bounded(scan *Node, columns []int) (*Node, []int) {
	some := false
	for i, c := range columns {
		if c >= 0 && !Bounded(scan.Schema.Fields[c].Type) {
			columns[i] = -1
		}
		some = some || columns[i] >= 0
	}
	if !some {
		return nil, nil
	}
	return scan, columns
}

// ScanFilter is the runtime filter whose FilteredScan a source is, nil for none.
func (g *Graph) ScanFilter(scan *Node) *Node {
	for _, n := range g.Nodes {
		if s, _ := g.FilteredScan(n); s != nil && s == scan {
			return n
		}
	}
	return nil
}
