package task

import (
	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/element"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// Host hears from a task; the calls come from inside Step and must not block.
type Host interface {
	// Ended says that all input has been processed; the task goes on passing barriers until it is
	// told to Finish.
	Ended(t *Task)
	// Captured hands over the synchronous part of a snapshot.
	Captured(t *Task, s *Snapshot)
}

// Snapshot is what a task's operators captured at a barrier.
type Snapshot struct {
	Barrier  element.BarrierInfo
	Captures []Captured
	// Ended says which ports of the head had ended; all of them: the task had.
	EndedPorts uint64
	Ended      bool
	InFlight   []byte // rows that the barrier has overtaken, see Spec.EncodeInFlight
	SyncNs     int64  // time spent capturing
	AlignNs    int64  // time between the first and the last barrier
	missing    int    // operators that have not captured yet
}

// Captured is the snapshot of one operator.
type Captured struct {
	UID     string
	Store   state.Store
	Capture state.Capture
}

// Spec describes a task to be made.
type Spec struct {
	Name      string
	Operators []Operator // of the chain, each before those behind it
	Gate      *exchange.Gate
	Ports     int
	Clock     clock.Clock
	Host      Host
	// RestoredEnds are the ports whose end the head had been told of.
	RestoredEnds uint64
	// RestoredEnded says that the task had ended: its operators are not run again.
	RestoredEnded bool
	// HoldEnd keeps the task alive after its end until Finish, for barriers.
	HoldEnd bool
	Wake    func() // wakes the driver; safe from any goroutine
	Pinned  bool   // even if no operator asks for it
	// EncodeInFlight writes the rows that an unaligned barrier has overtaken, on the task's thread.
	EncodeInFlight inFlightEncoder
	// Preload returns rows that were in flight in the run that the state comes from; may be nil.
	Preload func() ([]Preloaded, error)
	Closed  func() // called on the task's thread when the operators have been closed; may be nil
}

// Preloaded is rows for a port of an operator of the chain.
type Preloaded struct {
	Node  int // position in the chain
	Port  int
	Batch *batch.Batch
}

// Operator is one operator of a chain.
type Operator struct {
	Op      operator.Operator
	Context *operator.Context
	Origin  string
	// Open makes the state just before the operator is opened, on its thread; nil: no state.
	Open func() (state.Store, error)
	// Outputs says where each output goes.
	Outputs [][]Target
	// Copy makes a batch that shares nothing that user code could change with its argument, for a
	// second consumer of an output; nil: there is no such thing in the batches.
	Copy func(b *batch.Batch) (*batch.Batch, error)
	// Keeps says that the operator emits its batches again after a restart: every consumer gets a
	// copy.
	Keeps bool
}

// Target is the next operator of the chain (an index into it), or a writer.
type Target struct {
	Next   int
	Writer *exchange.Writer
}
