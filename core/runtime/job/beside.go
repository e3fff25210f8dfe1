package job

import (
	"runtime/debug"

	"github.com/headrace/headrace/core/base/errs"
)

// beside has f, which may block, run beside the job. A panic in it breaks the attempt: it must not
// take down the process, which is the user's own Python.
func (j *Job) beside(name string, f func()) {
	j.opts.Driver.Go(name, func() {
		defer func() {
			if p := recover(); p != nil {
				err := errs.Internalf("panic in '%s': %v\n%s", name, p, debug.Stack()).
					Fix("please report this")
				j.log.Error("panic beside the job", "job", j.ID, "error", err)
				j.tell(func() { j.phase.broken(j, err) })
			}
		}()
		f()
	})
}
