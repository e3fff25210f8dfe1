// Package operatortest runs the test of an operator many times: over batches of 1, 3 and 1024
// rows, with a snapshot and restore between every two steps, at another parallelism, and with
// input memory that is overwritten as soon as the operator has given it back. The results must be
// the same each time.
//
// A test is a Script:
//
//	operatortest.Run(t, operatortest.Script{
//		New:  func() operator.Operator { return count.New(…) },
//		Keys: [][]int{{0}},
//		Steps: []operatortest.Step{
//			{In: operatortest.Rows(schema, operatortest.R("a", 1).At(10), operatortest.Mark(9)),
//			 Want: []string{"+I(a, 1)@10", "wm 9"}},
//			{In: operatortest.Watermark(20), Want: []string{"wm 20"}},
//		},
//	})
package operatortest

import (
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/udf"
)

// Script is a test of one operator.
type Script struct {
	// New makes the operator; each run, restore and subtask has its own.
	New func() operator.Operator
	// Keys are the key columns of each port. Nil: the input is not keyed, and the script is not
	// run at another parallelism.
	Keys [][]int
	// Outputs is the number of outputs, 1 when 0.
	Outputs int
	Steps   []Step
	// AnyOrder compares the rows of a step as a set. Runs at another parallelism do so anyhow.
	AnyOrder bool
	// Together, when not nil, is what all steps give together, as a set; those of the steps are not
	// looked at then. It is for operators of bounded inputs, which give rows as soon as they can.
	Together []string
	// OneBatch hands each Rows over whole: for operators whose results may depend on it.
	OneBatch bool
	// NoRestore leaves out snapshots between steps: for results that a barrier changes (bundles
	// that it flushes).
	NoRestore bool
	BatchMode bool
	Config    config.Map
	UDF       udf.Host
	// BatchRows is where the operator cuts its output, 1024 when 0.
	BatchRows int
	// Memory is the budget of managed memory in bytes; 0: no limit. The operator has a disk in
	// memory, FS when set, on which it must leave nothing.
	Memory int64
	FS     func() fsys.FS
}

// Step is an input and what comes out because of it.
type Step struct {
	In Input
	// Want are the rows and watermarks that come out: "+I(1, a)@10" (kind, values, event time when
	// there is one), "wm 20", and "1:" in front for side output 1.
	Want []string
	// Err is a part of the error that ends the script; "" for none.
	Err string
}

// Input is one thing that happens to the operator.
type Input struct {
	kind   inputKind
	port   int
	schema *types.Schema
	items  []any
	time   int64
	wake   func()
}

type inputKind uint8

const (
	rowsInput inputKind = iota
	watermarkInput
	clockInput
	endInput
	wakeInput
	barrierInput
)

// Rows is rows on port 0; items are Rows (R) and marks between them (Mark).
func Rows(schema *types.Schema, items ...any) Input {
	return Input{kind: rowsInput, schema: schema, items: items}
}

// On moves an input to another port.
func (i Input) On(port int) Input {
	i.port = port
	return i
}

// Watermark moves the operator's event-time clock, between batches.
func Watermark(time int64) Input { return Input{kind: watermarkInput, time: time} }

// Clock sets the time of day; timers that are due by then fire one after the other.
func Clock(ms int64) Input { return Input{kind: clockInput, time: ms} }

// End ends a port. MaxWatermark is sent before the last one.
func End(port int) Input { return Input{kind: endInput, port: port} }

// Wake runs f (something from outside happens), then waits until the operator has called ctx.Wake
// and nothing is outstanding.
func Wake(f func()) Input { return Input{kind: wakeInput, wake: f} }

// Barrier takes a snapshot without restoring from it: what the operator emits before a barrier is
// compared.
func Barrier() Input { return Input{kind: barrierInput} }

// Row is a row of a script.
type Row struct {
	Kind   types.RowKind
	Time   int64
	timed  bool
	Values []any
}

// R is an inserted row. Values are nil, bool, string, []byte, int, float64 (or the column's own
// physical type).
func R(values ...any) Row { return Row{Values: values} }

// As sets the row's kind.
func (r Row) As(k types.RowKind) Row {
	r.Kind = k
	return r
}

// At sets the row's event time in ms.
func (r Row) At(ms int64) Row {
	r.Time, r.timed = ms, true
	return r
}

// Mark is a watermark in force before the rows that follow it.
type Mark int64
