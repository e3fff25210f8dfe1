// Package sim runs whole jobs under the seeded simulator.
package sim

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/job"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

var (
	only  = flag.Uint64("seed", 0, "run this seed only")
	seeds = flag.Int("seeds", 50, "how many seeds to run")
)

// TestSimulatedCrashesLoseAndRepeatNothing runs whole jobs under the simulator: tasks fail, the
// process dies, the disk tears writes and fails, acknowledgements get lost. What has been
// committed in the end is each row exactly once, with the counts of an undisturbed run.
func TestSimulatedCrashesLoseAndRepeatNothing(t *testing.T) {
	if *only != 0 {
		simulate(t, *only)
		return
	}
	alone, scaled := 0, 0
	for seed := uint64(1); seed <= uint64(*seeds); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := simulate(t, seed)
			alone += s.alone
			scaled += s.scaled
		})
		if t.Failed() {
			t.Fatalf("replay with: make sim SEED=%d", seed)
		}
	}
	if alone == 0 || scaled == 0 {
		t.Errorf("regions restarted alone %d times, jobs were rescaled %d times", alone, scaled)
	}
	t.Logf("regions restarted alone %d times, jobs were rescaled %d times", alone, scaled)
}

type simulation struct {
	t       *testing.T
	sim     *drive.Simulator
	rng     *rand.Rand
	fs      *fsys.Mem
	world   *jobtest.Outside
	crashes int // of tasks, yet to come
	kills   int // of the process
	faults  int // of the disk
	splits  int
	size    int
	keys    int
	cfg     config.Map
	par     [4]int
	edges   [2]plan.Partition
	second  int // port of a second source's edge into tally, -1 for none
	lanes   int // parallelism of a pipeline beside, whose subtasks exchange nothing; 0: none
	beside  *jobtest.Outside
	alone   int  // how often a region restarted while others went on
	scales  int  // rescalings, yet to come
	scaled  int  // those that came about
	atLeast bool // AT_LEAST_ONCE: rows may count twice
}

var errCrash = errors.New("simulated crash")

// simulate runs one seed and returns what came of it.
func simulate(t *testing.T, seed uint64) *simulation {
	s := newSimulation(t, seed)
	s.run()
	return s
}

func newSimulation(t *testing.T, seed uint64) *simulation {
	rng := rand.New(rand.NewPCG(seed, 7))
	s := &simulation{t: t, rng: rng, sim: drive.NewSimulator(seed, 1_000_000), fs: fsys.NewMem(),
		crashes: rng.IntN(4), kills: rng.IntN(3), faults: rng.IntN(4), splits: 1 + rng.IntN(5),
		size: 1 + rng.IntN(300), keys: 1 + rng.IntN(20)}
	s.world = jobtest.NewOutside(rng, rng.IntN(4))
	for i := range s.par {
		s.par[i] = 1 + rng.IntN(3)
	}
	s.second = rng.IntN(3) - 1
	s.scales = rng.IntN(3)
	s.beside = jobtest.NewOutside(rng, rng.IntN(3))
	if rng.IntN(2) == 0 {
		s.lanes = 1 + rng.IntN(3)
	}
	kinds := []plan.Partition{plan.Forward, plan.Rebalance, plan.Rescale, plan.Shuffle, plan.Global}
	for i := range s.edges {
		s.edges[i] = kinds[rng.IntN(len(kinds))]
	}
	s.cfg = config.Map{
		"execution.checkpointing.interval":                          fmt.Sprintf("%d ms", 1+rng.IntN(8)),
		"execution.checkpointing.dir":                               "/checkpoints",
		"execution.checkpointing.timeout":                           "20 ms",
		"execution.checkpointing.incremental":                       fmt.Sprint(rng.IntN(2) == 0),
		"execution.checkpointing.max-concurrent-checkpoints":        fmt.Sprint(1 + rng.IntN(2)),
		"execution.checkpointing.tolerable-failed-checkpoints":      "1000",
		"execution.checkpointing.num-retained":                      fmt.Sprint(1 + rng.IntN(2)),
		"execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
		"execution.checkpointing.unaligned.enabled":                 fmt.Sprint(rng.IntN(2) == 0),
		"execution.checkpointing.aligned-checkpoint-timeout":        fmt.Sprintf("%d ms", rng.IntN(3)),
		"execution.state-recovery.path":                             "latest",
		"restart-strategy.type":                                     "fixed-delay",
		"restart-strategy.fixed-delay.attempts":                     "1000",
		"restart-strategy.fixed-delay.delay":                        "5 ms",
		"state.changelog.enabled":                                   fmt.Sprint(rng.IntN(3) == 0),
		"state.changelog.periodic-materialize.interval":             fmt.Sprintf("%d ms", 1+rng.IntN(40)),
		"headrace.batch.rows":                                       fmt.Sprint(1 + rng.IntN(40)),
		"headrace.exchange.size":                                    fmt.Sprint(rng.IntN(4096)),
	}
	if rng.IntN(8) == 0 {
		s.atLeast = true
		s.cfg["execution.checkpointing.mode"] = "AT_LEAST_ONCE"
	}
	s.fs.Fault = func(op fsys.Op, _ string, size int) (int, error) {
		write := op == fsys.OpWrite || op == fsys.OpCreate || op == fsys.OpSync ||
			op == fsys.OpSyncDir || op == fsys.OpRename
		if s.faults > 0 && write && s.rng.IntN(40) == 0 {
			s.faults--
			return s.rng.IntN(size + 1), errors.New("simulated fault of the disk")
		}
		return -1, nil
	}
	return s
}

