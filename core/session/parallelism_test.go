package session

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shape is the plan of an INSERT: each node with its parallelism and how rows come to it.
func shape(t *testing.T, s *Session, insert string) []string {
	t.Helper()
	text := call(t, s, "EXPLAIN JSON_EXECUTION_PLAN "+insert).Text
	at := strings.Index(text, "{")
	if at < 0 {
		t.Fatal(text)
	}
	var plan struct {
		Nodes []struct {
			Type         string
			Parallelism  int
			Predecessors []struct {
				Ship string `json:"ship_strategy"`
			}
		}
	}
	if err := json.NewDecoder(strings.NewReader(text[at:])).Decode(&plan); err != nil {
		t.Fatal(err, text)
	}
	var out []string
	for _, n := range plan.Nodes {
		line := fmt.Sprintf("%s*%d", n.Type, n.Parallelism)
		for _, p := range n.Predecessors {
			line = p.Ship + " " + line
		}
		out = append(out, line)
	}
	return out
}

// TestTablesHaveAParallelismOfTheirOwn: 'scan.parallelism' and 'sink.parallelism' count for the
// table only, and changes stay in order by key.
func TestTablesHaveAParallelismOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	const change = `{"before": %s, "after": %s, "op": "%s"}`
	var lines []string
	for i := range 20 {
		row := fmt.Sprintf(`{"id": %d, "n": 1}`, i)
		newer := fmt.Sprintf(`{"id": %d, "n": 2}`, i)
		lines = append(lines, fmt.Sprintf(change, "null", row, "c"), fmt.Sprintf(change, row, newer, "u"))
	}
	text := []byte(strings.Join(lines, "\n"))
	if err := os.WriteFile(filepath.Join(dir, "in.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	s := Open(Options{})
	defer s.Close()
	file := "'connector' = 'filesystem', 'path' = '" + dir + "/in.json', 'format' = 'debezium-json'"
	for _, ddl := range []string{
		"CREATE TABLE plain (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '9', " +
			"'scan.parallelism' = '3')",
		"CREATE TABLE changes (id INT, n INT, PRIMARY KEY (id) NOT ENFORCED) WITH (" + file +
			", 'scan.parallelism' = '2')",
		"CREATE TABLE keyless (id INT, n INT) WITH (" + file + ", 'scan.parallelism' = '2')",
		"CREATE TABLE single (id INT, n INT) WITH (" + file + ", 'scan.parallelism' = '1')",
		"CREATE TABLE two (id INT) WITH ('connector' = 'blackhole', 'sink.parallelism' = '2')",
		"CREATE TABLE keyed (id INT, n INT, PRIMARY KEY (id) NOT ENFORCED) WITH (" +
			"'connector' = 'blackhole', 'sink.parallelism' = '2')",
		"CREATE TABLE retract (id INT, n INT) WITH ('connector' = 'blackhole', 'sink.parallelism' = '2')",
		"CREATE TABLE wrong (id INT) WITH ('connector' = 'blackhole', 'sink.parallelism' = '0')",
		"CREATE TABLE parts (id INT, p INT) PARTITIONED BY (p) WITH ('connector' = 'filesystem', 'path' = '" +
			dir + "/out', 'format' = 'csv', 'sink.shuffle-by-partition.enable' = 'true')",
		"SET 'parallelism.default' = '4'", "SET 'table.exec.resource.default-parallelism' = '4'",
	} {
		call(t, s, ddl)
	}
	for insert, want := range map[string]string{
		"INSERT INTO two SELECT id + 1 FROM plain": "Source: plain*3, FORWARD Calc*4, FORWARD Sink: two*2",
		"INSERT INTO two /*+ OPTIONS('sink.parallelism' = '1') */ SELECT id FROM plain": "Source: plain*3, " +
			"FORWARD Sink: two*1",
		"INSERT INTO keyed SELECT id, n + 1 FROM changes": "Source: changes*2, HASH DropUpdateBefore*4, FORWARD Calc*4, " +
			"HASH Sink: keyed*2",
		"INSERT INTO parts SELECT id, MOD(id, 3) FROM plain": "Source: plain*3, FORWARD Calc*4, HASH Sink: parts*4",
	} {
		if got := strings.Join(shape(t, s, insert), ", "); got != want {
			t.Errorf("%s:\n got %s\nwant %s", insert, got, want)
		}
	}
	for _, table := range []string{"changes", "single"} {
		got := fold(rows(t, s, "SELECT id, SUM(n) FROM "+table+" GROUP BY id"))
		if len(got) != 20 || slices.ContainsFunc(got, func(r string) bool { return !strings.HasSuffix(r, " 2") }) {
			t.Errorf("%s: %q", table, got)
		}
	}
	for sql, want := range map[string]string{
		"INSERT INTO two SELECT id FROM keyless":                        "dealt out by a primary key",
		"INSERT INTO wrong SELECT id FROM plain":                        "'sink.parallelism' = '0' is not at least 1",
		"INSERT INTO retract SELECT id, SUM(n) FROM single GROUP BY id": "by a primary key, which it has not",
	} {
		req, _ := json.Marshal(map[string]any{"executeSql": map[string]string{"text": sql}})
		if _, err := s.Call(context.Background(), req); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", sql, err, want)
		}
	}
}

// With 'auto-compaction' the files of a partition become one, however many subtasks wrote its rows.
func TestCompactionOverAllWriters(t *testing.T) {
	dir := t.TempDir()
	s := Open(Options{})
	defer s.Close()
	for _, sql := range []string{
		"SET 'parallelism.default' = '3'", "SET 'execution.runtime-mode' = 'batch'",
		"CREATE TABLE src (id INT) WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', " +
			"'fields.id.start' = '0', 'fields.id.end' = '299')",
	} {
		call(t, s, sql)
	}
	for name, by := range map[string]string{"parts": " PARTITIONED BY (p)", "whole": ""} {
		call(t, s, "CREATE TABLE "+name+" (id INT, p INT)"+by+" WITH ('connector' = 'filesystem', 'path' = '"+
			dir+"/"+name+"', 'format' = 'csv', 'auto-compaction' = 'true', "+
			"'sink.rolling-policy.file-size' = '100 b', 'compaction.file-size' = '1 mb')")
		wait(t, s, call(t, s, "INSERT INTO "+name+" SELECT id, MOD(id, 2) FROM src"))
		files, err := filepath.Glob(dir + "/" + name + map[bool]string{true: "/p=*"}[by != ""] + "/part-*")
		if want := 1 + len(by)/len(" PARTITIONED BY (p)"); err != nil || len(files) != want {
			t.Errorf("%s: %q, %v", name, files, err)
		}
		got := rows(t, s, "SELECT COUNT(*), SUM(id) FROM "+name)
		if len(got) != 1 || !strings.Contains(got[0], "300") || !strings.Contains(got[0], "44850") {
			t.Errorf("%s: %q", name, got)
		}
	}
}
