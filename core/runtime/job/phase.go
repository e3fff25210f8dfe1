package job

// phase is one state of a job. Calls of a phase come from Job.Step; what a phase does not care
// about does nothing.
type phase interface {
	status() Status
	enter(j *Job)
	// taskEnded: a task has processed all its input.
	taskEnded(j *Job, r *run)
	// taskDone: a task is closed; r.err says why.
	taskDone(j *Job, r *run)
	cancel(j *Job)
}

// calm has the calls of a phase that does nothing.
type calm struct{}

func (calm) enter(*Job)           {}
func (calm) taskEnded(*Job, *run) {}
func (calm) taskDone(*Job, *run)  {}
func (calm) cancel(*Job)          {}
