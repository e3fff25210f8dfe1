package join

import (
	"slices"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
)

// multiStep decides with which rows of its input rows of the inputs before it join.
type multiStep struct {
	with    []int // inputs that must have a row
	program *expr.Program
	eval    *expr.EvalContext
	reads   []int // inputs that the condition reads, its own last
	inputs  []*types.Schema
	schema  *types.Schema // the columns of reads
	pass    []int32
	found   []match
}

// newMultiStep makes step i, which joins input i+1.
func newMultiStep(ctx *operator.Context, o *Multi, i int) (*multiStep, error) {
	s := &multiStep{with: o.op.Steps[i].With, inputs: o.inputs}
	cond := o.op.Steps[i].Condition
	if cond == nil {
		return s, nil
	}
	inputOf := func(column int) int {
		at := i + 1
		for o.starts[at] > column {
			at--
		}
		return at
	}
	for _, c := range expr.Columns(cond) {
		s.reads = append(s.reads, inputOf(c))
	}
	s.reads = append(s.reads, i+1)
	slices.Sort(s.reads)
	s.reads = slices.Compact(s.reads)
	s.schema = &types.Schema{}
	to := make([]int, o.rows.Schema.Len())
	for _, in := range s.reads {
		for c := range o.inputs[in].Fields {
			to[o.starts[in]+c] = s.schema.Len() + c
		}
		s.schema.Fields = append(s.schema.Fields, // those that may be padded are nullable
			o.rows.Schema.Fields[o.starts[in]:][:o.inputs[in].Len()]...)
	}
	var err error
	if s.eval, err = operator.EvalContext(ctx); err != nil {
		return nil, err
	}
	s.program, err = expr.Compile(expr.Remap(cond, to))
	return s, err
}

// matches are the candidates that join with the rows of the inputs before, valid until the next call
// on the step's input.
func (s *multiStep) matches(combo [][]byte, candidates []match) ([]match, error) {
	for _, in := range s.with {
		if combo[in] == nil {
			return nil, nil
		}
	}
	if s.program == nil || len(candidates) == 0 {
		return candidates, nil
	}
	b := batch.NewRowBuilder(s.schema, len(candidates))
	for _, m := range candidates {
		at := 0
		for _, in := range s.reads {
			row := m.row
			if in < len(combo) {
				row = combo[in]
			}
			n := s.inputs[in].Len()
			if err := decodeOrPad(row, b.Cols[at:at+n]); err != nil {
				return nil, err
			}
			at += n
		}
	}
	var err error
	if s.pass, err = s.program.EvalFilter(s.eval, b.Finish(), s.pass); err != nil {
		return nil, err
	}
	s.found = s.found[:0]
	for _, r := range s.pass {
		s.found = append(s.found, candidates[r])
	}
	return s.found, nil
}
