// Package over computes window functions and aggregates over the rows around each row.
package over

import (
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// New makes the operator of plan.Over for streaming or batch mode; in and schema are those of its
// input and output.
func New(op *plan.Over, in, schema *types.Schema, batchMode bool) operator.Operator {
	switch {
	case batchMode:
		return &Bounded{op: op, in: in, schema: schema}
	case op.Updating:
		return newChanging(op, in, schema)
	}
	return &Stream{op: op, in: in, schema: schema, keys: operator.Keys{Columns: op.Partition}}
}

// split parts the calls of an operator into aggregates and window functions; at says of each call
// where it stands in its part.
func split(calls []plan.OverCall) (aggs []plan.AggCall, functions []*plan.OverCall, at []int) {
	for i := range calls {
		if c := &calls[i]; isFunction(c) {
			at = append(at, len(functions))
			functions = append(functions, c)
		} else {
			at = append(at, len(aggs))
			aggs = append(aggs, c.AggCall)
		}
	}
	return aggs, functions, at
}

// isFunction tells the functions that exist only with OVER from aggregates.
func isFunction(c *plan.OverCall) bool {
	if c.UDF != nil {
		return false
	}
	switch c.Name {
	case "ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST", "NTILE", "LAG", "LEAD":
		return true
	}
	return false
}

// hasUser says whether a call is a function in Python.
func hasUser(op *plan.Over) bool {
	for i := range op.Calls {
		if op.Calls[i].UDF != nil {
			return true
		}
	}
	return false
}
