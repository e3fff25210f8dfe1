package rule

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/connector"
	_ "github.com/headrace/headrace/core/connector/all" // filesystem
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/binder"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/logical"
	"github.com/headrace/headrace/core/sql/parser"
)

var update = flag.Bool("update", false, "record the results in testdata")

// TestGolden rewrites the queries of testdata. A file is named after the rule that it is about. A
// case is a query (several, separated by lines of ";", are the statements of one job; a first line
// "batch" turns on batch mode), a line of dashes, the tree that the rules before it give, a line of
// dashes, and the tree that it gives; "(nothing)" when it changes nothing.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	tested := map[string]bool{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		tested[name] = true
		t.Run(name, func(t *testing.T) { golden(t, file, name) })
	}
	for _, r := range Rules {
		if !tested[r.Name] {
			t.Errorf("rule %s has no golden file", r.Name)
		}
	}
}

const dashes = "\n----\n"

func golden(t *testing.T, file, name string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var recorded strings.Builder
	for _, c := range strings.Split(strings.TrimSpace(string(data)), "\n\n") {
		query, want, _ := strings.Cut(c+"\n", dashes)
		query = strings.TrimSpace(query)
		before, after := rewritten(t, query, name)
		got := before + "----\n" + after
		if recorded.Len() > 0 {
			recorded.WriteString("\n")
		}
		recorded.WriteString(query + dashes + got)
		if !*update && got != want {
			t.Errorf("%s\n gives\n%s\n   not\n%s", query, got, want)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(recorded.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// rewritten is the trees of the queries before and after the rule.
func rewritten(t *testing.T, query, name string) (before, after string) {
	t.Helper()
	o := Options{BushyJoins: 12, Source: func(s *logical.Scan) (connector.Source, error) {
		return connector.NewSource(&connector.Table{Name: s.Table.Path.Name, Schema: s.Out,
			Options: s.Options, PartitionKeys: s.Table.PartitionKeys,
			PrimaryKey: s.Table.PrimaryKey})
	}}
	o.MultiJoin = name == MultiJoin.Name
	if name == SplitDistinct.Name {
		o.DistinctBuckets = 1024
	}
	if rest, ok := strings.CutPrefix(query, "batch\n"); ok {
		o.Batch, query = true, rest
	}
	b := tables(t)
	b.Batch = o.Batch
	var roots []logical.Rel
	for _, text := range strings.Split(query, "\n;\n") {
		q, err := parser.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := b.Query(text, q)
		if err != nil {
			t.Fatal(text, err)
		}
		roots = append(roots, rel)
	}
	for _, r := range Rules {
		out := r.apply(roots, o)
		if r.Name == name {
			before, after = before+format(roots), format(out)
			if format(roots) == after {
				return before, "(nothing)\n"
			}
			return before, after
		}
		roots = out
	}
	t.Fatalf("there is no rule %s", name)
	return "", ""
}

func format(roots []logical.Rel) string {
	out := ""
	for _, r := range roots {
		out += logical.Format(r)
	}
	return out
}

// ddl makes the tables of the queries.
const ddl = `
CREATE TABLE orders (id BIGINT, cust BIGINT, item STRING, price DOUBLE, qty INT, note STRING,
	ts TIMESTAMP(3)) WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'csv');
CREATE TABLE timed (id BIGINT, cust BIGINT, price DOUBLE, note STRING, ts TIMESTAMP(3),
	pt AS PROCTIME(), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
	WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'csv');
CREATE TABLE customers (id BIGINT, name STRING, country STRING, tags ARRAY<STRING>,
	PRIMARY KEY (id) NOT ENFORCED)
	WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'csv');
CREATE TABLE parts (id BIGINT, v STRING, dt STRING, hr INT) PARTITIONED BY (dt, hr)
	WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'csv');
CREATE TABLE columns (id BIGINT NOT NULL, v INT, name STRING, price DOUBLE, ts TIMESTAMP(3),
	dt STRING, hr INT, twice AS v * 2, WATERMARK FOR ts AS ts, PRIMARY KEY (dt) NOT ENFORCED)
	PARTITIONED BY (dt, hr) WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'parquet');
CREATE TABLE changes (id BIGINT, name STRING, v INT, PRIMARY KEY (id) NOT ENFORCED)
	WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'debezium-json');
CREATE TABLE versions (id BIGINT, rate DOUBLE, note STRING, ts TIMESTAMP(3),
	WATERMARK FOR ts AS ts, PRIMARY KEY (id) NOT ENFORCED)
	WITH ('connector' = 'filesystem', 'path' = '/in', 'format' = 'csv');
CREATE TABLE numbers (id BIGINT, v BIGINT)
	WITH ('connector' = 'datagen', 'number-of-rows' = '10')`

func tables(t *testing.T) *binder.Binder {
	t.Helper()
	m := catalog.NewManager()
	b := &binder.Binder{Catalog: m, Zone: "UTC", ParseView: parser.ParseQuery}
	stmts, err := parser.Parse(ddl)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stmts {
		create := s.(*ast.CreateTable)
		path, err := m.Qualify(create.Name.Strings())
		if err != nil {
			t.Fatal(err)
		}
		table, err := b.TableOf(ddl, path, create)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.PutTable(table, false); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []struct {
		name          string
		deterministic bool
	}{{"py", true}, {"pyrand", false}} {
		path, err := m.Qualify([]string{f.name})
		if err != nil {
			t.Fatal(err)
		}
		spec := &planpb.Function{Name: f.name, Kind: "scalar", ResultTypes: []string{"BIGINT"},
			Deterministic: f.deterministic}
		if err := m.PutFunction(&catalog.Function{Path: path, Spec: spec}, false); err != nil {
			t.Fatal(err)
		}
	}
	return b
}
