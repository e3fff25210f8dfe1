package filesystem_test

import (
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
)

// published are the contents of the files below /d that have their names, and how many have not.
func published(t *testing.T, fs fsys.FS) (got []string, hidden int) {
	t.Helper()
	for name, data := range files(t, fs, "/d") {
		if path.Base(name)[0] == '.' {
			hidden++
			continue
		}
		got = append(got, data)
	}
	slices.Sort(got)
	return got, hidden
}

// Rows of several checkpoints are in one file, over crashes of the machine: what was written behind
// the last checkpoint is cut off, whether it has reached the disk or not.
func TestAFileGoesOnOverCheckpointsAndCrashes(t *testing.T) {
	for _, tear := range []func(string, int) int{
		nil,
		func(_ string, unsynced int) int { return unsynced / 2 },
		func(_ string, unsynced int) int { return unsynced },
	} {
		fs := fsys.NewMem()
		tbl := table(fs, "id INT, p STRING")
		ctx := connector.WriterContext{JobID: "job"}
		w := connectortest.Open(t, sink(t, tbl), ctx, nil)
		for i := range int32(3) { // and an idle one: its descriptor is given back
			if i < 2 {
				w.Write(numbers(i, i+1, "x"))
			}
			left, state := w.Barrier(false)
			w.Commit(left)
			ctx.RestoredCheckpoint, ctx.Restored = int64(i+1), [][]byte{state}
		}
		if got, hidden := published(t, fs); len(got) > 0 || hidden != 1 {
			t.Fatalf("%q are published, %d are hidden", got, hidden)
		}
		for range 3 {
			w.Write(numbers(90, 99, "lost"))
			if left, _ := w.Barrier(false); len(left) > 0 { // a checkpoint that fails
				t.Fatalf("%d files are complete", len(left))
			}
			fs.Crash(tear)
			ctx.Attempt++
			w = connectortest.Open(t, sink(t, tbl), ctx, nil)
		}
		w.Write(numbers(2, 3, "x"))
		left, _ := w.Barrier(true)
		w.Commit(left)
		w.Close()
		if got, hidden := published(t, fs); strings.Join(got, "|") != "0,x\n1,x\n2,x\n" || hidden > 0 {
			t.Errorf("%q are published, %d are hidden", got, hidden)
		}
	}
}

// A file that is idle or old ends at a checkpoint, without rows; so does one of a partition that is
// complete, before its success file is there.
func TestOpenFilesEndByTheClock(t *testing.T) {
	for _, option := range []string{"sink.rolling-policy.inactivity-interval",
		"sink.rolling-policy.rollover-interval", "sink.partition-commit.delay"} {
		fs := fsys.NewMem()
		tbl := table(fs, "id INT, p STRING", option, "10 min")
		tbl.PartitionKeys = []string{"p"}
		if strings.Contains(option, "commit") {
			tbl.Options["sink.partition-commit.policy.kind"] = "success-file"
		}
		hands := clock.NewManual(0)
		w := connectortest.Open(t, sink(t, tbl), connector.WriterContext{JobID: "job", Clock: hands}, nil)
		w.Write(numbers(0, 1, "x"))
		var want []string
		for minute := range 12 {
			left, _ := w.Barrier(false)
			w.Commit(left)
			if minute == 10 {
				want = []string{"0\n"}
				if tbl.Options["sink.partition-commit.policy.kind"] != "" {
					want = []string{"", "0\n"}
				}
			}
			if got, _ := published(t, fs); !slices.Equal(got, want) {
				t.Fatalf("%s, minute %d: %q", option, minute, got)
			}
			hands.Advance(time.Minute)
		}
		w.Close()
	}
}

// One writer takes over the files of several: one of a directory goes on, the other ends.
func TestOneWriterTakesOverOpenFilesOfTwo(t *testing.T) {
	fs := fsys.NewMem()
	tbl := table(fs, "id INT, p STRING")
	ctx := connector.WriterContext{JobID: "job", Parallelism: 2}
	var states [][]byte
	for i := range int32(2) {
		ctx.Subtask = int(i)
		w := connectortest.Open(t, sink(t, tbl), ctx, nil)
		w.Write(numbers(i, i+1, "x"))
		_, state := w.Barrier(false)
		states = append(states, state)
		w.Write(numbers(9, 10, "lost"))
		w.Close()
	}
	w := connectortest.Open(t, sink(t, tbl), connector.WriterContext{JobID: "job", Attempt: 1,
		RestoredCheckpoint: 1, Restored: states}, nil)
	left, _ := w.Barrier(false)
	w.Commit(left)
	if got, hidden := published(t, fs); !slices.Equal(got, []string{"1,x\n"}) || hidden != 1 {
		t.Errorf("%q are published, %d are hidden", got, hidden)
	}
	w.Write(numbers(2, 3, "x"))
	left, _ = w.Barrier(true)
	w.Commit(left)
	w.Close()
	if got, hidden := published(t, fs); !slices.Equal(got, []string{"0,x\n2,x\n", "1,x\n"}) || hidden > 0 {
		t.Errorf("%q are published, %d are hidden", got, hidden)
	}
}

// An older savepoint: a file that was completed since then stays as it is; one that has gone, or has
// lost bytes, is an error that names it.
func TestOpenFilesOfAnOlderSavepoint(t *testing.T) {
	fs := fsys.NewMem()
	tbl := table(fs, "id INT, p STRING")
	ctx := connector.WriterContext{JobID: "job"}
	w := connectortest.Open(t, sink(t, tbl), ctx, nil)
	w.Write(numbers(0, 1, "x"))
	_, state := w.Barrier(false)
	w.Write(numbers(1, 2, "x"))
	left, _ := w.Barrier(true)
	w.Commit(left)
	w.Close()
	ctx.Attempt, ctx.RestoredCheckpoint, ctx.Restored = 1, 1, [][]byte{state}
	w = connectortest.Open(t, sink(t, tbl), ctx, nil)
	w.Write(numbers(2, 3, "x"))
	left, _ = w.Barrier(true)
	w.Commit(left)
	w.Close()
	if got, hidden := published(t, fs); !slices.Equal(got, []string{"0,x\n1,x\n", "2,x\n"}) || hidden > 0 {
		t.Fatalf("%q are published, %d are hidden", got, hidden)
	}
	for name := range files(t, fs, "/d") {
		if err := fs.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sink(t, tbl).NewWriter(&ctx); err == nil || errs.MarkOf(err) != errs.Corrupt ||
		!strings.Contains(err.Error(), ".inprogress' is gone") {
		t.Error(err)
	}
}

// What no checkpoint knows of goes when a writer is closed; the rest stays for a job that is restored.
func TestCloseLeavesWhatACheckpointNeeds(t *testing.T) {
	fs := fsys.NewMem()
	tbl := table(fs, "id INT, p STRING")
	tbl.PartitionKeys = []string{"p"}
	w := connectortest.Open(t, sink(t, tbl), connector.WriterContext{JobID: "job"}, nil)
	w.Write(numbers(0, 1, "x"))
	w.Barrier(false)
	w.Write(numbers(1, 2, "y"))
	w.Close()
	if got, hidden := published(t, fs); len(got) > 0 || hidden != 1 {
		t.Errorf("%q are published, %d are hidden", got, hidden)
	}
}
