package job

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/config"
)

// A panic in what runs beside the job (a checkpoint being written) fails the job, not the process.
func TestPanicBesideTheJobFailsIt(t *testing.T) {
	open, ctx := make(chan struct{}), within(t)
	j, err := Start(ctx, counted(newWorld(), 20_000, 10, 1, open), Options{ID: "a",
		Config: config.Map{"restart-strategy.type": "none"}})
	if err != nil {
		t.Fatal(err)
	}
	untilAbove(ctx, t, j, "tally.0.numRecordsIn", 0)
	j.beside("write tally", func() { panic("boom") })
	err = j.Wait(ctx)
	if err == nil || !strings.Contains(err.Error(), "panic in 'write tally': boom") {
		t.Fatalf("the job ends with %v", err)
	}
}
