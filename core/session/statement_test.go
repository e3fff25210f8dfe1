package session

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// refused runs a statement that must fail and returns the message.
func refused(t *testing.T, s *Session, sql string) string {
	t.Helper()
	req, err := json.Marshal(map[string]any{"executeSql": map[string]string{"text": sql}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.Call(context.Background(), req); err == nil {
		t.Fatalf("%s: no error", sql)
	}
	return err.Error()
}

// wait waits for the job of a statement.
func wait(t testing.TB, s *Session, a *Answer) {
	t.Helper()
	req, err := json.Marshal(map[string]any{"job": map[string]string{"id": a.Job, "verb": "wait"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Call(context.Background(), req); err != nil {
		t.Fatal(err)
	}
}

func columnNames(t *testing.T, s *Session, table string) []string {
	t.Helper()
	var out []string
	for _, r := range rows(t, s, "DESCRIBE "+table) {
		f := strings.Fields(r)
		out = append(out, strings.Trim(f[1], "'")+" "+strings.Trim(f[2], "'"))
	}
	return out
}

func TestAlterTable(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	call(t, s, "CREATE TABLE t (a INT, b STRING, ts TIMESTAMP(3)) WITH ('connector' = 'blackhole')")
	for _, sql := range []string{
		"ALTER TABLE t ADD (c DOUBLE FIRST, d AS a + 1 AFTER a, WATERMARK FOR ts AS ts)",
		"ALTER TABLE t RENAME b TO bb",
		"ALTER TABLE t MODIFY c BIGINT AFTER bb",
		"ALTER TABLE t SET ('x' = 'y')",
		"ALTER TABLE t RENAME TO u",
	} {
		call(t, s, sql)
	}
	want := []string{"a INT", "d INT", "bb STRING", "c BIGINT", "ts TIMESTAMP(3)"}
	if got := columnNames(t, s, "u"); !slices.Equal(got, want) {
		t.Errorf("columns are %q, want %q", got, want)
	}
	for sql, says := range map[string]string{
		"ALTER TABLE u DROP nope":                     "has no column 'nope'",
		"ALTER TABLE u DROP a":                        "computed column 'd'",
		"ALTER TABLE u DROP ts":                       "watermark",
		"ALTER TABLE u ADD bb INT":                    "defined twice",
		"ALTER TABLE u RESET ('connector')":           "cannot be reset",
		"ALTER TABLE u ADD WATERMARK FOR ts AS ts":    "already a watermark",
		"ALTER TABLE t SET ('x' = 'y')":               "does not exist",
		"ALTER TABLE u MODIFY PRIMARY KEY (a)":        "no primary key",
		"ALTER TABLE u ADD PRIMARY KEY (a)":           "NOT ENFORCED",
		"TRUNCATE TABLE u":                            "TRUNCATE is for batch mode",
		"DELETE FROM u WHERE a = 1":                   "DELETE is for batch mode",
		"UPDATE u SET a = 1":                          "UPDATE is for batch mode",
		"ALTER TABLE u ADD PARTITION (a = '1')":       "no list of partitions",
		"CREATE MODEL m WITH ('provider' = 'openai')": "not supported",
	} {
		if got := refused(t, s, sql); !strings.Contains(got, says) {
			t.Errorf("%s: %q does not say %q", sql, got, says)
		}
	}
	call(t, s, "ALTER TABLE u DROP (d, bb)")
	call(t, s, "ALTER TABLE IF EXISTS gone SET ('a' = 'b')")
	if got := columnNames(t, s, "u"); !slices.Equal(got, []string{"a INT", "c BIGINT",
		"ts TIMESTAMP(3)"}) {
		t.Errorf("after DROP: %q", got)
	}
}

func TestAlterView(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	call(t, s, "CREATE VIEW v AS SELECT 1 AS a")
	call(t, s, "ALTER VIEW v AS SELECT 2 AS b")
	call(t, s, "ALTER VIEW v RENAME TO w")
	if got := rows(t, s, "SELECT b FROM w"); !slices.Equal(got, []string{"+I 2"}) {
		t.Errorf("%q", got)
	}
	if got := refused(t, s, "ALTER TABLE w RENAME TO x"); !strings.Contains(got, "ALTER VIEW") {
		t.Errorf("%q", got)
	}
}

func TestPlanFileOutlivesTheSession(t *testing.T) {
	dir := t.TempDir()
	plan, out := filepath.Join(dir, "plan.json"), filepath.Join(dir, "out")
	table := "CREATE TABLE o (a INT) WITH ('connector' = 'filesystem', 'path' = '" + out +
		"', 'format' = 'csv')"
	s := Open(Options{})
	call(t, s, table)
	call(t, s, "COMPILE PLAN '"+plan+"' FOR INSERT INTO o VALUES (1), (2)")
	if got := refused(t, s, "COMPILE PLAN '"+plan+"' FOR INSERT INTO o VALUES (3)"); !strings.Contains(
		got, "exists already") {
		t.Errorf("%q", got)
	}
	s.Close()
	if _, err := os.Stat(out); err == nil {
		t.Fatal("compiling ran the job")
	}
	s = Open(Options{Config: map[string]string{"execution.runtime-mode": "BATCH"}})
	defer s.Close()
	call(t, s, table)
	wait(t, s, call(t, s, "EXECUTE PLAN '"+plan+"'"))
	if got := fold(rows(t, s, "SELECT * FROM o")); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("%q", got)
	}
}

func TestSinkMismatchNamesTheColumn(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	call(t, s, "CREATE TABLE o (a INT, b INT) WITH ('connector' = 'blackhole')")
	got := refused(t, s, "INSERT INTO o SELECT 1, ARRAY[1] AS list")
	for _, part := range []string{"mismatch", "'b' at position 1", "list: ARRAY<INT"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q does not say %q", got, part)
		}
	}
}
