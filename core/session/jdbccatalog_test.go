package session

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/headrace/headrace/core/connector/all"
)

// TestTablesOfADatabase: the tables of a database are there without DDL, read and written, and
// made only there.
func TestTablesOfADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(statement string) {
		t.Helper()
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT, n INTEGER)")
	exec("INSERT INTO orders VALUES (1, 'nut', 3), (2, 'bolt', 4), (3, 'nut', 5)")
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	call(t, s, "CREATE CATALOG shop WITH ('type' = 'jdbc', 'base-url' = 'jdbc:sqlite:"+path+"')")
	call(t, s, "USE CATALOG shop")
	exec("CREATE TABLE totals (item TEXT PRIMARY KEY, n INTEGER)") // made later, seen all the same
	if got := strings.Join(rows(t, s, "SHOW TABLES"), ", "); got != "+I 'orders', +I 'totals'" {
		t.Error(got)
	}
	if got := rows(t, s, "DESCRIBE orders"); len(got) != 3 || !strings.Contains(got[0], "'BIGINT' false 'PRI(id)'") {
		t.Errorf("%q", got)
	}
	wait(t, s, call(t, s, "INSERT INTO totals SELECT item, SUM(n) FROM orders GROUP BY item"))
	got := rows(t, s, "SELECT item, n FROM shop.main.totals")
	slices.Sort(got)
	if want := "+I 'bolt' 4:BIGINT, +I 'nut' 8:BIGINT"; strings.Join(got, ", ") != want {
		t.Errorf("%q", got)
	}
	for statement, want := range map[string]string{
		"CREATE TABLE mine (id INT) WITH ('connector' = 'blackhole')": "shows another system and cannot be changed",
		"CREATE DATABASE d":                       "cannot be changed",
		"DROP TABLE orders":                       "cannot be changed",
		"SELECT * FROM order1":                    "did you mean 'orders'?",
		"USE nowhere":                             "does not exist",
		"CREATE CATALOG x WITH ('type' = 'jdbx')": "did you mean 'jdbc'?",
	} {
		if msg := refused(t, s, statement); !strings.Contains(msg, want) {
			t.Errorf("%s: %s", statement, msg)
		}
	}
	call(t, s, "CREATE TEMPORARY TABLE mine (id INT) WITH ('connector' = 'blackhole')")
	call(t, s, "USE CATALOG default_catalog")
	call(t, s, "DROP CATALOG shop")
}
