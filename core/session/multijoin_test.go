package session

import (
	"slices"
	"strings"
	"testing"
)

// TestMultiJoinGivesTheSame: chains of joins as one operator give what the joins give, over rows that
// come, are taken back, have NULL keys and are padded.
func TestMultiJoinGivesTheSame(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	joinTables(t, s)
	call(t, s, "SET 'execution.runtime-mode' = 'STREAMING'")
	call(t, s, "SET 'parallelism.default' = '2'")
	call(t, s, "CREATE VIEW b AS SELECT id, cust, CAST(v AS BIGINT) AS v FROM o WHERE id < 150")
	call(t, s, "CREATE VIEW a AS SELECT id, name, CAST(least AS BIGINT) AS least FROM c")
	const newest = "(SELECT v AS k, MAX(id) AS m, COUNT(*) AS n FROM b WHERE id < 120 GROUP BY v)"
	for _, sql := range []string{
		"SELECT a.id, a.name, x.m, y.n FROM a JOIN " + newest + " x ON a.id = x.k JOIN " + newest +
			" y ON y.k = x.k",
		"SELECT a.id, x.m, y.n FROM a LEFT JOIN " + newest + " x ON a.least = x.k AND x.n > 2 " +
			"LEFT JOIN " + newest + " y ON y.k = x.k",
		"SELECT a.id, x.m, y.n FROM a LEFT JOIN " + newest + " x ON a.least = x.k AND x.m > 100 " +
			"LEFT JOIN " + newest + " y ON y.k = a.least AND y.n > a.id",
		"SELECT a.id, x.m, y.id FROM " + newest + " x RIGHT JOIN a ON a.id = x.k " +
			"JOIN b y ON y.v = a.id AND y.id < 130",
		"SELECT b.id, a.name, d.name, e.least FROM b JOIN (a JOIN a d ON a.id = d.id) " +
			"ON b.v = d.id LEFT JOIN a e ON e.id = b.v AND e.least = b.cust",
		"SELECT a.id, d.id, e.id, f.id FROM a JOIN a d ON a.least = d.least JOIN a e " +
			"ON e.least = d.least AND e.id < 5 LEFT JOIN b f ON f.v = a.least AND f.id < 9",
		"SELECT a.id, d.id, e.v FROM a LEFT JOIN a d ON a.id = d.least LEFT JOIN (SELECT cust, " +
			"MAX(v) AS v FROM b GROUP BY cust) e ON e.cust = a.id AND (d.id IS NULL OR e.v > d.id)",
		"SELECT /*+ STATE_TTL('x' = '1 d', 'y' = '2 d') */ x.id, y.id, z.id FROM a x JOIN a y " +
			"ON x.id = y.id JOIN a z ON z.id = x.id",
	} {
		call(t, s, "SET 'table.optimizer.multi-join.enabled' = 'false'")
		want := folded(t, rows(t, s, sql))
		call(t, s, "SET 'table.optimizer.multi-join.enabled' = 'true'")
		if got := folded(t, rows(t, s, sql)); !slices.Equal(got, want) || len(got) == 0 {
			t.Errorf("%s:\n%d rows, want %d", sql, len(got), len(want))
		}
		if plan := call(t, s, "EXPLAIN "+sql).Text; !strings.Contains(plan, "MultiJoin(id=") {
			t.Errorf("%s: no MultiJoin:\n%s", sql, plan)
		}
	}
}
