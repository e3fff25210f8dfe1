package job

import (
	"context"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/metrics"
	"github.com/headrace/headrace/core/checkpoint"
)

// Status is where the job stands.
func (j *Job) Status() Status {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status
}

// Err is why a job FAILED (its chain holds a *task.Failure that names the operator, and the
// original error), or why the last attempt of a RESTARTING one did; nil else.
func (j *Job) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// History lists the changes of status so far.
func (j *Job) History() []Transition {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Transition(nil), j.history...)
}

// LeftBehind names the tasks whose call of user code did not come back when the job was cancelled.
func (j *Job) LeftBehind() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]string(nil), j.leftover...)
}

// Done is closed when the job's status is final.
func (j *Job) Done() <-chan struct{} { return j.done }

// Wait waits for the end of the job: nil when it FINISHED, its error when it FAILED, an error
// marked Cancelled when it was CANCELED; ctx.Err() when ctx is done before.
func (j *Job) Wait(ctx context.Context) error {
	select {
	case <-j.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	switch j.status {
	case Finished:
		return nil
	case Canceled:
		return &errs.Error{Mark: errs.Cancelled, Msg: "job '" + j.Name + "' was cancelled"}
	}
	return j.err
}

// Cancel stops the job without waiting for anything; it is done within a second, even when a call
// of user code does not come back: that is left behind, its output cut off. Cancelling a job that
// is over does nothing.
func (j *Job) Cancel() { j.tell(func() { j.phase.cancel(j) }) }

// Snapshot is a checkpoint or savepoint that was taken.
type Snapshot struct {
	ID        int64
	Path      string
	Savepoint bool
	StartMs   int64
	EndMs     int64
	SizeBytes int64 // of all its files
	NewBytes  int64 // written for it
}

// SnapshotCounts counts snapshots of all kinds, those of earlier attempts included.
type SnapshotCounts struct{ Begun, Completed, Failed int }

// SnapshotCounts says how many snapshots have been begun and what became of them.
func (j *Job) SnapshotCounts() SnapshotCounts {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.counts
}

func (j *Job) count(f func(c *SnapshotCounts)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(&j.counts)
}

// snapshotsKept is how many snapshots Snapshots remembers.
const snapshotsKept = 100

// Snapshots lists the newest snapshots that were taken, oldest first.
func (j *Job) Snapshots() []Snapshot {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Snapshot(nil), j.taken...)
}

func (j *Job) tookSnapshot(m *checkpoint.Manifest, path string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts.Completed++
	if len(j.taken) == snapshotsKept {
		j.taken = append(j.taken[:0], j.taken[1:]...)
	}
	j.taken = append(j.taken, Snapshot{ID: m.ID, Path: path,
		Savepoint: m.Kind == checkpoint.Savepoint, StartMs: m.StartMs, EndMs: m.EndMs,
		SizeBytes: m.SizeBytes(), NewBytes: m.NewBytes()})
}

// Metrics reads all metrics of the job; names are "<operator>.<subtask>.<metric>". Operators that
// share a name have "#" and their number behind it.
func (j *Job) Metrics() []metrics.Value { return j.opts.Metrics.Snapshot() }

// accumulators is the group of user counters that are summed over subtasks.
const accumulators = "accumulator."

// Accumulators returns the sums over all subtasks of the counters that user code named
// "accumulator.<name>".
func (j *Job) Accumulators() map[string]int64 {
	sums := map[string]int64{}
	for _, m := range j.Metrics() {
		if _, name, ok := strings.Cut(m.Name, "."+accumulators); ok {
			sums[name] += m.Value
		}
	}
	return sums
}
