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

// Declarations that Flink 2.3 refuses are refused, with what to write instead.
func TestDeclarationsRefusedAsByFlink(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	call(t, s, "CREATE TABLE base (a INT NOT NULL, b STRING, c AS a + 1, m BIGINT METADATA VIRTUAL, "+
		"ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (a) NOT ENFORCED) "+
		"DISTRIBUTED BY HASH(a) INTO 2 BUCKETS PARTITIONED BY (b) WITH ('connector' = 'blackhole')")
	const with = " WITH ('connector' = 'blackhole')"
	for sql, want := range map[string]string{
		"CREATE TABLE x (a INT, PRIMARY KEY (a, a) NOT ENFORCED)" + with: "in the primary key twice",
		"CREATE TABLE x (a INT PRIMARY KEY NOT ENFORCED, PRIMARY KEY (a) NOT ENFORCED)" + with: "has " +
			"one primary key",
		"CREATE TABLE x (c AS PROCTIME(), WATERMARK FOR c AS c)" + with: "processing-time",
		"CREATE TABLE x (t TIMESTAMP(3), WATERMARK FOR t AS t, WATERMARK FOR t AS t)" + with: "has " +
			"one watermark",
		"CREATE TABLE x (a INT, c AS a) PARTITIONED BY (c)" + with:        "not a physical column",
		"CREATE TABLE x (abc INT) DISTRIBUTED BY HASH(abd)" + with:        "did you mean 'abc'?",
		"CREATE TABLE x (n INT METADATA, o INT METADATA FROM 'n')" + with: "metadata key 'n'",
		"CREATE TABLE x (a NULL)" + with:                                  "of type NULL",
		"ALTER TABLE base MODIFY DISTRIBUTION BY (nope)":                  "bucket key 'nope'",
		"CREATE TABLE x WITH ('connector' = 'print') LIKE base (INCLUDING ALL)": "has an option " +
			"'connector' (write LIKE … (OVERWRITING OPTIONS))",
		"CREATE TABLE x LIKE base (OVERWRITING ALL)":         "ALL cannot be overwritten",
		"CREATE TABLE x LIKE base (OVERWRITING CONSTRAINTS)": "CONSTRAINTS cannot be overwritten",
		"CREATE TABLE x LIKE base (EXCLUDING OPTIONS EXCLUDING OPTIONS)": "says twice what becomes of " +
			"OPTIONS",
		"CREATE TABLE x (WATERMARK FOR ts AS ts) LIKE base":            "its own WATERMARKS",
		"CREATE TABLE x (PRIMARY KEY (a) NOT ENFORCED) LIKE base":      "(write LIKE … (EXCLUDING CONSTRAINTS))",
		"CREATE TABLE x PARTITIONED BY (a) LIKE base":                  "its own PARTITIONS",
		"CREATE TABLE x DISTRIBUTED BY (a) LIKE base":                  "its own DISTRIBUTION",
		"CREATE TABLE x (c AS a + 2) LIKE base":                        "'c' is defined twice",
		"CREATE TEMPORARY TABLE x" + with + " AS SELECT 1 AS a":        "leave TEMPORARY out",
		"CREATE TABLE x (a)" + with + " AS SELECT 1 AS a, 2 AS b":      "names 1 of the query's 2 columns",
		"CREATE TABLE x (a, bc)" + with + " AS SELECT 1 AS a, 2 AS bd": "did you mean 'bd'?",
		"CREATE VIEW v (p) AS SELECT 1, 2":                             "declares 1 columns, its query has 2",
		"SELECT SUM(a) OVER (ORDER BY ts ROWS BETWEEN 1 FOLLOWING AND CURRENT ROW) FROM base": "cannot " +
			"end before it",
		"SELECT TUMBLE_START(ts, INTERVAL '11' SECOND) FROM base GROUP BY TUMBLE(ts, INTERVAL '10' " +
			"SECOND)": "of another window than GROUP BY",
	} {
		if got := runFails(t, s, sql); !strings.Contains(got, want) {
			t.Errorf("%s: no %q in\n%s", sql, want, got)
		}
	}
}

// The forms of LIKE and CREATE TABLE … AS make what they make in Flink 2.3.
func TestColumnsOfCreatedTables(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	call(t, s, "CREATE TABLE base (a INT, c AS a + 1, m BIGINT METADATA VIRTUAL, b STRING COMMENT "+
		"'bc') WITH ('connector' = 'blackhole')")
	call(t, s, "CREATE TABLE n (c AS a + 2, m INT METADATA VIRTUAL) LIKE base "+
		"(OVERWRITING GENERATED OVERWRITING METADATA)")
	call(t, s, "ALTER TABLE base MODIFY b STRING NOT NULL")
	for _, as := range []string{"CREATE TABLE o (b, a) WITH ('connector' = 'blackhole') AS",
		"CREATE TABLE p (x BIGINT) WITH ('connector' = 'blackhole') AS"} {
		call(t, s, as+" SELECT 1 AS a, 'x' AS b")
	}
	for table, want := range map[string][]string{
		"n": {"a INT", "c BIGINT", "m INT", "b STRING"}, "base": {"a INT", "c INT", "m BIGINT", "b STRING"},
		"o": {"b CHAR(1)", "a INT"}, "p": {"x BIGINT", "a INT", "b CHAR(1)"},
	} {
		var got []string
		for _, r := range plain(rows(t, s, "DESCRIBE "+table)) {
			parts := strings.Split(strings.ReplaceAll(strings.TrimPrefix(r, "+I "), "'", ""), " ")
			got = append(got, parts[0]+" "+parts[1])
		}
		if table == "n" {
			want[1] = "c INT"
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", table, got, want)
		}
	}
	if got := rows(t, s, "DESCRIBE base"); !strings.Contains(strings.Join(got, "\n"), "bc") {
		t.Errorf("the comment is lost: %q", got)
	}
}

// A view has the columns that its star stood for when it was made.
func TestStarsOfViewsAreOfTheirTime(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	call(t, s, "CREATE TABLE t (a INT, `b c` INT) WITH ('connector' = 'datagen', "+
		"'number-of-rows' = '1', 'fields.a.min' = '7', 'fields.a.max' = '7', "+
		"'fields.b c.min' = '8', 'fields.b c.max' = '8')")
	call(t, s, "CREATE VIEW v AS SELECT *, 1 AS o FROM t UNION ALL (SELECT u.*, 2 FROM t AS u)")
	call(t, s, "CREATE VIEW w AS SELECT * FROM t CROSS JOIN t AS u")
	call(t, s, "ALTER TABLE t ADD d INT")
	for sql, want := range map[string][]string{
		"SELECT * FROM v": {"+I 7 8 1", "+I 7 8 2"}, "SELECT * FROM w": {"+I 7 8 7 8"},
	} {
		got := plain(rows(t, s, sql))
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
}
