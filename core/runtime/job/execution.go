package job

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/checkpoint"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/source"
	"github.com/headrace/headrace/core/runtime/task"
	"github.com/headrace/headrace/core/runtime/watermark"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

// execution is one attempt to run a job: its tasks, channels and source coordinators. Nothing of
// it is used by another attempt, so what a task left behind does reaches nobody.
type execution struct {
	job          *Job
	attempt      int
	from         *restored
	store        *checkpoint.Store
	holds        bool // tasks that have ended wait for a last checkpoint
	runs         []*run
	coordinators []*coordinator
	live         int           // tasks that have been started and are not done
	budget       *state.Budget // of keyed state; nil: each store its own
}

// run is a task of an execution.
type run struct {
	vertex  *compile.Vertex
	subtask int
	task    *task.Task
	gate    *exchange.Gate // nil for a source
	wake    func()
	launch  func()
	err     error
	ended   bool
	done    bool
	writes  []write // captures, oldest first; the first is being written
}

// coordinator is the split coordinator of a source node.
type coordinator struct {
	*source.Coordinator
	node   *plan.Node
	launch func()
}

// wiring holds the channels of an execution while it is put together.
type wiring struct {
	exec    *execution
	env     compile.Env
	wake    [][]func()                              // by vertex and subtask
	inputs  [][]inputs                              // by vertex and subtask
	outputs map[*compile.Link][][]*exchange.Channel // by producing subtask
	window  int64
	rows    int
	bytes   int
}

type inputs struct {
	channels []*exchange.Channel
	ports    []int
	ordinals []int // of the link of each channel among the vertex's inputs
}

