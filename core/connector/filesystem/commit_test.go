package filesystem_test

import (
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
)

// TestSuccessFileSomeTimeAfterTheFirstRow: by the clock a partition is complete a delay after it was
// begun, over a restart too, and again when rows come late; at the end all are.
func TestSuccessFileSomeTimeAfterTheFirstRow(t *testing.T) {
	fs := fsys.NewMem()
	tbl := table(fs, "id INT, p STRING", "sink.partition-commit.policy.kind", "success-file",
		"sink.partition-commit.delay", "1 h", "sink.partition-commit.success-file.name", "_DONE")
	tbl.PartitionKeys = []string{"p"}
	hands := clock.NewManual(0)
	done := func(p string) bool {
		_, err := fs.Stat("/d/p=" + p + "/_DONE")
		return err == nil
	}
	ctx := connector.WriterContext{JobID: "job", Clock: hands}
	w := connectortest.Open(t, sink(t, tbl), ctx, nil)
	w.Write(numbers(0, 1, "a"))
	hands.Advance(50 * time.Minute)
	w.Write(numbers(1, 2, "b"))
	tokens, state := w.Barrier(false)
	w.Commit(tokens)
	if done("a") || done("b") {
		t.Error("complete before the delay is over")
	}
	w.Close()
	ctx.Attempt, ctx.RestoredCheckpoint, ctx.Restored = 1, 1, [][]byte{state}
	w = connectortest.Open(t, sink(t, tbl), ctx, tokens)
	hands.Advance(11 * time.Minute)
	tokens, _ = w.Barrier(false)
	w.Commit(tokens)
	if !done("a") || done("b") {
		t.Error("61 minutes:", done("a"), done("b"))
	}
	if err := fs.Remove("/d/p=a/_DONE"); err != nil {
		t.Fatal(err)
	}
	w.Write(numbers(2, 3, "a"))
	tokens, _ = w.Barrier(true)
	w.Commit(tokens)
	w.Close()
	if !done("a") || !done("b") {
		t.Error("at the end:", done("a"), done("b"))
	}
}
