package session

import (
	"slices"
	"strings"
	"testing"
)

// What Flink 2.3 takes is taken, with its result.
func TestTakenAsByFlink(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	for sql, want := range map[string][]string{
		"SELECT a FROM (VALUES (ARRAY[2, 1]), (ARRAY[1]), (ARRAY[3]), (ARRAY[2]), " +
			"(CAST(NULL AS ARRAY<INT>)), (ARRAY[1, CAST(NULL AS INT)])) AS t(a) ORDER BY a": {
			"NULL:ARRAY<INT>", "[1]", "[1, NULL]", "[2]", "[2, 1]", "[3]"},
		"SELECT r FROM (VALUES (ARRAY[ROW(2, 'a')]), (ARRAY[ROW(1, 'b')]), (ARRAY[ROW(1, 'a')])) " +
			"AS t(r) ORDER BY r DESC": {"[(2, a)]", "[(1, b)]", "[(1, a)]"},
		"SELECT DATE_FORMAT(TIMESTAMP '2024-01-02 03:04:05', 'c e g ggg')": {"3 3 60311 60311"},
		"SELECT COUNT(*) FROM (VALUES (1), (2)) AS t(a) GROUP BY 1":        {"2"},
		"WITH RECURSIVE x AS (SELECT 1 AS a) SELECT * FROM x":              {"1"},
		"SELECT TYPEOF(INTERVAL '1' DAY), TYPEOF(INTERVAL '1-2' YEAR TO MONTH)": {
			"INTERVAL SECOND(3) NOT NULL INTERVAL MONTH NOT NULL"},
		"SELECT CAST(INTERVAL '100' DAY(3) AS STRING), CAST(INTERVAL '007' DAY AS STRING)": {
			"+100 00:00:00.000 +7 00:00:00.000"},
		"SELECT a AS x, a AS x FROM (VALUES (2), (1)) AS t(a) ORDER BY x":          {"1 1", "2 2"},
		"SELECT * FROM (SELECT * FROM (VALUES (1)) AS t(a), (VALUES (2)) AS u(a))": {"1 2"},
		"SELECT p, q FROM (SELECT a, a FROM (VALUES (1)) AS t(a)) AS x(p, q)":      {"1 1"},
		"SELECT -9223372036854775808, 9223372036854775807, 1e20": {
			"-9223372036854775808 9223372036854775807 1.0E20:DOUBLE"},
		"SELECT CAST('100000000000000000000.0' AS DECIMAL(22, 1))": {
			"100000000000000000000.0:DECIMAL(22, 1)"},
		"SELECT EXTRACT(DAY FROM 1000 * INTERVAL '1' DAY)": {"1000"},
		"SELECT a FROM (VALUES (1), (3)) AS t(a) WHERE EXISTS (SELECT 1 FROM (VALUES (1), (1)) " +
			"AS u(x) WHERE u.x = t.a LIMIT 1)": {"1"},
		"SELECT DATE_FORMAT(TIMESTAMP '2024-01-02 00:00:59', 'B BBBB BBBBB')": {
			"midnight midnight mi"},
		"SELECT DATE_FORMAT(TIMESTAMP '2024-01-02 12:00:00', 'B BBBBB')": {"noon n"},
		"SELECT DATE_FORMAT(TIMESTAMP '2024-01-02 12:01:00', 'h B')":     {"12 in the afternoon"},
		"SELECT DATE_FORMAT(TIMESTAMP '2024-01-02 06:00:00', 'B')":       {"in the morning"},
		"SELECT DATE_FORMAT(TIMESTAMP '2024-01-02 18:00:00', 'B')":       {"in the evening"},
		"SELECT DATE_FORMAT(TIMESTAMP '2024-01-02 21:00:00', 'B')":       {"at night"},
		"SELECT TO_TIMESTAMP('2024-01-02 03 at night', 'yyyy-MM-dd hh B')": {
			"2024-01-02 03:00:00.000"},
		"SELECT TO_TIMESTAMP('2024-01-02 03 in the afternoon', 'yyyy-MM-dd hh B')": {
			"2024-01-02 15:00:00.000"},
		"SELECT TO_TIMESTAMP('2024-01-02 in the morning', 'yyyy-MM-dd B')": {
			"2024-01-02 09:00:00.000"},
	} {
		var got []string
		for _, r := range plain(rows(t, s, sql)) {
			got = append(got, strings.TrimPrefix(r, "+I "))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n%q, want\n%q", sql, got, want)
		}
	}
}