func newExecution(j *Job, attempt int) (*execution, error) {
	x := &execution{job: j, attempt: attempt,
		holds: j.conf.interval > 0 && j.conf.afterFinish}
	if err := j.storage.begin(attempt); err != nil {
		return nil, err
	}
	x.store = j.storage.store
	managed, err := config.ManagedMemory.Get(j.cfg)
	if err != nil {
		return nil, err
	}
	if managed > 0 {
		x.budget = state.NewBudget(managed)
	}
	from, err := j.restorePlan()
	if err != nil {
		return nil, err
	}
	x.from = from
	w := &wiring{exec: x, outputs: map[*compile.Link][][]*exchange.Channel{},
		env: compile.Env{Graph: j.layout.Graph, Config: j.cfg, Batch: j.layout.Batch,
			Clock: j.opts.Clock, Groups: map[string]*watermark.Group{}}}
	if w.window, err = config.GateMemory.Get(j.cfg); err != nil {
		return nil, err
	}
	if w.rows, err = config.BatchRows.Get(j.cfg); err != nil {
		return nil, err
	}
	size, err := config.BatchSize.Get(j.cfg)
	if err != nil {
		return nil, err
	}
	w.bytes = int(size)
	starts := w.register()
	for _, l := range j.layout.Links {
		w.connect(l)
	}
	for _, v := range j.layout.Vertices {
		if err := w.vertex(v, starts[v.ID]); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// register gets the wake function of every task: channels need them before there are tasks.
func (w *wiring) register() [][]func(s *task.Task, done func()) {
	j := w.exec.job
	starts := make([][]func(*task.Task, func()), len(j.layout.Vertices))
	for _, v := range j.layout.Vertices {
		wakes := make([]func(), v.Parallelism)
		starts[v.ID] = make([]func(*task.Task, func()), v.Parallelism)
		for i := range v.Parallelism {
			wake, start := j.opts.Driver.New(taskName(v, i))
			wakes[i] = wake
			starts[v.ID][i] = func(t *task.Task, done func()) { start(t, done) }
		}
		w.wake = append(w.wake, wakes)
		w.inputs = append(w.inputs, make([]inputs, v.Parallelism))
	}
	return starts
}

func taskName(v *compile.Vertex, subtask int) string {
	return fmt.Sprintf("%s (%d/%d)", v.Name, subtask+1, v.Parallelism)
}

// connect makes the channels of a link.
func (w *wiring) connect(l *compile.Link) {
	outs := make([][]*exchange.Channel, l.From.Parallelism)
	window := max(w.window/int64(l.From.Parallelism), 64<<10)
	for p := range outs {
		for c := range l.To.Parallelism {
			if !feeds(l, p, c) {
				continue
			}
			ch := exchange.NewChannel(window, w.wake[l.To.ID][c], w.wake[l.From.ID][p])
			outs[p] = append(outs[p], ch)
			in := &w.inputs[l.To.ID][c]
			in.channels = append(in.channels, ch)
			in.ports = append(in.ports, l.Edge.Port)
			in.ordinals = append(in.ordinals, slices.Index(l.To.Inputs, l))
		}
	}
	w.outputs[l] = outs
}

// feeds says whether there is a channel from a producer to a consumer of a link.
func feeds(l *compile.Link, producer, consumer int) bool {
	switch l.Partition {
	case plan.Forward:
		return producer == consumer
	case plan.Rescale:
		from, to := exchange.Pointwise(producer, l.From.Parallelism, l.To.Parallelism)
		return consumer >= from && consumer < to
	}
	return true
}

// vertex makes the tasks of a vertex.
func (w *wiring) vertex(v *compile.Vertex, start []func(*task.Task, func())) error {
	j := w.exec.job
	env := w.env
	if v.Source() {
		c, err := w.coordinator(v.Nodes[0], v.Parallelism)
		if err != nil {
			return err
		}
		env.Coordinator = c
	}
	for i := range v.Parallelism {
		r := &run{vertex: v, subtask: i, wake: w.wake[v.ID][i]}
		spec := task.Spec{Name: taskName(v, i), Ports: v.Ports, Clock: j.opts.Clock,
			Host: &host{j, w.exec, r}, Wake: r.wake, HoldEnd: w.exec.holds,
			RestoredEnded: w.exec.from.vertexEnded(v, i),
			RestoredEnds:  w.exec.from.endedPorts(v, i)}
		user := &userCode{job: j, ctx: udf.Context{TaskName: v.Name, Subtask: i,
			Parallelism: v.Parallelism, MaxParallelism: v.MaxParallelism,
			Attempt: w.exec.attempt, Zone: j.cfg["table.local-time-zone"], Parameters: j.cfg}}
		spec.Closed = user.close
		flight := &inFlight{vertex: v, subtask: i, ordinals: w.inputs[v.ID][i].ordinals,
			user: user}
		spec.EncodeInFlight = flight.encode
		if w.exec.from.plan != nil {
			spec.Preload = func() ([]task.Preloaded, error) {
				return flight.restoreAll(w.exec.from, w.exec.restoreFiles())
			}
		}
		for _, l := range v.Outputs {
			spec.Pinned = spec.Pinned || l.Partition == plan.Custom
		}
		if !v.Source() {
			in := w.inputs[v.ID][i]
			spec.Gate = exchange.NewGate(j.opts.Clock, in.channels, in.ports, v.Ports)
			spec.Gate.MaxRows, spec.Gate.MaxBytes = w.rows, int64(w.bytes)
			spec.Gate.Overtakes = overtakes(v)
			r.gate = spec.Gate
			if err := w.debloat(spec.Gate); err != nil {
				return err
			}
		}
		for _, n := range v.Nodes {
			o, err := w.operator(v, n, i, &env, user)
			if err != nil {
				return err
			}
			spec.Operators = append(spec.Operators, o)
			spec.Pinned = spec.Pinned || o.Copy != nil
		}
		r.task = task.New(spec)
		r.show(j)
		r.launch = func() {
			start[i](r.task, func() { j.tell(func() { w.exec.taskDone(r) }) })
		}
		w.exec.runs = append(w.exec.runs, r)
	}
	return nil
}

func (w *wiring) coordinator(n *plan.Node, parallelism int) (*source.Coordinator, error) {
	j := w.exec.job
	wake, start := j.opts.Driver.New("splits of " + n.Name)
	var enumerator []byte
	if o := w.exec.from.operator(n.UID); o != nil && len(o.Coordinator) > 0 {
		enumerator = o.Coordinator[1:]
	}
	c := source.NewCoordinator(n.Op.(*plan.Source).Source, enumerator, connector.EnumeratorContext{
		Parallelism: parallelism, Clock: j.opts.Clock, Log: j.log}, wake)
	w.exec.coordinators = append(w.exec.coordinators, &coordinator{Coordinator: c, node: n,
		launch: func() { start(c, func() {}) }})
	return c, nil
}

// operator makes an operator of a chain for one subtask, with its context and outputs.
func (w *wiring) operator(v *compile.Vertex, n *plan.Node, subtask int, env *compile.Env,
	user *userCode) (task.Operator, error) {
	j := w.exec.job
	op, err := compile.Operator(n, env)
	if err != nil {
		return task.Operator{}, err
	}
	ctx := &operator.Context{
		Task: operator.Task{JobID: j.ID, JobName: j.Name, Operator: n.UID, Name: n.Name,
			Subtask: subtask, Parallelism: v.Parallelism, MaxParallelism: v.MaxParallelism,
			Attempt: w.exec.attempt, BatchMode: j.layout.Batch,
			FinalCheckpoint: w.exec.holds, RestoredCheckpoint: w.exec.from.id},
		Clock: j.opts.Clock, Config: j.cfg, Log: j.log, BatchRows: w.rows, BatchBytes: w.bytes,
		FS: j.opts.FS, Dir: j.workDir(n.UID, subtask, w.exec.attempt) + "-work",
		Metrics: operatorMetrics{j.metricsOf(n, subtask)},
	}
	out := task.Operator{Op: op, Context: ctx, Origin: n.Origin,
		Open: func() (state.Store, error) {
			if p, ok := op.(operator.Pinned); ok && p.Pinned() {
				host, err := user.get()
				if err != nil {
					return nil, err
				}
				ctx.UDF = host
			}
			return w.exec.openStore(v, n, subtask)
		},
		Outputs: make([][]task.Target, 1+len(n.SideSchemas))}
	if j.shares(v, n) {
		out.Copy, out.Keeps = user.copyObjects, j.keeps(n)
	}
	for _, e := range v.Inner {
		if e.From == n.ID {
			out.Outputs[e.Output] = append(out.Outputs[e.Output], task.Target{Next: v.Index(e.To)})
		}
	}
	for _, l := range v.Outputs {
		if l.Edge.From != n.ID {
			continue
		}
		writer, err := w.writer(l, subtask, user)
		if err != nil {
			return out, err
		}
		writer.Copy = out.Copy
		out.Outputs[l.Edge.Output] = append(out.Outputs[l.Edge.Output], task.Target{Writer: writer})
	}
	return out, nil
}

// restoreFiles is where the handles of the start are read.
func (x *execution) restoreFiles() state.Files {
	if x.from.files != nil {
		return x.from.files
	}
	return x.store
}

// taskDone notes that a task is closed and tells the phase, if the execution is still the job's.
func (x *execution) taskDone(r *run) {
	if r.done {
		return
	}
	r.done, r.err = true, r.task.Err()
	x.live--
	if x.job.exec == x {
		x.job.phase.taskDone(x.job, r)
	}
}

func (x *execution) start() {
	for _, c := range x.coordinators {
		c.launch()
	}
	x.live = len(x.runs)
	for _, r := range x.runs {
		r.launch()
	}
}

// workDir is working space on the local disk for one operator subtask of one attempt.
func (j *Job) workDir(uid string, subtask, attempt int) string {
	dir := j.opts.Dir
	if dir == "" {
		dir = filepath.Join(os.TempDir(), fmt.Sprintf("headrace-%d", os.Getpid()))
	}
	return filepath.Join(dir, j.ID, fmt.Sprintf("%s-%d-%d", uid, subtask, attempt))
}

func (x *execution) cancel() {
	for _, r := range x.runs {
		if !r.done {
			r.task.Cancel()
		}
	}
}

// abandon cuts off the tasks that have not come back and returns their names.
func (x *execution) abandon() []string {
	var names []string
	for _, r := range x.runs {
		if !r.done {
			r.done = true
			x.live--
			r.task.Abandon()
			names = append(names, r.task.Name)
		}
	}
	return names
}

func (x *execution) stop() {
	for _, c := range x.coordinators {
		c.Stop()
	}
}
