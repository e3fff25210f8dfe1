package expr

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// cheap says whether evaluating e for rows that do not need it does no harm: it cannot raise and
// costs little more than picking the rows.
func cheap(e Expr) bool {
	switch e := e.(type) {
	case *Column, *Literal:
		return true
	case *Cast:
		return e.Implicit && e.To.IsNumeric() && e.To.Kind != types.Decimal && cheap(e.Arg)
	case *Call:
		if e.Fn.Raises || e.Fn.Category != "comparison" && e.Fn.Category != "arithmetic" &&
			e.Fn.Category != "logical" {
			return false
		}
	case *And, *Or, *Not:
	default:
		return false
	}
	for _, k := range Children(e) {
		t := k.Type()
		if !cheap(k) || t.Kind == types.Decimal || t.Kind >= types.Array {
			return false
		}
	}
	return true
}

func lazyArgs(args []Expr) []bool {
	lazy := make([]bool, len(args))
	for i, a := range args {
		lazy[i] = i > 0 && !cheap(a)
	}
	return lazy
}

// junctionNode is AND or OR.
type junctionNode struct {
	args []node
	lazy []bool
	and  bool
}

func (j *junctionNode) eval(f *frame) (kernel.Vec, error) {
	acc, err := j.args[0].eval(f)
	if err != nil {
		return acc, err
	}
	for i := 1; i < len(j.args); i++ {
		v, err := j.evalArg(i, acc, f)
		if err != nil {
			return acc, err
		}
		if j.and {
			acc = kernel.And(acc, v, f.n)
		} else {
			acc = kernel.Or(acc, v, f.n)
		}
	}
	return acc, nil
}

// evalArg evaluates argument i, a lazy one only where acc does not decide yet; elsewhere its value
// does not matter.
func (j *junctionNode) evalArg(i int, acc kernel.Vec, f *frame) (kernel.Vec, error) {
	if !j.lazy[i] {
		return j.args[i].eval(f)
	}
	open := kernel.SelectTrue(kernel.Is(acc, f.n, !j.and, true), f.n, nil)
	if len(open) == f.n {
		return j.args[i].eval(f)
	}
	t := types.Of(types.Boolean)
	if len(open) == 0 {
		return kernel.NullVec(t), nil
	}
	v, err := j.args[i].eval(f.take(open))
	if err != nil {
		return v, err
	}
	return kernel.ColVec(kernel.Merge(t, f.n, []kernel.Part{{Vec: v, Rows: open}})), nil
}

// caseNode evaluates each branch for the rows that reach it.
type caseNode struct {
	t     types.Type
	conds []node
	thens []node // the last one is ELSE
}

func newCaseNode(e *Case, nodes []node) *caseNode {
	c := &caseNode{t: e.T}
	for i := 0; i+1 < len(nodes); i += 2 {
		c.conds = append(c.conds, nodes[i])
		c.thens = append(c.thens, nodes[i+1])
	}
	c.thens = append(c.thens, nodes[len(nodes)-1])
	return c
}

// constants are the values of a CASE of one condition and two constants that are not NULL.
func (c *caseNode) constants() (yes, no kernel.Vec, ok bool) {
	if len(c.conds) != 1 || !kernel.Chooses(c.t) {
		return yes, no, false
	}
	then, ok1 := c.thens[0].(literalNode)
	otherwise, ok2 := c.thens[1].(literalNode)
	ok = ok1 && ok2 && !then.v.HasNulls() && !otherwise.v.HasNulls() &&
		then.v.Type().EqualIgnoringNull(c.t) && otherwise.v.Type().EqualIgnoringNull(c.t)
	return then.v, otherwise.v, ok
}

func (c *caseNode) eval(f *frame) (kernel.Vec, error) {
	if yes, no, ok := c.constants(); ok && f.n > 0 {
		v, err := c.conds[0].eval(f)
		if err != nil {
			return v, err
		}
		return kernel.Choose(v, yes, no, f.n, c.t), nil
	}
	var parts []kernel.Part
	rest, at := f, []int32(nil) // at: the rows of rest in f; nil is all of them
	branch := func(n node, rows []int32) error {
		v, err := n.eval(rest.take(rows))
		if err == nil {
			parts = append(parts, kernel.Part{Vec: v, Rows: positions(at, rows)})
		}
		return err
	}
	for i, cond := range c.conds {
		if rest.n == 0 {
			break
		}
		v, err := cond.eval(rest)
		if err != nil {
			return v, err
		}
		yes := kernel.SelectTrue(v, rest.n, nil)
		if len(yes) == 0 {
			continue
		}
		if err := branch(c.thens[i], yes); err != nil {
			return kernel.Vec{}, err
		}
		no := complement(yes, rest.n)
		rest, at = rest.take(no), positions(at, no)
	}
	if rest.n > 0 {
		if len(parts) == 0 {
			v, err := c.thens[len(c.thens)-1].eval(rest)
			return kernel.Relabel(v, c.t), err
		}
		if err := branch(c.thens[len(c.thens)-1], complement(nil, rest.n)); err != nil {
			return kernel.Vec{}, err
		}
	}
	return kernel.ColVec(kernel.Merge(c.t, f.n, parts)), nil
}

// complement returns the numbers below n that are not in rows (ascending).
func complement(rows []int32, n int) []int32 {
	out := make([]int32, 0, n-len(rows))
	k := 0
	for i := int32(0); int(i) < n; i++ {
		if k < len(rows) && rows[k] == i {
			k++
			continue
		}
		out = append(out, i)
	}
	return out
}

// coalesceNode evaluates each argument for the rows where all before it are null.
type coalesceNode struct {
	e    *Coalesce
	args []node
}

func (c *coalesceNode) eval(f *frame) (kernel.Vec, error) {
	var parts []kernel.Part
	rest, at := f, []int32(nil)
	for _, arg := range c.args {
		if rest.n == 0 {
			break
		}
		v, err := arg.eval(rest)
		if err != nil {
			return v, err
		}
		if len(parts) == 0 && !v.HasNulls() && rest == f {
			return kernel.Relabel(v, c.e.T), nil
		}
		have := kernel.SelectTrue(kernel.IsNull(v, rest.n, true), rest.n, nil)
		if len(have) == 0 {
			continue
		}
		if !v.Const && len(have) < rest.n {
			v = kernel.ColVec(batch.Take(v.Col, have))
		}
		parts = append(parts, kernel.Part{Vec: v, Rows: positions(at, have)})
		no := complement(have, rest.n)
		rest, at = rest.take(no), positions(at, no)
	}
	if len(parts) == 0 {
		return kernel.NullVec(c.e.T), nil
	}
	return kernel.ColVec(kernel.Merge(c.e.T, f.n, parts)), nil
}
