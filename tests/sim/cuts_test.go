package sim

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/job"
	"github.com/headrace/headrace/core/runtime/job/jobtest"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// total is the fold of the rows that an operator has had: their number and the sum of their values.
type total struct{ n, sum int64 }

func (t *total) add(u total, times int64) { t.n += u.n * times; t.sum += u.sum * times }

// cuts has the operators' states at each barrier: by checkpoint, uid and subtask.
type cuts struct {
	at      map[int64]map[string]map[int]total
	rng     *rand.Rand
	crashes int // yet to come
}

// fold keeps the total of its rows in operator state and passes them on.
type fold struct{ cuts *cuts }

func (*fold) Kind() string { return "Fold" }

type foldOp struct {
	operator.Base
	cuts *cuts
	have total
}

func (o *foldOp) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	restored, err := ctx.OperatorState.List("total", state.Split)
	for _, e := range restored {
		n, k := binary.Varint(e)
		sum, _ := binary.Varint(e[k:])
		o.have.add(total{n, sum}, 1)
	}
	return err
}

func (o *foldOp) Process(_ int, b *batch.Batch, out operator.Output) error {
	if o.cuts.crashes > 0 && o.cuts.rng.IntN(80) == 0 {
		o.cuts.crashes--
		return errCrash
	}
	for _, v := range batch.Values[int64](b.Cols[1]) {
		o.have.add(total{1, v}, 1)
	}
	b.Retain()
	out.Emit(0, b)
	return nil
}

func (o *foldOp) Snapshot(id int64) error {
	c := o.cuts.at
	if c[id] == nil {
		c[id] = map[string]map[int]total{}
	}
	if c[id][o.Ctx.Operator] == nil {
		c[id][o.Ctx.Operator] = map[int]total{}
	}
	c[id][o.Ctx.Operator][o.Ctx.Subtask] = o.have
	o.Ctx.OperatorState.SetList("total", state.Split, [][]byte{
		binary.AppendVarint(binary.AppendVarint(nil, o.have.n), o.have.sum)})
	return nil
}

func init() {
	compile.Register(func(_ *plan.Node, op *fold, _ *compile.Env) (operator.Operator, error) {
		return &foldOp{cuts: op.cuts}, nil
	})
}

// edge is an input of an operator of a random graph.
type edge struct {
	from int
	kind plan.Partition
	port int
}

// dag is a random graph: sources, each with a fold behind it, then folds with one to three inputs.
// Its shape stays over restarts; what the parallelism is does not.
type dag struct {
	sources, size int
	inputs        [][]edge // of each fold; none: it is behind a source
	parallelism   []int
}

func randomDAG(rng *rand.Rand) *dag {
	kinds := []plan.Partition{plan.Forward, plan.Rebalance, plan.Rescale, plan.Shuffle, plan.Global,
		plan.Broadcast, plan.Hash, plan.Hash}
	d := &dag{sources: 1 + rng.IntN(3), size: 1 + rng.IntN(120)}
	for range d.sources {
		d.inputs = append(d.inputs, nil)
	}
	for range 2 + rng.IntN(4) {
		var in []edge
		for range 1 + rng.IntN(3) {
			in = append(in, edge{rng.IntN(len(d.inputs)), kinds[rng.IntN(len(kinds))], rng.IntN(2)})
		}
		in[0].port = 0 // ports are used from the first on
		d.inputs = append(d.inputs, in)
	}
	d.spread(rng)
	return d
}

func (d *dag) spread(rng *rand.Rand) {
	d.parallelism = nil
	for range d.inputs {
		d.parallelism = append(d.parallelism, 1+rng.IntN(3))
	}
}

func uidOf(i int) string { return fmt.Sprintf("fold%d", i) }

func (d *dag) graph(c *cuts) *plan.Graph {
	g := &plan.Graph{Name: "cuts"}
	var folds []*plan.Node
	for i, in := range d.inputs {
		f := g.Add(jobtest.Node(uidOf(i), d.parallelism[i], &fold{c}))
		f.UID = uidOf(i)
		folds = append(folds, f)
		if len(in) == 0 {
			src := g.Add(jobtest.Node(fmt.Sprintf("source%d", i), d.parallelism[i],
				&plan.Source{Source: &jobtest.Ranges{Splits: 3, Size: d.size, Keys: 7, Rand: c.rng}}))
			src.UID = fmt.Sprintf("source%d", i)
			g.Connect(src, f, plan.Forward)
		}
		for _, e := range in {
			var x *plan.Edge
			if e.kind == plan.Hash {
				x = g.Connect(folds[e.from], f, e.kind, 0)
			} else {
				x = g.Connect(folds[e.from], f, e.kind)
			}
			x.Port = e.port
		}
	}
	return g
}

// want are the totals of all folds, given those behind the sources.
func (d *dag) want(of func(i int) total) []total {
	all := make([]total, len(d.inputs))
	for i, in := range d.inputs {
		if len(in) == 0 {
			all[i] = of(i)
		}
		for _, e := range in {
			times := int64(1)
			if e.kind == plan.Broadcast {
				times = int64(d.parallelism[i])
			}
			all[i].add(all[e.from], times)
		}
	}
	return all
}

