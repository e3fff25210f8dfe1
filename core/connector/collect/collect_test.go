package collect

import (
	"context"
	"testing"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func ints(v ...int64) *batch.Batch {
	t := types.Of(types.BigInt)
	return batch.New(types.NewSchema(types.F("v", t)),
		[]*batch.Column{batch.MakeFixed(t, v, nil)}, len(v))
}

func open(t *testing.T, s *Sink, wake func()) connector.Writer {
	t.Helper()
	w, err := s.NewWriter(&connector.WriterContext{Wake: wake})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestFullResultsHoldTheWriterBackUntilRead(t *testing.T) {
	sink, results := New(8, false)
	woken := 0
	w := open(t, sink, func() { woken++ })
	for range 2 {
		if err := w.Write(ints(1)); err != nil {
			t.Fatal(err)
		}
	}
	if w.Ready() {
		t.Fatal("ready with 16 bytes unread and room for 8")
	}
	if _, ok, err := results.Next(context.Background()); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if !w.Ready() || woken != 1 {
		t.Fatalf("ready %v, woken %d times; want true, once", w.Ready(), woken)
	}
}

func TestExactlyOnceGivesRowsOutAtCommitOnly(t *testing.T) {
	sink, results := New(1<<20, true)
	w := open(t, sink, func() {})
	c, err := sink.NewCommitter(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(ints(1, 2)); err != nil {
		t.Fatal(err)
	}
	tokens, err := w.Prepare(7)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(ints(3)); err != nil { // after the barrier: lost with the attempt
		t.Fatal(err)
	}
	if _, err := c.Commit(tokens); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Commit(tokens); err != nil { // again after a restart
		t.Fatal(err)
	}
	results.End(nil)
	rows := 0
	for {
		b, ok, err := results.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		rows += b.Len()
	}
	if rows != 2 {
		t.Fatalf("%d rows given out, want 2", rows)
	}
}
