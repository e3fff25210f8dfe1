package session

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/plan"
)

func TestLatestFindsTheJobOfTheProcessBefore(t *testing.T) {
	ids := func(cfg config.Map, names ...string) (out []string) {
		s := Open(Options{})
		defer s.Close()
		for _, name := range names {
			g := &plan.Graph{Name: name}
			g.Add(&plan.Node{Op: &plan.Sink{}})
			id, err := s.jobID(g, cfg, 0)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, id)
		}
		return out
	}
	latest := config.Map{"execution.state-recovery.path": "latest"}
	one, other := ids(latest, "a", "a", "b"), ids(latest, "a", "a", "b")
	for i := range one {
		if len(one[i]) != 32 || one[i] != other[i] {
			t.Errorf("job %d is %s, then %s", i, one[i], other[i])
		}
	}
	if one[0] == one[1] || one[0] == one[2] {
		t.Errorf("two jobs under one id: %v", one)
	}
	if a, b := ids(config.Map{}, "a"), ids(config.Map{}, "a"); a[0] == b[0] {
		t.Error("without 'latest' each start is a job of its own")
	}
}

func TestSQLJobKeepsItsCheckpointsUnderItsName(t *testing.T) {
	dir := t.TempDir()
	s := Open(Options{Config: map[string]string{
		"execution.checkpointing.dir":      dir,
		"execution.checkpointing.interval": "10 ms",
		"execution.state-recovery.path":    "latest",
		"pipeline.name":                    "orders",
	}})
	defer s.Close()
	call(t, s, "CREATE TABLE n (i INT) WITH ('connector' = 'datagen')")
	call(t, s, "CREATE TABLE d (i INT) WITH ('connector' = 'blackhole')")
	id := call(t, s, "INSERT INTO d SELECT i FROM n").Job
	if _, err := os.Stat(filepath.Join(dir, id)); err != nil {
		t.Fatal(err)
	}
	g := &plan.Graph{Name: "orders"}
	g.Add(&plan.Node{Op: &plan.Sink{}})
	next := Open(Options{})
	defer next.Close()
	if again, err := next.jobID(g, s.config, 0); err != nil || again != id {
		t.Errorf("the next process looks for %s, not %s (%v)", again, id, err)
	}
}

func TestAProcessThatTakesOverGoesOnFromTheLatestCheckpoint(t *testing.T) {
	start := func(run, attempt string, cfg config.Map) (id, from string) {
		t.Setenv("HEADRACE_RUN", run)
		t.Setenv("HEADRACE_ATTEMPT", attempt)
		s := Open(Options{})
		defer s.Close()
		g := &plan.Graph{Name: "orders"}
		g.Add(&plan.Node{Op: &plan.Sink{}})
		id, err := s.jobID(g, cfg, 0)
		if err != nil {
			t.Fatal(err)
		}
		return id, recovering(cfg)["execution.state-recovery.path"]
	}
	first, from := start("A", "0", config.Map{})
	if from != "" {
		t.Errorf("the first attempt starts from %q", from)
	}
	second, from := start("A", "1", config.Map{})
	if second != first || from != "latest" {
		t.Errorf("the second attempt is job %s, not %s, and starts from %q", second, first, from)
	}
	if other, _ := start("B", "1", config.Map{}); other == first {
		t.Error("another run takes over the job")
	}
	told := config.Map{"execution.state-recovery.path": "/sp"}
	if _, from := start("A", "0", told); from != "/sp" {
		t.Errorf("the first attempt starts from %q, not where it was told to", from)
	}
	// What it has done since the savepoint is not done again.
	if id, from := start("A", "1", told); id != first || from != "latest" {
		t.Errorf("the second attempt is job %s and starts from %q", id, from)
	}
	if got := recovering(told)["$internal.state-recovery.first"]; got != "/sp" {
		t.Errorf("without a checkpoint the second attempt starts from %q", got)
	}
}
