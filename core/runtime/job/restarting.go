package job

import "time"

// restarting is a job that waits before its next attempt.
type restarting struct {
	calm
	delay time.Duration
}

func (*restarting) status() Status { return Restarting }

func (p *restarting) enter(j *Job) { j.after(p.delay, j.deploy) }

func (*restarting) cancel(j *Job) { j.to(&over{final: Canceled}) }
