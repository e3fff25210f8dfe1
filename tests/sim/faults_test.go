package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/job"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

const (
	perSplit = 2_000
	keyCount = 10
	jobDir   = "/checkpoints/fault"
	// versionAt is where the version is in a manifest.
	versionAt = len("HRCHECK")
)

// site is where a job meets a fault: a disk, a clock and an outside that last over processes.
type site struct {
	t     *testing.T
	sim   *drive.Simulator
	fs    *fsys.Mem
	world *jobtest.Outside
	rng   *rand.Rand
	cfg   config.Map
	uid   string // of the operator with state
	limit int    // its max-parallelism, 0: not set
	pass  func() error
}

func newSite(t *testing.T) *site {
	rng := rand.New(rand.NewPCG(9, 9))
	return &site{t: t, sim: drive.NewSimulator(9, 1_000_000), fs: fsys.NewMem(), rng: rng,
		world: jobtest.NewOutside(rng, 0), uid: "tally",
		cfg: config.Map{
			"execution.checkpointing.interval": "2 ms",
			"execution.checkpointing.dir":      "/checkpoints",
			"execution.state-recovery.path":    "latest",
			"headrace.batch.rows":              "20",
			"headrace.exchange.size":           "1",
		}}
}

// start starts the job: ranges → pass → tally → outside.
func (s *site) start() (*job.Job, error) {
	g := &plan.Graph{Name: "fault"}
	src := g.Add(jobtest.Node("ranges", 1, &plan.Source{Source: &jobtest.Ranges{Splits: 2,
		Size: perSplit, Keys: keyCount, Rand: s.rng}}))
	pass := g.Add(jobtest.Node("pass", 1, &jobtest.Apply{Make: s.passing}))
	tally := g.Add(jobtest.Node("tally", 2, &jobtest.Tally{}))
	out := g.Add(jobtest.Node("outside", 2, &plan.Sink{Sink: s.world}))
	src.UID, pass.UID, tally.UID, out.UID = "src", "pass", s.uid, "out"
	tally.MaxParallelism = s.limit
	g.Connect(src, pass, plan.Forward)
	g.Connect(pass, tally, plan.Hash, 0)
	g.Connect(tally, out, plan.Forward)
	return job.Start(context.Background(), g, job.Options{ID: "fault", Clock: s.sim.Clock,
		FS: s.fs, Driver: s.sim, Config: s.cfg})
}

func (s *site) passing(*operator.Context) func(b *batch.Batch, out operator.Output) error {
	return func(b *batch.Batch, out operator.Output) error {
		if s.pass != nil {
			if err := s.pass(); err != nil {
				return err
			}
		}
		b.Retain()
		out.Emit(0, b)
		return nil
	}
}

// until runs the simulator until a condition holds.
func (s *site) until(what string, end func() bool) {
	s.t.Helper()
	if err := s.sim.Run(end, 5_000_000); err != nil {
		s.t.Fatalf("until %s: %v", what, err)
	}
}

// killed runs a job until it has a complete checkpoint, then its process dies.
func (s *site) killed() {
	s.t.Helper()
	j, err := s.start()
	if err != nil {
		s.t.Fatal(err)
	}
	s.until("a checkpoint", func() bool { return len(j.Snapshots()) > 1 })
	if j.Status().Final() {
		s.t.Fatalf("over too early: %s", j.Status())
	}
	s.sim.Kill()
	s.fs.Crash(func(string, int) int { return 0 })
}

// finishes starts the job and has it come to its end with each row committed once.
func (s *site) finishes() *job.Job {
	s.t.Helper()
	j, err := s.start()
	if err != nil {
		s.t.Fatal(err)
	}
	s.until("the end", func() bool { return j.Status().Final() })
	if j.Status() != job.Finished {
		s.t.Fatalf("%s: %v", j.Status(), j.Err())
	}
	rows := s.world.Rows()
	for key := range int64(keyCount) {
		for i := int64(1); i <= 2*perSplit/keyCount; i++ {
			if c := rows[[2]int64{key, i}]; c != 1 {
				s.t.Fatalf("key %d, row %d: committed %d times", key, i, c)
			}
		}
	}
	return j
}

// refused wants the start to fail with all the words, and all checkpoints to be as they were.
func (s *site) refused(words ...string) {
	s.t.Helper()
	before, err := s.fs.List(jobDir)
	if err != nil {
		before = nil // what cannot be read is not changed either
	}
	_, err = s.start()
	if err == nil {
		s.t.Fatal("it starts")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			s.t.Errorf("%q does not say %q", err, w)
		}
	}
	if before == nil {
		return
	}
	after, err := s.fs.List(jobDir)
	if err != nil || fmt.Sprint(before) != fmt.Sprint(after) {
		s.t.Errorf("there was %v, there is %v (%v)", before, after, err)
	}
}

// manifests are the paths of those of all complete checkpoints.
func (s *site) manifests() []string {
	names, err := s.fs.List(jobDir)
	if err != nil {
		s.t.Fatal(err)
	}
	var found []string
	for _, n := range names {
		at := path.Join(jobDir, n, "_metadata")
		if _, err := s.fs.Stat(at); err == nil {
			found = append(found, at)
		}
	}
	return found
}

