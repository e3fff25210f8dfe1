package session

import (
	"slices"
	"strings"
	"testing"
)

// Splitting a DISTINCT aggregate changes the plan, not the result: over inserts, over rows that are
// taken back, and over keys whose rows all go.
func TestSplitDistinctGivesTheSame(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	joinTables(t, s)
	call(t, s, "SET 'execution.runtime-mode' = 'STREAMING'")
	call(t, s, "SET 'parallelism.default' = '2'")
	const calls = "COUNT(DISTINCT v), COUNT(DISTINCT v) FILTER (WHERE v > 20), SUM(DISTINCT v), " +
		"SUM(v), MIN(v), MAX(v), COUNT(*), COUNT(v)"
	for _, sql := range []string{
		"SELECT " + calls + " FROM o",
		"SELECT cust, " + calls + " FROM o GROUP BY cust",
		"SELECT n, " + calls + " FROM (SELECT cust, MAX(v) AS v, COUNT(*) AS n FROM o GROUP BY cust) GROUP BY n",
		"SELECT COUNT(DISTINCT v), COUNT(DISTINCT cust), SUM(v), COUNT(*) FROM o",
		"SELECT cust, " + calls + ", COUNT(DISTINCT id), SUM(DISTINCT id) FILTER (WHERE v > 20), " +
			"COUNT(DISTINCT id + v), MIN(DISTINCT id), MAX(id) FROM o GROUP BY cust",
		"SELECT n, " + calls + ", COUNT(DISTINCT cust) FROM (SELECT cust, MAX(v) AS v, COUNT(*) AS n " +
			"FROM o GROUP BY cust) GROUP BY n",
		"SELECT cust FROM o GROUP BY cust HAVING COUNT(DISTINCT v) > 3",
	} {
		call(t, s, "SET 'table.optimizer.distinct-agg.split.enabled' = 'false'")
		want := folded(t, rows(t, s, sql))
		if plan := call(t, s, "EXPLAIN "+sql).Text; strings.Contains(plan, "$bucket") {
			t.Errorf("%s is split:\n%s", sql, plan)
		}
		call(t, s, "SET 'table.optimizer.distinct-agg.split.enabled' = 'true'")
		if got := folded(t, rows(t, s, sql)); !slices.Equal(got, want) || len(got) == 0 {
			t.Errorf("%s: %v, want %v", sql, got, want)
		}
		if plan := call(t, s, "EXPLAIN "+sql).Text; !strings.Contains(plan, "$bucket") {
			t.Errorf("%s is not split:\n%s", sql, plan)
		}
		call(t, s, "SET 'table.exec.mini-batch.enabled' = 'true'")
		call(t, s, "SET 'table.exec.mini-batch.allow-latency' = '1 s'")
		call(t, s, "SET 'table.exec.mini-batch.size' = '100'")
		if got := folded(t, rows(t, s, sql)); !slices.Equal(got, want) {
			t.Errorf("%s with mini-batches: %v, want %v", sql, got, want)
		}
		call(t, s, "RESET 'table.exec.mini-batch.enabled'")
	}
}
