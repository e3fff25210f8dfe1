package connectortest

import (
	"fmt"
	"log/slog"
	"testing"

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
}

// Open begins an attempt. Committables of the checkpoint it is restored from are committed first.
func Open(t testing.TB, s connector.Sink, ctx connector.WriterContext, left [][]byte) *Writing {
	t.Helper()
	if ctx.Clock == nil {
		ctx.Clock = clock.System{}
	}
	ctx.Parallelism = max(ctx.Parallelism, 1)
	ctx.Log, ctx.Wake = slog.Default(), func() {}
	w := &Writing{t: t, id: ctx.RestoredCheckpoint}
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

// Write writes a batch.
func (w *Writing) Write(b *batch.Batch) {
	w.t.Helper()
	if err := w.Writer.Write(b); err != nil {
		w.t.Fatal(err)
	}
}

// Barrier flushes, prepares and takes a snapshot.
func (w *Writing) Barrier(end bool) (committables [][]byte, state []byte) {
	w.t.Helper()
	if done, err := w.Writer.Flush(end); !done || err != nil {
		w.t.Fatal(done, err)
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
