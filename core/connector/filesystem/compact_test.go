package filesystem_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// TestFilesOfACheckpointBecomeOne: rolled files are one when they are visible, in every format.
func TestFilesOfACheckpointBecomeOne(t *testing.T) {
	for _, format := range []string{"csv", "json", "parquet", "arrow"} {
		fs := fsys.NewMem()
		tbl := table(fs, "id INT, p STRING", "format", format, "auto-compaction", "true",
			"sink.rolling-policy.file-size", "1 b", "compaction.file-size", "1 mb")
		tbl.PartitionKeys = []string{"p"}
		w := connectortest.Open(t, sink(t, tbl), connector.WriterContext{}, nil)
		var want []string
		for checkpoint := range int32(2) {
			for i := range int32(4) {
				id := 10*checkpoint + i
				w.Write(numbers(id, id+1, []string{"a", "b"}[i%2]))
				want = append(want, fmt.Sprintf("+I|%d|%s", id, []string{"a", "b"}[i%2]))
			}
			tokens, _ := w.Barrier(checkpoint == 1)
			w.Commit(tokens)
		}
		w.Close()
		slices.Sort(want)
		if got := rows(t, tbl); !slices.Equal(got, want) {
			t.Errorf("%s: %q", format, got)
		}
		names := slices.Sorted(maps.Keys(files(t, fs, "/d")))
		if len(names) != 4 || slices.ContainsFunc(names, func(n string) bool { return path.Base(n)[0] == '.' }) {
			t.Errorf("%s: not one file a partition and checkpoint: %q", format, names)
		}
	}
}

// lined is a table of a DataStream's sink with lines of text.
func lined(fs fsys.FS, options ...string) *connector.Table {
	return stream(fs, types.String(), append([]string{"format", "raw", "auto-compaction", "true"},
		options...)...)
}

func line(tbl *connector.Table, text string) *batch.Batch {
	b := batch.NewRowBuilder(tbl.Schema, 1)
	b.Cols[0].AppendString(text)
	return b.Finish()
}

// TestStreamCompactsOverCheckpoints: files are held back until the strategy is met, over a restart
// of another parallelism too, and what a compacted one replaces goes when it is committed.
func TestStreamCompactsOverCheckpoints(t *testing.T) {
	for _, x := range []struct {
		options []string
		want    string
	}{
		{[]string{"compaction.checkpoints", "3", "compaction.delimiter", "2d2d0a"}, "a0\n--\nb0\n--\na1\n--\nb1\n"},
		{[]string{"compaction.file-size", "6 b"}, "a0\nb0\na1\n|b1\n"},
		{[]string{"compaction.checkpoints", "2"}, "a0\nb0\na1\n|b1\n"},
		{[]string{"compaction.checkpoints", "2", "compaction.compactor", "identical"}, "a0\n|a1\n|b0\n|b1\n"},
	} {
		fs := fsys.NewMem()
		tbl := lined(fs, x.options...)
		ctx := connector.WriterContext{JobID: "job", Parallelism: 2}
		var states, left [][]byte
		for i, name := range []string{"a", "b"} {
			ctx.Subtask = i
			w := connectortest.Open(t, sink(t, tbl), ctx, nil)
			w.Write(line(tbl, name+"0"))
			tokens, state := w.Barrier(false)
			states, left = append(states, state), append(left, tokens...)
			w.Write(line(tbl, "lost"))
			w.Close()
		}
		w := connectortest.Open(t, sink(t, tbl), connector.WriterContext{JobID: "job", Attempt: 1,
			RestoredCheckpoint: 1, Restored: states}, left)
		for _, name := range []string{"a", "b"} {
			w.Write(line(tbl, name+"1"))
			tokens, _ := w.Barrier(name == "b")
			w.Commit(tokens)
		}
		w.Close()
		var got []string
		for name, data := range files(t, fs, "/d") {
			if path.Base(name)[0] == '.' {
				t.Errorf("%v: %s is left", x.options, name)
			}
			got = append(got, data)
		}
		slices.Sort(got)
		if strings.Join(got, "|") != x.want {
			t.Errorf("%v: %q, want %q", x.options, got, x.want)
		}
	}
}

// TestACrashOfTheMachineTakesNothingPrepared: what a checkpoint counts on is on the disk, with its
// name and those of the directories above.
func TestACrashOfTheMachineTakesNothingPrepared(t *testing.T) {
	for _, compact := range []string{"true", "false"} {
		fs := fsys.NewMem()
		tbl := table(fs, "id INT, p STRING", "auto-compaction", compact, "sink.rolling-policy.file-size", "1 b")
		tbl.PartitionKeys = []string{"p"}
		w := connectortest.Open(t, sink(t, tbl), connector.WriterContext{JobID: "job"}, nil)
		w.Write(numbers(0, 2, "x"))
		w.Write(numbers(2, 4, "x"))
		left, state := w.Barrier(false)
		fs.Crash(func(string, int) int { return 0 })
		w = connectortest.Open(t, sink(t, tbl), connector.WriterContext{JobID: "job", Attempt: 1,
			RestoredCheckpoint: 1, Restored: [][]byte{state}}, left)
		w.Close()
		want := []string{"+I|0|x", "+I|1|x", "+I|2|x", "+I|3|x"}
		if got := rows(t, tbl); !slices.Equal(got, want) {
			t.Errorf("compaction %s: %q", compact, got)
		}
	}
}
