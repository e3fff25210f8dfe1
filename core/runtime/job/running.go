package job

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/runtime/task"
)

// running is a job whose tasks run.
type running struct {
	snapshots *snapshots
	ended     int
}

func (*running) status() Status { return Running }

func (p *running) enter(j *Job) {
	p.snapshots = &snapshots{job: j, exec: j.exec, conf: j.conf}
	p.snapshots.schedule()
	j.exec.start()
}

// taskEnded: when all tasks have ended and hold for it, a last checkpoint lets them go.
func (p *running) taskEnded(j *Job, _ *run) {
	if p.ended++; p.ended == len(j.exec.runs) && j.exec.holds {
		p.snapshots.ask(request{final: true})
	}
}

func (p *running) taskDone(j *Job, r *run) {
	switch {
	case r.err != nil:
		p.broken(j, r.err)
	case j.exec.live == 0:
		p.leave(j, nil)
		j.to(&over{final: Finished})
	}
}

func (p *running) captured(_ *Job, r *run, s *task.Snapshot) { p.snapshots.captured(r, s) }

func (p *running) snapshot(j *Job, r request) {
	if j.layout.Batch {
		r.reply("", errs.Userf("job '%s' runs in batch mode, which takes no checkpoints", j.Name).
			Fix("set execution.runtime-mode to STREAMING"))
		return
	}
	p.snapshots.ask(r)
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
