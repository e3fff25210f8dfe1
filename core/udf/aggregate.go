package udf

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// AggregateSpec is one call of an aggregate function over rows of the input columns.
type AggregateSpec struct {
	Context Context
	Inputs  []types.Type
	Consts  []*batch.Column
	Call    Call
}

// Accumulators are live accumulators indexed by slot. They are a state.Column: an operator
// registers them with its keyed state and marks the slots dirty that it accumulates into. A slot
// without a value gets create_accumulator() when it is first used.
type Accumulators interface {
	// Grow makes room for slots below n; new ones are empty.
	Grow(n int)
	// Encode appends the value of each slot to dst and its end (len(dst) then) to ends.
	Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error)
	// Decode sets each slot from src[ends[i-1]:ends[i]] (ends[-1] = 0); zero bytes clear it.
	Decode(slots []int32, src []byte, ends []int32) error
	// Clear empties the slots.
	Clear(slots []int32)
	// SizeBytes estimates the memory that the slots hold.
	SizeBytes(slots []int32) int64

	// Accumulate adds row i of the input to the accumulator of slots[i], in order; rows whose kind
	// takes a row back (-U, -D) call retract. kinds nil: all insert.
	Accumulate(slots []int32, in []*batch.Column, kinds []types.RowKind) error
	// Merge merges the accumulator of from[i] into that of into[i], which may be empty; from stays.
	Merge(into, from []int32) error
	// CanRetract and CanMerge say whether the function has retract and merge.
	CanRetract() bool
	CanMerge() bool
	// Close runs close() of the function and drops the accumulators.
	Close() error
}

// Aggregate has one result per accumulator.
type Aggregate interface {
	Accumulators
	// Value returns get_value of each slot, in order: one column for each of Call.Results.
	Value(slots []int32) ([]*batch.Column, error)
}

// TableAggregate has any number of result rows per accumulator.
type TableAggregate interface {
	Accumulators
	// CanUpdate says whether the function has emit_update_with_retract.
	CanUpdate() bool
	// Emit returns the rows of emit_value of each slot: the columns of Call.Results, and for each
	// row the position in slots that it came from (ascending).
	Emit(slots []int32) (out []*batch.Column, rows []int32, err error)
	// EmitUpdate returns the changes of emit_update_with_retract since the last call, -U or -D for
	// what the function retracts, +U for what it collects.
	EmitUpdate(slots []int32) (out []*batch.Column, rows []int32, kinds []types.RowKind, err error)
}

// GroupAggregate is an aggregate of a vector style (pandas, arrow, numpy, polars): it sees all
// rows of a group at once.
type GroupAggregate interface {
	// Eval returns one row for each group; group g is the input rows [from[g], to[g]). Groups may
	// overlap (windows of OVER) and may be empty.
	Eval(in []*batch.Column, n int, from, to []int32) ([]*batch.Column, error)
	Close() error
}
