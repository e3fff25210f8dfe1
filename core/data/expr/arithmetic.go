package expr

import (
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// arithNode is +, - or * of columns and constants of one primitive type. Where some rows of a batch
// are at hand it reads their values where they lie: copies of the columns at those rows would cost
// more than the arithmetic.
type arithNode struct {
	*callNode
	op kernel.ArithOp
}

var arithOps = map[string]kernel.ArithOp{"+": kernel.Add, "-": kernel.Sub, "*": kernel.Mul}

// arithmetic is the node of a call: an arithNode where that can be.
func arithmetic(e *Call, plain *callNode) node {
	op, ok := arithOps[e.Fn.Name]
	if !ok || len(plain.args) != 2 {
		return plain
	}
	switch e.Bound.Result.Kind {
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.Float, types.Double:
	default:
		return plain
	}
	columns := 0
	for i, arg := range e.Args {
		if arg.Type().Kind != e.Bound.Result.Kind {
			return plain
		}
		switch plain.args[i].(type) {
		case columnNode:
			columns++
		case literalNode:
		default:
			return plain
		}
	}
	if columns == 0 {
		return plain
	}
	return &arithNode{plain, op}
}

func (a *arithNode) eval(f *frame) (kernel.Vec, error) {
	if f.rows == nil {
		return a.callNode.eval(f)
	}
	var args [2]kernel.Vec
	for i, arg := range a.args {
		switch arg := arg.(type) {
		case literalNode:
			args[i] = arg.v
		case columnNode:
			if f.taken != nil && f.taken[arg] != nil { // somebody wants the copy anyway
				return a.callNode.eval(f)
			}
			args[i] = kernel.ColVec(f.cols[arg])
		}
		if args[i].HasNulls() {
			return a.callNode.eval(f)
		}
	}
	return kernel.ArithAt(a.op, args[0], args[1], f.rows, a.e.Bound.Result), nil
}
