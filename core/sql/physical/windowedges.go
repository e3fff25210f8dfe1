package physical

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// edge is what a column is of the window that a row is in.
type edge int8

const (
	noEdge edge = iota
	startEdge
	endEdge
	timeEdge
)

// edges says of each column of r what it is of a window of the window TVF below, whatever the
// column's name; nil: rows are in no window.
func edges(r logical.Rel) []edge {
	switch r := r.(type) {
	case *logical.WindowTable:
		out := make([]edge, r.Out.Len())
		copy(out[len(out)-3:], []edge{startEdge, endEdge, timeEdge})
		return out
	case *logical.Project:
		return projectedEdges(r)
	case *logical.Filter:
		return edges(r.Input)
	case *logical.Rank:
		if in := edges(r.Input); in != nil {
			return append(slices.Clone(in), make([]edge, r.Out.Len()-len(in))...)
		}
	case *logical.Aggregate:
		in := edges(r.Input)
		if _, _, ok := edgeKeys(r, in); ok {
			out := make([]edge, r.Out.Len())
			for i, k := range r.Keys {
				out[i] = in[k]
			}
			return out
		}
	case *logical.Join:
		left, right := edges(r.Left), edges(r.Right)
		switch {
		case left == nil || right == nil:
			return nil
		case r.Kind == plan.SemiJoin || r.Kind == plan.AntiJoin:
			return left
		}
		return append(slices.Clone(left), right...)
	case *logical.SetOp:
		return unionEdges(r)
	}
	return nil
}

func projectedEdges(r *logical.Project) []edge {
	in := edges(r.Input)
	if in == nil {
		return nil
	}
	out := make([]edge, len(r.Exprs))
	for i, e := range r.Exprs {
		if c, ok := e.(*expr.Column); ok {
			out[i] = in[c.Index]
		}
	}
	return out
}

// unionEdges are those of a UNION ALL of rows that are in the same windows, column by column.
func unionEdges(r *logical.SetOp) []edge {
	if r.Kind != "UNION" || !r.All {
		return nil
	}
	first, window := edges(r.Rels[0]), findWindow(r.Rels[0])
	for _, in := range r.Rels[1:] {
		w := findWindow(in)
		if first == nil || w == nil || !slices.Equal(edges(in), first) || !sameWindows(w, window) {
			return nil
		}
	}
	return first
}

// sameWindows says whether two window functions make the same windows.
func sameWindows(a, b *plan.Window) bool {
	return a.Kind == b.Kind && a.Kind != plan.Session && a.SizeMs == b.SizeMs &&
		a.SlideMs == b.SlideMs && a.OffsetMs == b.OffsetMs && a.ProcTime == b.ProcTime &&
		a.TimeLTZ == b.TimeLTZ && a.Zone == b.Zone
}
