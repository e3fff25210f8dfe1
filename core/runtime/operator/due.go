package operator

import "github.com/headrace/headrace/core/state"

// Due are keys that give their results once, when the watermark reaches their time; rows that come
// for a time after it are late.
type Due struct {
	Timers state.Timers
	wm     int64
	late   Counter
}

// Open asks for the timers of a name; called in the operator's Open.
func (d *Due) Open(ctx *Context, name string) {
	d.wm = ctx.Watermark()
	d.Timers = ctx.Keyed.Timers(name)
	d.late = ctx.Metrics.Counter("numLateRecordsDropped")
}

// Late says whether the watermark has reached a time, and counts the row that asks.
func (d *Due) Late(at int64) bool {
	if at > d.wm {
		return false
	}
	d.late.Add(1)
	return true
}

// Advance moves the watermark: fire is called with the slots whose time has come, in order, then
// the watermark goes into rows.
func (d *Due) Advance(t int64, rows *Rows, fire func(slots []int32) error) error {
	d.wm = t
	for {
		due, err := d.Timers.Due(t, 1024)
		if err != nil {
			return err
		}
		if len(due) == 0 {
			rows.Mark(t)
			return nil
		}
		slots := make([]int32, len(due))
		for i, x := range due {
			slots[i] = x.Slot
		}
		if err := fire(slots); err != nil {
			return err
		}
	}
}
