package session

import (
	"fmt"
	"slices"
	"testing"
)

// TestNestedFieldsHaveTheNamesOfTheTable: a query's names for fields of ROWs, made up ones among
// them, do not reach files: they would be read as NULL.
func TestNestedFieldsHaveTheNamesOfTheTable(t *testing.T) {
	for _, format := range []string{"json", "parquet", "avro", "arrow"} {
		s := Open(Options{})
		call(t, s, "SET 'execution.runtime-mode' = 'batch'")
		call(t, s, fmt.Sprintf("CREATE TABLE o (id INT, r ROW<x INT, y ARRAY<ROW<z STRING>>>, "+
			"m MAP<STRING, ROW<u INT>>) WITH ('connector' = 'filesystem', 'path' = '%s', "+
			"'format' = '%s')", t.TempDir(), format))
		wait(t, s, call(t, s, "INSERT INTO o SELECT 1, ROW(2, ARRAY[ROW('a')]), MAP['k', ROW(3)]"))
		got := rows(t, s, "SELECT r.x, r.y[1].z, m['k'].u FROM o")
		if want := []string{"+I 2 'a' 3"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", format, got, want)
		}
		s.Close()
	}
}
