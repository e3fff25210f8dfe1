package jobtest

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Apply is a test operator: a function of the batch, made for each subtask.
type Apply struct {
	Make func(ctx *operator.Context) func(b *batch.Batch, out operator.Output) error
	// Whole says that the operator wants all its input first.
	Whole bool
}

// EndOfStream implements plan.EndOfStream.
func (a *Apply) EndOfStream() bool { return a.Whole }

// Kind implements plan.Op.
func (*Apply) Kind() string { return "Apply" }

type applyOp struct {
	operator.Base
	spec *Apply
	f    func(b *batch.Batch, out operator.Output) error
}

func (o *applyOp) Open(ctx *operator.Context) error {
	o.f = o.spec.Make(ctx)
	return o.Base.Open(ctx)
}

func (o *applyOp) Process(_ int, b *batch.Batch, out operator.Output) error { return o.f(b, out) }

func init() {
	compile.Register(func(_ *plan.Node, op *Apply, _ *compile.Env) (operator.Operator, error) {
		return &applyOp{spec: op}, nil
	})
}
