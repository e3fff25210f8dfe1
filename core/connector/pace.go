package connector

import "time"

// Pace holds a reader to a number of rows a second.
type Pace struct {
	PerSecond float64 // 0: no limit
	startNs   int64
	started   bool
	given     float64
}

// shortestWait keeps the batches of a high rate from being of one row each.
const shortestWait = 5 * time.Millisecond

// Allow says how many of n rows may be given at the time; when none, after how long to ask again.
func (p *Pace) Allow(n int, nowNs int64) (int, time.Duration) {
	if p.PerSecond == 0 {
		return n, 0
	}
	if !p.started {
		p.started, p.startNs = true, nowNs
	}
	due := float64(nowNs-p.startNs)/1e9*p.PerSecond + 1 - p.given
	if due < 1 {
		wait := time.Duration((1-due)/p.PerSecond*1e9) + time.Microsecond
		return 0, max(wait, shortestWait)
	}
	n = min(n, int(due))
	p.given += float64(n)
	return n, 0
}
