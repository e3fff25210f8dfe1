// Package udf is what the engine asks of user code. core declares it, pyudf implements it for
// Python; the engine itself knows no language.
//
// # What a function is
//
// A planpb.Function carries either a pickled value or the path "module.attr" of one. The host
// loads it once for each instance it makes: subtasks never share a function object. The value is
// used by what it can do, never by its class:
//
//	kind             a callable, or an object with            optionally
//	scalar           eval(*args)                              open(ctx) close()
//	async_scalar     async eval(*args)                        open close
//	table            eval(*args) → rows                       open close
//	aggregate        create_accumulator() get_value(acc)      retract(acc, *args) merge(acc, accs)
//	                 accumulate(acc, *args)                   open close
//	table_aggregate  create_accumulator() emit_value(acc)     emit_update_with_retract(acc, out)
//	                 accumulate(acc, *args)                   retract merge open close
//
// A pandas, arrow, numpy or polars aggregate is a callable (or eval or accumulate) that takes one
// vector an argument and returns one value a group. open gets a FunctionContext:
// get_metric_group(), get_job_parameter(key, default) and what Context says of the subtask.
//
// # Values
//
// To a general function BOOLEAN is bool; TINYINT to BIGINT int; FLOAT and DOUBLE float; DECIMAL
// decimal.Decimal with the type's scale; CHAR and VARCHAR str; BINARY, VARBINARY and RAW bytes;
// DATE, TIME and TIMESTAMP datetime.date, time and (naive) datetime; TIMESTAMP_LTZ an aware
// datetime of the session's zone; INTERVAL DAY TO SECOND datetime.timedelta and INTERVAL YEAR TO
// MONTH int, months; ARRAY list, MAP dict, MULTISET a dict from element to count, ROW a Row with
// the field names; NULL None.
//
// Results are read as PyFlink reads them: integers take what int() makes of a number (1.5 is 1)
// and refuse what does not fit; floats what float() makes; DECIMAL rounds half to even and refuses
// what does not fit; times are cut to the type's unit. A DATE takes a datetime, TIME too; an aware
// datetime is an instant to TIMESTAMP_LTZ (a naive one is of the session's zone) and its wall clock
// to TIMESTAMP. Rows are matched by name where they have names. Two things PyFlink gets wrong are
// right here: TIMESTAMP_LTZ is shifted into the zone, not just labelled with it, and None for a
// NOT NULL type is an error.
//
// # Threads and errors
//
// All calls of one instance come from one OS thread, one after the other; a Host belongs to that
// thread. None waits for anything but the function itself. An exception comes back as an error
// whose chain holds the host's own error type; the outermost is an errs.Error marked User that
// names the function, the failing row (its values, cut to a bound) and the origin.
//
// Columns passed in are borrowed for the call; the caller owns columns that come out.
package udf

import (
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
)

// Host makes user functions for one subtask (or, for constant folding, for the planner).
type Host interface {
	SQL
}

// SQL makes the functions of SQL and the Table API. Each method loads the functions and runs their
// open(); close the result with Close, also after an error of a later call.
type SQL interface {
	// Scalar fuses the calls of the spec. All calls of one spec are of kind scalar and either all
	// of style general or all of vector styles.
	Scalar(spec *ScalarSpec) (Scalar, error)
	// AsyncScalar does the same for calls of kind async_scalar; a call's arguments must be columns
	// or constants.
	AsyncScalar(spec *AsyncSpec) (AsyncScalar, error)
	Table(spec *TableSpec) (Table, error)
	// Aggregate and TableAggregate are of style general.
	Aggregate(spec *AggregateSpec) (Aggregate, error)
	TableAggregate(spec *AggregateSpec) (TableAggregate, error)
	// GroupAggregate is an aggregate of a vector style.
	GroupAggregate(spec *AggregateSpec) (GroupAggregate, error)
}

// Call is one call of a function.
type Call struct {
	Function *planpb.Function
	Args     []Arg
	// Names are the argument names; needed where Function.TakesRow: the one argument is then a Row
	// of all of Args.
	Names []string
	// Results are the result's types: one, or the columns of a table function (or of an aggregate
	// that takes_row and returns a Row to be spread over columns).
	Results []types.Type
	// Place is where the call stands in the program: "line 1, column 8" of the SQL text, or
	// "job.py:12"; it goes into errors. Function.Origin serves when empty.
	Place string
}

// Arg is an argument of a call.
type Arg struct {
	From  ArgFrom
	Index int
}

// ArgFrom says where an argument comes from.
type ArgFrom uint8

const (
	Input  ArgFrom = iota // column Index of the input
	Const                 // constant Index of the spec
	Result                // the result of the earlier call Index of the spec
)
