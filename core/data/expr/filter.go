package expr

import (
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
)

// rangeNode is a comparison of a column with a constant. A filter picks rows by it without the
// BOOLEAN column that eval makes.
type rangeNode struct {
	*callNode
	column columnNode
	in     kernel.Range
}

var compareOps = map[string]kernel.CmpOp{}

func init() {
	for op := kernel.Eq; op <= kernel.Ge; op++ {
		compareOps[op.String()] = op
	}
}

// comparison is a call as a rangeNode; ok is false where it is none.
func comparison(e *Call, plain *callNode) (n *rangeNode, ok bool) {
	op, ok := compareOps[e.Fn.Name]
	if !ok || len(plain.args) != 2 || e.Args[0].Type().Kind != e.Args[1].Type().Kind {
		return nil, false
	}
	column, ok := plain.args[0].(columnNode)
	value, is := plain.args[1].(literalNode)
	t := e.Args[0].Type()
	if !ok {
		if column, ok = plain.args[1].(columnNode); !ok {
			return nil, false
		}
		value, is = plain.args[0].(literalNode)
		t, op = e.Args[1].Type(), op.Swap()
	}
	if !is || value.v.AllNull() {
		return nil, false
	}
	in, ok := kernel.RangeOf(op, value.v.Col, t)
	return &rangeNode{plain, column, in}, ok
}

// narrow is the share of rows below which a filter goes on with the rows that are left.
const narrow = 4

// selectRows appends the rows of f where the node is TRUE.
func selectRows(n node, f *frame, rows []int32) ([]int32, error) {
	if j, ok := n.(*junctionNode); ok && j.and {
		return selectAll(j, f, rows)
	}
	if in, c, _ := ranges([]node{n}, f); c != nil {
		return in.Select(c, rows), nil
	}
	v, err := n.eval(f)
	if err != nil {
		return rows, err
	}
	return kernel.SelectTrue(v, f.n, rows), nil
}

// selectAll appends the rows of f where all arguments of an AND are TRUE. They are evaluated one
// after the other, on the rows that are left once these are few.
func selectAll(j *junctionNode, f *frame, rows []int32) ([]int32, error) {
	before, i := len(rows), 1
	var err error
	if in, c, n := ranges(j.args, f); c != nil {
		rows, i = in.Select(c, rows), n
	} else if rows, err = selectRows(j.args[0], f, rows); err != nil {
		return rows, err
	}
	for i < len(j.args) && len(rows) > before {
		open := rows[before:]
		if in, c, n := ranges(j.args[i:], f); c != nil {
			rows = rows[:before+len(in.Refine(c, open))]
			i += n
			continue
		}
		if j.lazy[i] || len(open)*narrow < f.n {
			rest := &junctionNode{args: j.args[i:], lazy: j.lazy[i:], and: true}
			open = slices.Clone(open) // the frame keeps it
			picked, err := selectAll(rest, f.take(open), nil)
			return append(rows[:before], positions(open, picked)...), err
		}
		v, err := j.args[i].eval(f)
		if err != nil {
			return rows, err
		}
		rows = rows[:before+len(kernel.RefineTrue(v, open))]
		i++
	}
	return rows, nil
}

// ranges is what the first n conjuncts ask of one column, at the rows of f; c is nil when the first
// one asks for no range.
func ranges(conjuncts []node, f *frame) (in kernel.Range, c *batch.Column, n int) {
	for _, arg := range conjuncts {
		r, ok := arg.(*rangeNode)
		switch {
		case !ok:
			return in, c, n
		case c == nil:
			if c = f.column(int(r.column)); !r.in.Applies(c.Type) {
				return in, nil, 0
			}
			in = r.in
		case f.column(int(r.column)) != c:
			return in, c, n
		default:
			both, ok := in.And(r.in)
			if !ok {
				return in, c, n
			}
			in = both
		}
		n++
	}
	return in, c, n
}
