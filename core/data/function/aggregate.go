package function

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Accumulator is the state of one aggregate call in columns indexed by group (or slot of keyed
// state). Besides its own methods it has those of state.Column, so it can be registered as keyed
// state as it is. It belongs to one goroutine.
//
// Row rows[k] of the arguments (row k when rows is nil) belongs to groups[k]. The arguments have
// the types that binding gave, in order; COUNT(*) has none.
type Accumulator interface {
	// Grow makes room for groups below n; new ones are empty.
	Grow(n int)
	// Add takes rows in. Whether nulls count is the function's matter.
	Add(groups []int32, args []*batch.Column, rows []int32)
	// Retract takes back rows that were added before; only accumulators made with retract do.
	Retract(groups []int32, args []*batch.Column, rows []int32)
	// Merge adds what other (of the same binding) holds for otherGroups[k] to groups[k].
	Merge(groups []int32, other Accumulator, otherGroups []int32)
	// Result returns the value of each group, that of no rows for an empty one.
	Result(groups []int32) (*batch.Column, error)

	// Encode appends the state of each group to dst and its end (len(dst) then) to ends; an empty
	// group gives no bytes, any other at least one.
	Encode(groups []int32, dst []byte, ends []int32) ([]byte, []int32, error)
	// Decode sets each group from src[ends[i-1]:ends[i]] (ends[-1] = 0); no bytes clear it.
	Decode(groups []int32, src []byte, ends []int32) error
	// Clear empties the groups.
	Clear(groups []int32)
	// SizeBytes estimates the memory that the groups hold.
	SizeBytes(groups []int32) int64
}

// Aggregate is the declaration of an aggregate function.
type Aggregate struct {
	Name     string
	Aliases  []string
	Category string
	Syntax   string
	Doc      string
	Example  string

	// Ordered says that the result depends on the order in which rows arrive.
	Ordered bool
	// Infer chooses the overload.
	Infer func(args []Arg) (AggBound, error)
}

// AggBound is an aggregate with its overload chosen.
type AggBound struct {
	Args   []types.Type
	Result types.Type
	// New makes an empty accumulator; retract says that rows will be taken back.
	New func(retract bool) Accumulator
	// Splittable says that partial results of disjoint sets of rows can be merged: the aggregate
	// may run in two phases.
	Splittable bool
}

// Window is the declaration of a window function: one that is only meaningful with OVER. Its
// evaluation is the over operator's.
type Window struct {
	Name    string
	Syntax  string
	Doc     string
	Example string
	// Infer checks the arguments, and says what they are converted to and what comes out.
	Infer func(args []Arg) (args_ []types.Type, result types.Type, err error)
}

// Table is the declaration of a built-in table function; its plan is the planner's.
type Table struct {
	Name   string
	Syntax string
	Doc    string
}
