package job

import (
	"time"

	"github.com/headrace/headrace/core/base/errs"
)

// failing is a job with a failed task: the others are cancelled, then the restart strategy
// decides.
type failing struct {
	calm
	cancelled bool
	final     bool // the restart strategy has given up
}

func (*failing) status() Status { return Failing }

func (p *failing) enter(j *Job) {
	j.exec.cancel()
	if j.exec.live == 0 {
		p.decide(j)
		return
	}
	j.after(j.cancelTimeout(), func() {
		j.abandon()
		p.decide(j)
	})
}

func (p *failing) taskDone(j *Job, r *run) {
	j.firstError(r.err)
	if j.exec.live == 0 {
		p.decide(j)
	}
}

func (p *failing) cancel(*Job) { p.cancelled = true }

func (p *failing) decide(j *Job) {
	j.exec.stop()
	switch {
	case p.cancelled:
		j.to(&over{final: Canceled})
	case p.final || errs.IsFinal(j.failure):
		j.to(&over{final: Failed})
	case j.exec.wrote():
		j.failure = errs.Userf("the job is not started again: in batch mode what its sinks wrote " +
			"is out, and would be written twice").Wrap(j.failure).Fix("remove what was written " +
			"and run the job anew")
		j.to(&over{final: Failed})
	default:
		j.afterFailure()
	}
}

// afterFailure asks the restart strategy.
func (j *Job) afterFailure() {
	delay, again := j.restart.next(j.opts.Clock.NowMs())
	if !again {
		j.to(&over{final: Failed})
		return
	}
	j.log.Warn("job '"+j.Name+"' restarts", "in", delay.Round(10*time.Millisecond), "error", j.failure)
	j.to(&restarting{delay: delay})
}

// abandon leaves tasks behind whose calls do not come back: their output is cut off.
func (j *Job) abandon() {
	names := j.exec.abandon()
	j.mu.Lock()
	j.leftover = append(j.leftover, names...)
	j.mu.Unlock()
	for _, n := range names {
		j.log.Warn("a call did not come back and is left behind", "job", j.ID, "task", n)
	}
}
