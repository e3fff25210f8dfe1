package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/job"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

type jobs []*job.Job

func (j *jobs) Jobs() []*job.Job { return *j }

// rig is a server with one job that goes on until it is stopped.
type rig struct {
	t    *testing.T
	url  string
	job  *job.Job
	jobs *jobs
}

func newRig(t *testing.T, cfg config.Map) *rig {
	t.Helper()
	g := &plan.Graph{Name: "endless"}
	slow := func(*operator.Context) func(b *batch.Batch, out operator.Output) error {
		return func(b *batch.Batch, out operator.Output) error {
			time.Sleep(time.Millisecond) // so that the job is met while it runs
			b.Retain()
			out.Emit(0, b)
			return nil
		}
	}
	src := g.Add(jobtest.Node("ranges", 1, &plan.Source{Source: &jobtest.Ranges{Splits: 1,
		Size: 1 << 30, Keys: 9, Rand: rand.New(rand.NewPCG(1, 1))}}))
	sl := g.Add(jobtest.Node("slow", 1, &jobtest.Apply{Make: slow}))
	tally := g.Add(jobtest.Node("tally", 0, &jobtest.Tally{}))
	out := g.Add(jobtest.Node("out", 0, &plan.Sink{
		Sink: jobtest.NewOutside(rand.New(rand.NewPCG(1, 1)), 0)}))
	g.Connect(src, sl, plan.Forward)
	g.Connect(sl, tally, plan.Hash, 0)
	g.Connect(tally, out, plan.Forward)
	all := config.Map{"parallelism.default": "2", "headrace.batch.rows": "20"}
	for k, v := range cfg {
		all[k] = v
	}
	j, err := job.Start(t.Context(), g, job.Options{ID: "0a", Config: all})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Start("localhost", 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, url: "http://" + s.Addr(), job: j, jobs: &jobs{j}}
	s.Add(r.jobs)
	t.Cleanup(func() {
		j.Cancel()
		<-j.Done()
		_ = s.Close()
	})
	return r
}

// do sends a request and returns the status and what the answer has at a path of keys.
func (r *rig) do(method, path, body string, keys ...string) (int, any) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path,
		bytes.NewBufferString(body))
	if err != nil {
		r.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		r.t.Fatalf("%s %s: %v: %s", method, path, err, raw)
	}
	for _, k := range keys {
		switch x := v.(type) {
		case map[string]any:
			v = x[k]
		case []any:
			var i int
			if _, err := fmt.Sscan(k, &i); err != nil || i >= len(x) {
				return res.StatusCode, nil
			}
			v = x[i]
		default:
			return res.StatusCode, nil
		}
	}
	return res.StatusCode, v
}

func (r *rig) want(method, path, body string, status int, value any, keys ...string) {
	r.t.Helper()
	if s, v := r.do(method, path, body, keys...); s != status || fmt.Sprint(v) != fmt.Sprint(value) {
		r.t.Errorf("%s %s %v: %d %v, want %d %v", method, path, keys, s, v, status, value)
	}
}

// finish waits for an order and returns where its answer says that the result is.
func (r *rig) finish(path string, id any) string {
	r.t.Helper()
	for r.t.Context().Err() == nil {
		if _, v := r.do("GET", fmt.Sprintf("%s/%v", path, id), "", "status", "id"); v == "COMPLETED" {
			_, at := r.do("GET", fmt.Sprintf("%s/%v", path, id), "", "operation", "location")
			return fmt.Sprint(at)
		}
		time.Sleep(time.Millisecond)
	}
	return ""
}

func TestJobsAreShown(t *testing.T) {
	r := newRig(t, nil)
	for r.job.Status() != job.Running {
		time.Sleep(time.Millisecond)
	}
	r.want("GET", "/overview", "", 200, 1, "jobs-running")
	r.want("GET", "/jobs", "", 200, "0a", "jobs", "0", "id")
	r.want("GET", "/jobs/overview", "", 200, "endless", "jobs", "0", "name")
	r.want("GET", "/jobs/0a", "", 200, "RUNNING", "state")
	r.want("GET", "/jobs/0a", "", 200, "tally -> Sink: out", "vertices", "1", "name")
	r.want("GET", "/jobs/0a", "", 200, 2, "vertices", "1", "parallelism")
	r.want("GET", "/jobs/0a/metrics?get=tally.0.numRecordsIn", "", 200, "tally.0.numRecordsIn", "0", "id")
	r.want("GET", "/jobs/0a/exceptions", "", 200, "[]", "exceptionHistory", "entries")
	r.want("GET", "/jobs/0b", "", 404, "Job 0b not found", "errors", "0")
	r.want("GET", "/nowhere", "", 404, "Not found: /nowhere", "errors", "0")
}

