package cli

import (
	"context"
	"encoding/json"
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

// inspect looks into a savepoint of endless.
func inspect(t *testing.T, path string) {
	t.Helper()
	out, errText, code := headrace(t, "savepoint", "inspect", path)
	if code != 0 || !strings.Contains(out, "of job 'endless' (0a)") ||
		!strings.Contains(out, "\ntally, uid ") ||
		!strings.Contains(out, ", parallelism 3 of at most 128\n  n  ") {
		t.Errorf("inspect: %d %s\n%s", code, errText, out)
	}
	out, errText, code = headrace(t, "savepoint", "inspect", path, "--json")
	var c struct{ Operators []struct{ UID string } }
	if err := json.Unmarshal([]byte(out), &c); err != nil || code != 0 || len(c.Operators) != 4 {
		t.Errorf("inspect --json: %d %v %s\n%s", code, err, errText, out)
	}
	if _, errText, code := headrace(t, "savepoint", "inspect", path+"/none"); code != 2 ||
		!strings.Contains(errText, "there is no checkpoint or savepoint at") {
		t.Errorf("inspect of nothing: %d %s", code, errText)
	}
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
	for some := false; !some; time.Sleep(time.Millisecond) { // there is state
		for _, m := range j.Metrics() {
			some = some || m.Value > 0 && strings.HasPrefix(m.Name, "tally.") &&
				strings.HasSuffix(m.Name, ".numRecordsIn")
		}
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
	} else {
		inspect(t, strings.TrimSpace(out))
	}
	if _, errText, code := verb("cancel", "0a"); code != 0 {
		t.Errorf("cancel: %d %s", code, errText)
	}
	if _, errText, code := headrace(t, "list", "-m", "localhost:1"); code != 2 ||
		!strings.Contains(errText, "--rest-port") {
		t.Errorf("list without a server: %d %s", code, errText)
	}
}
