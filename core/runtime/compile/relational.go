package compile

import (
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/agg"
	"github.com/headrace/headrace/core/runtime/operator/calc"
	"github.com/headrace/headrace/core/runtime/operator/cep"
	"github.com/headrace/headrace/core/runtime/operator/correlate"
	"github.com/headrace/headrace/core/runtime/operator/dedup"
	"github.com/headrace/headrace/core/runtime/operator/expand"
	"github.com/headrace/headrace/core/runtime/operator/hashagg"
	"github.com/headrace/headrace/core/runtime/operator/join"
	"github.com/headrace/headrace/core/runtime/operator/limit"
	"github.com/headrace/headrace/core/runtime/operator/lookup"
	"github.com/headrace/headrace/core/runtime/operator/normalize"
	"github.com/headrace/headrace/core/runtime/operator/over"
	"github.com/headrace/headrace/core/runtime/operator/python"
	"github.com/headrace/headrace/core/runtime/operator/rank"
	"github.com/headrace/headrace/core/runtime/operator/runtimefilter"
	"github.com/headrace/headrace/core/runtime/operator/setop"
	"github.com/headrace/headrace/core/runtime/operator/single"
	"github.com/headrace/headrace/core/runtime/operator/sinkguard"
	"github.com/headrace/headrace/core/runtime/operator/sort"
	"github.com/headrace/headrace/core/runtime/operator/union"
)

