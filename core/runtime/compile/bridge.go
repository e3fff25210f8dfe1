package compile

import (
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/bridge"
)

func init() {
	Register(func(n *plan.Node, op *plan.FromStream, _ *Env) (operator.Operator, error) {
		return bridge.NewFrom(op, n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.ToStream, _ *Env) (operator.Operator, error) {
		return bridge.NewTo(op, n.Schema), nil
	})
}
