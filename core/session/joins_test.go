package session

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// joinTables makes a table o of orders, half of them of one customer and some of none, and c of
// customers, as files.
func joinTables(t *testing.T, s *Session) {
	t.Helper()
	dir := t.TempDir()
	var orders, customers strings.Builder
	for i := range 400 {
		cust := fmt.Sprint(i % 60)
		switch {
		case i%2 == 0:
			cust = "7"
		case i%31 == 0:
			cust = ""
		}
		fmt.Fprintf(&orders, "%d,%s,%d\n", i, cust, i%50)
	}
	for i := range 50 {
		fmt.Fprintf(&customers, "%d,c%d,%d\n", i, i, i%13)
	}
	customers.WriteString(",nobody,0\n")
	for name, f := range map[string][2]string{"o": {"id BIGINT, cust BIGINT, v INT", orders.String()},
		"c": {"id BIGINT, name STRING, least INT", customers.String()}} {
		path := filepath.Join(dir, name+".csv")
		if err := os.WriteFile(path, []byte(f[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		call(t, s, fmt.Sprintf("CREATE TABLE %s (%s) WITH ('connector'='filesystem', 'path'='%s', "+
			"'format'='csv', 'csv.null-literal'='')", name, f[0], path))
	}
	call(t, s, "SET 'execution.runtime-mode' = 'BATCH'")
}

var joinQueries = []string{
	"SELECT %s o.id, c.name FROM o JOIN c ON o.cust = c.id",
	"SELECT %s o.id, c.name FROM o JOIN c ON o.cust = c.id AND o.v > c.least",
	"SELECT %s o.id, c.name FROM o LEFT JOIN c ON o.cust = c.id AND o.v > c.least",
	"SELECT %s o.id, c.name FROM o RIGHT JOIN c ON o.cust = c.id",
	"SELECT %s o.id, c.name FROM o FULL JOIN c ON o.cust = c.id AND o.v > 20",
	"SELECT %s o.id, c.name FROM o JOIN c ON o.cust IS NOT DISTINCT FROM c.id",
	"SELECT %s o.id, c.name FROM o JOIN c ON CAST(o.cust AS STRING) = CAST(c.id AS STRING)",
}

func TestJoinStrategiesGiveTheSame(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	joinTables(t, s)
	for _, sql := range joinQueries {
		call(t, s, "RESET 'table.exec.disabled-operators'")
		want := folded(t, rows(t, s, fmt.Sprintf(sql, "")))
		if len(want) < 20 {
			t.Fatalf("%s: %d rows", sql, len(want))
		}
		check := func(sql, shown string) {
			t.Helper()
			if got := folded(t, rows(t, s, sql)); !slices.Equal(got, want) {
				t.Errorf("%s: %d rows, want %d", sql, len(got), len(want))
			}
			if plan := call(t, s, "EXPLAIN "+sql).Text; !strings.Contains(plan, shown) {
				t.Errorf("%s: no %q in\n%s", sql, shown, plan)
			}
		}
		for hint, shown := range map[string]string{
			"SHUFFLE_MERGE(c)": "sort-merge join (hint SHUFFLE_MERGE)",
			"NEST_LOOP(c)":     "nested-loop join (hint NEST_LOOP), ",
			"SHUFFLE_HASH(o)":  "[hash join (hint SHUFFLE_HASH), left built",
			"BROADCAST(c)":     "hash join (hint BROADCAST), ",
		} {
			check(fmt.Sprintf(sql, "/*+ "+hint+" */"), shown)
		}
		call(t, s, "SET 'table.exec.disabled-operators' = 'ShuffleHashJoin, BroadcastHashJoin'")
		check(fmt.Sprintf(sql, ""), "sort-merge join (hash joins are disabled)")
		call(t, s, "SET 'table.exec.disabled-operators' = "+
			"'ShuffleHashJoin,BroadcastHashJoin,SortMergeJoin'")
		check(fmt.Sprintf(sql, ""), "nested-loop join (the other joins are disabled)")
	}
}

// TestLargeJoinsAreSorted: a join of sides that would have to be cut more than once.
func TestLargeJoinsAreSorted(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	joinTables(t, s)
	call(t, s, "SET 'taskmanager.memory.managed.size' = '1 b'")
	sql := fmt.Sprintf(joinQueries[0], "")
	want := "sort-merge join (both sides are far larger than memory)"
	if plan := call(t, s, "EXPLAIN "+sql).Text; !strings.Contains(plan, want) {
		t.Errorf("no %q in\n%s", want, plan)
	}
	if n := len(rows(t, s, sql)); n < 20 {
		t.Errorf("%d rows", n)
	}
}

func TestComparisonsWithAllRowsOfAQuery(t *testing.T) {
	for _, mode := range []string{"streaming", "batch"} {
		s := Open(Options{Config: map[string]string{"execution.runtime-mode": mode}})
		call(t, s, "CREATE VIEW a AS SELECT * FROM (VALUES (1), (5), (9), (CAST(NULL AS INT))) AS v(x)")
		call(t, s, "CREATE VIEW b AS SELECT * FROM (VALUES (3), (5), (CAST(NULL AS INT))) AS v(y)")
		for cond, want := range map[string]string{
			"x >= ALL (SELECT y FROM b WHERE y > 0)":  "5, 9",
			"x > ALL (SELECT y FROM b WHERE y > 0)":   "9",
			"x > ALL (SELECT y FROM b)":               "",
			"(x < ALL (SELECT y FROM b)) IS UNKNOWN":  "1, NULL",
			"x > ALL (SELECT y FROM b WHERE y > 9)":   "1, 5, 9, NULL",
			"x > ANY (SELECT y FROM b)":               "5, 9",
			"x <= SOME (SELECT y FROM b)":             "1, 5",
			"x = ALL (SELECT y FROM b WHERE y = 5)":   "5",
			"x <> ANY (SELECT y FROM b WHERE y > 0)":  "1, 5, 9",
			"x <> ALL (SELECT y FROM b WHERE y > 0)":  "1, 9",
			"x < ANY (SELECT y FROM b WHERE y > 100)": "",
			// IN that is not a condition of its own
			"x NOT IN (SELECT y FROM b) OR x = 100":                   "",
			"x NOT IN (SELECT y FROM b WHERE y > 0) OR x = 100":       "1, 9",
			"x NOT IN (SELECT y FROM b WHERE y > 9) OR x = 100":       "1, 5, 9, NULL",
			"(x IN (SELECT y FROM b)) IS UNKNOWN":                     "1, 9, NULL",
			"(x IN (SELECT y FROM b WHERE y > 0)) IS NOT TRUE":        "1, 9, NULL",
			"(x IN (SELECT y FROM b WHERE y > 9)) IS FALSE AND x > 0": "1, 5, 9",
		} {
			got := plain(folded(t, rows(t, s, "SELECT x FROM a WHERE "+cond)))
			slices.Sort(got)
			if text := strings.Join(got, ", "); text != want {
				t.Errorf("%s: %s gives %s, not %s", mode, cond, text, want)
			}
		}
		s.Close()
	}
}

// Aggregates over no rows at all have a row in a stream too where the plan knows it, as in Flink.
func TestAggregatesOfAnEmptyRelationInAStream(t *testing.T) {
	s := Open(Options{Config: map[string]string{"parallelism.default": "1"}})
	defer s.Close()
	call(t, s, "CREATE VIEW c AS SELECT * FROM (VALUES (1, 'a')) AS t(v, u)")
	for sql, want := range map[string][]string{
		"SELECT COUNT(*), SUM(v) + 1, MAX(u) FROM c WHERE FALSE": {"+I 0:BIGINT null:INT null:CHAR(1)"},
		"SELECT AVG(v) FROM c WHERE FALSE":                       nil,
		"SELECT u, COUNT(*) FROM c WHERE FALSE GROUP BY u":       nil,
	} {
		if got := rows(t, s, sql); !slices.Equal(got, want) {
			t.Errorf("%s: %q", sql, got)
		}
	}
}