func init() {
	Register(func(n *plan.Node, op *plan.Correlate, env *Env) (operator.Operator, error) {
		if op.Function == nil {
			return correlate.NewUnnest(op, inputOf(n, env), n.Schema), nil
		}
		return correlate.NewFunction(op, inputOf(n, env), n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.SetOp, _ *Env) (operator.Operator, error) {
		return setop.New(op, n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.Expand, _ *Env) (operator.Operator, error) {
		return expand.New(op, n.Schema), nil
	})
	Register(func(_ *plan.Node, op *plan.SingleRow, _ *Env) (operator.Operator, error) {
		if len(op.Keys) > 0 {
			return single.NewKeyed(op.Keys), nil
		}
		return single.New(), nil
	})
	Register(func(n *plan.Node, op *plan.Join, env *Env) (operator.Operator, error) {
		if env.Batch {
			return batchJoin(n, op, env), nil
		}
		return join.NewRegular(op, inputAt(n, env, 0), inputAt(n, env, 1), n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.MultiJoin, env *Env) (operator.Operator, error) {
		inputs := make([]*types.Schema, len(op.Keys))
		for i := range inputs {
			inputs[i] = inputAt(n, env, i)
		}
		return join.NewMulti(op, inputs, n.Schema), nil
	})
	Register(func(_ *plan.Node, op *plan.ConstraintEnforcer, _ *Env) (operator.Operator, error) {
		return sinkguard.NewConstraint(op), nil
	})
	Register(func(_ *plan.Node, _ *plan.MarkDeletes, _ *Env) (operator.Operator, error) {
		return sinkguard.NewMarkDeletes(), nil
	})
	Register(func(_ *plan.Node, op *plan.DropUpdateBefore, _ *Env) (operator.Operator, error) {
		return sinkguard.NewDropBefore(op), nil
	})
	Register(func(n *plan.Node, op *plan.SinkMaterialize, _ *Env) (operator.Operator, error) {
		return sinkguard.NewMaterialize(op, n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.ChangelogNormalize, _ *Env) (operator.Operator, error) {
		return normalize.New(op, n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.Rank, env *Env) (operator.Operator, error) {
		if op.WindowColumns != nil {
			return rank.NewWindow(op, inputOf(n, env), n.Schema), nil
		}
		return rank.New(op, inputOf(n, env), n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.Deduplicate, _ *Env) (operator.Operator, error) {
		return dedup.New(op, n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.IntervalJoin, env *Env) (operator.Operator, error) {
		return join.NewInterval(op, inputAt(n, env, 0), inputAt(n, env, 1), n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.WindowJoin, env *Env) (operator.Operator, error) {
		return join.NewWindow(op, inputAt(n, env, 0), inputAt(n, env, 1), n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.TemporalJoin, env *Env) (operator.Operator, error) {
		return join.NewTemporal(op, inputAt(n, env, 0), inputAt(n, env, 1), n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.Match, env *Env) (operator.Operator, error) {
		return cep.New(op, inputOf(n, env), n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.Over, env *Env) (operator.Operator, error) {
		return over.New(op, inputOf(n, env), n.Schema, env.Batch), nil
	})
	Register(func(n *plan.Node, op *plan.Sort, _ *Env) (operator.Operator, error) {
		if op.TimeColumn >= 0 {
			return sort.NewTemporal(op, n.Schema), nil
		}
		return sort.NewBounded(op, n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.GroupAggregate, env *Env) (operator.Operator, error) {
		if env.Batch && hashes(op) {
			return hashagg.New(op, inputOf(n, env), n.Schema), nil
		}
		if op.TableAgg {
			return agg.NewMany(op, inputOf(n, env), n.Schema), nil
		}
		return agg.NewGroup(op, inputOf(n, env), n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.WindowAggregate, env *Env) (operator.Operator, error) {
		if k := op.Window.Kind; !op.Attached && (k == plan.CountTumble || k == plan.CountSlide) {
			return agg.NewCount(op, inputOf(n, env), n.Schema), nil
		}
		if op.Emit != nil {
			return agg.NewEmitting(op, inputOf(n, env), n.Schema), nil
		}
		if op.Window.Kind == plan.Session && !op.Attached {
			return agg.NewSessions(op, inputOf(n, env), n.Schema), nil
		}
		return agg.NewWindow(op, inputOf(n, env), n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.WindowTable, env *Env) (operator.Operator, error) {
		if op.Window.Kind == plan.Session {
			return agg.NewSessionTable(op, inputOf(n, env), n.Schema), nil
		}
		return agg.NewTable(op, n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.PythonCalc, env *Env) (operator.Operator, error) {
		if op.Async {
			return python.NewAsync(op, inputOf(n, env), n.Schema), nil
		}
		return python.NewScalar(op, inputOf(n, env), n.Schema), nil
	})
	Register(func(n *plan.Node, op *plan.Calc, _ *Env) (operator.Operator, error) {
		return calc.New(op, n.Schema), nil
	})
	Register(func(_ *plan.Node, op *plan.RuntimeFilterBuild, _ *Env) (operator.Operator, error) {
		return runtimefilter.NewBuild(op), nil
	})
	Register(func(n *plan.Node, op *plan.RuntimeFilter, env *Env) (operator.Operator, error) {
		if scan, columns := env.Graph.FilteredScan(n); scan != nil {
			return runtimefilter.NewFilter(op, env.bounds(n), columns), nil
		}
		return runtimefilter.NewFilter(op, nil, nil), nil
	})
	Register(func(n *plan.Node, op *plan.LookupJoin, env *Env) (operator.Operator, error) {
		return lookup.New(op, inputOf(n, env), n.Schema), nil
	})
	Register(func(_ *plan.Node, op *plan.Limit, _ *Env) (operator.Operator, error) {
		return limit.New(op), nil
	})
	Register(func(n *plan.Node, _ *plan.Union, _ *Env) (operator.Operator, error) {
		return union.New(n.Schema), nil
	})
}

// inputOf is the schema of what arrives at port 0 of a node.
func inputOf(n *plan.Node, env *Env) *types.Schema { return inputAt(n, env, 0) }

// inputAt is the schema of what arrives at a port of a node.
func inputAt(n *plan.Node, env *Env, port int) *types.Schema {
	for _, e := range env.Graph.Inputs(n.ID) {
		if e.Port == port {
			from := env.Graph.Nodes[e.From]
			if e.Output > 0 {
				return from.SideSchemas[e.Output-1]
			}
			return from.Schema
		}
	}
	return nil
}
