package sink_test

import (
	"log/slog"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/sink"
)

// outside is a sink of one transaction a checkpoint that can be away.
type outside struct {
	away      bool
	committed []string
}

func (o *outside) NewWriter(*connector.WriterContext) (connector.Writer, error) {
	return o, nil
}
func (o *outside) NewCommitter(*connector.WriterContext) (connector.Committer, error) {
	return o, nil
}
func (o *outside) Write(*batch.Batch) error        { return nil }
func (o *outside) Ready() bool                     { return true }
func (o *outside) Watermark(int64) error           { return nil }
func (o *outside) Flush(bool) (bool, error)        { return true, nil }
func (o *outside) Prepare(int64) ([][]byte, error) { return [][]byte{[]byte("t")}, nil }
func (o *outside) Snapshot(int64) ([]byte, error)  { return nil, nil }
func (o *outside) Close() error                    { return nil }
func (o *outside) Commit(c [][]byte) ([][]byte, error) {
	if o.away {
		return c, nil
	}
	for _, t := range c {
		o.committed = append(o.committed, string(t))
	}
	return nil, nil
}

func TestWhatTheFinalCheckpointCannotCommitFailsTheJob(t *testing.T) {
	out := &outside{away: true}
	op := sink.New(out)
	ctx := &operator.Context{Clock: clock.System{}, Log: slog.Default(), Wake: func() {}}
	ctx.Name, ctx.FinalCheckpoint = "files", true
	if err := op.Open(ctx); err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(op.Snapshot(1))
	must(op.CheckpointComplete(1)) // the next one tries again
	must(op.Snapshot(2))
	must(op.EndInput(0, nil))
	must(op.CheckpointComplete(2)) // begun before the end: not the last word
	must(op.Snapshot(3))
	err := op.CheckpointComplete(3)
	if err == nil || errs.MarkOf(err) != errs.Transient {
		t.Fatal("a job whose last transactions are open ends well:", err)
	}
	out.away = false
	must(op.CheckpointComplete(3))
	if len(out.committed) != 3 {
		t.Fatal(out.committed)
	}
	must(op.Close())
}
