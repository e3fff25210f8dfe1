package job

import (
	"time"

	"github.com/headrace/headrace/core/base/config"
)

// cancelling is a job that waits for its tasks to close, though not for long.
type cancelling struct{ calm }

func (*cancelling) status() Status { return Cancelling }

func (p *cancelling) enter(j *Job) {
	j.exec.cancel()
	if j.exec.live == 0 {
		p.end(j)
		return
	}
	j.after(j.cancelTimeout(), func() {
		j.abandon()
		p.end(j)
	})
}

func (p *cancelling) taskDone(j *Job, _ *run) {
	if j.exec.live == 0 {
		p.end(j)
	}
}

func (p *cancelling) end(j *Job) {
	j.exec.stop()
	j.to(&over{final: Canceled})
}

func (j *Job) cancelTimeout() time.Duration {
	d, err := config.CancelTimeout.Get(j.cfg)
	if err != nil {
		return config.CancelTimeout.Default
	}
	return d
}
