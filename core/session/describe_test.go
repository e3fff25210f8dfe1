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

func TestDescribeFunctionsJobsAndPartitions(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	call(t, s, "CREATE TABLE p (a INT, d STRING, h INT) PARTITIONED BY (d, h) WITH ("+
		"'connector' = 'filesystem', 'format' = 'csv', 'path' = '"+t.TempDir()+"')")
	if got := rows(t, s, "SHOW PARTITIONS p"); got != nil {
		t.Errorf("an empty table has partitions: %v", got)
	}
	wait(t, s, call(t, s, "INSERT INTO p VALUES (1, 'x', 2), (2, 'x', 1), (3, 'w', 2)"))
	for sql, want := range map[string]string{
		"SHOW PARTITIONS p":                     "+I 'd=w/h=2', +I 'd=x/h=1', +I 'd=x/h=2'",
		"SHOW PARTITIONS p PARTITION (d = 'x')": "+I 'd=x/h=1', +I 'd=x/h=2'",
		"SHOW PARTITIONS p PARTITION (h = 2)":   "+I 'd=w/h=2', +I 'd=x/h=2'",
		"DESCRIBE FUNCTION upper":               "+I 'is system function' 'true', +I 'is temporary' 'false'",
	} {
		if got := strings.Join(rows(t, s, sql), ", "); got != want {
			t.Errorf("%s gives %s, not %s", sql, got, want)
		}
	}
	if got := rows(t, s, "DESCRIBE FUNCTION EXTENDED SUM"); !slices.Contains(got, "+I 'kind' 'AGGREGATE'") {
		t.Error(got)
	}
	jobs := rows(t, s, "SHOW JOBS")
	id := strings.Trim(strings.Fields(jobs[0])[1], "'")
	if got := rows(t, s, "DESCRIBE JOB '"+id+"'"); len(got) != 1 || !strings.Contains(got[0], "FINISHED") {
		t.Error(got)
	}
	call(t, s, "CREATE TABLE plain (a INT) WITH ('connector' = 'blackhole')")
	wait(t, s, call(t, s, "INSERT INTO p SELECT 1, CAST(NULL AS STRING), 3"))
	if got := rows(t, s, "SHOW PARTITIONS p PARTITION (h = 3)"); !slices.Equal(got,
		[]string{"+I 'd=__DEFAULT_PARTITION__/h=3'"}) {
		t.Errorf("the partition of NULL: %v", got)
	}
	fails(t, s, "SHOW PARTITIONS plain", "is not partitioned")
	fails(t, s, "SHOW PARTITIONS p PARTITION (dd = 'x')", "did you mean 'd'?")
	fails(t, s, "DESCRIBE FUNCTION uper", "did you mean 'UPPER'?")
	fails(t, s, "DESCRIBE JOB 'none'", "there is no job")
}
