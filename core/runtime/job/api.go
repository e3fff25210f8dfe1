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
	Subtasks  int

	// Unaligned says that a barrier has overtaken rows: with an aligned-checkpoint-timeout, that the
	// time was over.
	Unaligned     bool
	AlignMs       int64 // the longest time from the first to the last barrier of a task
	SyncMs        int64 // the longest time that a task stood still for it
	InFlightBytes int64 // of rows that barriers have overtaken

	Err error // why it failed; it is in FailedSnapshots then
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

// FailedSnapshots lists the newest snapshots that were given up, oldest first.
func (j *Job) FailedSnapshots() []Snapshot {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Snapshot(nil), j.lost...)
}

func keep(list []Snapshot, s Snapshot) []Snapshot {
	if len(list) == snapshotsKept {
		list = append(list[:0], list[1:]...)
	}
	return append(list, s)
}

func (j *Job) tookSnapshot(p *pending, m *checkpoint.Manifest, path string) {
	s := p.stats
	s.Path, s.EndMs, s.SizeBytes, s.NewBytes = path, m.EndMs, m.SizeBytes(), m.NewBytes()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts.Completed++
	j.taken = keep(j.taken, s)
}

// lostSnapshot notes one that was given up.
func (j *Job) lostSnapshot(p *pending, err error) {
	s := p.stats
	s.EndMs, s.Err = j.opts.Clock.NowMs(), err
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts.Failed++
	j.lost = keep(j.lost, s)
}

// newest is the last completed checkpoint or savepoint; the zero one when there is none.
func (j *Job) newest() Snapshot {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.taken) == 0 {
		return Snapshot{}
	}
	return j.taken[len(j.taken)-1]
}

// showSnapshots registers the job's metrics of checkpoints, under Flink's names.
func (j *Job) showSnapshots() {
	g := j.opts.Metrics
	g.Gauge("numberOfCompletedCheckpoints", func() int64 { return int64(j.SnapshotCounts().Completed) })
	g.Gauge("numberOfFailedCheckpoints", func() int64 { return int64(j.SnapshotCounts().Failed) })
	g.Gauge("numberOfInProgressCheckpoints", func() int64 {
		n := j.SnapshotCounts()
		return int64(n.Begun - n.Completed - n.Failed)
	})
	g.Gauge("lastCheckpointDuration", func() int64 { s := j.newest(); return s.EndMs - s.StartMs })
	g.Gauge("lastCheckpointSize", func() int64 { return j.newest().NewBytes })
	g.Gauge("lastCheckpointFullSize", func() int64 { return j.newest().SizeBytes })
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
