package session

import (
	"strings"
	"testing"
)

// TestUpsertMaterialize: where rows are put in order by the sink's key is decided by
// table.exec.sink.upsert-materialize.
func TestUpsertMaterialize(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	joinTables(t, s)
	call(t, s, "SET 'execution.runtime-mode' = 'STREAMING'")
	call(t, s, "CREATE TABLE keyed (k BIGINT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) "+
		"WITH ('connector' = 'blackhole')")
	call(t, s, "CREATE TABLE loose (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole')")
	for _, c := range []struct {
		sql               string
		auto, none, force bool
	}{
		{"INSERT INTO keyed SELECT cust, COUNT(*) FROM o GROUP BY cust", false, false, true},
		{"INSERT INTO keyed SELECT MAX(v), cust FROM o GROUP BY cust", true, false, true},
		{"INSERT INTO keyed SELECT id, v FROM o", false, false, true},
		{"INSERT INTO loose SELECT MAX(v), cust FROM o GROUP BY cust", false, false, false},
	} {
		for mode, want := range map[string]bool{"AUTO": c.auto, "NONE": c.none, "FORCE": c.force} {
			call(t, s, "SET 'table.exec.sink.upsert-materialize' = '"+mode+"'")
			text := call(t, s, "EXPLAIN "+c.sql).Text
			if got := strings.Contains(text, "SinkUpsertMaterializer"); got != want {
				t.Errorf("%s, %s: %v\n%s", mode, c.sql, got, text)
			}
		}
	}
}
