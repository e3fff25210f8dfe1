package source

import "time"

// A barrier goes behind what the source has emitted, so a batch should not keep the operators of
// the task busy for long. Between these a source keeps the size of its batches.
const (
	paceSlow  = 100 * time.Millisecond
	paceFast  = 25 * time.Millisecond
	paceStart = 64 // rows of the first batch
)

// pace is how many rows a source reads at a time: fewer when those behind it are slow.
type pace struct {
	rows   int
	most   int
	lastNs int64
}

// next returns the size of the next batch, given when it is asked for.
func (p *pace) next(nowNs int64) int {
	took := time.Duration(nowNs - p.lastNs)
	switch {
	case p.rows == 0:
		p.rows = paceStart
	case took > paceSlow:
		p.rows /= 2
	case took < paceFast:
		p.rows *= 2
	}
	p.rows = max(min(p.rows, p.most), 1)
	p.lastNs = nowNs
	return p.rows
}
