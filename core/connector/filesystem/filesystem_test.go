package filesystem_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	_ "github.com/headrace/headrace/core/connector/all"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func table(fs fsys.FS, ddl string, options ...string) *connector.Table {
	t := &connector.Table{Name: "t", Schema: types.NewSchema(
		types.MustParse("ROW<" + ddl + ">").Fields...), FS: fs,
		Options: map[string]string{"connector": "filesystem", "path": "/d", "format": "csv"}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
	}
	return t
}

func put(t *testing.T, fs fsys.FS, path string, data []byte) {
	t.Helper()
	if err := fs.MkdirAll(path[:strings.LastIndexByte(path, '/')]); err != nil {
		t.Fatal(err)
	}
	if err := fsys.WriteFile(fs, path, data); err != nil {
		t.Fatal(err)
	}
}

func source(t *testing.T, tbl *connector.Table) connector.Source {
	t.Helper()
	s, err := connector.NewSource(tbl)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func rows(t *testing.T, tbl *connector.Table) []string {
	t.Helper()
	got, err := connectortest.Start(t, source(t, tbl), 2, nil).All(100)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(slices.Values(got))
}

func lines(n int, quoted bool) (data []byte, want []string) {
	var b bytes.Buffer
	for i := range n {
		s := fmt.Sprintf("row %d", i)
		if quoted && i%3 == 0 {
			s = "a, \"b\"\n" + s
			fmt.Fprintf(&b, "%d,\"%s\"\n", i, strings.ReplaceAll(s, "\"", "\"\""))
		} else {
			fmt.Fprintf(&b, "%d,%s\n", i, s)
		}
		want = append(want, fmt.Sprintf("+I|%d|%s", i, s))
	}
	return b.Bytes(), want
}

func TestReadsDirectoriesCompressedFilesAndRestores(t *testing.T) {
	fs := fsys.NewMem()
	a, want := lines(20, true)
	b, _ := lines(20, false)
	put(t, fs, "/d/a.csv", a)
	var z bytes.Buffer
	g := gzip.NewWriter(&z)
	g.Write(b)
	g.Close()
	put(t, fs, "/d/sub/b.csv.gz", z.Bytes())
	e, _ := zstd.NewWriter(nil)
	put(t, fs, "/d/sub/c.csv.zst", e.EncodeAll(b, nil))
	put(t, fs, "/d/.part.inprogress", []byte("bad"))
	put(t, fs, "/d/_SUCCESS", []byte("bad"))
	put(t, fs, "/d/empty", nil)
	for range 2 {
		for i := range 20 {
			want = append(want, fmt.Sprintf("+I|%d|row %d", i, i))
		}
	}
	connectortest.Bounded(t, func() connector.Source {
		return source(t, table(fs, "id INT, s STRING"))
	}, want, 20)
}

func TestSplitsOfALargeFileMeetAtRecords(t *testing.T) {
	fs := fsys.NewMem()
	data, want := lines(450_000, true)
	put(t, fs, "/d/large", data)
	got := rows(t, table(fs, "id INT, s STRING"))
	if !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
}

func TestGlobPartitionsAndMetadata(t *testing.T) {
	fs := fsys.NewMem()
	put(t, fs, "/d/day=2024-01-01/h=1/f.csv", []byte("1\n"))
	put(t, fs, "/d/day=2024-01-02/h=__DEFAULT_PARTITION__/g.csv", []byte("2\n"))
	tbl := table(fs, "id INT, day DATE, h INT, f STRING NOT NULL, sz BIGINT")
	tbl.PartitionKeys = []string{"day", "h"}
	tbl.Metadata = map[string]string{"f": "file.name", "sz": "file.size"}
	want := []string{"+I|1|2024-01-01|1|f.csv|2", "+I|2|2024-01-02|NULL|g.csv|2"}
	if got := rows(t, tbl); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	tbl.Options["path"] = "/d/day={2024-01-02,x}/*"
	if got := rows(t, tbl); !slices.Equal(got, want[1:]) {
		t.Errorf("glob: %q", got)
	}
	tbl.Options["path"] = "/d"
	pruned, err := source(t, tbl).(connector.PartitionPushDown).Prune(
		func(p map[string]string) bool { return p["h"] == "1" })
	if err != nil {
		t.Fatal(err)
	}
	projected, err := pruned.(connector.ProjectionPushDown).Project([]int{3, 1})
	if err != nil {
		t.Fatal(err)
	}
	got, err := connectortest.Start(t, projected, 1, nil).All(10)
	if err != nil || !slices.Equal(got, []string{"+I|f.csv|2024-01-01"}) {
		t.Errorf("pruned and projected: %q, %v", got, err)
	}
}

func TestMalformedDataNamesFileAndLine(t *testing.T) {
	fs := fsys.NewMem()
	put(t, fs, "/d/broken.csv", []byte("1,10\n2,twenty\n3,30\n"))
	_, err := connectortest.Start(t, source(t, table(fs, "id INT, v INT")), 1, nil).All(10)
	if err == nil || errs.MarkOf(err) != errs.Data || !strings.HasPrefix(err.Error(),
		"/d/broken.csv, line 2: malformed csv record, field 'v': 'twenty' cannot be read as INT") {
		t.Fatal(err)
	}
}

func TestBadOptions(t *testing.T) {
	fs := fsys.NewMem()
	put(t, fs, "/d/a", []byte("1\n"))
	for want, change := range map[string]func(t *connector.Table){
		"needs the option 'path'":          func(t *connector.Table) { delete(t.Options, "path") },
		"needs the option 'format'":        func(t *connector.Table) { delete(t.Options, "format") },
		"did you mean 'csv'":               func(t *connector.Table) { t.Options["format"] = "csw" },
		"has no option 'csv.colour'":       func(t *connector.Table) { t.Options["csv.colour"] = "x" },
		"is not true or false":             func(t *connector.Table) { t.Options["csv.allow-comments"] = "x" },
		"there is no file system 'hdfs'":   func(t *connector.Table) { t.Options["path"] = "hdfs://a/b" },
		"did you mean 'source.monitor-int": func(t *connector.Table) { t.Options["source.monitor-intervall"] = "1" },
		"one of process-time, part":        func(t *connector.Table) { t.Options["sink.partition-commit.trigger"] = "x" },
	} {
		tbl := table(fs, "id INT")
		change(tbl)
		_, err := connector.NewSource(tbl)
		if err == nil {
			_, err = connector.NewSink(tbl)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q", err, want)
		}
	}
	_, err := connectortest.Start(t, source(t, table(fs, "id INT", "path", "/none")), 1, nil).All(1)
	if err == nil || !strings.Contains(err.Error(), "path '/none' does not exist") {
		t.Error(err)
	}
}

func TestNewFilesAreFound(t *testing.T) {
	fs, hands := fsys.NewMem(), clock.NewManual(0)
	put(t, fs, "/d/a", []byte("1\n"))
	src := source(t, table(fs, "id INT", "source.monitor-interval", "1 s"))
	woken := 0
	e, err := src.NewEnumerator(&connector.EnumeratorContext{Parallelism: 1, Clock: hands,
		Wake: func() { woken++ }}, nil)
	if err != nil {
		t.Fatal(err)
	}
	next := func(want int) {
		t.Helper()
		s, done, err := e.Next(0)
		if len(s) != want || done || err != nil {
			t.Fatal(s, done, err)
		}
	}
	next(1)
	next(0)
	put(t, fs, "/d/b", []byte("2\n"))
	next(0)
	hands.Advance(1e9)
	if woken != 1 {
		t.Fatalf("woken %d times", woken)
	}
	next(1)
	state, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	e, err = src.NewEnumerator(&connector.EnumeratorContext{Parallelism: 1, Clock: hands,
		Wake: func() {}}, state)
	if err != nil {
		t.Fatal(err)
	}
	next(0)
}

func numbers(from, to int32, part string) *batch.Batch {
	schema := types.NewSchema(types.F("id", types.Of(types.Int)), types.F("p", types.String()))
	b := batch.NewRowBuilder(schema, 0)
	for i := from; i < to; i++ {
		batch.Append(b.Cols[0], i)
		if part == "" {
			b.Cols[1].AppendNull()
		} else {
			b.Cols[1].AppendString(part)
		}
	}
	return b.Finish()
}

func TestSinkCommitsExactlyOnce(t *testing.T) {
	for _, format := range []string{"csv", "json", "parquet", "arrow", "debezium-json"} {
		for _, keys := range [][]string{nil, {"p"}} {
			fs := fsys.NewMem()
			tbl := table(fs, "id INT, p STRING", "format", format,
				"sink.rolling-policy.on-checkpoint", "true")
			tbl.PartitionKeys = keys
			if format == "csv" {
				tbl.Options["csv.null-literal"] = ""
			}
			open := func() connector.Sink {
				s, err := connector.NewSink(tbl)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			visible := func() []string {
				if _, err := fs.Stat("/d"); err != nil {
					return nil
				}
				return rows(t, tbl)
			}
			connectortest.ExactlyOnce(t, open, [3]*batch.Batch{numbers(0, 5, "a/b"),
				numbers(5, 9, ""), numbers(9, 12, "a/b")}, visible)
		}
	}
}

func files(t *testing.T, fs fsys.FS, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		p := dir + "/" + n
		if info, _ := fs.Stat(p); info.IsDir {
			maps.Copy(out, files(t, fs, p))
			continue
		}
		data, err := fsys.ReadFile(fs, p)
		if err != nil {
			t.Fatal(err)
		}
		out[p] = string(data)
	}
	return out
}

func sink(t *testing.T, tbl *connector.Table) connector.Sink {
	t.Helper()
	s, err := connector.NewSink(tbl)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOverwriteReplacesWhatWasThere(t *testing.T) {
	fs := fsys.NewMem()
	put(t, fs, "/d/p=x/old", []byte("7\n"))
	put(t, fs, "/d/p=y/old", []byte("8\n"))
	tbl := table(fs, "id INT, p STRING")
	tbl.PartitionKeys, tbl.Overwrite, tbl.BatchMode = []string{"p"}, true, true
	s := sink(t, tbl)
	var writers []*connectortest.Writing
	for i := range 2 {
		w := connectortest.Open(t, s, connector.WriterContext{JobID: "j", Subtask: i,
			Parallelism: 2}, nil)
		w.Write(numbers(int32(i), int32(i)+1, "x"))
		writers = append(writers, w)
	}
	for _, w := range writers {
		c, _ := w.Barrier(true)
		w.Commit(c)
	}
	tbl.Overwrite = false
	want := []string{"+I|0|x", "+I|1|x", "+I|8|y"}
	if got := rows(t, tbl); !slices.Equal(got, want) {
		t.Fatalf("%q", got)
	}
}

func TestSuccessFileWhenTheWatermarkPasses(t *testing.T) {
	fs := fsys.NewMem()
	tbl := table(fs, "id INT, p STRING", "sink.partition-commit.trigger", "partition-time",
		"sink.partition-commit.policy.kind", "success-file", "sink.partition-commit.delay", "1 h",
		"partition.time-extractor.timestamp-pattern", "$p 00:00:00")
	tbl.PartitionKeys = []string{"p"}
	w := connectortest.Open(t, sink(t, tbl), connector.WriterContext{}, nil)
	w.Write(numbers(0, 1, "1970-01-02"))
	done := func() bool {
		_, err := fs.Stat("/d/p=1970-01-02/_SUCCESS")
		return err == nil
	}
	const day = 24 * 3600 * 1000
	for _, c := range []struct {
		watermark int64
		want      bool
	}{{day, false}, {day + 3600*1000, true}} {
		w.Writer.Watermark(c.watermark)
		tokens, _ := w.Barrier(false)
		w.Commit(tokens)
		if done() != c.want {
			t.Errorf("at %d: complete %v", c.watermark, done())
		}
	}
}

func TestFilesRollBySize(t *testing.T) {
	fs := fsys.NewMem()
	tbl := table(fs, "id INT, p STRING", "sink.rolling-policy.file-size", "10 b",
		"sink.part-prefix", "x", "sink.part-suffix", ".txt")
	w := connectortest.Open(t, sink(t, tbl), connector.WriterContext{}, nil)
	for range 3 {
		w.Write(numbers(0, 3, "abc"))
	}
	tokens, _ := w.Barrier(true)
	w.Commit(tokens)
	got := files(t, fs, "/d")
	if len(got) != 3 {
		t.Fatalf("%v", got)
	}
	for name := range got {
		if !strings.HasPrefix(name, "/d/x-") || !strings.HasSuffix(name, ".txt") {
			t.Errorf("name %s", name)
		}
	}
}

func TestLimitAndFilterReachTheFormat(t *testing.T) {
	fs := fsys.NewMem()
	tbl := table(fs, "id INT, p STRING", "format", "parquet", "parquet.block.size", "1")
	w := connectortest.Open(t, sink(t, tbl), connector.WriterContext{}, nil)
	for i := range int32(5) {
		w.Write(numbers(10*i, 10*i+10, "x"))
	}
	tokens, _ := w.Barrier(true)
	w.Commit(tokens)
	filtered, err := source(t, tbl).(connector.FilterPushDown).Filter([]connector.Condition{
		{Column: 0, Op: connector.OpGe, Values: []any{int64(42)}}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := connectortest.Start(t, filtered, 1, nil).All(7); len(got) != 10 || err != nil {
		t.Errorf("%d rows of the last row group, want 10; %v", len(got), err)
	}
	limited, err := source(t, tbl).(connector.LimitPushDown).Limit(13)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := connectortest.Start(t, limited, 1, nil).All(7); len(got) != 13 || err != nil {
		t.Errorf("%d rows, want 13; %v", len(got), err)
	}
}

func TestDamagedFileFailsTheJobOnly(t *testing.T) {
	fs := fsys.NewMem()
	put(t, fs, "/d/f.parquet", []byte("PAR1 this is no Parquet file PAR1"))
	src := source(t, table(fs, "id INT", "format", "parquet"))
	_, err := connectortest.Start(t, src, 1, nil).All(7)
	if err == nil || errs.MarkOf(err) != errs.Data || !strings.Contains(err.Error(), "/d/f.parquet") {
		t.Fatal(err)
	}
}

// TestEveryFormatIsReadOnBehindARestore: files of each format, of several row groups or blocks, are
// read on where a checkpoint left them, at another parallelism too.
func TestEveryFormatIsReadOnBehindARestore(t *testing.T) {
	for _, format := range []string{"csv", "json", "parquet", "arrow", "debezium-json"} {
		fs := fsys.NewMem()
		options := []string{"format", format, "auto-compaction", "true", "compaction.file-size", "1 b"}
		if format == "parquet" {
			options = append(options, "parquet.block.size", "1")
		}
		tbl := table(fs, "id INT, p STRING", options...)
		w := connectortest.Open(t, sink(t, tbl), connector.WriterContext{}, nil)
		var want []string
		for i := range int32(4) {
			b := numbers(10*i, 10*i+10, "x")
			want = append(want, connectortest.Text(b)...)
			w.Write(b)
			tokens, _ := w.Barrier(i == 3)
			w.Commit(tokens)
		}
		w.Close()
		connectortest.Bounded(t, func() connector.Source { return source(t, tbl) }, want, 8)
	}
}