func TestSavepointCheckpointStop(t *testing.T) {
	r, dir := newRig(t, nil), t.TempDir()
	_, id := r.do("POST", "/jobs/0a/savepoints", `{"target-directory": "`+dir+`"}`, "request-id")
	path := r.finish("/jobs/0a/savepoints", id)
	if !strings.HasPrefix(path, dir) {
		t.Errorf("the savepoint is in %q", path)
	}
	_, id = r.do("POST", "/jobs/0a/checkpoints", "", "request-id")
	r.finish("/jobs/0a/checkpoints", id)
	r.want("GET", "/jobs/0a/checkpoints", "", 200, 2, "counts", "completed")
	r.want("GET", "/jobs/0a/checkpoints", "", 200, path, "latest", "savepoint", "external_path")
	r.want("GET", "/jobs/0a/checkpoints", "", 200, false, "history", "0", "is_savepoint")
	r.want("GET", "/jobs/0a/checkpoints", "", 200, "CHECKPOINT", "history", "0", "checkpoint_type")
	r.want("GET", "/jobs/0a/checkpoints", "", 200, false, "history", "0", "unaligned")
	_, first := r.do("GET", "/jobs/0a/checkpoints", "", "history", "0", "id")
	r.want("GET", fmt.Sprintf("/jobs/0a/checkpoints/details/%v", first), "", 200, "COMPLETED", "status")
	r.want("GET", "/jobs/0a/checkpoints/details/999", "", 404,
		"[checkpoint 999 is not among those that are remembered: not found]", "errors")
	r.want("GET", "/jobs/0a/savepoints/99", "", 404, "[there is no order 99: not found]", "errors")
	// Without a directory the savepoint fails, and says what is missing.
	_, id = r.do("POST", "/jobs/0a/savepoints", "", "request-id")
	r.finish("/jobs/0a/savepoints", id)
	_, why := r.do("GET", fmt.Sprintf("/jobs/0a/savepoints/%v", id), "", "operation",
		"failure-cause", "stack-trace")
	if !strings.Contains(fmt.Sprint(why), "savepoint-dir") {
		t.Errorf("failure %v", why)
	}
	r.want("POST", "/jobs/0a/stop", "{", 400, nil, "request-id")
	_, id = r.do("POST", "/jobs/0a/stop", `{"targetDirectory": "`+dir+`"}`, "request-id")
	if at := r.finish("/jobs/0a/savepoints", id); !strings.HasPrefix(at, dir) {
		t.Errorf("stopped with %q", at)
	}
	r.want("GET", "/jobs/0a", "", 200, "FINISHED", "state")
}

func TestCancel(t *testing.T) {
	r := newRig(t, nil)
	r.want("PATCH", "/jobs/0a?mode=explode", "", 400, nil, "x")
	r.want("PATCH", "/jobs/0a?mode=cancel", "", 202, "map[]")
	<-r.job.Done()
	r.want("GET", "/jobs/0a", "", 200, "CANCELED", "state")
	r.want("GET", "/overview", "", 200, 1, "jobs-cancelled")
}

func TestRescale(t *testing.T) {
	r := newRig(t, config.Map{"jobmanager.scheduler": "adaptive", "scheduler-mode": "reactive"})
	for r.job.Status() != job.Running {
		time.Sleep(time.Millisecond)
	}
	tally := r.job.Vertices()[1].ID
	path := "/jobs/0a/resource-requirements"
	r.want("GET", path, "", 200, 2, tally, "parallelism", "upperBound")
	ask := func(n int) string {
		return fmt.Sprintf(`{"%s": {"parallelism": {"lowerBound": 1, "upperBound": %d}}}`, tally, n)
	}
	r.want("PUT", path, ask(3), 200, "map[]")
	r.want("GET", "/jobs/0a", "", 200, 3, "vertices", "1", "parallelism")
	history := "/jobs/0a/rescales/history"
	r.want("GET", history, "", 200, "COMPLETED", "rescales", "0", "terminalState")
	r.want("GET", history, "", 200, 2, "rescales", "0", "vertices", tally, "preRescaleParallelism")
	r.want("GET", history, "", 200, 3, "rescales", "0", "vertices", tally, "postRescaleParallelism")
	if s, v := r.do("PUT", path, ask(100_000), "errors", "0"); s != 400 ||
		!strings.Contains(fmt.Sprint(v), "max-parallelism") {
		t.Errorf("too many: %d %v", s, v)
	}
	r.want("PUT", "/slots", `{"slots": 4}`, 200, "[0a]", "jobs")
	r.want("GET", "/jobs/0a", "", 200, 4, "vertices", "1", "parallelism")
	r.want("PUT", "/slots", `{"slots": 0}`, 400, "there cannot be 0 slots", "errors", "0")
}

func TestTakenPortIsTold(t *testing.T) {
	s, err := Start("localhost", 0, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var port int
	if _, err := fmt.Sscanf(s.Addr()[strings.LastIndex(s.Addr(), ":")+1:], "%d", &port); err != nil {
		t.Fatal(err)
	}
	if _, err := Start("localhost", port, "test"); err == nil ||
		!strings.Contains(err.Error(), "rest.port") {
		t.Errorf("got %v", err)
	}
}
