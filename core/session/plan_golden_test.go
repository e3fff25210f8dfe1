package session

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/plan/planpb"
)

var update = flag.Bool("update", false, "record the results in testdata")

// TestPlans compares what EXPLAIN shows of the statements of testdata/plans: a file is named after
// the step of planning that it is about, the first line of the file names the section of EXPLAIN's
// answer. A case is statements, the last of which is explained, a line of dashes, and the section.
func TestPlans(t *testing.T) {
	files, err := filepath.Glob("testdata/plans/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			section, rest, _ := strings.Cut(strings.TrimSpace(string(data)), "\n\n")
			recorded := section + "\n"
			for _, c := range strings.Split(rest, "\n\n") {
				query, want, _ := strings.Cut(c+"\n", "\n----\n")
				query = strings.TrimSpace(query)
				got := plannedTo(t, query, section)
				if !*update && got != want {
					t.Errorf("%s\n gives\n%s\n   not\n%s", query, got, want)
				}
				recorded += "\n" + query + "\n----\n" + got
			}
			if *update {
				if err := os.WriteFile(file, []byte(recorded), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

const planTables = `
CREATE TABLE orders (id BIGINT, cust BIGINT, price DOUBLE, note STRING, ts TIMESTAMP(3),
	WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
	WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'csv');
CREATE TABLE customers (id BIGINT, name STRING)
	WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'csv');
CREATE TABLE changes (id BIGINT, name STRING, v BIGINT, PRIMARY KEY (id) NOT ENFORCED)
	WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'debezium-json');
CREATE TABLE keyed (k BIGINT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED)
	WITH ('connector' = 'blackhole');
CREATE TABLE twice (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
SET 'parallelism.default' = '2'`

// plannedTo is a section of what EXPLAIN answers.
func plannedTo(t *testing.T, query, section string) string {
	t.Helper()
	s := Open(Options{Describe: func(path string) (*planpb.Function, error) {
		return &planpb.Function{Name: path, Path: path, Kind: "scalar", Style: "general",
			ResultTypes: []string{"BIGINT"}, Deterministic: true}, nil
	}})
	defer s.Close()
	for _, ddl := range strings.Split(planTables, ";\n") {
		call(t, s, ddl)
	}
	for _, name := range []string{"f", "g"} {
		call(t, s, "CREATE FUNCTION "+name+" AS '"+name+"' LANGUAGE PYTHON")
	}
	stmts := strings.Split(query, ";\n")
	for _, stmt := range stmts[:len(stmts)-1] {
		call(t, s, stmt)
	}
	text := call(t, s, stmts[len(stmts)-1]).Text
	_, text, found := strings.Cut(text, "== "+section+" ==\n")
	if !found {
		t.Fatalf("EXPLAIN shows no %s", section)
	}
	text, _, _ = strings.Cut(text, "\n== ")
	text = strings.ReplaceAll(text, "\n\n", "\n") // an empty line parts cases
	return strings.TrimRight(text, "\n") + "\n"
}
