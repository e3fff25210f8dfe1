package filesystem_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// stream is a table as the file builders of the DataStream API describe it.
func stream(fs fsys.FS, t types.Type, options ...string) *connector.Table {
	tbl := table(fs, "value INT", options...)
	tbl.Schema = types.NewSchema(types.F("value", t))
	tbl.Stream = true
	return tbl
}

func TestStreamOfLinesFromSeveralPaths(t *testing.T) {
	fs := fsys.NewMem()
	put(t, fs, "/a/x", []byte("one\ntwo\r\n"))
	put(t, fs, "/b/y", []byte("three"))
	tbl := stream(fs, types.String(), "path", "/a;/b/*", "format", "raw", "raw.charset", "UTF-8",
		"source.splittable", "false")
	if got := rows(t, tbl); !slices.Equal(got, []string{"+I|one", "+I|three", "+I|two"}) {
		t.Fatalf("%q", got)
	}
}

func TestStreamOfRowsHasTheFieldsOfTheFile(t *testing.T) {
	fs := fsys.NewMem()
	row := types.RowOf(types.F("a", types.Of(types.Int)), types.F("b", types.String()))
	put(t, fs, "/d/x", []byte("1,p\n2,q\n"))
	tbl := stream(fs, row)
	if got := rows(t, tbl); !slices.Equal(got, []string{"+I|(1, p)", "+I|(2, q)"}) {
		t.Fatalf("%q", got)
	}
	b := batch.NewRowBuilder(tbl.Schema, 1)
	batch.Append(b.Cols[0].Child(0), int32(7))
	b.Cols[0].Child(1).AppendString("z")
	b.Cols[0].AppendRow()
	tbl.Options["path"] = "/out"
	w := connectortest.Open(t, sink(t, tbl), connector.WriterContext{}, nil)
	w.Write(b.Finish())
	tokens, _ := w.Barrier(true)
	w.Commit(tokens)
	if got := rows(t, tbl); !slices.Equal(got, []string{"+I|(7, z)"}) {
		t.Fatalf("%q", got)
	}
}

func TestBucketsByTimeOfWriting(t *testing.T) {
	fs := fsys.NewMem()
	tbl := stream(fs, types.String(), "format", "raw", "sink.bucket-assigner", "date-time",
		"sink.bucket-assigner.format", "yyyy-MM-dd--HH", "sink.bucket-assigner.zone", "Asia/Tokyo",
		"sink.part-prefix", "p", "sink.part-suffix", ".txt",
		"sink.rolling-policy.on-checkpoint", "true", "compaction.checkpoints", "3")
	b := batch.NewRowBuilder(tbl.Schema, 1)
	b.Cols[0].AppendString("line")
	w := connectortest.Open(t, sink(t, tbl), connector.WriterContext{
		Clock: clock.NewManual(1704067200000)}, nil)
	w.Write(b.Finish())
	tokens, _ := w.Barrier(true)
	w.Commit(tokens)
	for name, data := range files(t, fs, "/d") {
		if !strings.HasPrefix(name, "/d/2024-01-01--09/p-") || data != "line\n" {
			t.Errorf("%s: %q", name, data)
		}
	}
}
