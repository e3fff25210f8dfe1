package session

import (
	"fmt"
	"strings"
	"testing"
)

// Short texts that stand for more than any memory holds are refused, not tried.
func TestWhatIsTooLargeIsRefused(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	var with strings.Builder
	with.WriteString("WITH v0 AS (SELECT 1 AS a)")
	for i := range 30 {
		fmt.Fprintf(&with, ", v%d AS (SELECT x.a FROM v%d AS x, v%d AS y)", i+1, i, i)
	}
	call(t, s, "CREATE TEMPORARY VIEW w0 AS SELECT 1 AS a")
	for i := range 12 {
		call(t, s, fmt.Sprintf("CREATE TEMPORARY VIEW w%d AS SELECT x.a FROM w%d AS x, w%d AS y",
			i+1, i, i)) // each is checked as a whole
	}
	many := strings.Repeat("a, ", 29) + "a"
	for sql, want := range map[string]string{
		with.String() + " SELECT * FROM v30":                             "more than 10000 tables",
		"SELECT 1 FROM w12 AS a, w12 AS b, w12 AS c":                     "more than 10000 tables",
		"SELECT 1 FROM (VALUES (1)) AS t(a) GROUP BY CUBE(" + many + ")": "more than 4096 grouping sets",
		"SELECT 1 FROM (VALUES (1)) AS t(a) GROUP BY ROLLUP(" + many + "), ROLLUP(" + many +
			"), ROLLUP(" + many + ")": "more than 4096 grouping sets",
	} {
		if got := refused(t, s, sql); !strings.Contains(got, want) {
			t.Errorf("%.60s…: no %q in\n%s", sql, want, got)
		}
	}
	call(t, s, "EXPLAIN SELECT 1 FROM (VALUES (1)) AS t(a) GROUP BY CUBE(a, a, a, a, a)")
}

// MAP_UNION of something else than maps was bound, and panicked.
func TestMapUnionOfNoMap(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	for _, sql := range []string{"SELECT MAP_UNION(INTERVAL '1' DAY)", "SELECT MAP_UNION(1, 2)"} {
		if got := refused(t, s, sql); !strings.Contains(got, "cannot apply 'MAP_UNION'") {
			t.Errorf("%s: %s", sql, got)
		}
	}
}