// TestSimulatedCutsAreTheFoldOfWhatCameBefore: in random graphs, whose tasks and processes crash, the
// state of every operator at every barrier is the fold of exactly the rows that its inputs had sent
// before theirs; and in the end of all rows.
func TestSimulatedCutsAreTheFoldOfWhatCameBefore(t *testing.T) {
	checked := 0
	for seed := uint64(1); seed <= uint64(*seeds); seed++ {
		if *only != 0 && seed != *only {
			continue
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) { checked += simulateCuts(t, seed) })
		if t.Failed() {
			t.Fatalf("replay with: make sim SEED=%d", seed)
		}
	}
	if *only == 0 && checked < *seeds {
		t.Errorf("only %d barriers were looked at", checked)
	}
	t.Logf("%d barriers were looked at", checked)
}

func simulateCuts(t *testing.T, seed uint64) (checked int) {
	rng := rand.New(rand.NewPCG(seed, 11))
	sim, fs := drive.NewSimulator(seed, 1_000_000), fsys.NewMem()
	d, c := randomDAG(rng), &cuts{at: map[int64]map[string]map[int]total{}, rng: rng}
	c.crashes = rng.IntN(3)
	kills := rng.IntN(2)
	if d.broadcasts() { // after a change of parallelism its rows have been multiplied otherwise
		kills = 0
	}
	cfg := config.Map{
		"execution.checkpointing.interval":                     fmt.Sprintf("%d ms", 1+rng.IntN(4)),
		"execution.checkpointing.dir":                          "/checkpoints",
		"execution.checkpointing.max-concurrent-checkpoints":   fmt.Sprint(1 + rng.IntN(2)),
		"execution.checkpointing.tolerable-failed-checkpoints": "1000",
		"execution.state-recovery.path":                        "latest",
		"restart-strategy.type":                                "fixed-delay",
		"restart-strategy.fixed-delay.attempts":                "1000",
		"restart-strategy.fixed-delay.delay":                   "5 ms",
		"headrace.batch.rows":                                  fmt.Sprint(1 + rng.IntN(30)),
		"headrace.exchange.size":                               fmt.Sprint(rng.IntN(2048)),
	}
	for {
		j, err := job.Start(context.Background(), d.graph(c), job.Options{ID: "cuts",
			Clock: sim.Clock, FS: fs, Dir: "/work", Driver: sim, Config: cfg})
		if err != nil {
			t.Fatal(err)
		}
		killAt, looked := sim.Steps+rng.IntN(2000), 0
		err = sim.Run(func() bool {
			all := j.Snapshots()
			for ; looked < len(all); looked++ {
				d.check(t, c, all[looked].ID)
				checked++
			}
			return j.Status().Final() || kills > 0 && sim.Steps >= killAt
		}, 2_000_000)
		if err != nil {
			t.Fatalf("%v (status %s, %v)", err, j.Status(), j.Err())
		}
		if !j.Status().Final() {
			kills--
			sim.Kill()
			fs.Crash(func(_ string, n int) int { return rng.IntN(n + 1) })
			d.spread(rng)
			clear(c.at)
			continue
		}
		if j.Status() != job.Finished {
			t.Fatalf("%s: %v", j.Status(), j.Err())
		}
		all := j.Snapshots()
		if len(all) == 0 {
			return checked // it finished without one
		}
		n := int64(3 * d.size)
		d.compare(t, c, all[len(all)-1].ID, func(int) total { return total{n, n * (n - 1) / 2} })
		return checked
	}
}

func (d *dag) broadcasts() bool {
	for _, in := range d.inputs {
		if slices.ContainsFunc(in, func(e edge) bool { return e.kind == plan.Broadcast }) {
			return true
		}
	}
	return false
}

// check compares the states at a barrier with the fold of what the operators in front had at theirs.
func (d *dag) check(t *testing.T, c *cuts, id int64) {
	t.Helper()
	d.compare(t, c, id, func(i int) total { return c.sum(id, i) })
}

func (d *dag) compare(t *testing.T, c *cuts, id int64, source func(i int) total) {
	t.Helper()
	for i, want := range d.want(source) {
		if n := len(c.at[id][uidOf(i)]); n != d.parallelism[i] {
			t.Fatalf("checkpoint %d has %d of the %d subtasks of %s", id, n, d.parallelism[i], uidOf(i))
		}
		if got := c.sum(id, i); got != want {
			t.Fatalf("checkpoint %d: %s has %+v, what came before the barrier is %+v (%+v)", id,
				uidOf(i), got, want, d)
		}
	}
}

// sum is the state of all subtasks of an operator.
func (c *cuts) sum(id int64, i int) (all total) {
	for _, t := range c.at[id][uidOf(i)] {
		all.add(t, 1)
	}
	return all
}
