package job

// over is a job in a final status.
type over struct {
	calm
	final Status
}

func (p *over) status() Status { return p.final }

func (p *over) enter(j *Job) { j.finish(p.final) }
