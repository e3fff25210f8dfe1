package connectortest

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
)

// Writing is one subtask of one attempt of a job that writes a sink.
type Writing struct {
	t         testing.TB
	Writer    connector.Writer
	Committer connector.Committer
	id        int64
	wake      chan struct{}
}

// Open begins an attempt. Committables of the checkpoint it is restored from are committed first.
func Open(t testing.TB, s connector.Sink, ctx connector.WriterContext, left [][]byte) *Writing {
	t.Helper()
	if ctx.Clock == nil {
		ctx.Clock = clock.System{}
	}
	ctx.Parallelism = max(ctx.Parallelism, 1)
	w := &Writing{t: t, id: ctx.RestoredCheckpoint, wake: make(chan struct{}, 1)}
	ctx.Log, ctx.Wake = slog.Default(), func() {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
	var err error
	if w.Committer, err = s.NewCommitter(&ctx); err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		w.Commit(left)
	}
	if w.Writer, err = s.NewWriter(&ctx); err != nil {
		t.Fatal(err)
	}
	return w
}

// Write writes a batch, when the writer is ready for it.
func (w *Writing) Write(b *batch.Batch) {
	w.t.Helper()
	if err := w.write(b); err != nil {
		w.t.Fatal(err)
	}
}

func (w *Writing) write(b *batch.Batch) error {
	for !w.Writer.Ready() {
		w.wait()
	}
	return w.Writer.Write(b)
}

func (w *Writing) flush(end bool) error {
	for {
		if done, err := w.Writer.Flush(end); done || err != nil {
			return err
		}
		w.wait()
	}
}

// Try writes a batch, has something go wrong, and brings to the outside what is left of it.
func (w *Writing) Try(b *batch.Batch, wrong func()) error {
	w.t.Helper()
	if err := w.write(b); err != nil {
		return err
	}
	wrong()
	return w.flush(false)
}

// Flush brings what was written to the outside.
func (w *Writing) Flush() {
	w.t.Helper()
	if err := w.flush(false); err != nil {
		w.t.Fatal(err)
	}
}

// wait waits until the writer wakes its task.
func (w *Writing) wait() {
	select {
	case <-w.wake:
	case <-time.After(2 * time.Minute):
		w.t.Fatal("the writer does not wake")
	}
}

// Write writes batches through the sink of a table, each with a flush behind it, the last one to the
// end; it returns the first error of writing.
func Write(t testing.TB, table *connector.Table, batches ...*batch.Batch) error {
	t.Helper()
	s, err := connector.NewSink(table)
	if err != nil {
		t.Fatal(err)
	}
	w := Open(t, s, connector.WriterContext{}, nil)
	for i, b := range batches {
		if err == nil {
			err = w.write(b)
		}
		if err == nil {
			err = w.flush(i == len(batches)-1)
		}
	}
	if err != nil {
		_ = w.Writer.Close() // the first error counts
		return err
	}
	w.Close()
	return nil
}

// Barrier flushes, prepares and takes a snapshot.
func (w *Writing) Barrier(end bool) (committables [][]byte, state []byte) {
	w.t.Helper()
	if err := w.flush(end); err != nil {
		w.t.Fatal(err)
	}
	w.id++
	committables, err := w.Writer.Prepare(w.id)
	if err != nil {
		w.t.Fatal(err)
	}
	if state, err = w.Writer.Snapshot(w.id); err != nil {
		w.t.Fatal(err)
	}
	return committables, state
}

// Commit makes committables visible, twice, as after a failure.
func (w *Writing) Commit(committables [][]byte) {
	w.t.Helper()
	if w.Committer == nil {
		return
	}
	for range 2 {
		retry, err := w.Committer.Commit(committables)
		if err != nil || len(retry) > 0 {
			w.t.Fatal(retry, err)
		}
	}
}

// Close ends the attempt.
func (w *Writing) Close() {
	w.t.Helper()
	if err := w.Writer.Close(); err != nil {
		w.t.Fatal(err)
	}
	if w.Committer != nil {
		if err := w.Committer.Close(); err != nil {
			w.t.Fatal(err)
		}
	}
}

