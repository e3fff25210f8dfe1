package job

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/checkpoint"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/runtime/operator/runtimefilter"
	"github.com/headrace/headrace/core/runtime/operator/source"
	"github.com/headrace/headrace/core/runtime/task"
	"github.com/headrace/headrace/core/runtime/watermark"
)

// execution is one attempt to run a job: its regions, each with the tasks of its newest attempt,
// and the source coordinators. Nothing of it is used by another execution, so what a task left
// behind does reaches nobody.
type execution struct {
	job          *Job
	attempt      int
	store        *checkpoint.Store
	holds        bool // tasks that have ended stay for barriers until all have
	final        bool // and then for a last checkpoint
	commits      bool // sinks that have ended wait until their region has, then they commit
	shape        *topology
	states       []regionState // by region
	regions      []*region
	runs         []*run // the newest of each task that was started, in the order of the regions
	coordinators []*coordinator
	live         int // tasks that have been started and are not done
	results      *results
	spreading    spreading
	spreads      map[*compile.Vertex]bool // those of which it was told
	env          compile.Env
	window       int64
	waiting      *memory.Account // what waits between tasks
	rows         int
	bytes        int
}

// region is a set of tasks that are started together.
type region struct {
	id   int
	runs []*run // of the newest attempt; empty before the first
}

// done says that all tasks of the newest attempt are closed.
func (g *region) done() bool {
	for _, r := range g.runs {
		if !r.done {
			return false
		}
	}
	return true
}

// cancel has the task and its user code end soon.
func (r *run) cancel() {
	r.task.Cancel()
	r.user.interrupt()
}

// run is one attempt of a task.
type run struct {
	region  *region
	vertex  *compile.Vertex
	subtask int
	attempt int // tells the attempts of all tasks of the job apart
	tries   int // earlier attempts of this task
	task    *task.Task
	user    *userCode
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
	vertex *compile.Vertex
	launch func()

	backlog bool // the source catches up with the past
}

// newExecution makes an attempt with the tasks that can start at once; start starts them.
func newExecution(j *Job, attempt int) (*execution, error) {
	x := &execution{job: j, attempt: attempt, shape: j.shape,
		holds:   j.holds(),
		final:   j.conf.interval > 0 && j.conf.afterFinish,
		commits: j.layout.Batch && j.restart != (noRestart{}),
		states:  make([]regionState, len(j.shape.regions)),
		env: compile.Env{Graph: j.layout.Graph, Config: j.cfg, Batch: j.layout.Batch,
			Clock: j.opts.Clock, Groups: map[string]*watermark.Group{},
			Bounds: map[int]*runtimefilter.Bounds{}}}
	j.claim()
	if err := j.storage.begin(attempt); err != nil {
		return nil, err
	}
	x.store = j.storage.store
	x.waiting = j.memory.budget.Open("exchange of " + j.Name)
	if err := x.configure(); err != nil {
		return nil, err
	}
	var err error
	x.spreads = map[*compile.Vertex]bool{}
	if x.spreading, err = newSpreading(x.job.cfg); err != nil {
		return nil, err
	}
	if x.results, err = x.newResults(); err != nil {
		return nil, err
	}
	from, err := j.restorePlan()
	if err != nil {
		return nil, err
	}
	for _, v := range j.layout.Vertices {
		if v.Source() {
			x.coordinators = append(x.coordinators, x.coordinator(v, from))
		}
	}
	for i := range j.shape.regions {
		x.regions = append(x.regions, &region{id: i})
	}
	for i := range x.regions {
		if x.shape.startable(i, x.states, x.complete) {
			if err := x.build(x.regions[i], from, attempt); err != nil {
				return nil, err
			}
		}
	}
	return x, nil
}

// holds says whether tasks that have ended stay until all have, so that a checkpoint or savepoint
// can be taken at any time. Where none are taken by themselves the results of a stage are given up
// early instead.
func (j *Job) holds() bool {
	if j.conf.interval > 0 || !j.conf.afterFinish {
		return j.conf.afterFinish
	}
	blocking := func(l *compile.Link) bool { return l.Blocking }
	return !j.layout.Batch && !slices.ContainsFunc(j.layout.Links, blocking)
}

func (x *execution) configure() (err error) {
	cfg := x.job.cfg
	if x.window, err = config.GateMemory.Get(cfg); err != nil {
		return err
	}
	if x.rows, err = config.BatchRows.Get(cfg); err != nil {
		return err
	}
	size, err := config.BatchSize.Get(cfg)
	x.bytes = int(size)
	return err
}

