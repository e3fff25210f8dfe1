package session

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
)

// TestSkewedJoinsGiveTheSame joins tables of which one key has half of the rows, with the rows of a
// subtask divided among all and with a small side given to all.
func TestSkewedJoinsGiveTheSame(t *testing.T) {
	var log bytes.Buffer
	s := Open(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	defer s.Close()
	joinTables(t, s)
	set := func(key, value string) { call(t, s, fmt.Sprintf("SET '%s' = '%s'", key, value)) }
	set("parallelism.default", "4")
	set("headrace.batch.rows", "10")
	const skew, cast = "table.optimizer.skewed-join-optimization.",
		"table.optimizer.adaptive-broadcast-join.strategy"
	divided := map[string]int{}
	for _, hint := range []string{"SHUFFLE_HASH", "SHUFFLE_MERGE"} {
		for _, kind := range []string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"} {
			tables := "o " + kind + " c"
			if kind == "RIGHT JOIN" {
				tables = "c RIGHT JOIN o"
			}
			for _, built := range []string{"c", "o"} {
				for _, query := range []string{
					"SELECT /*+ %s(%s) */ o.id, c.name FROM %s ON o.cust = c.id",
					// The aggregation relies on where rows are unless they are exchanged again.
					"SELECT /*+ %s(%s) */ o.cust, COUNT(c.name), SUM(o.v) FROM %s ON o.cust = c.id " +
						"GROUP BY o.cust",
					"SELECT /*+ %s(%s) */ o.v, COUNT(c.name), SUM(o.id) FROM %s ON o.cust = c.id " +
						"GROUP BY o.v"} {
					sql := fmt.Sprintf(query, hint, built, tables)
					set(skew+"strategy", "NONE")
					set(cast, "NONE")
					want := folded(t, rows(t, s, sql))
					for _, how := range []string{"is divided", "goes to every subtask"} {
						set(skew+"strategy", "NONE")
						set(cast, "NONE")
						if how == "is divided" {
							set(skew+"strategy", "AUTO")
							set(skew+"skewed-threshold", "1 b")
							set(skew+"skewed-factor", "1.5")
						} else {
							set(cast, "AUTO")
						}
						log.Reset()
						if got := folded(t, rows(t, s, sql)); !slices.Equal(got, want) {
							t.Errorf("%s\n%s: %d rows, want %d", sql, how, len(got), len(want))
						}
						if strings.Contains(log.String(), how) {
							divided[kind+" "+how]++
							if kind == "FULL JOIN" || strings.Contains(sql, "GROUP BY o.cust") {
								t.Errorf("%s: %s", sql, log.String())
							}
						}
					}
				}
			}
		}
	}
	for _, kind := range []string{"JOIN", "LEFT JOIN", "RIGHT JOIN"} {
		for _, how := range []string{"is divided", "goes to every subtask"} {
			if divided[kind+" "+how] == 0 {
				t.Errorf("no %s with a side that %s", kind, how)
			}
		}
	}
}
