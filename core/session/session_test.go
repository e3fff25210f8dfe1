package session

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
)

func call(t testing.TB, s *Session, sql string) *Answer {
	t.Helper()
	req, err := json.Marshal(map[string]any{"executeSql": map[string]string{"text": sql}})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := s.Call(context.Background(), req)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var a Answer
	if err := json.Unmarshal(raw, &a); err != nil {
		t.Fatal(err)
	}
	return &a
}

// rows runs a query and returns its rows as text: the kind, then the values.
func rows(t *testing.T, s *Session, sql string) []string {
	t.Helper()
	a := call(t, s, sql)
	var out []string
	for {
		b, ok, err := s.Fetch(context.Background(), a.Handle)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if !ok {
			return out
		}
		for i := range b.Len() {
			line := b.Kind(i).String()
			for _, c := range b.Cols {
				line += " " + expr.LiteralOf(one(c, i), c.Type).String()
			}
			out = append(out, line)
		}
		b.Release()
	}
}

func one(c *batch.Column, i int) *batch.Column { return batch.Take(c, []int32{int32(i)}) }

func TestSelectConstants(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	got := rows(t, s, "SELECT 1 + 1 AS two, 'a' || 'b'")
	if len(got) != 1 || got[0] != "+I 2 'ab'" {
		t.Fatalf("%q", got)
	}
}

func TestFilterOverValues(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	got := rows(t, s, "SELECT a * 10 FROM (VALUES (1, 'x'), (2, 'y'), (3, 'z')) AS t (a, b) WHERE b <> 'y'")
	if len(got) != 2 || got[0] != "+I 10" || got[1] != "+I 30" {
		t.Fatalf("%q", got)
	}
}

func TestStreamingGroupByEmitsEachChange(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	got := rows(t, s, "SELECT k, SUM(v) FROM (VALUES ('a', 1), ('b', 2), ('a', 3)) AS t (k, v) GROUP BY k")
	want := []string{"+I 'a' 1", "+I 'b' 2", "-U 'a' 1", "+U 'a' 4"}
	if !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
}

func TestBatchGlobalAggregateOfNothingIsOneRow(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "BATCH"}})
	defer s.Close()
	got := rows(t, s, "SELECT COUNT(*), MAX(v) FROM (VALUES (1)) AS t (v) WHERE v > 5")
	if len(got) != 1 || got[0] != "+I 0:BIGINT null:INT" {
		t.Fatalf("%q", got)
	}
}

func TestHavingOverAggregateAndOrder(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "BATCH"}})
	defer s.Close()
	got := rows(t, s, `SELECT k, COUNT(*) AS n, AVG(v) FROM
		(VALUES ('a', 1), ('b', 2), ('a', 3), ('c', 9), ('c', 10)) AS t (k, v)
		GROUP BY k HAVING COUNT(*) > 1`)
	slices.Sort(got)
	want := []string{"+I 'a' 2:BIGINT 2", "+I 'c' 2:BIGINT 9"}
	if !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
}

func TestStreamingOuterJoinTakesPaddedRowsBack(t *testing.T) {
	s := Open(Options{Config: map[string]string{"parallelism.default": "1"}})
	defer s.Close()
	got := rows(t, s, `SELECT a.k, a.v, b.w FROM (VALUES ('x', 1), ('y', 2)) AS a (k, v)
		LEFT JOIN (VALUES ('x', 10), ('x', 11), ('z', 12)) AS b (k, w) ON a.k = b.k`)
	if final := fold(got); !slices.Equal(final, []string{"'x' 1 10", "'x' 1 11", "'y' 2 null:INT"}) {
		t.Fatalf("%q folds to %q", got, final)
	}
}

func TestAntiJoinAndExists(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	got := fold(rows(t, s, `SELECT v FROM (VALUES 1, 2, 3, 4) AS a (v)
		WHERE v NOT IN (SELECT w FROM (VALUES 2, 9) AS b (w))
		AND EXISTS (SELECT 1 FROM (VALUES 1, 2, 3) AS c (u) WHERE c.u = a.v)`))
	if !slices.Equal(got, []string{"1", "3"}) {
		t.Fatalf("%q", got)
	}
}

