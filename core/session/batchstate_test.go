package session

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// keyedQueries keep state by key in batch mode: more than the budgets below have room for.
var keyedQueries = []string{
	"SELECT id, name FROM a INTERSECT SELECT id, name FROM b",
	"SELECT id, name FROM a EXCEPT ALL SELECT id, name FROM b",
	"SELECT id, name FROM a EXCEPT SELECT id, name FROM b WHERE v > 9",
	"SELECT * FROM (SELECT id, v, ROW_NUMBER() OVER (PARTITION BY id ORDER BY v DESC) AS n FROM a) " +
		"WHERE n <= 2",
	"SELECT id, v, SUM(v) OVER (PARTITION BY id ORDER BY ts) FROM a",
	"SELECT id, window_start, COUNT(*), MAX(v) FROM TUMBLE(TABLE a, DESCRIPTOR(ts), " +
		"INTERVAL '10' SECOND) GROUP BY id, window_start, window_end",
	"SELECT a.id, a.v, b.v FROM a JOIN b ON a.id = b.id AND a.ts BETWEEN b.ts - INTERVAL '1' SECOND " +
		"AND b.ts + INTERVAL '1' SECOND",
}

func keyedTables(t *testing.T, s *Session) {
	t.Helper()
	for name, last := range map[string]string{"a": "1200", "b": "900"} {
		call(t, s, "CREATE TABLE "+name+" (n BIGINT, id AS n * 7 % 401, v AS n % 13, "+
			"name AS 'name-' || CAST(n * 7 % 401 AS STRING), "+
			"ts AS TO_TIMESTAMP_LTZ(n * 10, 3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen', "+
			"'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '"+last+"')")
	}
}

func TestKeyedStateOfBatchQueriesSpills(t *testing.T) {
	run := func(sql string, config ...string) []string {
		s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
		defer s.Close()
		keyedTables(t, s)
		for i := 0; i < len(config); i += 2 {
			call(t, s, "SET '"+config[i]+"' = '"+config[i+1]+"'")
		}
		return folded(t, rows(t, s, sql))
	}
	for _, sql := range keyedQueries {
		want := run(sql)
		if len(want) < 20 {
			t.Fatalf("%s: %d rows", sql, len(want))
		}
		tmp := t.TempDir()
		got := run(sql, "taskmanager.memory.managed.size", "8 kb", "io.tmp.dirs", tmp)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows, want %d", sql, len(got), len(want))
		}
		if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
			t.Errorf("%s: left behind %v, %v", sql, left, err)
		}
		file := filepath.Join(tmp, "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := failure(t, sql, file); err == nil {
			t.Errorf("%s: nothing went to disk", sql)
		}
	}
}

// failure runs a query with all but no memory, and a working directory that cannot be.
func failure(t *testing.T, sql, tmp string) error {
	t.Helper()
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch",
		"taskmanager.memory.managed.size": "8 kb", "headrace.batch-shuffle.memory": "1 gb",
		"io.tmp.dirs": tmp}})
	defer s.Close()
	keyedTables(t, s)
	a := call(t, s, sql)
	for {
		b, ok, err := s.Fetch(t.Context(), a.Handle)
		if err != nil || !ok {
			return err
		}
		b.Release()
	}
}
