package session

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// clicks makes a table c (u, v, ts) of rows in a file, with a watermark 5 s behind.
func clicks(t *testing.T, s *Session, rows string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.csv")
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, s, `CREATE TABLE c (u STRING, v INT, ts TIMESTAMP(3),
		WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
		WITH ('connector' = 'filesystem', 'path' = '`+path+`', 'format' = 'csv', 'csv.ignore-parse-errors' = 'true')`)
}

const someClicks = `a,1,2025-01-01 00:00:05
a,2,2025-01-01 00:00:03
b,3,2025-01-01 00:00:04
a,4,2025-01-01 00:00:05
a,5,2025-01-01 00:00:20
b,6,2025-01-01 00:00:21
b,7,2025-01-01 00:00:01
`

// The results are Flink's of the same queries.
func TestTimeDependentQueries(t *testing.T) {
	cases := map[string]struct {
		sql  string
		want []string
	}{
		"first by row time only inserts": {
			`SELECT u, v, rn FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY u ORDER BY ts) AS rn
				FROM c) WHERE rn = 1`,
			[]string{"+I 'a' 2 1:BIGINT", "+I 'b' 3 1:BIGINT"}},
		"last by row time updates": {
			`SELECT u, v FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY u ORDER BY ts DESC) AS rn
				FROM c) WHERE rn = 1`,
			[]string{"+I 'a' 1", "+I 'b' 3", "+U 'a' 4", "+U 'a' 5", "+U 'b' 6", "-U 'a' 1",
				"-U 'a' 4", "-U 'b' 3"}},
		"lag and count of peers": {
			`SELECT u, v, LAG(v, 2, -1) OVER w, COUNT(*) OVER w FROM c
				WINDOW w AS (PARTITION BY u ORDER BY ts)`,
			[]string{"+I 'a' 1 2 3:BIGINT", "+I 'a' 2 -1 1:BIGINT", "+I 'a' 4 2 3:BIGINT",
				"+I 'a' 5 1 4:BIGINT", "+I 'b' 3 -1 1:BIGINT", "+I 'b' 6 -1 2:BIGINT"}},
		"rows of a frame": {
			`SELECT u, v, FIRST_VALUE(v) OVER w, LAST_VALUE(v) OVER w FROM c WINDOW w AS
				(PARTITION BY u ORDER BY ts ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`,
			[]string{"+I 'a' 1 2 1", "+I 'a' 2 2 2", "+I 'a' 4 1 4", "+I 'a' 5 4 5",
				"+I 'b' 3 3 3", "+I 'b' 6 3 6"}},
		"session in GROUP BY": {
			`SELECT u, SUM(v) FROM c GROUP BY u, SESSION(ts, INTERVAL '2' SECOND)`,
			[]string{"+I 'a' 5", "+I 'a' 7", "+I 'b' 3", "+I 'b' 6"}},
		"windows over a query, and over the windows of one": {
			`SELECT window_start, SUM(n) FROM TABLE(TUMBLE((SELECT window_time, COUNT(*) AS n FROM
				TABLE(TUMBLE(DATA => (SELECT ts FROM c WHERE v > 1), TIMECOL => DESCRIPTOR(ts),
				SIZE => INTERVAL '5' SECOND)) GROUP BY window_start, window_end, window_time),
				DESCRIPTOR(window_time), INTERVAL '10' SECOND)) GROUP BY window_start, window_end`,
			[]string{"+I 2025-01-01 00:00:00.000 3:BIGINT", "+I 2025-01-01 00:00:20.000 2:BIGINT"}},
		"windows under other names": {
			`WITH w AS (SELECT window_start AS ws, window_end AS we, window_time AS wt, u, SUM(v) AS s
				FROM TABLE(TUMBLE(TABLE c, DESCRIPTOR(ts), INTERVAL '10' SECOND))
				GROUP BY window_start, window_end, window_time, u)
				SELECT ws, MAX(s) FROM w GROUP BY ws, we`,
			[]string{"+I 2025-01-01 00:00:00.000 7", "+I 2025-01-01 00:00:20.000 6"}},
		"windows of a union": {
			`SELECT window_start, SUM(n) FROM (
				SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE c, DESCRIPTOR(ts),
				INTERVAL '10' SECOND)) GROUP BY window_start, window_end
				UNION ALL SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE c,
				DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE u = 'a' GROUP BY window_start, window_end)
				GROUP BY window_start, window_end`,
			[]string{"+I 2025-01-01 00:00:00.000 7:BIGINT", "+I 2025-01-01 00:00:20.000 3:BIGINT"}},
		"columns that are named as those of windows": {
			`SELECT window_start, SUM(v) FROM (SELECT u AS window_start, v, window_end FROM
				TABLE(TUMBLE(TABLE c, DESCRIPTOR(ts), INTERVAL '10' SECOND)) WHERE v > 5)
				GROUP BY window_start, window_end`,
			[]string{"+I 'b' 6", "+I 'b' 7"}}, // no window, so nothing is late
		"match": {
			`SELECT * FROM c MATCH_RECOGNIZE (PARTITION BY u ORDER BY ts
				MEASURES A.v AS x, LAST(B.v) AS y, SUM(B.v) AS s
				PATTERN (A B{2}) DEFINE B AS B.v <> A.v) AS m`,
			[]string{"+I 'a' 1 5 9", "+I 'a' 2 4 5"}}, // Flink goes on at the next row
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := Open(Options{Config: map[string]string{"parallelism.default": "1",
				"table.local-time-zone": "UTC"}})
			defer s.Close()
			clicks(t, s, someClicks)
			got := rows(t, s, c.sql)
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// Windows over windows over windows are planned in a time that grows with their number.
func TestWindowsOverManyWindows(t *testing.T) {
	s := Open(Options{Config: map[string]string{"parallelism.default": "1"}})
	defer s.Close()
	clicks(t, s, someClicks)
	const by = " GROUP BY window_start, window_end"
	sql := "SELECT window_start, window_end, COUNT(*) AS n FROM TABLE(TUMBLE(TABLE c, " +
		"DESCRIPTOR(ts), INTERVAL '10' SECOND))" + by
	for range 40 {
		sql = "SELECT window_start, window_end, MAX(n) AS n FROM (" + sql + ")" + by
	}
	want := []string{"+I 4:BIGINT", "+I 2:BIGINT"}
	if got := rows(t, s, "SELECT n FROM ("+sql+")"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// A row without an event time stops a stream where its watermark is made, as in Flink; a batch has
// no watermarks.
func TestARowWithoutAnEventTime(t *testing.T) {
	const sql = "SELECT u, v FROM c WHERE ts IS NOT NULL"
	for mode, want := range map[string][]string{"streaming": nil, "batch": {"+I 'a' 1", "+I 'b' 3"}} {
		s := Open(Options{Config: map[string]string{"execution.runtime-mode": mode}})
		defer s.Close()
		clicks(t, s, "a,1,2025-01-01 00:00:05\na,2,\nb,3,2025-01-01 00:00:06\n")
		if want == nil {
			if got := runFails(t, s, sql); !strings.Contains(got, "the row time 'ts' is NULL") {
				t.Error(got)
			}
			continue
		}
		if got := rows(t, s, sql); !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	}
}

// Rows without a row time are in no window of a batch, and come first where patterns are looked
// for, as in Flink.
func TestRowsWithoutARowTimeInABatch(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch",
		"parallelism.default": "1", "table.local-time-zone": "UTC"}})
	defer s.Close()
	clicks(t, s, "a,1,2025-01-01 00:00:05\na,2,\nb,3,2025-01-01 00:00:06\nb,4,\n")
	const size = "INTERVAL '10' SECOND"
	for sql, want := range map[string][]string{
		"SELECT v FROM TABLE(TUMBLE(TABLE c, DESCRIPTOR(ts), " + size + "))": {"+I 1", "+I 3"},
		"SELECT SUM(v) FROM TABLE(TUMBLE(TABLE c, DESCRIPTOR(ts), " + size + ")) " +
			"GROUP BY window_start, window_end": {"+I 4"},
		"SELECT SUM(v) FROM TABLE(HOP(TABLE c, DESCRIPTOR(ts), INTERVAL '5' SECOND, " + size + ")) " +
			"GROUP BY window_start, window_end": {"+I 4", "+I 4"},
		"SELECT u, SUM(v) FROM c GROUP BY u, TUMBLE(ts, " + size + ")": {"+I 'a' 1", "+I 'b' 3"},
		"SELECT * FROM c MATCH_RECOGNIZE (PARTITION BY u ORDER BY ts MEASURES A.v AS x, B.v AS y " +
			"PATTERN (A B) DEFINE A AS A.v > 0) AS m": {"+I 'a' 2 1", "+I 'b' 4 3"},
	} {
		got := rows(t, s, sql)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q", sql, got)
		}
	}
}
