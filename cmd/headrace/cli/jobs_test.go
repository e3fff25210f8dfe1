package cli

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	runtimejob "github.com/headrace/headrace/core/runtime/job"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/server"
)

type oneJob struct{ job *runtimejob.Job }

func (o *oneJob) Jobs() []*runtimejob.Job { return []*runtimejob.Job{o.job} }

// endless starts a job that goes on until it is stopped.
func endless(t *testing.T) *runtimejob.Job {
	t.Helper()
	g := &plan.Graph{Name: "endless"}
	slow := func(*operator.Context) func(b *batch.Batch, out operator.Output) error {
		return func(b *batch.Batch, out operator.Output) error {
			time.Sleep(time.Millisecond)
			b.Retain()
			out.Emit(0, b)
			return nil
		}
	}
	src := g.Add(jobtest.Node("ranges", 1, &plan.Source{Source: &jobtest.Ranges{Splits: 1,
		Size: 1 << 30, Keys: 9, Rand: rand.New(rand.NewPCG(1, 1))}}))
	sl := g.Add(jobtest.Node("slow", 1, &jobtest.Apply{Make: slow}))
	tally := g.Add(jobtest.Node("tally", 2, &jobtest.Tally{}))
	out := g.Add(jobtest.Node("out", 2, &plan.Sink{
		Sink: jobtest.NewOutside(rand.New(rand.NewPCG(1, 1)), 0)}))
	g.Connect(src, sl, plan.Forward)
	g.Connect(sl, tally, plan.Hash, 0)
	g.Connect(tally, out, plan.Forward)
	j, err := runtimejob.Start(context.Background(), g, runtimejob.Options{ID: "0a",
		Config: config.Map{"headrace.batch.rows": "20"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		j.Cancel()
		<-j.Done()
	})
	return j
}

func TestVerbsForRunningJobs(t *testing.T) {
	j := endless(t)
	s, err := server.Start("localhost", 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.Add(&oneJob{j})
	for j.Status() != runtimejob.Running {
		time.Sleep(time.Millisecond)
	}
	verb := func(args ...string) (string, string, int) {
		return headrace(t, append(args, "-m", s.Addr())...)
	}
	if out, errText, _ := verb("list"); out != "0a  RUNNING     endless\n" {
		t.Errorf("list: %q %s", out, errText)
	}
	dir := t.TempDir()
	if out, errText, code := verb("savepoint", "0a", dir); code != 0 || !strings.HasPrefix(out, dir) {
		t.Errorf("savepoint: %d %q %s", code, out, errText)
	}
	if _, errText, code := verb("savepoint", "0a"); code != 2 ||
		!strings.Contains(errText, "savepoint-dir") {
		t.Errorf("savepoint without a directory: %d %s", code, errText)
	}
	if _, errText, code := verb("rescale", "0a", "3"); code != 0 || j.Vertices()[1].Parallelism != 3 {
		t.Errorf("rescale: %d %s %v", code, errText, j.Vertices())
	}
	if _, errText, code := verb("rescale", "0b", "3"); code != 2 ||
		!strings.Contains(errText, "Job 0b not found") {
		t.Errorf("rescale of no job: %d %s", code, errText)
	}
	if out, errText, code := verb("stop", "0a", "-p", dir); code != 0 ||
		!strings.HasPrefix(out, dir) || j.Status() != runtimejob.Finished {
		t.Errorf("stop: %d %q %s %s", code, out, errText, j.Status())
	}
	if _, errText, code := verb("cancel", "0a"); code != 0 {
		t.Errorf("cancel: %d %s", code, errText)
	}
	if _, errText, code := headrace(t, "list", "-m", "localhost:1"); code != 2 ||
		!strings.Contains(errText, "--rest-port") {
		t.Errorf("list without a server: %d %s", code, errText)
	}
}
