package session

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// A CSV file says nothing of its rows: joins are ordered by what ANALYZE TABLE found, which the
// catalog keeps.
func TestAnalyzeTable(t *testing.T) {
	dir := t.TempDir()
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	call(t, s, "CREATE CATALOG c WITH ('type' = 'filesystem', 'path' = '"+dir+"/cat')")
	call(t, s, "USE CATALOG c")
	for name, n := range map[string]int{"big": 3000, "mid": 300, "small": 3} {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, "%d,k%d,\n", i%(n/3), i%7)
		}
		if err := os.WriteFile(dir+"/"+name, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		call(t, s, "CREATE TABLE "+name+" (a INT, b STRING, n DOUBLE) WITH ('connector' = 'filesystem', "+
			"'format' = 'csv', 'path' = '"+dir+"/"+name+"', 'csv.null-literal' = '')")
	}
	call(t, s, "ANALYZE TABLE big COMPUTE STATISTICS")
	call(t, s, "ANALYZE TABLE mid COMPUTE STATISTICS FOR COLUMNS a")
	call(t, s, "ANALYZE TABLE small COMPUTE STATISTICS FOR ALL COLUMNS")
	table, _, err := s.catalog.Lookup([]string{"mid"})
	if err != nil {
		t.Fatal(err)
	}
	if x := table.Statistics; x == nil || x.Rows != 300 || len(x.Columns) != 1 ||
		x.Columns["a"].Distinct != 100 || x.Columns["a"].Max != 99 || !x.Columns["a"].Ranged {
		t.Errorf("mid: %+v", x)
	}
	table, _, err = s.catalog.Lookup([]string{"small"})
	if err != nil {
		t.Fatal(err)
	}
	if x := table.Statistics; x == nil || x.Rows != 3 || x.Columns["b"].Distinct != 3 ||
		x.Columns["n"].Nulls != 3 {
		t.Errorf("small: %+v", x)
	}
	fails(t, s, "ANALYZE TABLE mid COMPUTE STATISTICS FOR COLUMNS aa", "did you mean 'a'?")
	call(t, s, "SET 'execution.runtime-mode' = 'streaming'")
	fails(t, s, "ANALYZE TABLE mid COMPUTE STATISTICS", "is for batch mode")
}
