package job

import (
	"context"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// pressedJob is two sources in front of one consumer that takes `each` for a batch of 100 rows.
func pressedJob(ctx context.Context, t *testing.T, edge plan.Partition, each time.Duration,
	cfg config.Map) *Job {
	t.Helper()
	g := &plan.Graph{Name: "pressed"}
	src := g.Add(node("ranges", 2, &plan.Source{Source: ranges(2, 10_000_000, 100)}))
	slow := g.Add(node("slow", 1, &jobtest.Apply{Make: func(*operator.Context) step {
		return func(b *batch.Batch, out operator.Output) error {
			time.Sleep(each)
			b.Retain()
			out.Emit(0, b)
			return nil
		}
	}}))
	out := g.Add(node("outside", 1, &plan.Sink{Sink: newWorld()}))
	if edge == plan.Hash {
		g.Connect(src, slow, edge, 0)
	} else {
		g.Connect(src, slow, edge)
	}
	g.Connect(slow, out, plan.Forward)
	cfg["execution.checkpointing.unaligned.enabled"] = "true"
	cfg["headrace.batch.rows"] = "100"
	j, err := Start(ctx, g, Options{ID: "pressed", Dir: t.TempDir(), Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(j.Cancel)
	return j
}

func newestOf(t *testing.T, j *Job, err error) Snapshot {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	all := j.Snapshots()
	return all[len(all)-1]
}

const timeoutKey = "execution.checkpointing.aligned-checkpoint-timeout"

// TestCheckpointsAreAlignedUntilTheTimeoutIsOver: both phases show in what is told of them.
func TestCheckpointsAreAlignedUntilTheTimeoutIsOver(t *testing.T) {
	ctx := within(t)
	j := pressedJob(ctx, t, plan.Hash, 0, config.Map{timeoutKey: "1 h"})
	untilAbove(ctx, t, j, "slow.0.numRecordsIn", 0)
	_, err := j.TriggerCheckpoint(ctx)
	if s := newestOf(t, j, err); s.Unaligned || s.InFlightBytes > 0 || s.Subtasks < 3 {
		t.Errorf("before the timeout: %+v", s)
	}
	untilAbove(ctx, t, j, "slow.0.checkpointAlignmentTime", 0)
	untilAbove(ctx, t, j, "numberOfCompletedCheckpoints", 0)

	j = pressedJob(ctx, t, plan.Hash, 20*time.Millisecond,
		config.Map{timeoutKey: "10 ms", "headrace.exchange.size": "4 mb"})
	untilAbove(ctx, t, j, "slow.0.inputQueueBytes", 2<<20)
	_, err = j.TriggerCheckpoint(ctx)
	s := newestOf(t, j, err)
	if !s.Unaligned || s.InFlightBytes < 100_000 || s.EndMs-s.StartMs < 10 {
		t.Errorf("after the timeout: %+v", s)
	}
}

func TestSavepointsAreAlwaysAligned(t *testing.T) {
	for _, timeout := range []string{"0 ms", "1 ms"} {
		ctx := within(t)
		j := pressedJob(ctx, t, plan.Hash, time.Millisecond,
			config.Map{timeoutKey: timeout, "headrace.exchange.size": "256 kb"})
		untilAbove(ctx, t, j, "slow.0.inputQueueBytes", 200<<10)
		_, err := j.Savepoint(ctx, t.TempDir())
		if s := newestOf(t, j, err); s.Unaligned || s.InFlightBytes > 0 || !s.Savepoint {
			t.Errorf("timeout %s: %+v", timeout, s)
		}
	}
}

// TestNothingOvertakesOnPointwiseAndBroadcastEdges: what is in flight there cannot be given to
// another subtask.
func TestNothingOvertakesOnPointwiseAndBroadcastEdges(t *testing.T) {
	for _, edge := range []plan.Partition{plan.Rescale, plan.Broadcast} {
		ctx := within(t)
		j := pressedJob(ctx, t, edge, time.Millisecond,
			config.Map{timeoutKey: "1 ms", "headrace.exchange.size": "256 kb"})
		untilAbove(ctx, t, j, "slow.0.inputQueueBytes", 200<<10)
		_, err := j.TriggerCheckpoint(ctx)
		if s := newestOf(t, j, err); s.InFlightBytes > 0 {
			t.Errorf("%v: %+v", edge, s)
		}
	}
}
