package udf

import "github.com/headrace/headrace/core/data/batch"

// CanFold says whether a call may be evaluated once, when the query is planned: the function is
// deterministic, is called row by row and takes constants only.
func CanFold(c *Call) bool {
	f := c.Function
	if !f.GetDeterministic() || f.GetKind() != "scalar" || len(c.Args) == 0 ||
		f.GetStyle() != "" && f.GetStyle() != "general" {
		return false
	}
	for _, a := range c.Args {
		if a.From != Const {
			return false
		}
	}
	return true
}

// Fold evaluates a call for which CanFold holds and returns its value, a column of one row.
// An exception of the function is returned as it would be at run time; the planner may choose to
// keep the call instead.
func Fold(h SQL, ctx Context, c Call, consts []*batch.Column) (*batch.Column, error) {
	s, err := h.Scalar(&ScalarSpec{Context: ctx, Consts: consts, Calls: []Call{c},
		Outputs: []int{0}})
	if err != nil {
		return nil, err
	}
	out, err := s.Eval(nil, 1)
	if closed := s.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	return out[0], nil
}
