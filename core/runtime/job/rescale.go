package job

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
)

// Rescaling is a change of parallelism while the job ran, or an attempt at one.
type Rescaling struct {
	ID        int
	Reason    string // who asked
	StartMs   int64
	StoppedMs int64          // when the tasks were cancelled, 0 when they were not
	EndMs     int64          // when the job ran again, or the attempt was given up
	Before    map[string]int // parallelism by vertex id
	After     map[string]int
	Err       error // why it was given up
}

// Over says that the rescaling has come to its end.
func (r *Rescaling) Over() bool { return r.EndMs > 0 }

// Vertex is a chain of operators, for those who look at a job.
type Vertex struct {
	ID             string // stable as long as the uid of its first operator is
	Name           string
	Parallelism    int
	MaxParallelism int
	// Fixed says that the program gave it parallelism 1: it is scaled only by name.
	Fixed bool
}

// vertexID is 32 hexadecimal digits, as Flink's are.
func vertexID(v *compile.Vertex) string {
	sum := sha256.Sum256([]byte(v.Nodes[0].UID))
	return hex.EncodeToString(sum[:16])
}

// Vertices lists the job's vertices, each behind those in front of it.
func (j *Job) Vertices() []Vertex {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.vertices)
}

// showVertices takes the layout's vertices for Vertices.
func (j *Job) showVertices() {
	var out []Vertex
	for _, v := range j.layout.Vertices {
		out = append(out, Vertex{ID: vertexID(v), Name: v.Name, Parallelism: v.Parallelism,
			MaxParallelism: v.MaxParallelism, Fixed: v.Nodes[0].Parallelism == 1})
	}
	j.mu.Lock()
	j.vertices = out
	j.mu.Unlock()
}

// Rescalings lists the changes of parallelism so far, oldest first.
func (j *Job) Rescalings() []Rescaling {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.rescalings)
}

// Rescale gives vertices another parallelism while the job runs: it takes a checkpoint, and the
// tasks start from it with the new parallelism; nothing is lost or repeated. An error leaves the
// job as it was, unless it failed for another reason meanwhile.
func (j *Job) Rescale(ctx context.Context, parallelism map[string]int, reason string) error {
	answers := make(chan error, 1)
	j.StartRescale(parallelism, reason, func(err error) { answers <- err })
	select {
	case err := <-answers:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-j.done:
		select {
		case err := <-answers:
			return err
		default:
			return errs.Userf("job '%s' is over (%s)", j.Name, j.Status())
		}
	}
}

// StartRescale begins what Rescale does; done is called when it is over, unless the job ends before.
func (j *Job) StartRescale(parallelism map[string]int, reason string, done func(error)) {
	j.tell(func() { j.phase.rescale(j, parallelism, reason, done) })
}

// RescaleAll gives every vertex that is not Fixed a parallelism, at most its max-parallelism.
func (j *Job) RescaleAll(ctx context.Context, parallelism int, reason string) error {
	to := map[string]int{}
	for _, v := range j.Vertices() {
		if !v.Fixed {
			to[v.ID] = min(parallelism, v.MaxParallelism)
		}
	}
	if len(to) == 0 {
		return errs.Userf("every operator of job '%s' was given parallelism 1", j.Name).
			Fix("name the vertices to scale")
	}
	return j.Rescale(ctx, to, reason)
}

// SetSlots tells an adaptive job how many slots there are: with scheduler-mode reactive it takes
// all of them, else at most the parallelism that the program asks for.
func (j *Job) SetSlots(ctx context.Context, slots int) error {
	if slots < 1 {
		return errs.Userf("there cannot be %d slots", slots)
	}
	s, err := schedulerOf(j.cfg)
	if err != nil {
		return err
	}
	if !s.adaptive {
		return errs.Userf("job '%s' does not follow the number of slots", j.Name).
			Fix("set %s to adaptive", config.Scheduler.Key)
	}
	want := slots
	if !s.reactive {
		want = min(slots, j.wanted)
	}
	return j.RescaleAll(ctx, want, "the number of slots changed")
}

// Adaptive says that the job follows the number of slots.
func (j *Job) Adaptive() bool {
	s, err := schedulerOf(j.cfg)
	return err == nil && s.adaptive
}

// scheduler is how the parallelism of a job is found.
type scheduler struct{ adaptive, reactive bool }

func schedulerOf(cfg config.Map) (s scheduler, err error) {
	kind, err := config.Scheduler.Get(cfg)
	if err != nil {
		return s, err
	}
	mode, err := config.SchedulerMode.Get(cfg)
	s.reactive = mode == "reactive"
	s.adaptive = kind == "adaptive" || s.reactive
	return s, err
}

