package job

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// stages is ranges → first (rebalance) → tally (hash) → outside (hash), each a stage of two tasks,
// in batch mode under the simulator. It counts the starts of the tasks of each stage.
type stages struct {
	t       *testing.T
	sim     *drive.Simulator
	fs      *fsys.Mem
	world   *jobtest.Outside
	cfg     config.Map
	starts  map[string][]int // by stage: how often each subtask was started
	fail    func(stage string, ctx *operator.Context, rows int) error
	done    map[string]int // rows that a stage has seen
	onFault func(op fsys.Op, name string, size int) (int, error)
	job     *Job
	whole   bool // "second" wants all its input first
	early   bool // a stage saw rows before the one in front of it was done
}

const stageRows = 6 * 2000

func newStages(t *testing.T, seed uint64) *stages {
	return &stages{t: t, sim: drive.NewSimulator(seed, 0), fs: fsys.NewMem(),
		world:  jobtest.NewOutside(rand.New(rand.NewPCG(seed, 1)), 0),
		starts: map[string][]int{"first": make([]int, 2), "second": make([]int, 2)},
		done:   map[string]int{},
		cfg: config.Map{"execution.runtime-mode": "BATCH", "headrace.batch.rows": "50",
			"headrace.batch-shuffle.memory":         "1 b",
			"restart-strategy.type":                 "fixed-delay",
			"restart-strategy.fixed-delay.attempts": "3",
			"restart-strategy.fixed-delay.delay":    "1 ms", "headrace.task.cancel-timeout": "1 h"}}
}

func (s *stages) apply(stage, behind string) *jobtest.Apply {
	whole := s.whole && stage == "second"
	return &jobtest.Apply{Whole: whole, Make: func(ctx *operator.Context) step {
		s.starts[stage][ctx.Subtask]++
		n := 0
		return func(b *batch.Batch, out operator.Output) error {
			n += b.Len()
			s.done[stage] += b.Len()
			if behind != "" && s.done[behind] < stageRows {
				s.early = true
			}
			if s.fail != nil {
				if err := s.fail(stage, ctx, n); err != nil {
					return err
				}
			}
			b.Retain()
			out.Emit(0, b)
			return nil
		}
	}}
}

func (s *stages) run() *Job {
	s.t.Helper()
	g := &plan.Graph{Name: "stages"}
	src := g.Add(node("ranges", 2, &plan.Source{Source: &jobtest.Ranges{Splits: 6, Size: 2000,
		Keys: 7, Rand: s.sim.Rand}}))
	first := g.Add(node("first", 2, s.apply("first", "")))
	second := g.Add(node("second", 2, s.apply("second", "first")))
	first.Chaining, second.Chaining = plan.ChainNever, plan.ChainNever
	tally := g.Add(node("tally", 2, &jobtest.Tally{}))
	out := g.Add(node("outside", 1, &plan.Sink{Sink: s.world}))
	g.Connect(src, first, plan.Rebalance)
	g.Connect(first, second, plan.Hash, 1)
	g.Connect(second, tally, plan.Hash, 0)
	g.Connect(tally, out, plan.Global)
	s.fs.Fault = s.onFault
	j, err := Start(s.t.Context(), g, Options{ID: "stages", Driver: s.sim, Clock: s.sim.Clock,
		FS: s.fs, Dir: "/work", Config: s.cfg})
	if err != nil {
		s.t.Fatal(err)
	}
	s.job = j
	if err := s.sim.Run(func() bool { return j.Status().Final() }, 3_000_000); err != nil {
		s.t.Fatalf("%v: %s, %v", err, j.Status(), j.Err())
	}
	if left := s.files("/work"); len(left) > 0 {
		s.t.Errorf("left behind: %v", left)
	}
	return j
}

// files lists what is below a directory.
func (s *stages) files(dir string) (all []string) {
	names, err := s.fs.List(dir)
	if err != nil {
		return nil
	}
	for _, n := range names {
		if i, err := s.fs.Stat(dir + "/" + n); err == nil && i.IsDir {
			all = append(all, s.files(dir+"/"+n)...)
		} else {
			all = append(all, dir+"/"+n)
		}
	}
	return all
}

