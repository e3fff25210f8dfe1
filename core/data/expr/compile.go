package expr

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/kernel"
)

// EvalContext is what an evaluation knows besides its rows; see kernel.Context. It belongs to one
// goroutine.
type EvalContext = kernel.Context

// Program is a compiled expression. It holds no state: several goroutines may use it, each with
// its own EvalContext.
type Program struct {
	e    Expr
	root node
}

// Compile makes a Program; it refuses user functions, which the planner must have split out.
func Compile(e Expr) (*Program, error) {
	var c compiler
	root, err := c.compile(e)
	if err != nil {
		return nil, err
	}
	return &Program{e: e, root: root}, nil
}

// Expr is the expression that was compiled.
func (p *Program) Expr() Expr { return p.e }

// Eval computes the expression for each row of b. The caller owns a reference to the column,
// which may be a column of b. Its type is that of the expression.
func (p *Program) Eval(ctx *EvalContext, b *batch.Batch) (*batch.Column, error) {
	v, err := p.root.eval(&frame{ctx: ctx, cols: b.Cols, n: b.Len()})
	if err != nil {
		return nil, err
	}
	return kernel.Relabel(v, p.e.Type()).Column(b.Len()), nil
}

// EvalFilter returns the rows where the condition is TRUE, ascending; rows is reused if it is
// large enough.
func (p *Program) EvalFilter(ctx *EvalContext, b *batch.Batch, rows []int32) ([]int32, error) {
	return selectRows(p.root, &frame{ctx: ctx, cols: b.Cols, n: b.Len()}, rows[:0])
}

// frame is the rows that an expression is evaluated for: all of a batch, or some.
type frame struct {
	ctx   *kernel.Context
	cols  []*batch.Column
	n     int
	rows  []int32         // rows of cols; nil: all
	taken []*batch.Column // cols at rows, made when first asked for
	memo  *memo           // of the batch; nil: none
}

// column returns column i at the frame's rows.
func (f *frame) column(i int) *batch.Column {
	if f.rows == nil {
		return f.cols[i]
	}
	if f.taken == nil {
		f.taken = make([]*batch.Column, len(f.cols))
	}
	if f.taken[i] == nil {
		f.taken[i] = pick(f.cols[i], f.rows)
	}
	return f.taken[i]
}

// pick is c at the rows, which ascend: a view where they are one run and little else of c would be
// held with them.
func pick(c *batch.Column, rows []int32) *batch.Column {
	n := len(rows)
	if n > 0 && n >= c.Len()/2 && int(rows[n-1]-rows[0]) == n-1 {
		return c.Slice(int(rows[0]), int(rows[0])+n)
	}
	return batch.Take(c, rows)
}

// take is the frame of the rows at positions at (of f, ascending).
func (f *frame) take(at []int32) *frame {
	if len(at) == f.n {
		return f
	}
	return &frame{ctx: f.ctx, cols: f.cols, n: len(at), rows: positions(f.rows, at), memo: f.memo}
}

// positions returns outer[at[i]]; outer nil is the identity.
func positions(outer, at []int32) []int32 {
	if outer == nil {
		return at
	}
	out := make([]int32, len(at))
	for i, p := range at {
		out[i] = outer[p]
	}
	return out
}

// node is a compiled expression. The vector it returns is borrowed: valid as long as the frame.
type node interface {
	eval(f *frame) (kernel.Vec, error)
}

func (c *compiler) compile(e Expr) (node, error) {
	n, err := c.plain(e)
	if err != nil || len(c.shared) == 0 || !shareable(e) {
		return n, err
	}
	if slot, ok := c.shared[identity(e)]; ok {
		return &sharedNode{n, slot}, nil
	}
	return n, nil
}

func (c *compiler) plain(e Expr) (node, error) {
	kids := Children(e)
	nodes := make([]node, len(kids))
	for i, k := range kids {
		var err error
		if nodes[i], err = c.compile(k); err != nil {
			return nil, err
		}
	}
	switch e := e.(type) {
	case *Column:
		return columnNode(e.Index), nil
	case *Literal:
		return literalNode{kernel.ConstVec(e.Value)}, nil
	case *Call:
		if e.Bound.Kernel == nil {
			return nil, errs.Internalf("function '%s' has no kernel", e.Fn.Name)
		}
		return shorter(e, &callNode{e, nodes}), nil
	case *Cast:
		return &castNode{e, nodes[0]}, nil
	case *And:
		return &junctionNode{args: nodes, lazy: lazyArgs(kids), and: true}, nil
	case *Or:
		return &junctionNode{args: nodes, lazy: lazyArgs(kids)}, nil
	case *Not:
		return &notNode{nodes[0]}, nil
	case *Case:
		return newCaseNode(e, nodes), nil
	case *Coalesce:
		return &coalesceNode{e, nodes}, nil
	case *Field:
		return &fieldNode{e, nodes[0]}, nil
	case *Udf:
		return nil, errs.Internalf("user function '%s' was not split out of %s", e.Name, e)
	}
	return nil, errs.Internalf("unknown expression %T", e)
}

// shorter is the node of a call: one that knows a shorter way where there is one.
func shorter(e *Call, plain *callNode) node {
	if n, ok := comparison(e, plain); ok {
		return n
	}
	return arithmetic(e, plain)
}

type columnNode int

func (c columnNode) eval(f *frame) (kernel.Vec, error) {
	return kernel.ColVec(f.column(int(c))), nil
}

type literalNode struct{ v kernel.Vec }

func (l literalNode) eval(*frame) (kernel.Vec, error) { return l.v, nil }

type callNode struct {
	e    *Call
	args []node
}

func (c *callNode) eval(f *frame) (kernel.Vec, error) {
	args := make([]kernel.Vec, len(c.args))
	constant := c.e.Fn.Determinism != function.PerRow
	for i, a := range c.args {
		var err error
		if args[i], err = a.eval(f); err != nil {
			return kernel.Vec{}, err
		}
		constant = constant && args[i].Const
	}
	n := f.n
	if constant {
		if n == 0 {
			return kernel.NullVec(c.e.Bound.Result), nil
		}
		n = 1
		for i := range args {
			args[i].Const = false
		}
	}
	v, err := c.e.Bound.Kernel(f.ctx, args, n, c.e.Bound.Result)
	v.Const = v.Const || constant
	return v, err
}

type castNode struct {
	e   *Cast
	arg node
}

func (c *castNode) eval(f *frame) (kernel.Vec, error) {
	v, err := c.arg.eval(f)
	if err != nil || f.n == 0 {
		return kernel.NullVec(c.e.To), err
	}
	return kernel.Cast(f.ctx, v, f.n, c.e.To, c.e.Try)
}

type notNode struct{ arg node }

func (c *notNode) eval(f *frame) (kernel.Vec, error) {
	v, err := c.arg.eval(f)
	if err != nil {
		return v, err
	}
	return kernel.Not(v, f.n), nil
}

type fieldNode struct {
	e   *Field
	arg node
}

func (c *fieldNode) eval(f *frame) (kernel.Vec, error) {
	v, err := c.arg.eval(f)
	if err != nil {
		return v, err
	}
	return kernel.RowField(v, c.e.Index, f.n, c.e.T), nil
}
