package udf

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// ScalarSpec is a graph of calls made in one crossing per batch: for each row (for vector styles:
// each batch) the calls run in order, so a call may use the results of earlier ones, which reach
// it as the Python objects they are, without conversion. An input column is converted once per
// row whatever the number of calls that use it.
type ScalarSpec struct {
	Context Context
	Inputs  []types.Type    // types of the input columns
	Consts  []*batch.Column // constants: columns of one row
	Calls   []Call
	// Outputs are the calls whose results come back, in order. Only these are converted and
	// checked against their types.
	Outputs []int
}

// Scalar evaluates a ScalarSpec.
type Scalar interface {
	// Eval returns one column of n rows for each output. in are the input columns, each of n rows.
	Eval(in []*batch.Column, n int) ([]*batch.Column, error)
	// Close runs close() of the functions, once.
	Close() error
}

// AsyncSpec is a ScalarSpec of async functions. Capacity, timeout and retries come from
// Function.Options: "max-concurrent-operations" (10), "timeout" ("3 min"), "retry-strategy"
// ("FIXED_DELAY" | "NO_RETRY"), "retry-delay" ("100 ms"), "max-attempts" (3), the options of
// table.exec.async-scalar.
type AsyncSpec struct {
	ScalarSpec
	// Wake is called from any goroutine when a submitted batch may be complete.
	Wake func()
}

// AsyncScalar evaluates rows concurrently on an event loop of its own.
type AsyncScalar interface {
	// Submit starts the rows of a batch; it does not wait. Batches come back in the order in which
	// they were submitted, whatever order their rows finish in.
	Submit(in []*batch.Column, n int) error
	// Poll returns the columns of the oldest batch if it is complete, else nil. A row that failed
	// after its retries, or ran into its timeout, fails the batch.
	Poll() ([]*batch.Column, error)
	// Outstanding is the number of submitted batches that Poll has not returned.
	Outstanding() int
	// Close cancels what is outstanding and runs close() of the functions.
	Close() error
}
