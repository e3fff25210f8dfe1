package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/parser"
)

// TestAggregatesWhereTheRowsAre: behind a join on its keys, or a sort, an aggregation needs no
// exchange, and behind what has the rows of a key together no table either.
func TestAggregatesWhereTheRowsAre(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	joinTables(t, s)
	call(t, s, "SET 'parallelism.default' = '3'")
	call(t, s, "SET 'taskmanager.memory.managed.size' = '1 mb'")
	const (
		exchanged = "exchanged by key"
		inPlace   = "not exchanged: each key"
		sorted    = "SortAggregate("
	)
	joined := "SELECT /*+ %s(c) */ %s FROM o %s JOIN c ON o.cust = c.id %s"
	for _, c := range []struct{ keys, kind, merge, hash, more string }{
		{"o.cust", "", sorted, inPlace, ""},
		{"c.id", "", sorted, inPlace, ""},
		{"c.id", "", sorted, inPlace, "WHERE o.v > c.least"},
		{"c.id, o.v", "", inPlace, inPlace, ""},
		{"c.name", "", exchanged, exchanged, ""},
		{"o.cust", "LEFT", inPlace, inPlace, ""},
		{"c.id", "LEFT", exchanged, exchanged, ""},
		{"o.cust", "RIGHT", exchanged, exchanged, ""},
		{"c.id", "RIGHT", inPlace, inPlace, ""},
		{"o.cust", "FULL", exchanged, exchanged, ""},
	} {
		for hint, how := range map[string]string{"SHUFFLE_MERGE": c.merge, "SHUFFLE_HASH": c.hash} {
			sql := fmt.Sprintf(joined, hint, c.keys+", COUNT(*), SUM(o.v), MAX(c.name)", c.kind, c.more) +
				" GROUP BY " + c.keys
			sameInPlace(t, s, sql, how)
		}
	}
	both := "SELECT /*+ SHUFFLE_MERGE(d) */ %s, COUNT(*) FROM o JOIN o d ON o.cust = d.cust AND " +
		"o.v = d.v GROUP BY %[1]s"
	for keys, how := range map[string]string{"o.v, o.cust": sorted, "d.cust, d.v": sorted,
		"o.cust": exchanged, "o.cust, o.v, d.id": inPlace} {
		sameInPlace(t, s, fmt.Sprintf(both, keys), how)
	}
	for keys, how := range map[string]string{"cust": sorted, "cust, v": sorted, "v": inPlace} {
		sameInPlace(t, s, fmt.Sprintf("SELECT %s, COUNT(*) FROM (SELECT * FROM o ORDER BY cust, v DESC "+
			"LIMIT 300) GROUP BY %[1]s", keys), how)
	}
	sameInPlace(t, s, "SELECT cust, MAX(n) FROM (SELECT cust, v, COUNT(*) AS n FROM o GROUP BY cust, v) "+
		"GROUP BY cust", exchanged)
	sameInPlace(t, s, "SELECT cust, n, COUNT(*) FROM (SELECT cust, COUNT(*) AS n FROM o GROUP BY cust) "+
		"GROUP BY cust, n", inPlace)
}

// sameInPlace wants a query to be planned somehow, and to give what it gives with an exchange.
func sameInPlace(t *testing.T, s *Session, sql, how string) {
	t.Helper()
	call(t, s, "RESET 'table.optimizer.agg-phase-strategy'")
	got := folded(t, rows(t, s, sql))
	if text := call(t, s, "EXPLAIN "+sql).Text; !strings.Contains(text, how) {
		t.Errorf("%s is not %q:\n%s", sql, how, text)
	}
	call(t, s, "SET 'table.optimizer.agg-phase-strategy' = 'TWO_PHASE'")
	if want := folded(t, rows(t, s, sql)); !slices.Equal(got, want) {
		t.Errorf("%s: %d rows %v\nwant %d %v", sql, len(got), got, len(want), want)
	}
}

// TestLocalPhaseKnowsItsGroups: the guess of how many rows a group has reaches the local phase.
func TestLocalPhaseKnowsItsGroups(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	joinTables(t, s)
	call(t, s, "SET 'parallelism.default' = '2'")
	g := &plan.Graph{}
	text := "SELECT v, COUNT(*) FROM o GROUP BY v"
	q, err := parser.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	root, err := s.binderInto(g).Query(text, q)
	if err != nil {
		t.Fatal(err)
	}
	roots, p, err := s.optimize(g, root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Plan(roots[0], false); err != nil {
		t.Fatal(err)
	}
	for _, n := range g.Nodes {
		if op, ok := n.Op.(*plan.GroupAggregate); ok && op.Phase == plan.LocalPhase {
			if op.PerGroup < 3 || op.PerGroup > 10 { // the file has 6 kB, v is a number
				t.Errorf("%v rows a group", op.PerGroup)
			}
			return
		}
	}
	t.Error("there is no local phase")
}