// check asserts that every key was counted to the number of its rows, once each.
func (s *stages) check() {
	s.t.Helper()
	rows, total := s.world.Rows(), 0
	for k := range int64(7) {
		for i := int64(1); k+7*(i-1) < stageRows; i++ {
			if rows[[2]int64{k, i}] != 1 {
				s.t.Fatalf("key %d, row %d: committed %d times", k, i, rows[[2]int64{k, i}])
			}
			total++
		}
	}
	if total != len(rows) {
		s.t.Fatalf("%d rows, %d wanted", len(rows), total)
	}
}

func TestStagesStartWhenTheirInputsAreComplete(t *testing.T) {
	for _, memory := range []string{"1 b", "64 mb"} {
		s := newStages(t, 1)
		s.cfg["headrace.batch-shuffle.memory"] = memory
		files := 0
		s.onFault = func(op fsys.Op, _ string, _ int) (int, error) {
			if op == fsys.OpCreate {
				files++
			}
			return -1, nil
		}
		j := s.run()
		if j.Status() != Finished {
			t.Fatalf("%s, %v", j.Status(), j.Err())
		}
		s.check()
		if s.early {
			t.Error("a stage started before its input was complete")
		}
		// One file a subtask of the four stages that hand something on; none when there is room.
		if want := 8; memory == "1 b" && files != want || memory != "1 b" && files != 0 {
			t.Errorf("with %s in memory there are %d files", memory, files)
		}
	}
}

func TestPipelinedBatchRunsAllStagesAtOnce(t *testing.T) {
	s := newStages(t, 1)
	s.cfg["execution.batch-shuffle-mode"] = "ALL_EXCHANGES_PIPELINED"
	if j := s.run(); j.Status() != Finished || !s.early {
		t.Fatalf("%s, %v; early: %v", j.Status(), j.Err(), s.early)
	}
	s.check()
}

func TestFailedStageRestartsFromItsInputs(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		s := newStages(t, seed)
		left := 2
		s.fail = func(stage string, ctx *operator.Context, rows int) error {
			if stage == "second" && ctx.Subtask == 1 && rows > 1000 && left > 0 {
				left--
				return errors.New("the second stage fails")
			}
			return nil
		}
		j := s.run()
		if j.Status() != Finished || left > 0 {
			t.Fatalf("seed %d: %s, %v", seed, j.Status(), j.Err())
		}
		s.check()
		if got := fmt.Sprint(s.starts); got != "map[first:[1 1] second:[1 3]]" {
			t.Errorf("seed %d: starts %s", seed, got)
		}
	}
}

func TestLostResultIsMadeAnewByItsProducerAlone(t *testing.T) {
	for seed := uint64(1); seed <= 10; seed++ {
		s := newStages(t, seed)
		hit := ""
		s.onFault = func(op fsys.Op, name string, _ int) (int, error) {
			// The first result that the second stage opens is spoiled.
			if op == fsys.OpOpen && hit == "" && s.done["first"] == stageRows &&
				strings.Contains(name, "results-") {
				hit = name
				return -1, errors.New("the disk has lost the file")
			}
			return -1, nil
		}
		j := s.run()
		if j.Status() != Finished || hit == "" {
			t.Fatalf("seed %d: %s, %v, %s", seed, j.Status(), j.Err(), hit)
		}
		s.check()
		first := s.starts["first"]
		if first[0]+first[1] != 3 {
			t.Errorf("seed %d: starts %v", seed, s.starts)
		}
	}
}

func TestFullDiskFailsTheJobAndLeavesNoFile(t *testing.T) {
	s := newStages(t, 1)
	written := 0
	s.onFault = func(op fsys.Op, _ string, size int) (int, error) {
		if op == fsys.OpWrite {
			if written += size; written > 100_000 {
				return size / 2, errors.New("no space left on device")
			}
		}
		return -1, nil
	}
	j := s.run()
	if j.Status() != Failed || !strings.Contains(j.Err().Error(), "no space left") ||
		!strings.Contains(j.Err().Error(), "io.tmp.dirs") {
		t.Fatalf("%s, %v", j.Status(), j.Err())
	}
}

func TestCancelledBatchLeavesNoFile(t *testing.T) {
	for _, stage := range []string{"first", "second"} {
		s := newStages(t, 1)
		s.fail = func(at string, _ *operator.Context, rows int) error {
			if at == stage && rows > 2000 {
				s.job.Cancel()
			}
			return nil
		}
		if j := s.run(); j.Status() != Canceled {
			t.Fatalf("%s, %v", j.Status(), j.Err())
		}
	}
}
