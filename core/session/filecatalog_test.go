package session

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestTablesOutliveTheProcess makes objects in one session and finds them in another.
func TestTablesOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "in.csv")
	if err := os.WriteFile(data, []byte("1,2020-01-01 00:00:00\n2,2020-01-01 00:00:09\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	open := "CREATE CATALOG c WITH ('type' = 'filesystem', 'path' = '" + dir + "/cat')"
	a := Open(Options{})
	defer a.Close()
	for _, sql := range []string{
		open, "USE CATALOG c", "CREATE DATABASE `d.1/x` COMMENT 'of d' WITH ('k' = 'v')",
		"CREATE TABLE t (id BIGINT NOT NULL COMMENT 'the id', ts TIMESTAMP(3), twice AS id * 2, " +
			"p STRING METADATA FROM 'file.name' VIRTUAL, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND, " +
			"PRIMARY KEY (id) NOT ENFORCED) COMMENT 'all' WITH ('connector' = 'filesystem', " +
			"'format' = 'csv', 'path' = '" + data + "')",
		"CREATE TABLE `we/ird` (a ROW<x INT, y ARRAY<STRING>>) WITH ('connector' = 'blackhole')",
		"CREATE VIEW v AS SELECT id, twice FROM t WHERE id > 1",
		"CREATE TABLE gone (a INT) WITH ('connector' = 'blackhole')",
	} {
		call(t, a, sql)
	}
	b := Open(Options{})
	defer b.Close()
	call(t, b, open)
	if got := rows(t, b, "SELECT id, twice FROM c.`default`.v"); len(got) != 1 || got[0] != "+I 2:BIGINT 4:BIGINT" {
		t.Errorf("the view gives %v", got)
	}
	for _, table := range []string{"t", "`we/ird`"} {
		sql := "SHOW CREATE TABLE c.`default`." + table
		if x, y := rows(t, a, sql), rows(t, b, sql); x[0] != y[0] {
			t.Errorf("%s was\n%s and is\n%s", table, x[0], y[0])
		}
	}
	call(t, b, "DROP TABLE c.`default`.gone")
	call(t, b, "ALTER TABLE c.`default`.t RENAME TO u")
	call(t, b, "DROP DATABASE c.`d.1/x`")
	if got := rows(t, a, "SHOW TABLES"); !slices.Equal(got, []string{"+I 'u'", "+I 'v'", "+I 'we/ird'"}) {
		t.Errorf("the first session sees %v", got)
	}
	if got := rows(t, a, "SHOW DATABASES"); !slices.Equal(got, []string{"+I 'default'"}) {
		t.Errorf("the first session sees %v", got)
	}
	if msg := refused(t, a, "CREATE TABLE u (a INT) WITH ('connector' = 'blackhole')"); !strings.
		Contains(msg, "already exists") {
		t.Error(msg)
	}
}

// TestCatalogOfManyWriters has sessions make tables at once: each name is made by exactly one.
func TestCatalogOfManyWriters(t *testing.T) {
	dir := t.TempDir()
	const writers, tables = 4, 12
	made := make([]int, tables)
	var mu sync.Mutex
	var wait sync.WaitGroup
	for range writers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			s := Open(Options{})
			defer s.Close()
			call(t, s, "CREATE CATALOG c WITH ('type' = 'filesystem', 'path' = '"+dir+"')")
			for i := range tables {
				if _, err := s.executeSQL(t.Context(), fmt.Sprintf("CREATE TABLE c.`default`.t%d "+
					"(a INT) WITH ('connector' = 'blackhole')", i)); err == nil {
					mu.Lock()
					made[i]++
					mu.Unlock()
				}
			}
		}()
	}
	wait.Wait()
	for i, n := range made {
		if n != 1 {
			t.Errorf("table %d was made %d times", i, n)
		}
	}
}

// TestDamagedCatalogFileIsNamed says which file cannot be read, and leaves it alone.
func TestDamagedCatalogFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	s := Open(Options{})
	defer s.Close()
	call(t, s, "CREATE CATALOG c WITH ('type' = 'filesystem', 'path' = '"+dir+"')")
	call(t, s, "CREATE TABLE c.`default`.t (a INT) WITH ('connector' = 'blackhole')")
	file := filepath.Join(dir, "default", "tables", "t.json")
	if err := os.WriteFile(file, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if msg := refused(t, s, "SELECT * FROM c.`default`.t"); !strings.Contains(msg, file) {
		t.Errorf("the file is not named: %s", msg)
	}
	call(t, s, "CREATE TABLE c.`default`.u (a INT) WITH ('connector' = 'blackhole')")
	if _, err := os.Stat(file); err != nil {
		t.Error("the damaged file is gone:", err)
	}
}
