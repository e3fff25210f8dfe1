package job

import (
	"fmt"
	"slices"

	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/task"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

// wiring holds the channels of a region while it is put together.
type wiring struct {
	exec    *execution
	region  *region
	from    *restored
	attempt int
	starts  map[taskID]starter
	users   map[taskID]*userCode
	inputs  map[taskID]*inputs
	outputs map[*compile.Link]map[int][]*exchange.Channel // by producing subtask
}

// starter wakes and starts a task.
type starter struct {
	wake  func()
	start func(t *task.Task, done func())
}

type inputs struct {
	channels []*exchange.Channel
	ports    []int
	ordinals []int // of the link of each channel among the vertex's inputs
}

// build makes the tasks of a region with the channels between them.
func (x *execution) build(g *region, from *restored, attempt int) error {
	w := &wiring{exec: x, region: g, from: from, attempt: attempt, starts: map[taskID]starter{},
		users: map[taskID]*userCode{}, inputs: map[taskID]*inputs{},
		outputs: map[*compile.Link]map[int][]*exchange.Channel{}}
	layout := x.job.layout
	tasks := x.shape.regions[g.id]
	// Channels need what wakes their tasks before there are tasks.
	for _, id := range tasks {
		wake, start := x.job.opts.Driver.New(taskName(layout.Vertices[id.vertex], id.subtask))
		w.starts[id] = starter{wake, func(t *task.Task, done func()) { start(t, done) }}
		w.inputs[id] = &inputs{}
		w.users[id] = x.user(layout.Vertices[id.vertex], id.subtask)
	}
	for _, l := range layout.Links {
		w.connect(l)
	}
	g.runs = nil
	for _, id := range tasks {
		r, err := w.task(layout.Vertices[id.vertex], id.subtask)
		if err != nil {
			return err
		}
		g.runs = append(g.runs, r)
	}
	x.runs = nil
	for _, g := range x.regions {
		x.runs = append(x.runs, g.runs...)
	}
	return nil
}

func (x *execution) user(v *compile.Vertex, subtask int) *userCode {
	j := x.job
	return &userCode{job: j, ctx: udf.Context{TaskName: v.Name, Subtask: subtask,
		Parallelism: v.Parallelism, MaxParallelism: v.MaxParallelism,
		Attempt: j.tries[taskID{v.ID, subtask}], Zone: j.cfg["table.local-time-zone"],
		Parameters: j.settings(v, subtask)}}
}

func taskName(v *compile.Vertex, subtask int) string {
	return fmt.Sprintf("%s (%d/%d)", v.Name, subtask+1, v.Parallelism)
}

// connect makes the channels of a link that lead to tasks of the region.
func (w *wiring) connect(l *compile.Link) {
	if l.Blocking {
		w.attach(l)
		return
	}
	outs := map[int][]*exchange.Channel{}
	window := max(w.exec.window/int64(l.From.Parallelism), 64<<10)
	for p := range l.From.Parallelism {
		from, ok := w.starts[taskID{l.From.ID, p}]
		if !ok {
			continue
		}
		for c := range l.To.Parallelism {
			if !feeds(l, p, c) {
				continue
			}
			to := taskID{l.To.ID, c}
			ch := exchange.NewChannel(window, w.starts[to].wake, from.wake)
			ch.Under(w.exec.waiting)
			outs[p] = append(outs[p], ch)
			w.inputs[to].add(l, ch)
		}
	}
	w.outputs[l] = outs
}

func (in *inputs) add(l *compile.Link, ch *exchange.Channel) {
	in.channels = append(in.channels, ch)
	in.ports = append(in.ports, l.Edge.Port)
	in.ordinals = append(in.ordinals, slices.Index(l.To.Inputs, l))
}

// attach makes the channels that read the results on a blocking link.
func (w *wiring) attach(l *compile.Link) {
	var even *reading
	for c := range l.To.Parallelism {
		in, ok := w.inputs[taskID{l.To.ID, c}]
		if !ok {
			continue
		}
		if even == nil {
			even = w.exec.readings(l.To)
		}
		ended := w.from.vertexEnded(l.To, c)
		for p := range l.From.Parallelism {
			if feeds(l, p, c) {
				in.add(l, w.exec.stored(l, p, c, w.users[taskID{l.To.ID, c}], ended,
					even.of(l.Edge.Port, c, p)))
			}
		}
	}
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

// task makes the task of a subtask.
func (w *wiring) task(v *compile.Vertex, i int) (*run, error) {
	j, x, id := w.exec.job, w.exec, taskID{v.ID, i}
	r := &run{region: w.region, vertex: v, subtask: i, wake: w.starts[id].wake,
		attempt: w.attempt, tries: j.tries[id]}
	j.tries[id]++
	in, user := w.inputs[id], w.users[id]
	r.user = user
	flight := &inFlight{vertex: v, subtask: i, ordinals: in.ordinals, user: user}
	spec := task.Spec{Name: taskName(v, i), Ports: v.Ports, Clock: j.opts.Clock,
		Host: &host{j, x, r}, Wake: r.wake, HoldEnd: x.holds || x.commits && sinks(v), Closed: user.close,
		RestoredEnded: w.from.vertexEnded(v, i), RestoredEnds: w.from.endedPorts(v, i),
		EncodeInFlight: flight.encode}
	if w.from.plan != nil {
		spec.Preload = func() ([]task.Preloaded, error) {
			return flight.restoreAll(w.from, x.restoreFiles(w.from))
		}
	}
	env := x.env
	env.Whole = whole(v)
	if c := x.coordinatorOf(v); c != nil {
		env.Coordinator = c.Coordinator
	} else {
		spec.Gate = exchange.NewGate(j.opts.Clock, in.channels, in.ports, v.Ports)
		spec.Gate.MaxRows, spec.Gate.MaxBytes = x.rows, int64(x.bytes)
		spec.Gate.Overtakes, spec.Gate.Once = overtakes(v), j.conf.once
		r.gate = spec.Gate
		if err := x.debloat(spec.Gate); err != nil {
			return nil, err
		}
	}
	for _, l := range v.Outputs {
		spec.Pinned = spec.Pinned || l.Partition == plan.Custom
	}
	for _, l := range append(slices.Clone(v.Inputs), v.Outputs...) {
		spec.Pinned = spec.Pinned || l.Blocking && schemaOf(l).HasObjects()
	}
	for _, n := range v.Nodes {
		o, err := w.operator(r, n, &env, user)
		if err != nil {
			return nil, err
		}
		spec.Operators = append(spec.Operators, o)
		spec.Pinned = spec.Pinned || o.Copy != nil
	}
	r.task = task.New(spec)
	r.show(j)
	r.launch = func() {
		w.starts[id].start(r.task, func() { j.tell(func() { x.taskDone(r) }) })
	}
	return r, nil
}

// operator makes an operator of a chain for one subtask, with its context and outputs.
func (w *wiring) operator(r *run, n *plan.Node, env *compile.Env, user *userCode,
) (task.Operator, error) {
	j, x, v := w.exec.job, w.exec, r.vertex
	op, err := compile.Operator(n, env)
	if err != nil {
		return task.Operator{}, err
	}
	ctx := &operator.Context{
		Task: operator.Task{JobID: j.ID, JobName: j.Name, Operator: n.UID, Name: n.Name,
			TaskName: v.Name, Subtask: r.subtask, Parallelism: v.Parallelism, MaxParallelism: v.MaxParallelism,
			Attempt: r.tries, BatchMode: j.layout.Batch,
			FinalCheckpoint: x.final, HeldCommit: x.commits,
			RestoredCheckpoint: w.from.id},
		Clock: j.opts.Clock, Config: j.settings(v, r.subtask), Log: j.log, BatchRows: x.rows, BatchBytes: x.bytes,
		FS: j.opts.FS, Dir: j.workDir(n.UID, r.subtask, r.attempt) + "-work",
		Metrics: operatorMetrics{j.metricsOf(n, r.subtask)}, Memory: j.budgetOf(v, r.subtask),
	}
	if j.conf.interval > 0 {
		ctx.RequestCheckpoint = func() { j.tell(func() { x.checkpointEarly() }) }
	}
	out := task.Operator{Op: op, Context: ctx, Origin: n.Origin,
		Open: func() (state.Store, error) {
			if p, ok := op.(operator.Pinned); ok && p.Pinned() {
				host, err := user.get()
				if err != nil {
					return nil, err
				}
				ctx.UDF = host
				process := int64(processOf(host))
				ctx.Metrics.Gauge("pythonProcessId", func() int64 { return process })
			}
			return x.openStore(r, n, w.from)
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
		writer, err := w.writer(l, r, user)
		if err != nil {
			return out, err
		}
		writer.Copy = out.Copy
		out.Outputs[l.Edge.Output] = append(out.Outputs[l.Edge.Output], task.Target{Writer: writer})
	}
	return out, nil
}

// restoreFiles is where the handles of a start are read.
func (x *execution) restoreFiles(from *restored) state.Files {
	if from.files != nil {
		return from.files
	}
	return x.store
}
