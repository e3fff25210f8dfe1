package task

import "time"

// A barrier waits for the batch that a chain is in the middle of, and goes behind what a source
// has emitted, so a batch should not keep a chain busy for long. Between these it keeps its size.
const (
	paceSlow  = 100 * time.Millisecond
	paceFast  = 25 * time.Millisecond
	paceStart = 64 // rows of the first batch
)

// pace is how many rows a chain takes in at a time: fewer when its operators are slow, unless that
// does not make a call shorter (a request over a network for each batch).
type pace struct {
	rows   int
	most   int // 0: batches are taken as they come
	had    int // rows of the batch that is measured
	busy   time.Duration
	waited time.Duration // load's readings when that batch was taken

	halved bool
	flat   bool          // calls take about the same time, whatever the size
	before time.Duration // what the batch before took, which had another size
}

// newPace makes a pace for batches of most rows; steady: they always have them.
func newPace(most int, steady bool) pace {
	if steady || most <= 0 {
		return pace{rows: most}
	}
	return pace{rows: min(paceStart, most), most: most}
}

// next returns the size of the next batch, given the time that the last one, of had rows, took in
// operators and waited for room behind them.
func (p *pace) next(had int, busy, waited time.Duration) int {
	took := busy + waited
	switch {
	case took < paceFast:
		p.halved, p.flat = false, false
		p.grow(had)
	case took <= paceSlow:
		p.halved = false
	case p.flat && busy <= p.before*3/2:
		p.before = busy
		p.grow(had)
	case p.halved && busy > paceSlow && busy > p.before*3/4:
		p.halved, p.flat = false, true
		p.rows *= 2
		p.before = busy
	default:
		p.halved, p.flat, p.before = true, false, busy
		p.rows = min(p.rows, had) / 2
	}
	p.rows = max(min(p.rows, p.most), 1)
	return p.rows
}

// grow doubles the size if the last batch was about as large as it might have been.
func (p *pace) grow(had int) {
	if 2*had > p.rows {
		p.rows *= 2
	}
}

// measurePace ends the measurement of the last batch, if there is one: the chain is ready for more.
func (t *Task) measurePace() {
	p := &t.pace
	if p.had == 0 || p.most == 0 {
		return
	}
	busy, waited := t.load.worked(t.clock)
	rows := p.next(p.had, busy-p.busy, waited-p.waited)
	p.had = 0
	if t.gate != nil {
		t.gate.MaxRows = rows
	}
}
