package pyudf

import (
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/udf"
)

var _ udf.KeyRuns = (*process)(nil)

// FeedRows implements udf.Process.
func (p *process) FeedRows(r udf.Rows) error { return p.FeedRuns(r, nil) }

// FeedRuns implements udf.KeyRuns.
func (p *process) FeedRuns(r udf.Rows, starts []int32) error {
	return p.host.do(func() error {
		values, err := p.in[r.Port].source(r.Value, r.Kinds, &p.pin)
		if err != nil {
			return err
		}
		var keys *python.Source
		if r.Key != nil {
			if keys, err = p.keys[r.Port].source(r.Key, nil, &p.pin); err != nil {
				return err
			}
		}
		err = p.loop.FeedRows(r.Port, r.From, values, keys, r.Slots, r.Times)
		if err != nil {
			return err
		}
		if len(starts) > 0 {
			return p.loop.FeedStarts(starts)
		}
		return p.loop.FeedMarks(r.Marks)
	})
}

// FeedRest implements udf.Process.
func (p *process) FeedRest(slots []int32) error {
	return p.host.do(func() error { return p.loop.FeedRest(slots) })
}

// Mark implements udf.Process.
func (p *process) Mark(watermark int64) error {
	p.loop.Mark(watermark)
	return nil
}

// FeedTimers implements udf.Process.
func (p *process) FeedTimers(domain int, timers []udf.Fired) error {
	times, slots := make([]int64, len(timers)), make([]int32, len(timers))
	ends := make([]int32, len(timers))
	var keys []byte
	for i, t := range timers {
		times[i], slots[i] = t.Time, t.Slot
		keys = append(keys, t.Key...)
		ends[i] = int32(len(keys))
	}
	return p.host.do(func() error {
		return p.loop.FeedTimers(domain, times, slots, keys, ends)
	})
}

// FeedKeys implements udf.Process.
func (p *process) FeedKeys(slots []int32, keys [][]byte) error {
	ends := make([]int32, len(slots))
	var data []byte
	for i, k := range keys {
		data = append(data, k...)
		ends[i] = int32(len(data))
	}
	return p.host.do(func() error { return p.loop.FeedKeys(slots, data, ends) })
}

// EndEach implements udf.Process.
func (p *process) EndEach() {
	_ = p.host.do(func() error { // without an interpreter there is nothing to drop
		p.loop.EndEach()
		return nil
	})
}

// FeedEnd implements udf.Process.
func (p *process) FeedEnd(port int) error {
	return p.host.do(func() error { return p.loop.FeedEnd(port) })
}

// FeedWatermark implements udf.Process.
func (p *process) FeedWatermark(watermark int64) error {
	return p.host.do(func() error { return p.loop.FeedWatermark(watermark) })
}

// Rewind implements udf.Process.
func (p *process) Rewind() { p.loop.Rewind() }

// Polls implements udf.Process.
func (p *process) Polls() bool { return p.loop.Polls() }

// FeedPoll implements udf.Process.
func (p *process) FeedPoll() error { return p.host.do(p.loop.FeedPoll) }
