package job

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
)

func TestRescaleWhileRunningLosesNothing(t *testing.T) {
	world, ctx := newWorld(), within(t)
	open := make(chan struct{})
	g := counted(world, 20_000, 100, 0, open)
	j, err := Start(ctx, g, Options{ID: "a", Dir: t.TempDir(), Config: config.Map{
		"headrace.batch.rows": "50", "parallelism.default": "2"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range []int{3, 1, 4} {
		untilAbove(ctx, t, j, "tally.0.numRecordsIn", int64(50*i))
		if err := j.RescaleAll(ctx, n, "a test"); err != nil {
			t.Fatal(err)
		}
		for _, v := range j.Vertices() {
			if want := n; strings.HasPrefix(v.Name, "tally") && v.Parallelism != want ||
				strings.HasPrefix(v.Name, "ranges") && v.Parallelism != 1 {
				t.Errorf("%s runs with parallelism %d", v.Name, v.Parallelism)
			}
		}
	}
	if err := j.RescaleAll(ctx, 4, "nothing to do"); err != nil {
		t.Fatal(err)
	}
	tally := j.Vertices()[1].ID
	for _, c := range []struct {
		to   map[string]int
		want string
	}{{map[string]int{"x": 1}, "no vertex 'x'"}, {map[string]int{tally: 0}, "parallelism 0"},
		{map[string]int{tally: 1000}, "from 1 to 128"}} {
		if err := j.Rescale(ctx, c.to, "bad"); errs.MarkOf(err) != errs.User ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.to, err)
		}
	}
	close(open)
	if err := j.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	checkCounts(t, world, 40_000, 100)
	history := j.Rescalings()
	if len(history) != 3 {
		t.Fatalf("%d rescalings: %v", len(history), history)
	}
	for i, n := range []int{3, 1, 4} {
		r := history[i]
		if !r.Over() || r.Err != nil || r.After[tally] != n || r.Reason != "a test" ||
			r.StoppedMs < r.StartMs || r.EndMs < r.StoppedMs {
			t.Errorf("rescaling %d: %+v", i, r)
		}
	}
	if err := j.RescaleAll(ctx, 2, "late"); err == nil {
		t.Error("a job that is over was rescaled")
	}
}

func TestReactiveJobsTakeTheSlotsThereAre(t *testing.T) {
	for _, c := range []struct {
		mode           string
		atFirst, later int
	}{{"reactive", 3, 5}, {"", 2, 2}} {
		ctx := within(t)
		open := make(chan struct{})
		cfg := config.Map{"headrace.batch.rows": "20", "parallelism.default": "2",
			"jobmanager.scheduler": "adaptive", "taskmanager.numberOfTaskSlots": "3"}
		if c.mode != "" {
			cfg["scheduler-mode"] = c.mode
		}
		j, err := Start(ctx, counted(newWorld(), 20_000, 10, 0, open), Options{ID: "a", Config: cfg})
		if err != nil {
			t.Fatal(err)
		}
		at := func() int { return j.Vertices()[1].Parallelism }
		if at() != c.atFirst {
			t.Errorf("%s: %d subtasks with 3 slots", c.mode, at())
		}
		untilAbove(ctx, t, j, "tally.0.numRecordsIn", 0)
		if err := j.SetSlots(ctx, 5); err != nil || at() != c.later {
			t.Errorf("%s: %d subtasks with 5 slots, %v", c.mode, at(), err)
		}
		if err := j.SetSlots(ctx, 1); err != nil || at() != 1 {
			t.Errorf("%s: %d subtasks with 1 slot, %v", c.mode, at(), err)
		}
		j.Cancel()
		<-j.Done()
	}
	j, err := Start(within(t), counted(newWorld(), 20_000, 10, 0, nil), Options{ID: "a"})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Cancel()
	if err := j.SetSlots(within(t), 2); errs.MarkOf(err) != errs.User {
		t.Errorf("a job of the default scheduler: %v", err)
	}
}
