package job

// running is a job whose tasks run.
type running struct {
	calm
	ended int
}

func (*running) status() Status { return Running }

func (p *running) enter(j *Job) { j.exec.start(j) }

func (p *running) taskEnded(j *Job, _ *run) { p.ended++ }

func (p *running) taskDone(j *Job, r *run) {
	switch {
	case r.err != nil:
		j.firstError(r.err)
		j.to(&failing{})
	case j.exec.live == 0:
		j.exec.stop()
		j.to(&over{final: Finished})
	}
}

func (p *running) cancel(j *Job) { j.to(&cancelling{}) }