// parallelismFor is the default parallelism of a job that asks for wanted.
func parallelismFor(cfg config.Map, wanted int) (int, error) {
	s, err := schedulerOf(cfg)
	if err != nil || !s.adaptive {
		return wanted, err
	}
	slots, err := config.TaskSlots.Get(cfg)
	switch {
	case err != nil || slots == 0:
		return wanted, err
	case s.reactive:
		return slots, nil
	}
	return min(wanted, slots), nil
}

// rescale implements phase: first a checkpoint.
func (p *running) rescale(j *Job, to map[string]int, reason string, reply func(error)) {
	r := &Rescaling{ID: len(j.rescalings) + 1, Reason: reason, StartMs: j.opts.Clock.NowMs(),
		Before: map[string]int{}, After: map[string]int{}}
	if err := p.rescalable(j, r, to); err != nil {
		reply(err)
		return
	}
	if maps.Equal(r.Before, r.After) {
		reply(nil)
		return
	}
	j.noteRescaling(*r)
	end := func(err error) {
		r.EndMs, r.Err = j.opts.Clock.NowMs(), err
		j.noteRescaling(*r)
		reply(err)
	}
	p.snapshots.ask(request{reply: func(_ string, err error) {
		if err != nil {
			end(err)
			return
		}
		j.tell(func() { // when the checkpoint has been dealt with
			if j.phase != p {
				end(errs.Transientf("job '%s' is %s", j.Name, j.phase.status()))
				return
			}
			p.leave(j, errs.Transientf("job '%s' is being rescaled", j.Name))
			j.to(&rescaling{change: r, end: end})
		})
	}})
}

// rescalable checks a request and fills in the parallelisms.
func (p *running) rescalable(j *Job, r *Rescaling, to map[string]int) error {
	switch {
	case j.layout.Batch:
		return errs.Userf("job '%s' runs in batch mode and cannot be rescaled", j.Name)
	case len(p.failovers) > 0 || p.snapshots.over || p.snapshots.stopping:
		return errs.Transientf("job '%s' restarts or ends", j.Name).Fix("ask again when it is RUNNING")
	}
	left := maps.Clone(to)
	for _, v := range j.layout.Vertices {
		id := vertexID(v)
		r.Before[id], r.After[id] = v.Parallelism, v.Parallelism
		n, ok := to[id]
		if !ok {
			continue
		}
		delete(left, id)
		if n < 1 || n > v.MaxParallelism {
			return errs.Userf("operator '%s' cannot have parallelism %d", v.Name, n).
				Fix("give it one from 1 to %d, its max-parallelism", v.MaxParallelism)
		}
		r.After[id] = n
	}
	for id := range left {
		return errs.Userf("job '%s' has no vertex '%s'", j.Name, id)
	}
	return j.affordable(func(v *compile.Vertex) int { return r.After[vertexID(v)] })
}

// noteRescaling keeps the newest state of a rescaling.
func (j *Job) noteRescaling(r Rescaling) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if n := len(j.rescalings); n > 0 && j.rescalings[n-1].ID == r.ID {
		j.rescalings[n-1] = r
		return
	}
	j.rescalings = append(j.rescalings, r)
}

// rescaling is a job whose tasks close, to start again with another parallelism.
type rescaling struct {
	calm
	change    *Rescaling
	end       func(error)
	cancelled bool
}

func (*rescaling) status() Status { return Restarting }

func (p *rescaling) enter(j *Job) {
	p.change.StoppedMs = j.opts.Clock.NowMs()
	j.exec.cancel()
	if j.exec.live == 0 {
		p.again(j)
		return
	}
	j.after(j.cancelTimeout(), func() {
		j.abandon()
		p.again(j)
	})
}

func (p *rescaling) taskDone(j *Job, _ *run) {
	if j.exec.live == 0 {
		p.again(j)
	}
}

func (p *rescaling) cancel(*Job) { p.cancelled = true }

// again starts the tasks from the checkpoint.
func (p *rescaling) again(j *Job) {
	j.exec.stop()
	if p.cancelled {
		p.end(errCancelled(j))
		j.to(&over{final: Canceled})
		return
	}
	for _, v := range j.layout.Vertices {
		v.Parallelism = p.change.After[vertexID(v)]
	}
	for _, l := range j.layout.Links {
		l.Partition = l.Edge.Partition
		if l.Partition == plan.Forward && l.From.Parallelism != l.To.Parallelism {
			l.Partition = plan.Rebalance
		}
	}
	j.shape = topologyOf(j.layout)
	j.deploy()
	j.showVertices()
	p.end(j.failure)
}