// What Flink 2.3 refuses is refused, with the remedy.
func TestRefusedAsByFlink(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	for sql, want := range map[string]string{
		"SELECT INTERVAL '100' DAY":                                             "exceeds the precision of DAY(2) (write DAY(3))",
		"SELECT INTERVAL '600' SECOND":                                          "write SECOND(3)",
		"SELECT a, COUNT(*) FROM (VALUES (1)) AS t(a) GROUP BY 1":               "is a constant, not a position",
		"WITH RECURSIVE x AS (SELECT 1 AS a UNION ALL SELECT a FROM x) TABLE x": "reads itself",
		"SELECT a AS x, b AS x FROM (VALUES (1, 2)) AS t(a, b) ORDER BY x":      "'x' is ambiguous",
		"SELECT MAP['a', 1] AS m FROM (VALUES (1), (2)) AS t(a) ORDER BY m":     "cannot be sorted by",
		"SELECT DATE_FORMAT(TIMESTAMP '2024-01-02 03:04:05', 'cc')":             "'cc' is no part",
		"SELECT 9223372036854775808": "numeric literal 9223372036854775808 is out of range: its " +
			"digits do not fit BIGINT (write CAST('9223372036854775808' AS DECIMAL(19, 0)))",
		"SELECT 100000000000000000000.0":                                          "AS DECIMAL(22, 1))",
		"SELECT COUNT(DISTINCT *) FROM (VALUES (1)) AS t(a)":                      "COUNT(DISTINCT *) counts no column",
		"SELECT COUNT(ALL *) FROM (VALUES (1)) AS t(a)":                           "write COUNT(*)",
		"SELECT COUNT() FROM (VALUES (1)) AS t(a)":                                "COUNT needs an argument",
		"SELECT INTERVAL '1' DAY(4)":                                              "precision of DAY is at most 3, not 4",
		"SELECT INTERVAL '1000' DAY":                                              "1000 * INTERVAL '1' DAY",
		"SELECT CAST(1 AS INTERVAL HOUR(4))":                                      "precision of HOUR is at most 3",
		"SELECT INTERVAL '1.5' SECOND(2, 10)":                                     "at most 9 digits",
		"SELECT q FROM (VALUES (1, 2, 3)) AS x(p, p, q)":                          "duplicate name 'p'",
		"WITH w(p, p) AS (VALUES (1, 2)) SELECT 1 FROM w":                         "duplicate name 'p'",
		"WITH w AS (SELECT 1 AS a, 2 AS a) SELECT 1 FROM w":                       "stands in the select list twice",
		"CREATE VIEW v (p, p) AS SELECT 1, 2":                                     "duplicate name 'p'",
		"CREATE VIEW v AS SELECT 1 AS a, 2 AS a":                                  "stands in the select list twice",
		"SELECT * FROM (SELECT 1 AS a, 2 AS a)":                                   "'a' is ambiguous",
		"SELECT x.a FROM (SELECT 1 AS a, 2 AS a) AS x":                            "'x.a' is ambiguous",
		"SELECT ROW_NUMBER() OVER () FROM (VALUES (1)) t(a)":                      "ROW_NUMBER needs ORDER BY",
		"SELECT CUME_DIST() OVER () FROM (VALUES (1)) t(a)":                       "CUME_DIST needs ORDER BY",
		"SELECT DATE_FORMAT(TIMESTAMP '2024-01-02 00:00:00', 'BB')":               "'BB' is no part",
		"EXPLAIN CREATE TABLE x (a INT)":                                          "CREATE TABLE without AS",
		"EXPLAIN CREATE TABLE x WITH ('connector' = 'blackhole') AS SELECT z + 1": "column 'z' not found",
	} {
		if got := runFails(t, s, sql); !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", sql, want, got)
		}
	}
}

func TestExplainOfCreateTableAs(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	text := call(t, s, "EXPLAIN CREATE TABLE x WITH ('connector' = 'blackhole') AS SELECT 1 AS a").Text
	if !strings.Contains(text, "LogicalSink(table=[default_catalog.default_database.x], fields=[a])") {
		t.Error(text)
	}
	fails(t, s, "SELECT * FROM x", "does not exist") // explained, not made
}

// Modules come and go as in Flink; functions are found all the same.
func TestModules(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	list := func(want ...string) {
		t.Helper()
		if got := plain(rows(t, s, "SHOW FULL MODULES")); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	fails(t, s, "LOAD MODULE core", "is loaded already")
	call(t, s, "UNLOAD MODULE core")
	list()
	fails(t, s, "UNLOAD MODULE core", "there is no module 'core'")
	fails(t, s, "USE MODULES core", "there is no module 'core'")
	call(t, s, "LOAD MODULE core")
	list("+I core true")
	if got := plain(rows(t, s, "SELECT UPPER('a')")); !slices.Equal(got, []string{"+I A"}) {
		t.Error(got)
	}
}

// runFails gives the message of a statement that fails when it is planned or when it runs.
func runFails(t *testing.T, s *Session, sql string) string {
	t.Helper()
	a, err := s.executeSQL(t.Context(), sql)
	for err == nil && a.Handle != "" {
		b, ok, failed := s.Fetch(t.Context(), a.Handle)
		if err = failed; !ok {
			break
		}
		b.Release()
	}
	if err == nil {
		t.Fatalf("%s: no error", sql)
	}
	return err.Error()
}