func (x *execution) coordinator(v *compile.Vertex, from *restored) *coordinator {
	j, n := x.job, v.Nodes[0]
	wake, start := j.opts.Driver.New("splits of " + n.Name)
	var enumerator []byte
	if o := from.operator(n.UID); o != nil && len(o.Coordinator) > 0 {
		enumerator = o.Coordinator[1:]
	}
	c := source.NewCoordinator(n.Op.(*plan.Source).Source, enumerator, connector.EnumeratorContext{
		Parallelism: v.Parallelism, Clock: j.opts.Clock, Log: j.log}, wake)
	for i := range v.Parallelism {
		if from.vertexEnded(v, i) {
			c.Begun(i) // it reads nothing again
		}
	}
	if len(x.shape.regions) > 1 && j.restart != (noRestart{}) {
		c.Keep()
	}
	out := &coordinator{Coordinator: c, node: n, vertex: v, launch: func() { start(c, func() {}) }}
	c.OnBacklog(func(on bool) { j.tell(func() { x.caughtUp(out, on) }) })
	return out
}

// coordinatorOf returns that of a source vertex.
func (x *execution) coordinatorOf(v *compile.Vertex) *coordinator {
	for _, c := range x.coordinators {
		if c.vertex == v {
			return c
		}
	}
	return nil
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

// start starts the coordinators and the tasks that have been built.
func (x *execution) start() {
	for _, c := range x.coordinators {
		c.launch()
	}
	for _, g := range x.regions {
		if len(g.runs) > 0 {
			x.launch(g)
		}
	}
}

// launch starts the tasks of a region that has been built.
func (x *execution) launch(g *region) {
	x.states[g.id] = regionRunning
	x.live += len(g.runs)
	for _, r := range g.runs {
		r.launch()
	}
}

// deploy builds the tasks of a region, for the first time or again, and starts them.
func (x *execution) deploy(g *region, from *restored) error {
	attempt := x.attempt
	if len(g.runs) > 0 {
		attempt = x.job.attempt
		x.job.attempt++
		for _, id := range x.shape.regions[g.id] {
			if c := x.coordinatorOf(x.job.layout.Vertices[id.vertex]); c != nil {
				c.Reset(id.subtask)
			}
		}
	}
	if err := x.build(g, from, attempt); err != nil {
		return err
	}
	x.launch(g)
	return nil
}

// everywhere says that every task runs, or is done.
func (x *execution) everywhere() bool {
	for _, s := range x.states {
		if s != regionRunning && s != regionFinished {
			return false
		}
	}
	return true
}

func (x *execution) finished() bool {
	for _, s := range x.states {
		if s != regionFinished {
			return false
		}
	}
	return true
}

// allEnded says that every task has processed all its input.
func (x *execution) allEnded() bool {
	for _, r := range x.runs {
		if !r.ended {
			return false
		}
	}
	return x.everywhere()
}

// workRoot is working space of the process on the local disk.
func (j *Job) workRoot() string {
	if j.opts.Dir != "" {
		return j.opts.Dir
	}
	dirs, err := config.TmpDirs.Get(j.cfg)
	if err != nil || dirs == "" {
		dirs = os.TempDir()
	}
	first, _, _ := strings.Cut(dirs, ",")
	return filepath.Join(first, fmt.Sprintf("headrace-%d", os.Getpid()))
}

// claim makes the working space, which is gone when the last job of the process that uses it is
// over; what processes that were killed have left is removed. That it cannot be made is told by
// whoever needs it.
func (j *Job) claim() {
	if !fsys.Local(j.opts.FS, j.workRoot()) || j.opts.Dir != "" || j.unclaim != nil {
		return
	}
	var err error
	if j.unclaim, err = fsys.Claim(j.workRoot(), "headrace-[0-9]*"); err != nil {
		j.log.Warn("there is no working space on the disk", "job", j.ID, "error", err)
	}
}

// workDir is working space for one operator subtask of one attempt.
func (j *Job) workDir(uid string, subtask, attempt int) string {
	return filepath.Join(j.workRoot(), j.ID, fmt.Sprintf("%s-%d-%d", uid, subtask, attempt))
}

func (x *execution) cancel() {
	for _, r := range x.runs {
		if !r.done {
			r.cancel()
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

// stop ends what is left of an execution whose tasks are closed, or cut off.
func (x *execution) stop() {
	for _, c := range x.coordinators {
		c.Stop()
	}
	x.waiting.Close()
	x.dispose()
}
