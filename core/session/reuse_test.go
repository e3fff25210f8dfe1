package session

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestOneSourceForManyStatements has two sinks, and both sides of a join, read one source.
func TestOneSourceForManyStatements(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.csv"), []byte("1,a,5,x\n2,b,6,y\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := Open(Options{})
	defer s.Close()
	call(t, s, "CREATE TABLE t (id INT, v STRING, n INT, more STRING) WITH ('connector' = 'filesystem', "+
		"'format' = 'csv', 'path' = '"+dir+"')")
	for _, name := range []string{"a", "b"} {
		call(t, s, "CREATE TABLE "+name+" (id INT, v STRING) WITH ('connector' = 'blackhole')")
	}
	text := call(t, s, "EXPLAIN STATEMENT SET BEGIN INSERT INTO a SELECT id, v FROM t; "+
		"INSERT INTO b SELECT n, 'x' FROM t WHERE id > 1; END").Text
	if n := strings.Count(text, "(reused)"); n != 1 {
		t.Errorf("%d operators are reused, not 1:\n%s", n, text)
	}
	if !strings.Contains(text, "project=[id, v, n]") {
		t.Errorf("the scan does not read what both want:\n%s", text)
	}
	const join = "SELECT a.id, b.n FROM t a JOIN t b ON a.id = b.id"
	if text := call(t, s, "EXPLAIN "+join).Text; strings.Count(text, "(reused)") != 1 {
		t.Errorf("a self-join reads its table twice:\n%s", text)
	}
	got := rows(t, s, join)
	slices.Sort(got)
	if want := "+I 1 5, +I 2 6"; strings.Join(got, ", ") != want {
		t.Errorf("%s, not %s", got, want)
	}
	call(t, s, "SET 'table.optimizer.reuse-sub-plan-enabled' = 'false'")
	if text := call(t, s, "EXPLAIN "+join).Text; strings.Contains(text, "(reused)") {
		t.Errorf("reuse is off, and yet:\n%s", text)
	}
}
