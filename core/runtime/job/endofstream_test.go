package job

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/runtime/operator"
)

// newWholeStages is newStages in streaming mode with checkpoints, where "second" wants all its
// input first.
func newWholeStages(t *testing.T, seed uint64) *stages {
	s := newStages(t, seed)
	s.whole = true
	for k, v := range (config.Map{"execution.runtime-mode": "STREAMING",
		"execution.checkpointing.interval": "1 ms", "headrace.exchange.size": "1 kb",
		// A snapshot must not be begun while rows of a stage are not in any state.
		"execution.checkpointing.tolerable-failed-checkpoints": "1000"}) {
		s.cfg[k] = v
	}
	return s
}

func TestEndOfStreamStageRunsBlockingInStreamingMode(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		s := newWholeStages(t, seed)
		j := s.run()
		if j.Status() != Finished || s.early {
			t.Fatalf("seed %d: %s, %v; early: %v", seed, j.Status(), j.Err(), s.early)
		}
		s.check()
		if j.SnapshotCounts().Completed == 0 {
			t.Errorf("seed %d: no checkpoint at the end", seed)
		}
	}
}

func TestEndOfStreamStageFailsInEachPhase(t *testing.T) {
	for _, phase := range []string{"first", "second", "end"} {
		for seed := uint64(1); seed <= 10; seed++ {
			s := newWholeStages(t, seed)
			left := 2
			s.fail = func(stage string, ctx *operator.Context, rows int) error {
				if stage == phase && ctx.Subtask == 1 && rows > 1000 && left > 0 {
					left--
					return errors.New("the stage fails")
				}
				return nil
			}
			if phase == "end" { // after the stage: what it read is still there
				s.fail = func(stage string, _ *operator.Context, _ int) error {
					if stage == "second" && s.done["second"] == stageRows && left > 0 {
						left--
						return errors.New("the stage fails at its end")
					}
					return nil
				}
			}
			j := s.run()
			if j.Status() != Finished || left == 2 {
				t.Fatalf("%s, seed %d: %s, %v", phase, seed, j.Status(), j.Err())
			}
			s.check()
			starts := fmt.Sprint(s.starts["first"])
			if phase != "first" && starts != "[1 1]" {
				t.Errorf("%s, seed %d: the stage in front was started %s times", phase, seed, starts)
			}
		}
	}
}

// TestNoSnapshotOfAnUnfinishedStage asks for a savepoint while the stage reads.
func TestNoSnapshotOfAnUnfinishedStage(t *testing.T) {
	s := newWholeStages(t, 1)
	asked, answers := false, []error{}
	s.fail = func(stage string, _ *operator.Context, _ int) error {
		if stage == "first" && !asked {
			asked = true
			s.job.tell(func() {
				s.job.phase.snapshot(s.job, request{savepoint: true, dir: "/save",
					reply: func(_ string, err error) { answers = append(answers, err) }})
			})
		}
		return nil
	}
	if j := s.run(); j.Status() != Finished {
		t.Fatal(j.Status(), j.Err())
	}
	s.check()
	if len(answers) != 1 || answers[0] == nil ||
		!strings.Contains(answers[0].Error(), "before 'second' has processed all its input") {
		t.Errorf("answers %v", answers)
	}
}

// TestEndOfStreamJobIsRestoredBehindTheStage has the commit fail once there is a checkpoint: what
// the stage has read is not read again.
func TestEndOfStreamJobIsRestoredBehindTheStage(t *testing.T) {
	restored := 0
	for seed := uint64(1); seed <= 20; seed++ {
		s := newWholeStages(t, seed)
		left, again := 2, 0
		s.world.Away = func() bool {
			left--
			return left >= 0
		}
		s.fail = func(_ string, ctx *operator.Context, _ int) error {
			if ctx.RestoredCheckpoint > 0 {
				again++
			}
			return nil
		}
		j := s.run()
		if j.Status() != Finished || again > 0 {
			t.Fatalf("seed %d: %s, %v; %d batches again", seed, j.Status(), j.Err(), again)
		}
		s.check()
		if s.starts["second"][0] > 1 {
			restored++
		}
	}
	if restored == 0 {
		t.Error("no run was restored from a checkpoint")
	}
}
