package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// folded is the table that a changelog ends as, with one space between values.
func folded(t *testing.T, changes []string) []string {
	t.Helper()
	count := map[string]int{}
	for _, c := range changes {
		kind, row, _ := strings.Cut(c, " ")
		if kind == "+I" || kind == "+U" {
			count[row]++
		} else if count[row]--; count[row] < 0 {
			t.Fatalf("%s is taken back before it came", row)
		}
	}
	var out []string
	for row, n := range count {
		for range n {
			out = append(out, row)
		}
	}
	slices.Sort(out)
	return out
}

func TestTwoPhasesGiveTheSame(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	var data strings.Builder
	for i := range 500 {
		fmt.Fprintf(&data, "u%d,%d,2025-01-01 00:00:%02d\n", i*i%7, i, i/10)
	}
	clicks(t, s, data.String())
	queries := []string{
		"SELECT u, COUNT(*), SUM(v), MIN(v), MAX(v), AVG(v), COUNT(v) FILTER (WHERE v > 99) FROM c GROUP BY u",
		"SELECT COUNT(*), MAX(u) FROM c",
		"SELECT n, COUNT(*) FROM (SELECT u, COUNT(*) AS n FROM c GROUP BY u) GROUP BY n",
	}
	for _, sql := range queries {
		call(t, s, "RESET")
		want := folded(t, rows(t, s, sql))
		for _, set := range []string{"'table.exec.mini-batch.enabled' = 'true'",
			"'table.exec.mini-batch.size' = '7'", "'parallelism.default' = '2'"} {
			call(t, s, "SET "+set)
		}
		for _, phases := range []string{"ONE_PHASE", "TWO_PHASE"} {
			call(t, s, "SET 'table.optimizer.agg-phase-strategy' = '"+phases+"'")
			if got := folded(t, rows(t, s, sql)); !slices.Equal(got, want) {
				t.Errorf("%s %s:\ngot  %v\nwant %v", phases, sql, got, want)
			}
			plan := call(t, s, "EXPLAIN "+sql).Text
			if split := strings.Contains(plan, "LocalGroupAggregate"); split != (phases == "TWO_PHASE") {
				t.Errorf("%s: %s", phases, plan)
			}
		}
	}
}
