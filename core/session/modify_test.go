package session

import (
	"database/sql"
	"slices"
	"testing"
)

func TestUpdateAndDeleteByKey(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	path := t.TempDir() + "/d.db"
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT, n INTEGER)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	jdbc := "'connector' = 'jdbc', 'url' = 'jdbc:sqlite:" + path + "', 'table-name' = 'p'"
	call(t, s, "CREATE TABLE p (id INT, name STRING, n INT, PRIMARY KEY (id) NOT ENFORCED) WITH ("+jdbc+")")
	run := func(text string) { wait(t, s, call(t, s, text)) }
	look := func() []string {
		got := plain(rows(t, s, "SELECT * FROM p"))
		slices.Sort(got)
		return got
	}
	run("INSERT INTO p VALUES (1, 'a', 10), (2, 'b', 20), (3, 'c', 30), (4, CAST(NULL AS STRING), 40)")
	run("UPDATE p SET n = n + 1, name = UPPER(name) WHERE MOD(id, 2) = 1 OR name IS NULL")
	if got, want := look(), []string{"+I 1 A 11", "+I 2 b 20", "+I 3 C 31", "+I 4 NULL 41"}; !slices.Equal(got, want) {
		t.Errorf("after UPDATE: %v, want %v", got, want)
	}
	run("DELETE FROM p WHERE n > 20 AND CHAR_LENGTH(COALESCE(name, '')) < 2")
	if got, want := look(), []string{"+I 1 A 11", "+I 2 b 20"}; !slices.Equal(got, want) {
		t.Errorf("after DELETE: %v, want %v", got, want)
	}
	fails(t, s, "UPDATE p SET n = n + nn", "line 1, column 22: column 'nn'")
	fails(t, s, "DELETE FROM p AS q WHERE q.id = idd", "line 1, column 33: column 'idd'")
	fails(t, s, "UPDATE p SET id = 7", "is of the primary key")
	fails(t, s, "UPDATE p SET nam = 'x'", "did you mean 'name'?")
	fails(t, s, "DELETE FROM p WHERE nope = 1", "'nope'")
	call(t, s, "TRUNCATE TABLE p")
	if got := look(); len(got) > 0 {
		t.Errorf("after TRUNCATE: %v", got)
	}
	call(t, s, "SET 'execution.runtime-mode' = 'streaming'")
	fails(t, s, "DELETE FROM p", "is for batch mode")
}

func TestDeleteOfPartitions(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	call(t, s, "CREATE TABLE f (a INT, d STRING) PARTITIONED BY (d) WITH ("+
		"'connector' = 'filesystem', 'format' = 'csv', 'path' = '"+t.TempDir()+"')")
	wait(t, s, call(t, s, "INSERT INTO f VALUES (1, 'x'), (2, 'y'), (3, 'z')"))
	fails(t, s, "DELETE FROM f WHERE a = 1", "not supported by connector 'filesystem'")
	fails(t, s, "DELETE FROM f WHERE d = 'x' AND a = 7", "not supported by connector 'filesystem'")
	fails(t, s, "UPDATE f SET a = 1", "no PRIMARY KEY")
	call(t, s, "DELETE FROM f WHERE d < 'z'")
	if got := plain(rows(t, s, "SELECT * FROM f")); !slices.Equal(got, []string{"+I 3 z"}) {
		t.Errorf("after DELETE of partitions: %v", got)
	}
	call(t, s, "TRUNCATE TABLE f")
	if got := rows(t, s, "SELECT * FROM f"); len(got) > 0 {
		t.Errorf("after TRUNCATE: %v", got)
	}
	call(t, s, "CREATE TABLE b (a INT) WITH ('connector' = 'blackhole')")
	fails(t, s, "TRUNCATE TABLE b", "b")
	call(t, s, "CREATE VIEW v AS SELECT 1 AS i")
	fails(t, s, "DELETE FROM v", "is a view")
}
