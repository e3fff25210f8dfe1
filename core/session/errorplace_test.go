package session

import (
	"strings"
	"testing"
)

// Errors point to the place and say what to write instead.
func TestErrorsNameThePlace(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	call(t, s, "CREATE TABLE orders (a INT, b STRING) WITH ('connector' = 'blackhole')")
	call(t, s, "CREATE VIEW v AS SELECT 1 AS i")
	for sql, want := range map[string][]string{
		"DROP TABLE order_":                          {"line 1, column 12", "did you mean 'orders'?", "^"},
		"DROP TABLE nothing_like":                    {"line 1, column 12", "IF EXISTS"},
		"CREATE TABLE\n orders (a INT)":              {"line 2, column 2", "already exists", "^^^^^^"},
		"DESCRIBE orderz":                            {"line 1, column 10", "did you mean 'orders'?"},
		"USE CATALOG mine":                           {"line 1, column 13", "'mine'"},
		"CREATE TABLE x (a INTT)":                    {"line 1, column 19", "did you mean 'INT'?"},
		"SELECT CASE WHEN i THEN 1 END FROM v":       {"line 1, column 18", "must be a BOOLEAN, it is INT"},
		"SELECT i FROM v WHERE i == 1":               {"line 1, column 26", "one ="},
		"SELECT i::STRING FROM v":                    {"CAST(value AS type)"},
		"SELECT DISTINCT ON (i) i FROM v":            {"ROW_NUMBER()"},
		"SELECT TOP 3 i FROM v":                      {"LIMIT"},
		"SELECT * EXCEPT (i) FROM v":                 {"name the columns"},
		"SELECT RANK() OVER (PARTITION BY i) FROM v": {"needs ORDER BY", "line 1"},
		"CALL sys.compact('t')":                      {"line 1, column 6", "there is no procedure"},
		"CREATE MATERIALIZED TABLE m FRESHNESS = INTERVAL '1' MINUTE AS SELECT i FROM v": {
			"no scheduler", "INSERT OVERWRITE"},
		"DROP MATERIALIZED TABLE m": {"no scheduler"},
		"TRUNCATE TABLE orders":     {"line 1, column 16"},
	} {
		got := refused(t, s, sql)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q in\n%s", sql, w, got)
			}
		}
	}
}
