package session

import (
	"slices"
	"strings"
	"testing"
)

func TestShowAndDescribeObjects(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	for _, sql := range []string{
		"CREATE CATALOG c COMMENT 'mine' WITH ('type' = 'generic_in_memory', 'default-database' = 'd')",
		"CREATE DATABASE c.e COMMENT 'of e' WITH ('k' = 'v')",
		"CREATE TABLE c.d.t (a INT, b STRING) WITH ('connector' = 'blackhole')",
	} {
		call(t, s, sql)
	}
	for sql, want := range map[string]string{
		"DESCRIBE CATALOG c":              "+I 'name' 'c', +I 'type' 'generic_in_memory', +I 'comment' 'mine'",
		"DESC DATABASE EXTENDED c.e":      "+I 'name' 'e', +I 'comment' 'of e', +I 'option:k' 'v'",
		"SHOW COLUMNS FROM c.d.t":         "a, b",
		"SHOW COLUMNS IN c.d.t LIKE 'a%'": "a",
		"SHOW MATERIALIZED TABLES":        "",
	} {
		got := rows(t, s, sql)
		if strings.HasPrefix(sql, "SHOW COLUMNS") {
			for i, r := range got {
				got[i] = strings.Trim(strings.Fields(r)[1], "'")
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s gives %v, not %s", sql, got, want)
		}
	}
	if got := rows(t, s, "DESCRIBE CATALOG EXTENDED c"); !slices.Contains(got, "+I 'option:default-database' 'd'") {
		t.Errorf("the options are not there: %v", got)
	}
	call(t, s, "ALTER CATALOG c COMMENT 'new'")
	if got := rows(t, s, "SHOW CREATE CATALOG c")[0]; !strings.Contains(got, "COMMENT ''new''") ||
		!strings.Contains(got, "generic_in_memory") {
		t.Error(got)
	}
}
