package compile

import (
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/calc"
	"github.com/headrace/headrace/core/runtime/operator/limit"
	"github.com/headrace/headrace/core/runtime/operator/union"
)

func init() {
	Register(func(n *plan.Node, op *plan.Calc, _ *Env) (operator.Operator, error) {
		return calc.New(op, n.Schema), nil
	})
	Register(func(_ *plan.Node, op *plan.Limit, _ *Env) (operator.Operator, error) {
		return limit.New(op), nil
	})
	Register(func(n *plan.Node, _ *plan.Union, _ *Env) (operator.Operator, error) {
		return union.New(n.Schema), nil
	})
}
