package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestRuntimeFiltersGiveTheSame joins with the keys of one side sent to the other.
func TestRuntimeFiltersGiveTheSame(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	joinTables(t, s)
	call(t, s, "SET 'parallelism.default' = '2'")
	filtered := 0
	for _, kind := range []string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"} {
		for _, built := range []string{"c", "o"} {
			sql := fmt.Sprintf("SELECT /*+ SHUFFLE_HASH(%s) */ o.id, c.name FROM o %s "+
				"(SELECT * FROM c WHERE least = 3) c ON o.cust = c.id", built, kind)
			call(t, s, "RESET 'table.optimizer.runtime-filter.enabled'")
			want := folded(t, rows(t, s, sql))
			if plan := call(t, s, "EXPLAIN "+sql).Text; strings.Contains(plan, "RuntimeFilter") {
				t.Errorf("%s: a filter that is off\n%s", sql, plan)
			}
			for key, v := range map[string]string{"enabled": "true", "min-probe-data-size": "0",
				"min-filter-ratio": "-100"} {
				call(t, s, "SET 'table.optimizer.runtime-filter."+key+"' = '"+v+"'")
			}
			if got := folded(t, rows(t, s, sql)); !slices.Equal(got, want) {
				t.Errorf("%s: %d rows, want %d", sql, len(got), len(want))
			}
			plan := call(t, s, "EXPLAIN "+sql).Text
			if strings.Contains(plan, "RuntimeFilter(") {
				filtered++
			}
		}
	}
	if filtered != 4 { // inner: both sides; outer joins: the side that is not kept
		t.Errorf("%d joins of 8 have a filter", filtered)
	}
	self := "SELECT /*+ SHUFFLE_HASH(b) */ COUNT(*) FROM o a JOIN o b ON a.id = b.id"
	if got := rows(t, s, self); len(got) != 1 || !strings.Contains(got[0], "400") {
		t.Errorf("a table joined with itself gives %v", got)
	}
}
