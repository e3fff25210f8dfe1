package job

import "time"

// caughtUp: a source begins or ends to catch up with the past.
func (x *execution) caughtUp(c *coordinator, on bool) {
	before := x.backlog()
	c.backlog = on
	j := x.job
	if j.exec != x || x.backlog() == before {
		return
	}
	j.log.Info("backlog", "job", j.ID, "source", c.node.Name, "processing", on)
	if p, ok := j.phase.(*running); ok {
		p.snapshots.backlogChanged()
	}
}

// backlog says that some source is catching up.
func (x *execution) backlog() bool {
	for _, c := range x.coordinators {
		if c.backlog {
			return true
		}
	}
	return false
}

// every is the time between checkpoints now; 0: none are taken.
func (s *snapshots) every() time.Duration {
	if s.conf.interval > 0 && s.conf.backlogInterval >= 0 && s.exec.backlog() {
		return s.conf.backlogInterval
	}
	return s.conf.interval
}

// backlogChanged goes over to the other interval. What the backlog has left behind is kept at once.
func (s *snapshots) backlogChanged() {
	s.schedule()
	if s.conf.interval > 0 && !s.exec.backlog() {
		s.periodic()
	}
}
