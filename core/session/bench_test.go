package session

import (
	"os"
	"testing"

	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/parser"
)

// BenchmarkParseAndPlan takes a file of 24 queries, with its tables, sinks and views, from text to
// the graphs of its jobs: 50 ms at most.
func BenchmarkParseAndPlan(b *testing.B) {
	src, err := os.ReadFile("../sql/parser/testdata/auction.sql")
	if err != nil {
		b.Fatal(err)
	}
	text := string(src)
	b.ReportAllocs()
	describe := func(path string) (*planpb.Function, error) {
		return &planpb.Function{Name: path, Path: path, Kind: "scalar", Style: "general",
			Deterministic: true, ResultTypes: []string{"BIGINT"}}, nil
	}
	queries := 0
	for b.Loop() {
		queries = 0
		s := Open(Options{Describe: describe})
		stmts, err := parser.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		for _, stmt := range stmts {
			insert, ok := stmt.(*ast.Insert)
			if !ok {
				if _, err := s.statement(b.Context(), text, stmt); err != nil {
					b.Fatal(err)
				}
				continue
			}
			g := &plan.Graph{}
			sinks, err := s.bindInserts(text, []*ast.Insert{insert}, g)
			if err == nil {
				_, err = s.planSinks(g, sinks)
			}
			if err == nil { // one needs a versioned table, which the file has not: it is refused late
				queries++
			}
		}
		s.Close()
	}
	b.ReportMetric(float64(queries), "queries")
}