func TestCorrelatedScalarSubquery(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "BATCH"}})
	defer s.Close()
	got := fold(rows(t, s, `SELECT a.k, (SELECT MAX(w) FROM (VALUES ('x', 10), ('x', 11)) AS b (k, w)
		WHERE b.k = a.k) AS m FROM (VALUES 'x', 'y') AS a (k)`))
	if !slices.Equal(got, []string{"'x' 11", "'y' null:INT"}) {
		t.Fatalf("%q", got)
	}
}

// fold applies a changelog and returns the rows that are left, sorted.
func fold(changes []string) []string {
	count := map[string]int{}
	for _, c := range changes {
		if c[0] == '+' {
			count[c[3:]]++
		} else {
			count[c[3:]]--
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

func TestNotInWithNullGivesNothing(t *testing.T) {
	for _, mode := range []string{"STREAMING", "BATCH"} {
		s := Open(Options{Config: map[string]string{"execution.runtime-mode": mode}})
		got := fold(rows(t, s, `SELECT v FROM (VALUES 1, 2) AS a (v)
			WHERE v NOT IN (SELECT w FROM (VALUES 2, CAST(NULL AS INT)) AS b (w))`))
		if len(got) != 0 {
			t.Errorf("%s: %q", mode, got)
		}
		s.Close()
	}
}

func TestUnnestGroupingSetsAndSetOperations(t *testing.T) {
	for _, mode := range []string{"STREAMING", "BATCH"} {
		s := Open(Options{Config: map[string]string{"execution.runtime-mode": mode}})
		for sql, want := range map[string][]string{
			`SELECT k, e FROM (VALUES ('a', ARRAY[1, 2]), ('b', ARRAY[3])) AS t (k, xs)
				CROSS JOIN UNNEST(xs) AS u (e)`: {"'a' 1", "'a' 2", "'b' 3"},
			`SELECT k, COUNT(*) FROM (VALUES ('a', 1), ('a', 2), ('b', 3)) AS t (k, v)
				GROUP BY ROLLUP (k)`: {"'a' 2:BIGINT", "'b' 1:BIGINT", "null:CHAR(1) 3:BIGINT"},
			`SELECT v FROM (VALUES 1, 2, 2, 3) AS a (v) INTERSECT SELECT v FROM (VALUES 2, 2, 4) AS b (v)`: {"2"},
			`SELECT v FROM (VALUES 1, 2, 2) AS a (v) EXCEPT ALL SELECT v FROM (VALUES 2) AS b (v)`:         {"1", "2"},
		} {
			if got := fold(rows(t, s, sql)); !slices.Equal(got, want) {
				t.Errorf("%s %s: %q, want %q", mode, sql, got, want)
			}
		}
		s.Close()
	}
}

func TestSubqueryValueBehindAggregation(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "BATCH"}})
	defer s.Close()
	const from = "FROM (VALUES ('a', 1), ('b', 2), ('a', 3), ('c', 9)) AS t (k, v)"
	got := rows(t, s, "SELECT k, SUM(v) - (SELECT MIN(v) "+from+") "+from+
		" GROUP BY k HAVING SUM(v) > (SELECT AVG(v) "+from+")")
	slices.Sort(got)
	if want := []string{"+I 'a' 3", "+I 'c' 8"}; !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
}

func TestWhatAllBranchesOfAnOrAskIsAKey(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "BATCH"}})
	defer s.Close()
	const query = `SELECT a.k, v, w FROM (VALUES (1, 5), (2, 6)) AS a (k, v),
		(VALUES (1, 7), (2, 8), (2, 9)) AS b (k, w)
		WHERE (a.k = b.k AND v = 5) OR (w > 8 AND a.k = b.k) OR (a.k = b.k AND v = 5 AND w > 0)`
	got := rows(t, s, query)
	slices.Sort(got)
	if want := []string{"+I 1 5 7", "+I 2 6 9"}; !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
}
