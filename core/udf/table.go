package udf

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// TableSpec is one call of a table function over rows of the input columns. The function may
// return None (no row), a list, range or generator of rows, or one row; a row is a Row or a tuple
// of its columns, or the bare value of a single column.
type TableSpec struct {
	Context Context
	Inputs  []types.Type
	Consts  []*batch.Column
	Call    Call
}

// Table calls a table function. The operator drives it like this:
//
//	t.Start(in, n)
//	for done := false; !done; {
//		out, rows, done, err = t.Next(limit, bytes)   // stop and come back when the output is full
//	}
type Table interface {
	// Start begins a batch of n rows. The columns are borrowed until the batch is done, not only
	// for the call.
	Start(in []*batch.Column, n int) error
	// Next returns up to limit rows, fewer when they hold maxBytes before: the columns of
	// Call.Results and, for each row, the input row that it came from (ascending). done says that
	// the batch is finished; else the call after this one goes on where it stopped, in the middle
	// of a generator if need be. At least one row is made where there is one.
	Next(limit int, maxBytes int64) (out []*batch.Column, rows []int32, done bool, err error)
	// Close drops a batch that is not done and runs close() of the function.
	Close() error
}
