package session

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// lookupTables makes orders o (id, cust, pt) and customers c (id, name, age), which is looked up.
func lookupTables(t *testing.T, s *Session) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"o": "1,10\n2,20\n3,\n4,30\n5,10\n", "c": "10,ada,36\n20,bob,20\n10,eve,50\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	call(t, s, "CREATE TABLE o (id INT, cust INT, pt AS PROCTIME()) WITH ('connector' = "+
		"'filesystem', 'format' = 'csv', 'csv.null-literal' = '', 'path' = '"+dir+"/o')")
	call(t, s, "CREATE TABLE c (id INT, name STRING, age INT, older AS age + 1) WITH ('connector' = "+
		"'filesystem', 'format' = 'csv', 'path' = '"+dir+"/c', 'lookup.cache' = 'FULL')")
}

// A table that ends is a side input: nobody has to say that a copy of it is kept.
func TestLookupInASideInput(t *testing.T) {
	for _, mode := range []string{"streaming", "batch"} {
		s := Open(Options{Config: map[string]string{"execution.runtime-mode": mode}})
		lookupTables(t, s)
		call(t, s, "ALTER TABLE c RESET ('lookup.cache')")
		got := rows(t, s, "SELECT o.id, c.name FROM o JOIN c FOR SYSTEM_TIME AS OF o.pt ON MOD(o.cust, "+
			"20) + 10 = c.id")
		slices.Sort(got)
		if strings.Join(got, ", ") != "+I 1 'bob', +I 2 'ada', +I 2 'eve', +I 4 'bob', +I 5 'bob'" {
			t.Errorf("%s: %v", mode, got)
		}
		s.Close()
	}
}

func TestLookupJoin(t *testing.T) {
	for _, mode := range []string{"streaming", "batch"} {
		s := Open(Options{Config: map[string]string{"execution.runtime-mode": mode}})
		defer s.Close()
		lookupTables(t, s)
		const of = " FOR SYSTEM_TIME AS OF o.pt "
		for sql, want := range map[string]string{
			"SELECT o.id, c.name FROM o JOIN c" + of + "ON o.cust = c.id": "+I 1 'ada', +I 1 'eve', " +
				"+I 2 'bob', +I 5 'ada', +I 5 'eve'",
			"SELECT o.id, c.name FROM o LEFT JOIN c" + of + "ON o.cust = c.id AND c.age > 40": "+I 1 " +
				"'eve', +I 2 null:STRING, +I 3 null:STRING, +I 4 null:STRING, +I 5 'eve'",
			"SELECT o.id, c.older FROM o JOIN c" + of + "ON o.cust + 10 = c.id": "+I 1 21, +I 5 21",
			"SELECT o.id, c.age FROM o JOIN c" + of + "ON o.cust = c.id AND c.name = 'ada'": "+I 1 36, " +
				"+I 5 36",
			"SELECT o.id FROM o JOIN c" + of + "ON o.cust = c.id AND c.older = 21": "+I 2",
			"SELECT id, pt > TIMESTAMP '2020-01-01 00:00:00' FROM o WHERE id = 1":  "+I 1 true",
		} {
			got := rows(t, s, sql)
			slices.Sort(got)
			if strings.Join(got, ", ") != want {
				t.Errorf("%s, %s:\n%s, not\n%s", mode, sql, strings.Join(got, ", "), want)
			}
		}
		if e := call(t, s, "EXPLAIN SELECT o.id, c.name FROM o JOIN c"+of+"ON o.cust = c.id").Text; !strings.
			Contains(e, "LookupJoin(") {
			t.Errorf("%s: no lookup join in\n%s", mode, e)
		}
	}
}

func TestLookupNeedsAKey(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	lookupTables(t, s)
	const sql = "SELECT o.id FROM o JOIN c FOR SYSTEM_TIME AS OF o.pt ON o.cust > c.id"
	if msg := refused(t, s, sql); !strings.Contains(msg, "equality") {
		t.Error(msg)
	}
}

func TestQueryHints(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	for _, n := range []string{"a", "b"} {
		call(t, s, "CREATE TABLE "+n+" (id BIGINT, v STRING) WITH ('connector' = 'datagen')")
	}
	for hint, want := range map[string]string{
		"BROADCAST(zz)":         "`zz` in `BROADCAST`",
		"BROADCST(a)":           "did you mean",
		"BROADCAST":             "at least one table",
		"STATE_TTL('zz'='1d')":  "`zz` in `STATE_TTL`",
		"STATE_TTL('a'='soon')": "invalid STATE_TTL",
		"LOOKUP('tab'='b')":     "'table'",
		"LOOKUP('table'='b', 'retry-predicate'='lookup_miss')": "retry options",
	} {
		sql := "EXPLAIN SELECT /*+ " + hint + " */ a.id FROM a JOIN b ON a.id = b.id"
		if msg := refused(t, s, sql); !strings.Contains(strings.ToLower(msg), strings.ToLower(want)) {
			t.Errorf("%s gives %s", hint, msg)
		}
	}
	for _, hint := range []string{"BROADCAST(a)", "SHUFFLE_HASH(b)", "STATE_TTL('a'='1d', 'b'='12 h')"} {
		call(t, s, "EXPLAIN SELECT /*+ "+hint+" */ a.id FROM a JOIN b ON a.id = b.id")
	}
	call(t, s, "EXPLAIN SELECT /*+ STATE_TTL('x'='1d') */ x.id, COUNT(*) FROM a AS x GROUP BY x.id")
}
