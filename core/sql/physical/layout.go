package physical

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/plan"
)

// layout is where equal rows of a bounded relation are. An aggregation whose keys fit to it needs no
// exchange, and no table of all its keys.
type layout struct {
	// parts are sets of columns. Rows that are equal in one of them are in the same subtask; with a
	// set without columns all rows are in one.
	parts [][]int
	// orders are lists of columns. Rows of a subtask that are equal in the first ones, however
	// many, come one after the other.
	orders [][]int
}

// collocates says whether rows of equal keys are in one subtask.
func (l layout) collocates(keys []int) bool {
	return slices.ContainsFunc(l.parts, func(part []int) bool { return within(part, keys) })
}

// gathers says whether rows of equal keys come one after the other.
func (l layout) gathers(keys []int) bool {
	return slices.ContainsFunc(l.orders, func(order []int) bool {
		n := 0
		for n < len(order) && slices.Contains(keys, order[n]) {
			n++
		}
		return n > 0 && within(keys, order[:n])
	})
}

func within(some, all []int) bool {
	return !slices.ContainsFunc(some, func(c int) bool { return !slices.Contains(all, c) })
}

// moved is the layout with other numbers for the columns; those for which to gives -1 are gone.
func (l layout) moved(to func(c int) int) (out layout) {
	for _, part := range l.parts {
		if moved := movedPrefix(part, to); len(moved) == len(part) {
			out.parts = append(out.parts, moved)
		}
	}
	for _, order := range l.orders {
		if moved := movedPrefix(order, to); len(moved) > 0 {
			out.orders = append(out.orders, moved)
		}
	}
	return out
}

// movedPrefix renumbers columns up to the first one that is gone.
func movedPrefix(cols []int, to func(c int) int) []int {
	out := make([]int, 0, len(cols))
	for _, c := range cols {
		at := to(c)
		if at < 0 {
			break
		}
		out = append(out, at)
	}
	return out
}

// through is the layout behind a projection.
func (l layout) through(list []expr.Expr) layout {
	return l.moved(func(c int) int {
		return slices.IndexFunc(list, func(e expr.Expr) bool {
			col, ok := e.(*expr.Column)
			return ok && col.Index == c
		})
	})
}

// aggregated is the layout behind an aggregation whose keys come first.
func (l layout) aggregated(keys []int) layout {
	return l.moved(func(c int) int { return slices.Index(keys, c) })
}

// byKey is the layout of rows that were exchanged by their first n columns.
func byKey(n int) layout {
	key := make([]int, n)
	for i := range key {
		key[i] = i
	}
	return layout{parts: [][]int{key}}
}

// joinedLayout is that of a join whose inputs were exchanged by their keys. Columns of a side that
// is filled up with NULLs say nothing. A merge gives pairs, or left rows alone, in order.
func joinedLayout(op *plan.Join, width int, merged bool) (l layout) {
	if op.Type != plan.FullJoin && op.Type != plan.RightJoin {
		l.parts = append(l.parts, op.LeftKeys)
	}
	if op.Type == plan.InnerJoin || op.Type == plan.RightJoin {
		right := make([]int, len(op.RightKeys))
		for i, k := range op.RightKeys {
			right[i] = k + width
		}
		l.parts = append(l.parts, right)
	}
	if merged && (op.Type == plan.InnerJoin || op.Type == plan.SemiJoin && op.Condition == nil) {
		l.orders = l.parts
	}
	return l
}

// sortedLayout is that of rows in one subtask, sorted by keys.
func sortedLayout(keys []plan.SortKey) layout {
	order := make([]int, len(keys))
	for i, k := range keys {
		order[i] = k.Column
	}
	return layout{parts: [][]int{{}}, orders: [][]int{order}}
}
