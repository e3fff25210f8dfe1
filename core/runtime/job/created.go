package job

// created is a job that has not run yet.
type created struct{ calm }

func (*created) status() Status { return Created }

func (*created) enter(j *Job) { j.deploy() }

func (*created) cancel(j *Job) { j.to(&over{final: Canceled}) }

// deploy makes the tasks of a new attempt and starts them.
func (j *Job) deploy() {
	j.attempt++
	j.failure = nil
	exec, err := newExecution(j, j.attempt-1)
	if err != nil {
		j.failure = err
		j.to(&over{final: Failed})
		return
	}
	j.exec = exec
	j.to(&running{})
}
