package job

import "github.com/headrace/headrace/core/base/errs"

// created is a job that has not run yet.
type created struct{ calm }

func (*created) status() Status { return Created }

func (*created) enter(j *Job) { j.deploy() }

func (*created) cancel(j *Job) { j.to(&over{final: Canceled}) }

// deploy makes the tasks of a new attempt and starts them. When that fails for a reason that may
// pass, it counts as a failed attempt.
func (j *Job) deploy() {
	j.attempt++
	j.failure = nil
	exec, err := newExecution(j, j.attempt-1)
	if err != nil {
		j.failure = err
		if errs.MarkOf(err) == errs.Transient {
			j.afterFailure()
		} else {
			j.to(&over{final: Failed})
		}
		return
	}
	j.exec = exec
	j.to(&running{})
}