// ExactlyOnce writes three parts with a checkpoint behind each and fails at every step of the
// way; what visible shows must be the parts of the complete checkpoints, each once.
func ExactlyOnce(
	t *testing.T, open func() connector.Sink, parts [3]*batch.Batch, visible func() []string,
) {
	t.Helper()
	w := Open(t, open(), connector.WriterContext{JobID: "job", Operator: "sink"}, nil)
	w.Write(parts[0])
	check(t, "before the first checkpoint", visible(), nil)
	first, state := w.Barrier(false)
	check(t, "before the first commit", visible(), nil)
	w.Write(parts[1]) // behind the barrier: lost with the attempt
	w.Close()

	// The checkpoint is complete, the commit never came.
	w = Open(t, open(), connector.WriterContext{JobID: "job", Operator: "sink", Attempt: 1,
		RestoredCheckpoint: 1, Restored: [][]byte{state}}, first)
	want := Text(parts[0])
	check(t, "restored", visible(), want)
	w.Write(parts[1])
	second, state := w.Barrier(false)
	w.Commit(second)
	want = append(want, Text(parts[1])...)
	check(t, "second commit", visible(), want)
	w.Write(parts[2])
	third, _ := w.Barrier(false)
	w.Close()
	check(t, "third, not committed", visible(), want)

	// The third checkpoint was never complete: its part is written again.
	w = Open(t, open(), connector.WriterContext{JobID: "job", Operator: "sink", Attempt: 2,
		RestoredCheckpoint: 2, Restored: [][]byte{state}}, second)
	check(t, "restored again", visible(), want)
	w.Write(parts[2])
	end, _ := w.Barrier(true)
	w.Commit(end)
	w.Close()
	want = append(want, Text(parts[2])...)
	check(t, "the end", visible(), want)
	if len(third) == 0 {
		t.Error("the third checkpoint had nothing to commit")
	}
}

// AtLeastOnce writes three parts and fails between the first checkpoint and the second: all rows of
// complete checkpoints are outside, nothing else ever is, and a row is there twice at most where it
// was written behind the last checkpoint; replaces says that a row takes the place of itself.
func AtLeastOnce(
	t *testing.T, open func() connector.Sink, parts [3]*batch.Batch, replaces bool,
	visible func() []string,
) {
	t.Helper()
	w := Open(t, open(), connector.WriterContext{JobID: "job", Operator: "sink"}, nil)
	w.Write(parts[0])
	first, state := w.Barrier(false)
	w.Commit(first)
	want := Text(parts[0])
	check(t, "first checkpoint", visible(), want)
	w.Write(parts[1]) // behind the barrier: it may be outside or not
	w.Close()

	w = Open(t, open(), connector.WriterContext{JobID: "job", Operator: "sink", Attempt: 1,
		RestoredCheckpoint: 1, Restored: [][]byte{state}}, first)
	w.Write(parts[1])
	second, _ := w.Barrier(false)
	w.Commit(second)
	want = append(want, Text(parts[1])...)
	w.Write(parts[2])
	end, _ := w.Barrier(true)
	w.Commit(end)
	w.Close()
	want = append(want, Text(parts[2])...)
	got := visible()
	for _, r := range Text(parts[1]) {
		i := slices.Index(got, r)
		if again := slices.Index(got[i+1:], r); i >= 0 && again >= 0 && !replaces {
			got = slices.Delete(got, i, i+1) // written twice, as it may be
		}
	}
	check(t, "the end", got, want)
}

func check(t *testing.T, when string, got, want []string) {
	t.Helper()
	counts := map[string]int{}
	for _, r := range want {
		counts[r]++
	}
	for _, r := range got {
		counts[r]--
	}
	for r, n := range counts {
		if n != 0 {
			t.Fatalf("%s: row %s: %s", when, r, fmt.Sprintf("%d too few", n))
		}
	}
}
