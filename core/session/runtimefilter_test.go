package session

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
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

// TestRuntimeFilterNarrowsTheScan joins with keys of which one file of two has none: damage behind
// its footer is seen only by who reads its rows.
func TestRuntimeFilterNarrowsTheScan(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	dir := t.TempDir()
	for key, v := range map[string]string{"execution.runtime-mode": "BATCH",
		"parallelism.default":                                "2",
		"table.optimizer.runtime-filter.enabled":             "true",
		"table.optimizer.runtime-filter.min-probe-data-size": "0",
		"table.optimizer.runtime-filter.min-filter-ratio":    "-100"} {
		call(t, s, fmt.Sprintf("SET '%s' = '%s'", key, v))
	}
	call(t, s, "CREATE TABLE facts (v STRING, k INT, d DATE) WITH ('connector'='filesystem', "+
		"'format'='parquet', 'path'='"+dir+"')")
	insert := func(from int) string {
		before := filesIn(t, dir)
		wait(t, s, call(t, s, fmt.Sprintf("INSERT INTO facts SELECT CAST(n AS STRING), n, "+
			"TIMESTAMPADD(DAY, n, DATE '2020-01-01') FROM (VALUES %d, %d, %d) AS t (n)",
			from, from+1, from+2)))
		for _, f := range filesIn(t, dir) {
			if !slices.Contains(before, f) {
				return f
			}
		}
		t.Fatal("no file was written")
		return ""
	}
	insert(10)
	damage(t, insert(500))
	join := "SELECT /*+ SHUFFLE_HASH(b) */ a.v FROM (SELECT v || '!' AS v, k, d FROM facts) a JOIN " +
		"(VALUES (11, DATE '2020-01-12'), (13, DATE '2020-01-14')) AS b (k, d) ON a.%s = b.%[1]s"
	for _, column := range []string{"k", "d"} {
		sql := fmt.Sprintf(join, column)
		plan := call(t, s, "EXPLAIN "+sql).Text
		if want := "scan=[" + column + "]"; !strings.Contains(plan, want) {
			t.Errorf("no %s in\n%s", want, plan)
		}
		if got := rows(t, s, sql); len(got) != 1 || !strings.Contains(got[0], "11!") {
			t.Errorf("by %s: %v", column, got)
		}
	}
	// Without keys on the other side no row is read.
	none := "SELECT /*+ SHUFFLE_HASH(b) */ a.v FROM facts a JOIN (SELECT k FROM (VALUES 11) " +
		"AS t (k) WHERE RAND() > 2) b ON a.k = b.k"
	if got := rows(t, s, none); len(got) != 0 {
		t.Errorf("joined with nothing: %v", got)
	}
	call(t, s, "RESET 'table.optimizer.runtime-filter.enabled'")
	if err := runFails(t, s, fmt.Sprintf(join, "k")); !strings.Contains(err, dir) {
		t.Errorf("the damaged file is not damaged: %s", err)
	}
}

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// damage overwrites the pages of a Parquet file.
func damage(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	footer := len(data) - 8 - int(binary.LittleEndian.Uint32(data[len(data)-8:]))
	for i := 4; i < footer; i++ {
		data[i] = 0xff
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
