// Package connector is the contract between the engine and the outside: sources read splits, sinks
// write and commit in two phases, and a registry makes both from the options of a table.
package connector

import (
	"log/slog"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

// Source describes what can be read; it does no work itself. One Enumerator a job finds the
// splits, one Reader a subtask reads them.
type Source interface {
	Schema() *types.Schema
	Bounded() bool
	// NewEnumerator makes the enumerator; restored is what its Snapshot gave, nil at first start.
	NewEnumerator(ctx *EnumeratorContext, restored []byte) (Enumerator, error)
	NewReader(ctx *ReaderContext) (Reader, error)
}

// Split is a part of a source that one reader reads alone. State says what it is and how far it
// has been read; only the source's own code looks inside.
type Split struct {
	ID    string
	State []byte
}

// EnumeratorContext is what an enumerator gets.
type EnumeratorContext struct {
	Parallelism int
	Clock       clock.Clock
	Log         *slog.Logger
	// Wake asks the engine to call Next again for readers that wait; safe from any goroutine.
	Wake func()
}

// Enumerator hands out splits. The engine calls it from one goroutine.
type Enumerator interface {
	// Next returns splits for a reader that has nothing to do. Nothing and done false means: wait
	// until Wake. done true means that there is and will be nothing more for this reader.
	Next(subtask int) (splits []Split, done bool, err error)
	// AddBack returns splits of a failed reader.
	AddBack(splits []Split)
	Snapshot() ([]byte, error)
	Close() error
}

// ReaderContext is what a reader gets.
type ReaderContext struct {
	Subtask, Parallelism int
	Clock                clock.Clock
	Log                  *slog.Logger
	// Wake says that Poll has something again; safe from any goroutine.
	Wake func()
	// Checkpoints says whether the job makes them.
	Checkpoints bool
	// Dropped counts a record that is left out because it cannot be decoded; nil: nobody counts.
	Dropped func()
	// UDF makes user functions, for a source that is Pinned; else nil.
	UDF udf.Host
}

// Pinned is a Source whose readers must be called from one OS thread.
type Pinned interface {
	Pinned() bool
}

// Status is what a reader can do next.
type Status uint8

const (
	Ready   Status = iota // call Poll again at once
	Waiting               // nothing now; the reader calls Wake
	Starved               // all splits are read: give it more, or tell it that there are none
	Done                  // starved, and NoMoreSplits was called
)

// Polled is one result of Poll.
type Polled struct {
	Batch  *batch.Batch // nil: nothing
	Split  string       // the split that the batch came from: watermarks are kept per split
	Status Status
	// Ended are splits that have been read to their end while others go on: they hold no watermark
	// back any more. They end behind Batch.
	Ended []string
}

// Reader reads splits. Poll never blocks: what waits (network, slow disk) runs in a goroutine of
// the reader's own, which calls Wake.
type Reader interface {
	Add(splits []Split) error
	NoMoreSplits()
	Poll(maxRows, maxBytes int) (Polled, error)
	// Snapshot returns every unfinished split, positioned behind the last batch of Poll.
	Snapshot() ([]Split, error)
	Close() error
}

// Growing is a Reader that takes new splits while it still reads others.
type Growing interface {
	Growing() bool
}

// CheckpointListener is a Reader or Writer that hears of complete checkpoints.
type CheckpointListener interface {
	CheckpointComplete(id int64) error
}

// AbortListener is a Writer that hears of checkpoints that will not be complete.
type AbortListener interface {
	CheckpointAborted(id int64)
}

// Numbered is a Reader that hears, before each Snapshot, which checkpoint it is for.
type Numbered interface {
	CheckpointBegins(id int64)
}

// Backlogged is an Enumerator that knows whether the source is catching up with the past.
type Backlogged interface {
	IsBacklog() bool
}

// Ending is an Enumerator that hears of Polled.Ended: splits that have been read to their end. It may
// hear of one again, when a reader that was restored says so again; a reader of a source that relies
// on it keeps such splits in its state.
type Ending interface {
	SplitsEnded(ids []string) error
}
