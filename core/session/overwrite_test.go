package session

import (
	"slices"
	"strings"
	"testing"
)

// INSERT OVERWRITE replaces the partitions that rows come for: nothing clears none, not even one that
// the statement names, as in Flink 2.3.
func TestOverwriteWithNothing(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	call(t, s, "CREATE TABLE t (a INT, p STRING, n INT) PARTITIONED BY (p, n) WITH ('connector' = "+
		"'filesystem', 'format' = 'csv', 'path' = '"+t.TempDir()+"/t')")
	run := func(sql string) { wait(t, s, call(t, s, sql)) }
	run("INSERT INTO t VALUES (1, 'x y', 1), (2, 'x y', 2), (3, 'z', 1)")
	for _, step := range []struct{ sql, want string }{
		{"INSERT OVERWRITE t SELECT a, p, n FROM t WHERE a > 9", "1, 2, 3"},
		{"INSERT OVERWRITE t PARTITION (p = 'x y') SELECT a, n FROM t WHERE a > 9", "1, 2, 3"},
		{"INSERT OVERWRITE t PARTITION (p = 'x y', n = 1) SELECT a FROM t WHERE a > 9", "1, 2, 3"},
		{"INSERT OVERWRITE t PARTITION (p = 'x y', n = 2) SELECT a + 4 FROM t WHERE a = 2", "1, 3, 6"},
		{"INSERT OVERWRITE t PARTITION (p = 'new', n = 0) SELECT a FROM t WHERE a > 9", "1, 3, 6"},
	} {
		run(step.sql)
		got := plain(rows(t, s, "SELECT a FROM t"))
		slices.Sort(got)
		if all := strings.ReplaceAll(strings.Join(got, ", "), "+I ", ""); all != step.want {
			t.Errorf("%s: %s, want %s", step.sql, all, step.want)
		}
	}
}
