package collect

import (
	"context"
	"testing"

	"github.com/headrace/headrace/core/connector"
)

// TestRowsHeldForACheckpointAreBounded: a writer that holds more than there is room for asks for a
// checkpoint, once; behind its barrier it takes as much again, and then waits until the checkpoint
// is complete, or given up.
func TestRowsHeldForACheckpointAreBounded(t *testing.T) {
	sink, results := New(16, true)
	woken, asked := 0, 0
	w, err := sink.NewWriter(&connector.WriterContext{Wake: func() { woken++ },
		RequestCheckpoint: func() { asked++ }})
	if err != nil {
		t.Fatal(err)
	}
	c, err := sink.NewCommitter(nil)
	if err != nil {
		t.Fatal(err)
	}
	write := func(ready bool) {
		t.Helper()
		if err := w.Write(ints(1)); err != nil {
			t.Fatal(err)
		}
		if w.Ready() != ready {
			t.Fatalf("ready %v", !ready)
		}
	}
	prepare := func(id int64) [][]byte {
		t.Helper()
		tokens, err := w.Prepare(id)
		if err != nil {
			t.Fatal(err)
		}
		return tokens
	}
	write(true)
	write(true)
	if asked != 0 {
		t.Fatal("a checkpoint is asked for with 16 bytes held and room for 16")
	}
	write(true) // before the barrier all rows are taken
	write(true)
	if asked != 1 {
		t.Fatalf("asked %d times for a checkpoint, not once", asked)
	}
	first := prepare(1)
	write(true)
	write(true)
	write(false)
	if asked != 2 {
		t.Fatalf("asked %d times for a checkpoint, not twice", asked)
	}
	w.(connector.AbortListener).CheckpointAborted(1)
	if !w.Ready() || woken != 1 {
		t.Fatal("not ready though the barrier that is waited for is yet to come")
	}
	second := prepare(2)
	if err := w.(connector.CheckpointListener).CheckpointComplete(2); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Commit(append(first, second...)); err != nil {
		t.Fatal(err)
	}
	if w.Ready() {
		t.Fatal("ready with 56 bytes to be read and room for 16")
	}
	for range 5 {
		if _, ok, err := results.Next(context.Background()); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	if !w.Ready() || woken != 3 {
		t.Fatalf("ready %v, woken %d times", w.Ready(), woken)
	}
	results.Close()
	for range 9 { // nobody reads: nothing is kept
		write(true)
	}
	if tokens := prepare(3); tokens != nil {
		t.Fatalf("%d rows prepared for nobody", len(tokens))
	}
}
