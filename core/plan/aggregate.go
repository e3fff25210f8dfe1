package plan

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/types"
)

// Bind chooses the overload of the call over the columns of in, with its DISTINCT and FILTER.
func (c *AggCall) Bind(in *types.Schema) (function.AggBound, error) {
	fn, ok := function.LookupAggregate(c.Name)
	if !ok {
		return function.AggBound{}, errs.Internalf("no aggregate '%s'", c.Name)
	}
	args := make([]function.Arg, len(c.Args))
	for i, a := range c.Args {
		args[i].Type = in.Fields[a].Type
		if l, ok := c.Consts[i].(*expr.Literal); ok {
			args[i].Value = l.Value
		}
	}
	b, err := fn.Infer(args)
	if err != nil {
		return b, err
	}
	if c.Distinct {
		b = b.WithDistinct()
	}
	if c.Filter >= 0 {
		b = b.WithFilter()
	}
	return b, nil
}

// Mergeable says whether what parts of the rows come to can be merged, in any order, into what all
// of them come to.
func (c *AggCall) Mergeable() bool {
	fn, ok := function.LookupAggregate(c.Name)
	return c.UDF == nil && !c.Distinct && ok && !fn.Ordered && len(c.Order) == 0
}
