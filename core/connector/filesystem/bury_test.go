package filesystem_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
)

// spoiled has every seventh of n records unreadable; good ones have what rows give.
func spoiled(format string, n int) (data []byte, want, dead []string) {
	var b bytes.Buffer
	for i := range n {
		good := fmt.Sprintf("%d,\"a\n%d\"", i, i)
		text := fmt.Sprintf("a\n%d", i)
		bad := fmt.Sprintf("x%d,\"y\nz\"", i)
		if format == "json" {
			good = fmt.Sprintf(`{"id": %d, "s": "%d"}`, i, i)
			text = fmt.Sprint(i)
			bad = []string{`{"id": "x", "s": "y"}`, `{"id": `, `[{"id": 1, "s": "in"}, {"id": "out"}]`,
				"\xff"}[i/7%4]
		}
		if i%7 == 3 {
			b.WriteString(bad + "\n")
			dead = append(dead, bad)
			continue
		}
		b.WriteString(good + "\n")
		want = append(want, fmt.Sprintf("+I|%d|%s", i, text))
	}
	return b.Bytes(), want, dead
}

// letters reads the records in the files of a directory.
func letters(t *testing.T, fs fsys.FS, dir string) (records []string) {
	t.Helper()
	for name, data := range files(t, fs, dir) {
		for _, line := range strings.Split(strings.TrimSpace(data), "\n") {
			var letter struct {
				Table, Place, Error, Record string
				Base64                      []byte `json:"record_base64"`
			}
			if err := json.Unmarshal([]byte(line), &letter); err != nil {
				t.Fatal(name, err)
			}
			if letter.Table != "t" || !strings.HasPrefix(letter.Place, "/d/in, byte ") ||
				!strings.Contains(letter.Error, "malformed ") {
				t.Errorf("letter %s", line)
			}
			records = append(records, letter.Record+string(letter.Base64))
		}
	}
	return records
}

func TestRecordsThatCannotBeDecoded(t *testing.T) {
	for _, format := range []string{"csv", "json"} {
		data, want, dead := spoiled(format, 200)
		fs := fsys.NewMem()
		put(t, fs, "/d/in", data)
		options := []string{"path", "/d/in", "format", format, "scan.decode-error.policy"}
		const ddl = "id INT, s STRING"
		if _, err := connectortest.Start(t, source(t, table(fs, ddl, append(options, "fail")...)), 1,
			nil).All(10); err == nil || !strings.Contains(err.Error(), "/d/in, line") {
			t.Error(format, err)
		}
		connectortest.Bounded(t, func() connector.Source {
			return source(t, table(fs, ddl, append(options, "skip")...))
		}, want, 20)
		bury := table(fs, ddl, append(options, "dead-letter", "scan.decode-error.path", "/dead")...)
		if got := rows(t, bury); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
			t.Errorf("%s: %q", format, got)
		}
		got := letters(t, fs, "/dead")
		slices.Sort(got)
		slices.Sort(dead)
		if !slices.Equal(got, dead) {
			t.Errorf("%s: letters %q, want %q", format, got, dead)
		}
	}
	_, err := connector.NewSource(table(fsys.NewMem(), "id INT", "scan.decode-error.policy", "dead-letter"))
	if err == nil || !strings.Contains(err.Error(), "'scan.decode-error.path'") {
		t.Error(err)
	}
}

// TestLettersAreThereBeforeTheCheckpoint: a checkpoint that leaves records behind has their letters.
func TestLettersAreThereBeforeTheCheckpoint(t *testing.T) {
	data, _, dead := spoiled("json", 100)
	fs := fsys.NewMem()
	put(t, fs, "/d/in", data)
	run := connectortest.Start(t, source(t, table(fs, "id INT, s STRING", "path", "/d/in", "format", "json",
		"scan.decode-error.policy", "dead-letter", "scan.decode-error.path", "/dead")), 1, nil)
	defer run.Close()
	for len(run.Rows) < 60 {
		if _, err := run.Step(10); err != nil {
			t.Fatal(err)
		}
	}
	run.Checkpoint()
	fs.Crash(func(string, int) int { return 0 })
	if got := letters(t, fs, "/dead"); len(got) < len(run.Rows)/7 || len(got) > len(dead) {
		t.Errorf("%d letters behind %d rows", len(got), len(run.Rows))
	}
}

// TestRecordsLeftOutAreCounted: 'ignore-parse-errors' loses nothing unseen.
func TestRecordsLeftOutAreCounted(t *testing.T) {
	for format, data := range map[string]string{
		"csv":  "\ufeff1,a\n2,b,c\n3,\"x\"y\n4,d\n5,\"open\n",
		"json": `{"id":1,"s":"a"}` + "\n{\n[1]\n" + `{"id":4,"s":"d"}` + "\nx\n",
		"debezium-json": `{"after":{"id":1,"s":"a"},"op":"c"}` + "\n{\n" + `{"op":"q"}` + "\n" +
			`{"after":{"id":4,"s":"d"},"op":"c"}` + "\n{}\n",
	} {
		fs := fsys.NewMem()
		put(t, fs, "/d/in", []byte(data))
		run := connectortest.Start(t, source(t, table(fs, "id INT, s STRING", "path", "/d/in",
			"format", format, format+".ignore-parse-errors", "true")), 1, nil)
		got, err := run.All(10)
		if err != nil || !slices.Equal(got, []string{"+I|1|a", "+I|4|d"}) || run.Dropped.Load() != 3 {
			t.Errorf("%s: %q, %d left out, %v", format, got, run.Dropped.Load(), err)
		}
	}
}