// TestSimulatedStagesLoseAndRepeatNothing runs batch jobs, whose stages leave results on disk, while
// tasks fail and the disk loses files: each row is committed once, and no file is left.
func TestSimulatedStagesLoseAndRepeatNothing(t *testing.T) {
	restarts, files := 0, 0
	for seed := uint64(1); seed <= uint64(*seeds); seed++ {
		if *only != 0 && seed != *only {
			continue
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := newSimulation(t, seed)
			s.kills, s.lanes, s.scales, s.atLeast = 0, 0, 0, false
			s.world = jobtest.NewOutside(rand.New(rand.NewPCG(seed, 3)), 0)
			s.cfg = config.Map{
				"execution.runtime-mode":                "BATCH",
				"restart-strategy.type":                 "fixed-delay",
				"restart-strategy.fixed-delay.attempts": "1000",
				"restart-strategy.fixed-delay.delay":    "5 ms",
				"headrace.batch.rows":                   fmt.Sprint(1 + s.rng.IntN(40)),
				"headrace.batch-shuffle.memory":         fmt.Sprintf("%d b", 1+s.rng.IntN(4096)),
				"taskmanager.network.compression.codec": []string{"NONE", "LZ4", "ZSTD"}[s.rng.IntN(3)],
				"headrace.task.cancel-timeout":          "1 h",
			}
			s.fs.Fault = func(op fsys.Op, _ string, size int) (int, error) {
				if op == fsys.OpCreate {
					files++
				}
				ours := op == fsys.OpWrite || op == fsys.OpCreate || op == fsys.OpOpen || op == fsys.OpRead
				if s.faults > 0 && ours && s.rng.IntN(20) == 0 {
					s.faults--
					return s.rng.IntN(size + 1), errors.New("simulated fault of the disk")
				}
				return -1, nil
			}
			s.run()
			restarts += s.alone
			if left := filesBelow(s.fs, "/work"); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
		if t.Failed() {
			t.Fatalf("replay with: make sim SEED=%d", seed)
		}
	}
	if *only == 0 && (restarts == 0 || files == 0) {
		t.Errorf("%d regions restarted, %d files were written", restarts, files)
	}
	t.Logf("%d regions restarted, %d files were written", restarts, files)
}

// filesBelow lists the files in a tree.
func filesBelow(fs *fsys.Mem, dir string) (all []string) {
	names, err := fs.List(dir)
	if err != nil {
		return nil
	}
	for _, n := range names {
		if i, err := fs.Stat(dir + "/" + n); err == nil && i.IsDir {
			all = append(all, filesBelow(fs, dir+"/"+n)...)
		} else {
			all = append(all, dir+"/"+n)
		}
	}
	return all
}

func TestSeedReplays(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		if first, second := simulate(t, seed).sim.Steps, simulate(t, seed).sim.Steps; first != second {
			t.Errorf("seed %d: %d steps, then %d", seed, first, second)
		}
	}
}

// flaky passes rows on and fails now and then.
func (s *simulation) flaky(*operator.Context) func(b *batch.Batch, out operator.Output) error {
	return func(b *batch.Batch, out operator.Output) error {
		if s.crashes > 0 && s.rng.IntN(60) == 0 {
			s.crashes--
			return errCrash
		}
		b.Retain()
		out.Emit(0, b)
		return nil
	}
}

func (s *simulation) ranges() *jobtest.Ranges {
	return &jobtest.Ranges{Splits: s.splits, Size: s.size, Keys: s.keys, Rand: s.rng}
}

