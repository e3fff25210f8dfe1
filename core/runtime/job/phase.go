package job

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/runtime/task"
)

// phase is one state of a job. Calls of a phase come from Job.Step; what a phase does not care
// about does nothing.
type phase interface {
	status() Status
	enter(j *Job)
	// taskEnded: a task has processed all its input.
	taskEnded(j *Job, r *run)
	// taskDone: a task is closed; r.err says why.
	taskDone(j *Job, r *run)
	// captured: a task hands over the synchronous part of a snapshot.
	captured(j *Job, r *run, s *task.Snapshot)
	// snapshot: somebody wants a savepoint or checkpoint.
	snapshot(j *Job, r request)
	// rescale: somebody wants another parallelism, by vertex id.
	rescale(j *Job, to map[string]int, reason string, reply func(error))
	// broken: the attempt cannot go on.
	broken(j *Job, err error)
	cancel(j *Job)
}

// calm has the calls of a phase that does nothing.
type calm struct{}

func (calm) taskEnded(*Job, *run) {}
func (calm) taskDone(*Job, *run)  {}
func (calm) broken(*Job, error)   {}
func (calm) cancel(*Job)          {}

func (calm) captured(_ *Job, _ *run, s *task.Snapshot) { discard(s) }

func (calm) snapshot(j *Job, r request) {
	r.answer("", errs.Userf("job '%s' is %s: no snapshot can be taken", j.Name, j.phase.status()).
		Fix("ask again when it is RUNNING"))
}

func (calm) rescale(j *Job, _ map[string]int, _ string, reply func(error)) {
	reply(errs.Userf("job '%s' is %s: it cannot be rescaled", j.Name, j.phase.status()).
		Fix("ask again when it is RUNNING"))
}

// discard gives up captures that nobody waits for.
func discard(s *task.Snapshot) {
	for _, c := range s.Captures {
		c.Capture.Discard()
	}
}

func errCancelled(j *Job) error {
	return &errs.Error{Mark: errs.Cancelled, Msg: "job '" + j.Name + "' was cancelled"}
}

func errOver(j *Job) error { return errs.Userf("job '%s' has finished", j.Name) }
