package job

import (
	"context"

	"github.com/headrace/headrace/core/base/errs"
)

// Savepoint takes a savepoint below dir ("": execution.checkpointing.savepoint-dir) while the job
// goes on, and returns its path. An error leaves the job running.
func (j *Job) Savepoint(ctx context.Context, dir string) (path string, err error) {
	return j.request(ctx, request{savepoint: true, dir: dir})
}

// Stop takes a savepoint and ends the job with it: the status becomes FINISHED. With drain, all
// timers fire and windows close first, as at the end of input. An error leaves the job running
// when it was not to be drained; a drained one counts as failed.
func (j *Job) Stop(ctx context.Context, dir string, drain bool) (path string, err error) {
	path, err = j.request(ctx, request{savepoint: true, dir: dir, stop: true, drain: drain})
	if err != nil {
		return "", err
	}
	return path, j.Wait(ctx)
}

// TriggerCheckpoint takes a checkpoint now and returns its path.
func (j *Job) TriggerCheckpoint(ctx context.Context) (path string, err error) {
	return j.request(ctx, request{})
}

func (j *Job) request(ctx context.Context, r request) (string, error) {
	type answer struct {
		path string
		err  error
	}
	answers := make(chan answer, 1)
	r.reply = func(path string, err error) { answers <- answer{path, err} }
	j.tell(func() { j.phase.snapshot(j, r) })
	select {
	case a := <-answers:
		return a.path, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	case <-j.done:
		select {
		case a := <-answers:
			return a.path, a.err
		default:
			return "", errs.Userf("job '%s' is over (%s)", j.Name, j.Status())
		}
	}
}
