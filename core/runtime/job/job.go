// Package job runs a plan: it deploys tasks, takes checkpoints, restarts after failures and stops.
// A job is a state machine of phases, one a file; its Step is run by the same driver as its tasks.
package job

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/base/metrics"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/memory"
	"github.com/headrace/headrace/core/udf"
)

// Status is where a job stands, under Flink's names.
type Status string

// The statuses; the last four of them are final.
const (
	Created    Status = "CREATED"
	Running    Status = "RUNNING"
	Failing    Status = "FAILING"
	Cancelling Status = "CANCELLING"
	Restarting Status = "RESTARTING"
	Finished   Status = "FINISHED"
	Failed     Status = "FAILED"
	Canceled   Status = "CANCELED"
	Suspended  Status = "SUSPENDED"
)

// Final says that the job will not run again.
func (s Status) Final() bool {
	return s == Finished || s == Failed || s == Canceled || s == Suspended
}

// Options say how a job is run. The zero value of each field has a default.
type Options struct {
	// ID tells the job from others, also over restarts of the process ("latest" checkpoint);
	// default: the graph's name.
	ID     string
	Clock  clock.Clock  // default clock.System
	FS     fsys.FS      // default fsys.OS
	Driver drive.Driver // default drive.Goroutines
	Log    *slog.Logger // default: nothing is logged
	// Config is put under the graph's own configuration.
	Config config.Map
	// UDF makes the host of user functions of one operator subtask, on the thread that the
	// subtask will run on; nil: there is no Python.
	UDF func(ctx *udf.Context) (udf.Host, error)
	// Backend keeps state; default: the one that state.backend.type names.
	Backend state.Backend
	// Dir is working space on the local disk; default: a directory below the system's for
	// temporary files.
	Dir string
	// Metrics receives the job's metrics; default: a group of its own.
	Metrics *metrics.Group
}

// Job is a job that was started. All its methods may be called from any goroutine.
type Job struct {
	ID   string
	Name string

	opts   Options
	cfg    config.Map
	log    *slog.Logger
	layout *compile.Layout
	wake   func()

	mu       sync.Mutex
	inbox    []func()
	status   Status
	err      error
	over     bool
	done     chan struct{}
	history  []Transition
	leftover []string
	taken    []Snapshot
	lost     []Snapshot // that failed
	groups   map[string]Resources
	counts   SnapshotCounts
	vertices []Vertex

	rescalings []Rescaling

	// What follows belongs to Step.
	phase   phase
	exec    *execution
	shape   *topology
	unclaim func() error   // of the working space; nil: not claimed
	wanted  int            // parallelism that the program asks for
	attempt int            // attempts so far, of the job and of regions
	tries   map[taskID]int // attempts of each task
	restart restartStrategy
	conf    checkpointing
	storage *storage
	plain   state.Backend // of operators without keyed state
	memory  managed
	nextID  int64 // of a snapshot
	failure error
	alarms  []func() bool
}

// Transition is a change of status.
type Transition struct {
	Status Status
	AtMs   int64
	Err    error // why, where there is a reason
}

// Start compiles the graph and starts it; it returns before anything has run. The graph must not
// be changed any more. Errors of the program (a missing uid, a bad option) come back here, those
// of running it from Wait. Cancelling ctx cancels the job.
func Start(ctx context.Context, g *plan.Graph, o Options) (*Job, error) {
	j, err := prepare(g, o)
	if err != nil {
		return nil, err
	}
	wake, start := j.opts.Driver.New("job " + j.ID)
	j.wake = wake
	j.tell(func() { j.to(&created{}) })
	start(j, func() {})
	if ctx.Done() != nil {
		go func() {
			select {
			case <-ctx.Done():
				j.Cancel()
			case <-j.done:
			}
		}()
	}
	return j, nil
}

func prepare(g *plan.Graph, o Options) (*Job, error) {
	o = o.withDefaults(g)
	cfg := config.Map{}
	for _, m := range []config.Map{o.Config, g.Config} {
		for k, v := range m {
			cfg[k] = v
		}
	}
	if err := config.Check(cfg); err != nil {
		return nil, err
	}
	if err := g.Validate(); err != nil {
		return nil, err
	}
	if err := g.AssignUIDs(); err != nil {
		return nil, err
	}
	batch, err := batchMode(g, cfg)
	if err != nil {
		return nil, err
	}
	parallelism, err := config.Parallelism.Get(cfg)
	if err != nil {
		return nil, err
	}
	if parallelism == 0 {
		parallelism = runtime.NumCPU()
	}
	wanted := parallelism
	if parallelism, err = parallelismFor(cfg, wanted); err != nil {
		return nil, err
	}
	layout, err := compile.Lay(g, cfg, batch, parallelism)
	if err != nil {
		return nil, err
	}
	j := &Job{ID: o.ID, Name: g.Name, opts: o, cfg: cfg, log: o.Log, layout: layout,
		status: Created, done: make(chan struct{}), tries: map[taskID]int{},
		wanted: wanted}
	if j.restart, err = restartStrategyOf(cfg); err != nil {
		return nil, err
	}
	if j.conf, err = checkpointingOf(cfg); err != nil {
		return nil, err
	}
	if batch && j.conf.interval > 0 {
		j.log.Info("batch mode takes no checkpoints: a failed job starts again", "job", j.ID)
		j.conf.interval = 0
	}
	if name, set := cfg[config.StateBackend.Key]; batch && set && name != "hashmap" {
		j.log.Info("batch mode holds the state of one key, in memory: the back end is not used",
			"job", j.ID, "back end", name)
	}
	if err := blockingLinks(layout, cfg); err != nil {
		return nil, err
	}
	j.shape = topologyOf(layout)
	defer j.showVertices() // once the state says what the max-parallelism is
	if err := j.prepareState(); err != nil {
		return nil, err
	}
	j.showSnapshots()
	if err := j.openMemory(); err != nil {
		return nil, err
	}
	if j.groups, err = resourcesOf(cfg); err != nil {
		return nil, err
	}
	return j, j.affordable(func(v *compile.Vertex) int { return v.Parallelism })
}

