package connector

import (
	"log/slog"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
)

// Guarantee is what a sink promises over failures.
type Guarantee uint8

const (
	AtLeastOnce Guarantee = iota
	ExactlyOnce
	NoGuarantee
)

// Sink describes where rows go. Writers write and, at each barrier, hand over committables; the
// committer makes them visible when the checkpoint is complete. Sinks without two phases have no
// committer.
type Sink interface {
	NewWriter(ctx *WriterContext) (Writer, error)
	// NewCommitter returns nil when writing is all there is to do.
	NewCommitter(ctx *WriterContext) (Committer, error)
}

// Distributed is a Sink that wants rows with equal values in these columns at one writer, all rows
// where there are no columns; nil: rows are written where they are.
type Distributed interface {
	Distribution() (columns []int)
}

// WriterContext is what a writer and a committer get.
type WriterContext struct {
	JobID                string
	Operator             string
	Subtask, Parallelism int
	Attempt              int
	// Restored is what Snapshot of the writers gave, spread over the subtasks; nil at first start.
	Restored [][]byte
	// RestoredCheckpoint is the checkpoint that the job was restored from, 0 at first start.
	RestoredCheckpoint int64
	// HeldCommit says that the writer's rows may be written again by another attempt until its
	// committables have been committed: it should prepare rather than show them.
	HeldCommit bool
	Clock      clock.Clock
	Log        *slog.Logger
	// Wake says that a writer that was not Ready is again; safe from any goroutine.
	Wake func()
	// RequestCheckpoint asks for a checkpoint before its time, for a writer that holds more rows
	// back than it can; nil where none are taken by themselves. Safe from any goroutine.
	RequestCheckpoint func()
}

// Writer writes batches; all rows of a batch are borrowed for the call.
type Writer interface {
	Write(b *batch.Batch) error
	// Ready says that Write may be called; a writer that waits for the outside says no and calls
	// Wake later.
	Ready() bool
	// Watermark tells the event time reached, for partition commit.
	Watermark(time int64) error
	// Flush brings everything written so far to the outside; end: nothing follows. It returns
	// false when it has to be called again after Wake.
	Flush(end bool) (done bool, err error)
	// Prepare closes what was written since the last call and returns what to commit when
	// checkpoint id is complete. It follows a Flush that is done.
	Prepare(id int64) (committables [][]byte, err error)
	// Snapshot returns what the writer needs after a restart.
	Snapshot(id int64) ([]byte, error)
	Close() error
}

// Committer makes committables visible. Commit is idempotent: it is called again with the same
// ones after a failure. Those that should be tried later come back as retry.
type Committer interface {
	Commit(committables [][]byte) (retry [][]byte, err error)
	Close() error
}
