package session

import (
	"slices"
	"strings"
	"testing"
)

// What Flink refuses is refused where it is written.
func TestBoundsRefusedAsByFlink(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	call(t, s, "CREATE TABLE o (i INT, j INT, b BIGINT, s STRING, d DATE, a ARRAY<INT>, "+
		"ts TIMESTAMP(3)) WITH ('connector' = 'datagen', 'number-of-rows' = '1')")
	call(t, s, "CREATE TABLE hole (i INT) WITH ('connector' = 'blackhole')")
	over := func(w string) string { return "SELECT SUM(i) OVER (ORDER BY " + w + ") FROM o" }
	for sql, want := range map[string]string{
		over("ts RANGE BETWEEN 1 PRECEDING AND CURRENT ROW"):                  "RANGE of INT NOT NULL",
		over("i RANGE BETWEEN INTERVAL '1' SECOND PRECEDING AND CURRENT ROW"): "RANGE of INTERVAL",
		over("s RANGE BETWEEN 1 PRECEDING AND CURRENT ROW"):                   "ORDER BY of STRING",
		over("i, j RANGE BETWEEN 1 PRECEDING AND CURRENT ROW"):                "one column in ORDER BY",
		over("i ROWS BETWEEN CURRENT ROW AND 1 PRECEDING"):                    "cannot end before it",
		over("i ROWS BETWEEN -1 PRECEDING AND CURRENT ROW"):                   "must not be negative",
		"SELECT ARRAY_CONTAINS(a, b) FROM o":                                  "'ARRAY_CONTAINS'",
		"SELECT ARRAY_APPEND(a, 1.5) FROM o":                                  "'ARRAY_APPEND'",
		"SELECT ARRAY_REMOVE(a, b) FROM o":                                    "'ARRAY_REMOVE'",
		"INSERT OVERWRITE hole VALUES (1)":                                    "'blackhole' cannot replace",
	} {
		if got := refused(t, s, sql); !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", sql, want, got)
		}
	}
	for _, sql := range []string{ // what is like it and is not refused
		over("i RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING"),
		over("d RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW"),
		over("i, j ROWS BETWEEN 1 PRECEDING AND CURRENT ROW"),
		"SELECT ARRAY_CONTAINS(ARRAY[b], 1), ARRAY_APPEND(ARRAY['a'], 'bcd') FROM o",
	} {
		rows(t, s, sql)
	}
}

// ON CONFLICT is for sinks to which updates go.
func TestOnConflictOfInserts(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	call(t, s, "CREATE TABLE hole (k INT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) "+
		"WITH ('connector' = 'blackhole')")
	got := refused(t, s, "INSERT INTO hole VALUES (1, 2) ON CONFLICT DO NOTHING")
	if !strings.Contains(got, "ON CONFLICT is only for upsert sinks") {
		t.Error(got)
	}
	wait(t, s, call(t, s, "INSERT INTO hole SELECT k, COUNT(*) FROM (VALUES (1), (2)) AS v(k) "+
		"GROUP BY k ON CONFLICT DO DEDUPLICATE"))
}

// GROUP_ID tells the repeats of a grouping set apart.
func TestGroupID(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	got := plain(rows(t, s, "SELECT GROUP_ID(), n, COUNT(*) FROM (VALUES (1), (2)) AS v(n) "+
		"GROUP BY GROUPING SETS ((n), (), (n), (n))"))
	slices.Sort(got)
	want := "+I 0 1 1|+I 0 2 1|+I 0 NULL 2|+I 1 1 1|+I 1 2 1|+I 2 1 1|+I 2 2 1"
	if all := strings.Join(got, "|"); all != want {
		t.Errorf("%s, want %s", all, want)
	}
}

// Whether a result can be NULL is said as by Flink.
func TestNullabilityAsFlink(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	call(t, s, "CREATE TABLE o (i INT, n INT NOT NULL, c BOOLEAN, s STRING NOT NULL) "+
		"WITH ('connector' = 'datagen', 'number-of-rows' = '1')")
	call(t, s, "CREATE VIEW v AS SELECT i, IF(c, 1, 2) AS a, IF(n > 1, n, 2) AS b, "+
		"INTERVAL '1' DAY AS d, INTERVAL '3' MONTH AS m FROM o")
	call(t, s, "CREATE VIEW g AS SELECT ARRAY_AGG(n) AS a, COLLECT(n) AS b, LISTAGG(s) AS l, "+
		"ARRAY_AGG(i) AS e FROM o GROUP BY c")
	for name, want := range map[string][]string{
		"v": {"INT true", "INT true", "INT false", "INTERVAL SECOND(3) false", "INTERVAL MONTH false"},
		"g": {"ARRAY<INT NOT NULL> false", "MULTISET<INT NOT NULL> false", "STRING false",
			"ARRAY<INT> true"},
	} {
		var got []string
		for _, r := range plain(rows(t, s, "DESCRIBE "+name)) {
			_, of, _ := strings.Cut(strings.TrimPrefix(r, "+I "), " ") // behind the name
			of, _, _ = strings.Cut(of, " NULL NULL")
			got = append(got, of)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