// failures are the reasons of a job's restarts.
func failures(j *job.Job) (all []string) {
	for _, h := range j.History() {
		if h.Status == job.Restarting && h.Err != nil {
			all = append(all, h.Err.Error())
		}
	}
	return all
}

func TestDiskFullForAMinute(t *testing.T) {
	s := newSite(t)
	full, room := int64(1_000_005), int64(1_060_000)
	s.fs.Fault = func(op fsys.Op, p string, size int) (int, error) {
		now := s.sim.Clock.NowMs()
		if op == fsys.OpWrite && strings.HasPrefix(p, "/checkpoints") && now > full && now < room {
			return size / 2, errors.New("no space left on device")
		}
		return -1, nil
	}
	j := s.finishes()
	if s.sim.Clock.NowMs() < room {
		t.Errorf("finished at %d: the disk was never full", s.sim.Clock.NowMs())
	}
	reasons := failures(j)
	if len(reasons) == 0 {
		t.Fatal("nothing failed")
	}
	for _, w := range []string{jobDir, "no space left on device", "has room",
		"tolerable-failed-checkpoints"} {
		if !strings.Contains(reasons[0], w) {
			t.Errorf("%q does not say %q", reasons[0], w)
		}
	}
}

func TestCommitFailsForAnHour(t *testing.T) {
	s := newSite(t)
	back := s.sim.Clock.NowMs() + time.Hour.Milliseconds()
	s.world.Away = func() bool { return s.sim.Clock.NowMs() < back }
	s.finishes()
	if now := s.sim.Clock.NowMs(); now < back {
		t.Errorf("finished %d ms before anything could be committed", back-now)
	}
}

func TestUserCodeThatRaisesAfterARestore(t *testing.T) {
	s := newSite(t)
	s.killed()
	raised := 0
	s.pass = func() error {
		if raised++; raised <= 3 {
			return errs.Userf("ValueError: model is not there")
		}
		return nil
	}
	s.cfg["restart-strategy.type"] = "none"
	j, err := s.start()
	if err != nil {
		t.Fatal(err)
	}
	s.until("the end", func() bool { return j.Status().Final() })
	if j.Status() != job.Failed || !strings.Contains(j.Err().Error(), "operator 'pass'") {
		t.Fatalf("%s: %v", j.Status(), j.Err())
	}
	raised = 3
	s.finishes() // from the checkpoint, which is kept
}

func TestUnreadableCheckpointDirectory(t *testing.T) {
	for _, op := range []fsys.Op{fsys.OpList, fsys.OpMkdir, fsys.OpRead} {
		t.Run(string(op), func(t *testing.T) {
			s := newSite(t)
			s.killed()
			s.fs.Fault = func(at fsys.Op, p string, _ int) (int, error) {
				if at == op && strings.HasPrefix(p, "/checkpoints") {
					return 0, errors.New("permission denied")
				}
				return -1, nil
			}
			s.refused("/checkpoints", "permission denied", "execution.checkpointing.dir")
			s.fs.Fault = nil
			s.finishes()
		})
	}
}

func TestCheckpointOfAnotherVersion(t *testing.T) {
	s := newSite(t)
	s.killed()
	for _, m := range s.manifests() {
		s.fs.Corrupt(m, versionAt)
	}
	s.refused("format version", "restore it with the version of headrace that wrote it")
	for _, m := range s.manifests() { // the bit turns back
		s.fs.Corrupt(m, versionAt)
	}
	s.finishes()
}

func TestAllCheckpointsAreCorrupt(t *testing.T) {
	s := newSite(t)
	s.killed()
	for _, m := range s.manifests() {
		s.fs.Corrupt(m, versionAt+20)
	}
	s.refused("whole", "checksum is wrong", "execution.state-recovery.path")
	for _, m := range s.manifests() {
		s.fs.Corrupt(m, versionAt+20)
	}
	s.finishes()
}

func TestChangedMaxParallelism(t *testing.T) {
	s := newSite(t)
	s.limit = 64
	s.killed()
	s.limit = 32
	s.refused("'tally'", "max-parallelism 32", "set it to 64")
	s.limit = 0 // what the checkpoint has
	s.finishes()
}

func TestMissingOperator(t *testing.T) {
	s := newSite(t)
	s.killed()
	s.uid = "tally2"
	s.refused("uid 'tally'", ".uid('tally')", "the job has 'tally2'", "--allow-non-restored-state")
	s.uid = "tally"
	s.finishes()
}

// TestSavepointThatTheFirstAttemptStartedFrom: without a checkpoint of its own a job that goes on
// starts from there, with one from that.
func TestSavepointThatTheFirstAttemptStartedFrom(t *testing.T) {
	s := newSite(t)
	s.killed()
	all := s.manifests()
	s.cfg[job.FirstRecoveryPath] = path.Dir(all[len(all)-1])
	s.cfg["execution.checkpointing.dir"] = "/elsewhere" // where there is none
	s.finishes()                                        // no row is committed twice
	s = newSite(t)
	s.killed()
	s.cfg[job.FirstRecoveryPath] = "/nowhere"
	s.finishes()
}
