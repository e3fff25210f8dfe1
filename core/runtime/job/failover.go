package job

import (
	"slices"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
)

// failover is the restart of some regions while the others go on: their tasks are cancelled, the
// restart strategy is asked, and after its delay they start from the newest complete checkpoint.
type failover struct {
	regions []int
	closed  bool // all its tasks are
	rested  bool // the delay is over
}

// failed: a task of a region has failed.
func (p *running) failed(j *Job, g *region, err error) {
	if !p.separable(j) {
		p.broken(j, err)
		return
	}
	x := j.exec
	if x.states[g.id] == regionCommitting || errs.IsFinal(err) {
		p.broken(j, err) // for good: see failing
		return
	}
	j.firstError(err)
	p.snapshots.interrupt(errs.Transientf("a task failed while the checkpoint was taken").Wrap(err))
	x.blame(err)
	f := &failover{}
	lost := func(r int) bool { return x.results.lost[r] }
	for _, r := range x.shape.restarting(g.id, x.states, lost) {
		if x.states[r] == regionFailing || x.states[r] == regionResting {
			continue // it is being restarted already
		}
		x.states[r] = regionFailing
		f.regions = append(f.regions, r)
		for _, t := range x.regions[r].runs {
			if !t.done {
				t.cancel()
			}
		}
	}
	p.failovers = append(p.failovers, f)
	j.log.Warn("tasks restart, others go on", "job", j.ID, "regions", len(f.regions), "of",
		len(x.regions), "error", err)
	j.report()
	j.after(j.cancelTimeout(), func() {
		if !f.closed {
			// What a task left behind does might reach the next attempt through what both share.
			p.broken(j, err)
		}
	})
	p.closed(j)
}

// separable says whether a region may restart alone.
func (p *running) separable(j *Job) bool {
	s := p.snapshots
	if len(j.exec.regions) < 2 || s.over || s.stopping || j.restart == (noRestart{}) {
		return false
	}
	kind, err := config.FailoverStrategy.Get(j.cfg)
	return err == nil && kind == "region"
}

// closed: when all tasks of a failover are closed, its delay begins.
func (p *running) closed(j *Job) {
	x := j.exec
	for _, f := range p.failovers {
		if f.closed ||
			slices.ContainsFunc(f.regions, func(r int) bool { return !x.regions[r].done() }) {
			continue
		}
		f.closed = true
		f.regions = slices.DeleteFunc(f.regions, func(r int) bool { return p.escaped(j, r) })
		for _, r := range f.regions {
			x.states[r] = regionResting
		}
		delay, again := j.restart.next(j.opts.Clock.NowMs())
		if !again {
			p.leave(j, j.failure)
			j.to(&failing{final: true})
			return
		}
		j.after(delay, func() {
			f.rested = true
			p.resume(j)
		})
	}
}

// escaped says that a region with a sink finished before its cancellation came through: what it
// wrote is out.
func (p *running) escaped(j *Job, r int) bool {
	x := j.exec
	if !x.shape.sinks[r] || x.final {
		return false
	}
	for _, t := range x.regions[r].runs {
		if t.err != nil {
			return false
		}
	}
	x.states[r] = regionFinished
	return true
}

// resume starts the regions that have rested, from the newest complete checkpoint: one whose
// manifest is being written is waited for, so that all regions agree which one that is.
func (p *running) resume(j *Job) {
	if j.phase != p || p.snapshots.committing() {
		return
	}
	for _, f := range slices.Clone(p.failovers) {
		if !f.rested {
			continue
		}
		if p.snapshots.over { // the job is ending: all of it starts from its last checkpoint
			p.broken(j, j.failure)
			return
		}
		if err := p.again(j, f); err != nil {
			p.broken(j, err)
			return
		}
		p.failovers = slices.DeleteFunc(p.failovers, func(o *failover) bool { return o == f })
		if len(p.failovers) == 0 {
			j.failure = nil
		}
		j.report()
	}
}

// again starts the regions of a failover, those that read what others of them make later.
func (p *running) again(j *Job, f *failover) error {
	from, err := j.restorePlan()
	if err != nil {
		return err
	}
	for _, r := range f.regions {
		j.exec.states[r], j.exec.results.lost[r] = regionWaiting, false
	}
	return p.startable(j, from)
}