// prepareState chooses the back end and finds the snapshot to start from.
func (j *Job) prepareState() error {
	var err error
	if j.storage, err = newStorage(&j.opts, j.cfg); err != nil {
		return err
	}
	j.plain = memory.Backend{}
	if j.opts.Backend == nil {
		if j.opts.Backend, err = backendOf(j.cfg); err != nil {
			return err
		}
	}
	from, err := config.RecoveryPath.Get(j.cfg)
	if err != nil {
		return err
	}
	if j.nextID, err = j.storage.recover(from, j.cfg[FirstRecoveryPath]); err != nil {
		return err
	}
	_, err = j.restorePlan() // a snapshot that does not fit is an error of the program
	return err
}

func (o Options) withDefaults(g *plan.Graph) Options {
	if o.ID == "" {
		o.ID = g.Name
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.FS == nil {
		o.FS = fsys.Machine{}
	}
	if o.Driver == nil {
		o.Driver = drive.Goroutines{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = &metrics.Group{}
	}
	return o
}

// batchMode decides how the graph is run; a source without end cannot be run as batch.
func batchMode(g *plan.Graph, cfg config.Map) (bool, error) {
	mode, err := config.RuntimeMode.Get(cfg)
	if err != nil {
		return false, err
	}
	for _, n := range g.Nodes {
		if s, ok := n.Op.(*plan.Source); ok && !s.Source.Bounded() {
			if mode == "BATCH" {
				return false, errs.Userf("source '%s' has no end and cannot be read in batch mode",
					n.Name).Fix("set execution.runtime-mode to STREAMING or bound the source")
			}
			return false, nil
		}
	}
	return mode != "STREAMING", nil
}

// tell has f run by Step.
func (j *Job) tell(f func()) {
	j.mu.Lock()
	j.inbox = append(j.inbox, f)
	j.mu.Unlock()
	j.wake()
}

var _ drive.Stepper = (*Job)(nil)

// Step implements drive.Stepper.
func (j *Job) Step(int) drive.Status {
	j.mu.Lock()
	inbox := j.inbox
	j.inbox = nil
	over := j.over
	j.mu.Unlock()
	for _, f := range inbox {
		f()
	}
	if over {
		return drive.Done
	}
	if len(inbox) > 0 {
		return drive.Progressed
	}
	return drive.Blocked
}

// to enters a phase.
func (j *Job) to(p phase) {
	for _, stop := range j.alarms {
		stop()
	}
	j.alarms = nil
	j.phase = p
	j.report()
	p.enter(j)
}

// report shows the phase's status, with the reason where there is one.
func (j *Job) report() {
	s := j.phase.status()
	j.mu.Lock()
	if s == j.status && s == Restarting { // one more region restarts
		j.mu.Unlock()
		return
	}
	j.status = s
	if s == Running {
		j.err = nil // that of an attempt before is history
	} else if j.failure != nil {
		j.err = j.failure
	}
	j.history = append(j.history, Transition{Status: s, AtMs: j.opts.Clock.NowMs(), Err: j.err})
	j.mu.Unlock()
	j.log.Info("job status", "job", j.ID, "status", s)
}

// after has f run by Step after d, unless the phase has changed by then.
func (j *Job) after(d time.Duration, f func()) {
	p := j.phase
	if len(j.alarms) > 64 { // most have rung: forget them all, the guard below is enough
		j.alarms = nil
	}
	j.alarms = append(j.alarms, j.opts.Clock.AfterFunc(d, func() {
		j.tell(func() {
			if j.phase == p {
				f()
			}
		})
	}))
}

func (j *Job) finish(final Status) {
	if j.unclaim != nil && len(j.LeftBehind()) == 0 {
		if err := j.unclaim(); err != nil {
			j.log.Warn("working space could not be removed", "job", j.ID, "error", err)
		}
	}
	j.memory.close()
	if err := j.storage.dispose(final); err != nil {
		j.log.Warn("checkpoints could not be deleted", "job", j.ID, "error", err)
	}
	// The tasks and their state go: a session keeps its jobs.
	j.exec = nil
	j.opts.Metrics.Close()
	j.mu.Lock()
	j.over = true
	j.mu.Unlock()
	close(j.done)
	j.wake()
}

// firstError keeps the first error that is not only the echo of a cancellation.
func (j *Job) firstError(err error) {
	if err == nil || j.failure != nil {
		return
	}
	var e *errs.Error
	if errors.As(err, &e) && e.Mark == errs.Cancelled {
		return
	}
	j.failure = err
}
