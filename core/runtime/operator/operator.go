// Package operator is the contract between the task loop and the operators that it drives.
//
// An operator is single-threaded: the driver makes all calls of one instance one after the other
// (for Python, from one OS thread). It never blocks: no channel, lock, sleep or network inside a
// call. Operators of a chain have queues between them and are driven depth first, so what one
// call may emit is bounded only by the operator itself: one that can emit much more than it was
// given (a join, a flat map) implements Resumable and stops at Output.Full.
package operator

import (
	"fmt"
	"log/slog"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

// Operator turns batches into batches. The calls come in this order: Open once; then Process,
// Watermark, EndInput, PrepareBarrier, Snapshot as the input brings them; Close once, also after
// an error.
type Operator interface {
	Open(ctx *Context) error

	// Process takes a batch from an input port, borrowed for the call (see package batch). Marks
	// in the batch are the operator's own event-time clock, combined over all its inputs; an
	// operator that keeps rows apart from time just carries them over (batch.WithColumns, Take).
	Process(port int, b *batch.Batch, out Output) error

	// Watermark moves the operator's event-time clock (combined over its inputs) between batches.
	// The operator passes it on with out.Watermark, after what it emits because of it.
	Watermark(time int64, out Output) error

	// EndInput says that nothing follows on the port. After the last port the driver has already
	// sent MaxWatermark (unless the job was stopped without drain).
	EndInput(port int, out Output) error

	// PrepareBarrier is called when a barrier has been aligned, before it is passed on: emit what
	// must not stay (mini-batches, bundles).
	PrepareBarrier(out Output) error

	// Snapshot puts non-keyed state into ctx.OperatorState; keyed state is snapshotted by the
	// driver. The barrier has been passed on.
	Snapshot(id int64) error

	Close() error
}

// Resumable is an operator that stopped in the middle because its output was full. While Pending,
// the driver calls Resume when the output has room again, and nothing else but Close: a barrier,
// unaligned or not, waits until nothing is pending; no snapshot has what is left of the input.
type Resumable interface {
	Pending() bool
	Resume(out Output) error
}

// Waiter is a Resumable that is Pending because of something outside (a connector that is not
// ready), not because its output was full. While Waiting, the driver calls Resume only after
// ctx.Wake.
type Waiter interface {
	Waiting() bool
}

// Pinned is an operator whose calls must all come from one OS thread (Python). Asked before Open.
type Pinned interface {
	Pinned() bool
}

// Interruptible is an operator whose running call can be asked, from another goroutine, to return
// early with an error: the job is being cancelled.
type Interruptible interface {
	Interrupt()
}

// Source is an operator without input: the driver calls Pull, instead of Process, when there is
// room for what it emits.
type Source interface {
	Operator
	// Pull emits at most about one batch. After Done it is not called again, and the driver emits
	// MaxWatermark and the end.
	Pull(out Output) (Pulled, error)
	// Barrier is called, before PrepareBarrier, with the id of the checkpoint.
	Barrier(id int64) error
}

// Pulled says how a source goes on.
type Pulled uint8

const (
	PullAgain Pulled = iota // at once
	PullWait                // after ctx.Wake, or at NextProcessingTime
	PullDone                // nothing follows
)

// ProcessingTimed is an operator with processing-time timers: the driver calls OnProcessingTime
// when ctx.Clock has reached the time that NextProcessingTime returned last (ok false: none).
type ProcessingTimed interface {
	NextProcessingTime() (ms int64, ok bool)
	OnProcessingTime(nowMs int64, out Output) error
}

// CheckpointListener hears what became of a checkpoint, as Flink's CheckpointListener.
type CheckpointListener interface {
	CheckpointComplete(id int64) error
	CheckpointAborted(id int64) error
}

// EndCommitter is an operator that makes visible what it has written when nothing can make it start
// again any more: see Task.HeldCommit.
type EndCommitter interface {
	CommitEnd() error
}

// Selectable is a multi-input operator that reads its ports in a certain order (batch: broadcast
// first). Select returns a bit set of the ports it wants next; 0 means any.
type Selectable interface {
	Select() uint64
}

// Async is an operator that waits for something outside (an async function, a lookup). It calls
// ctx.Wake from any goroutine when something arrived; the driver then calls Poll. While Busy, the
// driver delivers no End and no barrier before Drained… but keeps polling.
type Async interface {
	Poll(out Output) error
	// Idle says that nothing is outstanding; barriers and the end of input wait for it unless the
	// operator snapshots its outstanding work itself.
	Idle() bool
}

// Backlogged is an operator that works in another way while an input of it catches up with the
// past (FLIP-327). The driver passes the news on after the call, when nothing is pending. No snapshot
// has it: after a restore the operator is told anew.
type Backlogged interface {
	Backlog(on bool, out Output) error
}

// Output takes what an operator emits, in order.
type Output interface {
	// Emit hands over a batch (and the caller's reference to it) on output 0 (main) or a side
	// output. Empty batches without marks are dropped.
	Emit(output int, b *batch.Batch)
	// Watermark emits a watermark on all outputs.
	Watermark(time int64)
	// Full says that a Resumable operator should stop here. It may be called per batch, not per
	// row.
	Full() bool
}

// IdleOutput is what the Output of a Source or watermark assigner also is: Idle says that no
// watermarks come until Idle(false), so that this input holds back no other.
type IdleOutput interface {
	Output
	Idle(idle bool)
}

// BacklogOutput is what the Output of a Source also is.
type BacklogOutput interface {
	Output
	// Backlog says that the rows that follow are of the past, or no longer are.
	Backlog(on bool)
}

// Task tells an operator where it runs.
type Task struct {
	JobID          string
	JobName        string
	Operator       string // unique id: uid given by the user, else derived from the graph
	Name           string
	TaskName       string // of the whole chain
	Subtask        int
	Parallelism    int
	MaxParallelism int
	Attempt        int
	BatchMode      bool
	// FinalCheckpoint says that a checkpoint follows the end of input: what must become visible
	// does so when that one is complete. Without it, EndInput is the last chance.
	FinalCheckpoint bool
	// HeldCommit says that CommitEnd follows the end of input, once all tasks that would restart
	// with this one have ended: what cannot be taken back waits for it.
	HeldCommit bool
	// RestoredCheckpoint is the id of the checkpoint that the state came from, 0 for none.
	RestoredCheckpoint int64
}

// Context is what an operator gets at Open. It stays valid until Close.
type Context struct {
	Task
	Clock  clock.Clock
	Config map[string]string
	Log    *slog.Logger

	// Keyed is the keyed state and the timers of this subtask. On an input that is not keyed it
	// stays in memory; all key groups are then the subtask's (a global aggregate at parallelism 1).
	Keyed state.Keyed
	// OperatorState is list, union-list and broadcast state.
	OperatorState state.OperatorState
	// UDF makes user functions; nil in a host without Python.
	UDF udf.Host
	// Wake asks the driver to call an Async operator's Poll; safe from any goroutine.
	Wake func()
	// RequestCheckpoint asks for a checkpoint before its time; nil where none are taken by
	// themselves. Safe from any goroutine.
	RequestCheckpoint func()
	// Watermark returns the operator's event-time clock.
	Watermark func() int64
	// FS and Dir are working space on the local disk, below a directory that need not be there yet;
	// who uses it clears it at Close. FS nil: there is none.
	FS  fsys.FS
	Dir string
	// Memory is the budget of managed memory; nil: no limit.
	Memory *memory.Budget
	// BatchRows and BatchBytes are where output batches are cut.
	BatchRows, BatchBytes int
	// PullRows is how many rows a source should emit at a time now, at most BatchRows; nil: that.
	PullRows func() int
	// Escapes says of each output whether its batches outlive the driver's next call of this
	// operator or have several consumers (they leave the task, or two chained operators read
	// them): live objects in them must then be independent of those that user code still holds.
	Escapes []bool
	// Metrics counts what the operator wants to show; never nil.
	Metrics Metrics
}

// OpenMemory makes the operator a holder of managed memory, under its name and subtask. Who opens
// an account closes it.
func (c *Context) OpenMemory() *memory.Account {
	a := c.Memory.Open(fmt.Sprintf("%s (%d/%d)", c.Name, c.Subtask+1, c.Parallelism))
	if c.Metrics != nil {
		c.Metrics.Gauge("managedMemoryUsed", a.Used)
	}
	return a
}

// Metrics registers metrics under the operator's name; all are safe to update without a lock from
// the operator's thread and are read from others.
type Metrics interface {
	Counter(name string) Counter
	Gauge(name string, read func() int64)
	Histogram(name string) Histogram
}

// Counter counts up.
type Counter interface{ Add(n int64) }

// Histogram records a distribution.
type Histogram interface{ Record(v int64) }

// Base has the calls of an operator that holds nothing: embed it and override.
type Base struct{ Ctx *Context }

// Open keeps the context.
func (o *Base) Open(ctx *Context) error {
	o.Ctx = ctx
	return nil
}

// Watermark passes it on.
func (o *Base) Watermark(time int64, out Output) error {
	out.Watermark(time)
	return nil
}

// EndInput does nothing.
func (o *Base) EndInput(int, Output) error { return nil }

// PrepareBarrier does nothing.
func (o *Base) PrepareBarrier(Output) error { return nil }

// Snapshot does nothing.
func (o *Base) Snapshot(int64) error { return nil }

// Close does nothing.
func (o *Base) Close() error { return nil }
