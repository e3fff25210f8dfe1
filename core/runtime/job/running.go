package job

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/runtime/task"
)

// running is a job whose tasks run. While some regions restart and the others go on it shows as
// RESTARTING.
type running struct {
	snapshots *snapshots
	failovers []*failover // under way
}

func (p *running) status() Status {
	if len(p.failovers) > 0 {
		return Restarting
	}
	return Running
}

func (p *running) enter(j *Job) {
	p.snapshots = &snapshots{job: j, exec: j.exec, conf: j.conf,
		settled: func() { p.resume(j) }}
	p.snapshots.schedule()
	j.exec.start()
}

// taskEnded: what waited for the results of its region starts. When all tasks have ended and hold
// for it, a last checkpoint lets them go.
func (p *running) taskEnded(j *Job, r *run) {
	x := j.exec
	x.commitEnd(r.region)
	if !x.holds {
		return
	}
	if x.states[r.region.id] == regionRunning && x.complete(r.region.id) {
		if err := p.startWaiting(j); err != nil {
			p.broken(j, err)
			return
		}
	}
	if x.allEnded() {
		p.snapshots.ask(request{final: true})
	}
}

func (p *running) taskDone(j *Job, r *run) {
	x, g := j.exec, r.region
	switch {
	case x.states[g.id] == regionFailing:
		j.firstError(r.err)
		p.closed(j)
	case r.err != nil:
		p.failed(j, g, r.err)
	case g.done():
		p.finished(j, g)
	default:
		x.commitEnd(g)
	}
}

// finished: the tasks of a region are done; those that waited for its results start.
func (p *running) finished(j *Job, g *region) {
	x := j.exec
	x.states[g.id] = regionFinished
	if x.finished() {
		p.leave(j, nil)
		x.stop()
		j.to(&over{final: Finished})
		return
	}
	x.release()
	if err := p.startWaiting(j); err != nil {
		p.broken(j, err)
	}
}

// startWaiting starts the regions that have waited for results that are complete now.
func (p *running) startWaiting(j *Job) error {
	from, err := j.restorePlan()
	if err != nil {
		return err
	}
	return p.startable(j, from)
}

// startable starts the regions whose inputs are complete.
func (p *running) startable(j *Job, from *restored) error {
	x := j.exec
	for i, g := range x.regions {
		if x.shape.startable(i, x.states, x.complete) {
			if err := x.deploy(g, from); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *running) captured(_ *Job, r *run, s *task.Snapshot) { p.snapshots.captured(r, s) }

func (p *running) snapshot(j *Job, r request) {
	switch {
	case j.layout.Batch:
		r.answer("", errs.Userf("job '%s' runs in batch mode, which takes no checkpoints", j.Name).
			Fix("set execution.runtime-mode to STREAMING"))
	case len(p.failovers) > 0:
		calm{}.snapshot(j, r)
	default:
		p.snapshots.ask(r)
	}
}

func (p *running) broken(j *Job, err error) {
	j.firstError(err)
	p.leave(j, err)
	j.to(&failing{})
}

func (p *running) cancel(j *Job) {
	p.leave(j, errCancelled(j))
	j.to(&cancelling{})
}

// leave answers those who wait for a snapshot.
func (p *running) leave(j *Job, err error) {
	if err == nil {
		err = errOver(j)
	}
	p.snapshots.drop(err)
}