func (s *simulation) graph() *plan.Graph {
	g := &plan.Graph{Name: "sim"}
	src := g.Add(jobtest.Node("ranges", s.par[0], &plan.Source{Source: s.ranges()}))
	fl := g.Add(jobtest.Node("flaky", s.par[1], &jobtest.Apply{Make: s.flaky}))
	ta := g.Add(jobtest.Node("tally", s.par[2], &jobtest.Tally{}))
	out := g.Add(jobtest.Node("outside", s.par[3], &plan.Sink{Sink: s.world}))
	g.Connect(src, fl, s.edges[0])
	g.Connect(fl, ta, plan.Hash, 0)
	if s.second >= 0 {
		more := g.Add(jobtest.Node("more", s.par[3], &plan.Source{Source: s.ranges()}))
		g.Connect(more, ta, plan.Hash, 0).Port = s.second
	}
	g.Connect(ta, out, s.edges[1])
	if s.lanes > 0 {
		src := g.Add(jobtest.Node("lane", s.lanes, &plan.Source{Source: s.ranges()}))
		fl := g.Add(jobtest.Node("flaky lane", s.lanes, &jobtest.Apply{Make: s.flaky}))
		out := g.Add(jobtest.Node("beside", s.lanes, &plan.Sink{Sink: s.beside}))
		g.Connect(src, fl, plan.Forward)
		g.Connect(fl, out, plan.Forward)
		out.Chaining = plan.ChainNever
	}
	return g
}

func (s *simulation) run() {
	t := s.t
	for {
		j, err := job.Start(context.Background(), s.graph(), job.Options{ID: "sim", Clock: s.sim.Clock,
			FS: s.fs, Dir: "/work", Driver: s.sim, Config: s.cfg})
		if err != nil && strings.Contains(err.Error(), "simulated") {
			continue
		}
		if err != nil {
			t.Fatalf("start: %v", err)
		}
		killAt := -1
		if s.kills > 0 {
			s.kills--
			killAt = s.sim.Steps + s.rng.IntN(3000)
		}
		killed := false
		err = s.sim.Run(func() bool {
			over := j.Status().Final()
			s.rescale(j)
			killed = killAt >= 0 && s.sim.Steps >= killAt && !over
			return killed || over
		}, 2_000_000)
		if err != nil {
			t.Fatalf("%v (status %s, %v)", err, j.Status(), j.Err())
		}
		s.alone += aloneOf(j.History())
		if !killed {
			if j.Status() != job.Finished {
				t.Fatalf("%s: %v", j.Status(), j.Err())
			}
			break
		}
		s.sim.Kill()
		s.fs.Crash(func(_ string, n int) int { return s.rng.IntN(n + 1) })
		for i := range s.par { // the next process may run it at another parallelism
			s.par[i] = 1 + s.rng.IntN(3)
		}
		if s.lanes > 0 {
			s.lanes = 1 + s.rng.IntN(3)
		}
	}
	s.check()
}

// rescale gives a vertex another parallelism now and then.
func (s *simulation) rescale(j *job.Job) {
	if s.scales == 0 || s.rng.IntN(300) > 0 || j.Status() != job.Running {
		return
	}
	s.scales--
	all := j.Vertices()
	v := all[s.rng.IntN(len(all))]
	j.StartRescale(map[string]int{v.ID: 1 + s.rng.IntN(3)}, "sim", func(err error) {
		if err == nil {
			s.scaled++
		}
	})
}

// aloneOf counts the restarts of regions: the job never was FAILING.
func aloneOf(history []job.Transition) int {
	n := 0
	for i := 1; i < len(history); i++ {
		if history[i-1].Status == job.Running && history[i].Status == job.Restarting {
			n++
		}
	}
	return n
}

func (s *simulation) check() {
	if s.lanes > 0 {
		rows := s.beside.Rows()
		for n := range int64(s.splits * s.size) {
			if c := rows[[2]int64{n % int64(s.keys), n}]; c != 1 {
				s.t.Fatalf("row %d of the lanes: committed %d times", n, c)
			}
		}
	}
	rows := s.world.Rows()
	want := map[int64]int64{}
	for n := range s.splits * s.size {
		want[int64(n%s.keys)]++
		if s.second >= 0 {
			want[int64(n%s.keys)]++
		}
	}
	total := 0
	for key, n := range want {
		for i := int64(1); i <= n; i++ {
			if c := rows[[2]int64{key, i}]; c != 1 && !(s.atLeast && c > 1) {
				s.t.Fatalf("key %d, row %d of %d: committed %d times", key, i, n, c)
			}
			total++
		}
	}
	if total != len(rows) && !s.atLeast {
		s.t.Fatalf("%d rows committed, %d wanted", len(rows), total)
	}
}
