package pyudf

import (
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/udf"
)

// FeedRows implements udf.Process.
func (p *process) FeedRows(r udf.Rows) error {
	return p.host.do(func() error {
		var err error
		if r.Merged != nil {
			err = p.feedMerged(r)
		} else {
			err = p.feedPort(r)
		}
		if err != nil {
			return err
		}
		if len(r.Starts) > 0 {
			return p.loop.FeedStarts(r.Starts)
		}
		return p.loop.FeedMarks(r.Marks)
	})
}

func (p *process) feedPort(r udf.Rows) error {
	values, keys, err := p.sources(r.Port, r)
	if err != nil {
		return err
	}
	return p.loop.FeedRows(r.Port, r.From, values, keys, r.Slots, r.Times)
}

func (p *process) feedMerged(r udf.Rows) error {
	var sources []*python.Source
	for port, side := range r.Merged.Sides {
		values, keys, err := p.sources(port, side)
		if err != nil {
			return err
		}
		sources = append(sources, values, keys)
	}
	return p.loop.FeedMerged(r.Merged.Ports, r.Merged.At, sources, r.Slots, r.Times)
}

// sources reads the rows of a port; both are nil where there are none.
func (p *process) sources(port int, r udf.Rows) (values, keys *python.Source, err error) {
	if r.Value == nil {
		return nil, nil, nil
	}
	if values, err = p.in[port].source(r.Value, r.Kinds, &p.pin); err != nil || r.Key == nil {
		return values, nil, err
	}
	keys, err = p.keys[port].source(r.Key, nil, &p.pin)
	return values, keys, err
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
