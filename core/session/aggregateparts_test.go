package session

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestAggregatesOfFooters: COUNT, MIN and MAX are the same whether the files' footers tell them or
// the rows are read: of partitions, of files written before a column came, of no file at all.
func TestAggregatesOfFooters(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	dir := t.TempDir()
	call(t, s, "SET 'execution.runtime-mode' = 'batch'")
	with := "PARTITIONED BY (dt, hr) WITH ('connector' = 'filesystem', 'format' = 'parquet', " +
		"'path' = '" + dir + "/t')"
	call(t, s, "CREATE TABLE earlier (id BIGINT, v INT, name STRING, dt STRING, hr INT) "+with)
	call(t, s, "CREATE TABLE t (id BIGINT, v INT, name STRING, ts TIMESTAMP(3), dt STRING, hr INT, "+
		"more AS v + 1, WATERMARK FOR ts AS ts) "+with)
	queries := []string{
		"SELECT COUNT(*), COUNT(1) FROM t",
		"SELECT COUNT(v), MIN(v), MAX(v), MIN(id), COUNT(ts), MAX(ts), COUNT(name) FROM t",
		"SELECT dt, COUNT(*), COUNT(v), MIN(ts), MAX(id) FROM t GROUP BY dt",
		"SELECT hr, dt, MAX(v) - MIN(v) FROM t GROUP BY hr, dt HAVING COUNT(*) > 3",
		"SELECT COUNT(*), MAX(v) FROM t WHERE dt = 'b'",
		"SELECT hr, COUNT(*) FROM t WHERE dt = 'nowhere' GROUP BY hr",
		"SELECT MAX(v), COUNT(*) FROM t WHERE dt = 'nowhere'",
		"SELECT MAX(n), COUNT(*) FROM (SELECT dt, COUNT(*) AS n FROM t GROUP BY dt)",
		"SELECT (SELECT COUNT(*) FROM t), (SELECT MAX(v) FROM t), s FROM (SELECT SUM(v) AS s FROM t)",
	}
	both := func(what string) {
		for _, q := range queries {
			call(t, s, "SET 'table.optimizer.source.aggregate-pushdown-enabled' = 'false'")
			want := rows(t, s, q)
			call(t, s, "SET 'table.optimizer.source.aggregate-pushdown-enabled' = 'true'")
			got := rows(t, s, q)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s gives %q, want %q", what, q, got, want)
			}
			if plan := call(t, s, "EXPLAIN "+q).Text; !strings.Contains(plan, "aggregates=[grouping=[") {
				t.Errorf("%s: nothing is pushed down:\n%s", q, plan)
			}
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "t"), 0o755); err != nil {
		t.Fatal(err)
	}
	both("no file")
	var values, later []string
	for i := range 30 {
		v := fmt.Sprint(i*37%23 - 9)
		if i%4 == 0 {
			v = "CAST(NULL AS INT)"
		}
		part := fmt.Sprintf("'%c', %d", 'a'+i%2, i%3)
		if i%7 == 0 {
			part = "CAST(NULL AS STRING), 1"
		}
		values = append(values, fmt.Sprintf("(%d, %s, 'n%d', %s)", i, v, i, part))
		later = append(later, fmt.Sprintf("(%d, %s, 'n%d', TIMESTAMP '2024-01-%02d 00:00:01', %s)",
			100-i, v, i, i+1, part))
	}
	wait(t, s, call(t, s, "INSERT INTO earlier VALUES "+strings.Join(values, ", ")))
	both("files without a column")
	wait(t, s, call(t, s, "INSERT INTO t VALUES "+strings.Join(later, ", ")))
	both("files of both kinds")
}

// BenchmarkCountOfFooters counts the rows of a Parquet file and asks for a largest value.
func BenchmarkCountOfFooters(b *testing.B) {
	s := Open(Options{})
	defer s.Close()
	call(b, s, "SET 'execution.runtime-mode' = 'batch'")
	call(b, s, "CREATE TABLE t (id BIGINT) WITH ('connector' = 'filesystem', 'format' = 'parquet', "+
		"'path' = '"+b.TempDir()+"/t')")
	call(b, s, "CREATE TABLE numbers (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = "+
		"'2000000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '1', "+
		"'fields.id.end' = '2000000')")
	call(b, s, "CREATE TABLE nowhere (n BIGINT, m BIGINT) WITH ('connector' = 'blackhole')")
	wait(b, s, call(b, s, "INSERT INTO t SELECT id FROM numbers"))
	for _, on := range []string{"true", "false"} {
		b.Run("pushed="+on, func(b *testing.B) {
			call(b, s, "SET 'table.optimizer.source.aggregate-pushdown-enabled' = '"+on+"'")
			b.ReportAllocs()
			for b.Loop() {
				wait(b, s, call(b, s, "INSERT INTO nowhere SELECT COUNT(*), MAX(id) FROM t"))
			}
		})
	}
}
