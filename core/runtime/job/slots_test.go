package job

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
)

// grouped is ranges → heavy (in a sharing group of its own) → end, and what limit each operator
// subtask has found.
func grouped(groups string, width int, limits map[string]int64, cfg config.Map) (*plan.Graph,
	config.Map) {
	look := func(name string) *jobtest.Apply {
		return &jobtest.Apply{Make: func(ctx *operator.Context) step {
			limits[fmt.Sprint(name, ctx.Subtask)] = ctx.Memory.Limit()
			return func(b *batch.Batch, out operator.Output) error {
				b.Retain()
				out.Emit(0, b)
				return nil
			}
		}}
	}
	g := &plan.Graph{Name: "grouped"}
	src := g.Add(node("ranges", 1, &plan.Source{Source: ranges(1, 100, 10)}))
	heavy := g.Add(node("heavy", width, look("heavy")))
	end := g.Add(node("end", 1, look("end")))
	heavy.SlotGroup, end.SlotGroup = "heavy", "default"
	g.Connect(src, heavy, plan.Rebalance)
	g.Connect(heavy, end, plan.Global)
	cfg[SlotGroups] = groups
	cfg["taskmanager.memory.managed.size"] = "64 mb"
	return g, cfg
}

func TestASlotHasTheManagedMemoryThatItsGroupAsksFor(t *testing.T) {
	sim, limits := drive.NewSimulator(1, 0), map[string]int64{}
	g, cfg := grouped(`{"heavy": {"cpu": 0.1, "managed": 10485760}}`, 2, limits, config.Map{})
	j, err := Start(t.Context(), g, Options{Driver: sim, Clock: sim.Clock, Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	most := int64(0)
	if err := sim.Run(func() bool {
		if len(limits) == 3 {
			most = max(most, j.memory.budget.Used())
		}
		return j.Status().Final()
	}, 1_000_000); err != nil {
		t.Fatal(err)
	}
	if limits["heavy0"] != 10<<20 || limits["heavy1"] != 10<<20 || limits["end0"] != 64<<20 {
		t.Errorf("limits %v", limits)
	}
	if most < 20<<20 {
		t.Errorf("the slots take %d bytes of the job's memory", most)
	}
	if used := j.memory.budget.Used(); j.Status() != Finished || used != 0 {
		t.Errorf("%s: %d bytes are still held", j.Status(), used)
	}
}

func TestGroupsThatAskForTooMuchAreToldWhatIsMissing(t *testing.T) {
	cores := float64(runtime.NumCPU())
	for _, c := range []struct{ groups, want string }{
		{`{"heavy": {"managed": 41943040}}`, "16 mb of 80 mb managed memory missing"},
		{fmt.Sprintf(`{"heavy": {"cpu": %g}}`, cores), fmt.Sprintf("%g of %g cores", cores, 2*cores)},
		{`{"heavy": {"external": {"gpu": 1}}}`, "1 of 2 gpu"},
		{`{"heavy": {"heap": 4611686018427387}}`, "task memory"},
	} {
		g, cfg := grouped(c.groups, 2, map[string]int64{},
			config.Map{"external-resource.gpu.amount": "1"})
		_, err := Start(t.Context(), g, Options{Config: cfg})
		if err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.Contains(err.Error(), "lower the parallelism") {
			t.Errorf("%s: %v", c.groups, err)
		}
	}
}

func TestRescaleAsksWhetherTheSlotsFindRoom(t *testing.T) {
	sim := drive.NewSimulator(1, 0)
	g, cfg := grouped(`{"heavy": {"external": {"gpu": 1}}}`, 2, map[string]int64{},
		config.Map{"external-resource.gpu.amount": "2"})
	j, err := Start(t.Context(), g, Options{Driver: sim, Clock: sim.Clock, Config: cfg})
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Run(func() bool { return j.Status() == Running }, 100_000); err != nil {
		t.Fatal(err)
	}
	var refused error
	over := false
	for _, v := range j.Vertices() {
		if strings.HasPrefix(v.Name, "heavy") {
			j.StartRescale(map[string]int{v.ID: 3}, "test", func(err error) { refused, over = err, true })
		}
	}
	if err := sim.Run(func() bool { return over }, 100_000); err != nil {
		t.Fatal(err)
	}
	if refused == nil || !strings.Contains(refused.Error(), "1 of 3 gpu missing") {
		t.Errorf("rescaled: %v", refused)
	}
}
