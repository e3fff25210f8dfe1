package connectortest

import (
	"testing"

	"github.com/headrace/headrace/core/connector"
)

// Endless checks that an unbounded source gives rows in every one of three subtasks.
func Endless(t *testing.T, src connector.Source) {
	t.Helper()
	if src.Bounded() {
		t.Fatal("the source is bounded")
	}
	r := Start(t, src, 3, nil)
	defer r.Close()
	given := make([]int, 3)
	for range 3000 {
		i, before := r.turn%3, len(r.Rows)
		if more, err := r.Step(10); err != nil || !more {
			t.Fatal("an unbounded source ended", err)
		}
		given[i] += len(r.Rows) - before
		if min(given[0], given[1], given[2]) >= 10 {
			return
		}
	}
	t.Fatalf("rows by subtask: %d", given)
}
