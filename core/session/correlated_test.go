package session

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var plainRow = regexp.MustCompile(`^\+I |'|:[A-Z]+|\(\d+\)`)

// The expected rows are those of SQL; Flink 2.3 gives them too, or refuses the query, but for LEFT
// JOIN LATERAL whose condition it loses.
func TestCorrelatedQueries(t *testing.T) {
	cases := []struct{ sql, want string }{
		{"SELECT c.k, v.y FROM c, LATERAL (SELECT c.v * 2 AS y) v", "a 2, b 4, d null"},
		{"SELECT c.k, v.y FROM c, LATERAL (VALUES (c.v), (c.v * 10)) AS v (y) WHERE c.v > 1",
			"b 2, b 20"},
		{"SELECT c.k, x.y FROM c LEFT JOIN LATERAL (SELECT p.n * c.v AS y FROM p WHERE p.n > c.v " +
			"AND p.n < 12) x ON TRUE", "a 2, a 10, a 11, b 20, b 22, d null"},
		{"SELECT c.k, x.n FROM c LEFT JOIN LATERAL (SELECT p.n FROM p WHERE p.n = c.v + 9) x " +
			"ON x.n > 10", "a null, b 11, d null"},
		{"SELECT c.k, x.s, x.n FROM c, LATERAL (SELECT SUM(p.n) AS s, COUNT(*) AS n FROM p " +
			"WHERE p.n > c.v + 9) x", "a 23 2, b 12 1, d null 0"},
		{"SELECT c.k, x.n FROM c LEFT JOIN LATERAL (SELECT COUNT(*) AS n FROM p WHERE p.n = c.v) x " +
			"ON TRUE", "a 0, b 1, d 0"},
		{"SELECT c.k, x.n FROM c, LATERAL (SELECT n FROM p WHERE n > c.v ORDER BY n DESC LIMIT 1) x",
			"a 12, b 12"},
		{"SELECT c.k, (SELECT COUNT(*) + 1 FROM p WHERE p.n = c.v) FROM c", "a 1, b 2, d 1"},
		{"SELECT c.k, (SELECT COALESCE(SUM(p.n), -1) FROM p WHERE p.n = c.v + 9) FROM c",
			"a 10, b 11, d -1"},
		{"SELECT c.k, (SELECT SUM(p.n) FROM p WHERE p.n + 1 = c.v + 10 OR p.n = 12) FROM c",
			"a 22, b 23, d 12"},
		{"SELECT c.k, (SELECT SUM(p.n) FROM p WHERE p.n + p.z = c.v + 9) FROM c",
			"a 10, b 11, d null"},
		{"SELECT c.k, (SELECT p.t || c.k FROM p WHERE p.n = c.v + 9) FROM c", "a xa, b xb, d null"},
		{"SELECT c.k, EXISTS (SELECT 1 FROM p WHERE p.n > c.v) FROM c", "a true, b true, d false"},
		{"SELECT k FROM c WHERE k = 'd' OR NOT EXISTS (SELECT 1 FROM p WHERE p.n > c.v + 10)", "b, d"},
		{"SELECT c.k, c.v + 9 IN (SELECT p.n FROM p WHERE p.n < 11 OR c.k = 'b') FROM c",
			"a true, b true, d null"},
		{"SELECT c.k, 5 NOT IN (SELECT NULLIF(p.n, 2) FROM p WHERE p.n < c.v + 9) FROM c",
			"a null, b null, d true"},
		{"SELECT k FROM c WHERE c.v > ALL (SELECT p.n FROM p WHERE p.n > c.v + 100)", "a, b, d"},
		{"SELECT c.k, x.u FROM c, LATERAL (SELECT DISTINCT c.k || p.t AS u FROM p WHERE p.n >= c.v) x",
			"a ax, b bx"},
	}
	for _, mode := range []string{"batch", "streaming"} {
		s := Open(Options{Config: map[string]string{"execution.runtime-mode": mode}})
		call(t, s, "CREATE TEMPORARY VIEW c AS SELECT * FROM (VALUES ('a', 1), ('b', 2), "+
			"('d', CAST(NULL AS INT))) AS t (k, v)")
		call(t, s, "CREATE TEMPORARY VIEW p AS SELECT * FROM (VALUES (2, 0, 'x'), (10, 0, 'x'), "+
			"(11, 0, 'x'), (12, 0, 'x')) AS t (n, z, t)")
		for _, c := range cases {
			var got []string
			for _, r := range folded(t, rows(t, s, c.sql)) {
				got = append(got, plainRow.ReplaceAllString(r, ""))
			}
			want := strings.Split(c.want, ", ")
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s\n got %v\nwant %v", mode, c.sql, got, want)
			}
		}
		s.Close()
	}
}

// A correlated subquery used as a value has one row at most of each key, as Flink demands.
func TestCorrelatedValueOfManyRows(t *testing.T) {
	for _, mode := range []string{"batch", "streaming"} {
		s := Open(Options{Config: map[string]string{"execution.runtime-mode": mode}})
		for _, cond := range []string{"p.k = c.k", "p.n > c.n"} {
			a := call(t, s, "SELECT c.k, (SELECT p.n FROM (VALUES (1, 5), "+
				"(1, 6)) AS p (k, n) WHERE "+cond+") FROM (VALUES (1, 2), (2, 9)) AS c (k, n)")
			var err error
			for ok := true; ok && err == nil; {
				_, ok, err = s.Fetch(context.Background(), a.Handle)
			}
			if err == nil || !strings.Contains(err.Error(), "more than one") {
				t.Errorf("%s, %s: error %v", mode, cond, err)
			}
		}
		s.Close()
	}
}
