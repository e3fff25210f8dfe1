package exchange

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/element"
)

// capture is what of a channel belongs to an unaligned checkpoint: the batches in front of its
// barrier that the consumer had not taken when it took its snapshot.
type capture struct {
	id      int64
	batches []*batch.Batch
	done    bool // the barrier has come, or the end of the channel
}

// see takes an element that enters the channel and says whether the capture has become complete.
func (c *capture) see(e *element.Element) bool {
	switch {
	case c == nil || c.done:
	case e.Kind == element.Barrier:
		c.done = e.Barrier.ID >= c.id
		return c.done
	case e.Batch != nil:
		e.Batch.Retain()
		c.batches = append(c.batches, e.Batch)
	}
	return false
}

func (c *capture) drop() {
	if c == nil {
		return
	}
	for _, b := range c.batches {
		b.Release()
	}
	c.batches = nil
}

// startCapture begins a capture with what waits.
func (c *Channel) startCapture(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.capture.drop()
	c.capture = &capture{id: id}
	c.queue.Each(func(e *element.Element) { c.capture.see(e) })
	c.capture.done = c.capture.done || c.closed
}

// takeCapture hands over a capture that is complete.
func (c *Channel) takeCapture(id int64) (batches []*batch.Batch, done bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.capture == nil || c.capture.id != id {
		return nil, true
	}
	if !c.capture.done {
		return nil, false
	}
	batches = c.capture.batches
	c.capture = nil
	return batches, true
}

func (c *Channel) captured(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.capture == nil || c.capture.id != id || c.capture.done
}

func (c *Channel) dropCapture(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.capture != nil && c.capture.id == id {
		c.capture.drop()
		c.capture = nil
	}
}

// barrier returns a barrier that waits in the channel, nil when it does not.
func (c *Channel) barrier(id int64) (b *element.BarrierInfo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue.Each(func(e *element.Element) {
		if e.Kind == element.Barrier && e.Barrier.ID == id {
			b = e.Barrier
		}
	})
	return b
}

// Urge says that a barrier is to overtake what is in front of it as soon as it has come on one
// channel; safe from any goroutine.
func (g *Gate) Urge(id int64) {
	for {
		old := g.urgent.Load()
		if id <= old || g.urgent.CompareAndSwap(old, id) {
			return
		}
	}
}

// Urgent returns the barrier that is to overtake now; nil when there is none.
func (g *Gate) Urgent() *element.BarrierInfo {
	id := g.urgent.Load()
	if !g.Overtakes || id <= g.align.last {
		return nil
	}
	if b := g.align.barrier; b != nil && b.ID == id {
		return b
	}
	for i := range g.inputs {
		if b := g.inputs[i].barrier(id); b != nil {
			return b
		}
	}
	return nil
}

// Ready returns elements that were made ready before (watermarks, ends): they are part of what
// the task has taken, and go in front of an overtaking barrier.
func (g *Gate) Ready() (port int, e element.Element, ok bool) {
	if g.pending.Len() == 0 {
		return 0, e, false
	}
	port = g.pendPort[0]
	g.pendPort = append(g.pendPort[:0], g.pendPort[1:]...)
	return port, g.pending.Pop(), true
}

// Overtake ends the alignment of a barrier and begins to capture what it overtakes, on all
// channels that have not delivered it.
func (g *Gate) Overtake(id int64) {
	same := g.align.barrier != nil && g.align.barrier.ID == id
	for i := range g.inputs {
		if in := &g.inputs[i]; !in.closed && !(in.held && same) { // held: the barrier has come
			in.startCapture(id)
		}
	}
	g.release()
	g.align.last = id
}

// InFlight are batches of one channel that belong to an unaligned checkpoint.
type InFlight struct {
	Channel int
	Batches []*batch.Batch
}

// Captured hands over what a barrier has overtaken, once it has come on every channel.
func (g *Gate) Captured(id int64) (all []InFlight, done bool) {
	for i := range g.inputs {
		if !g.inputs[i].captured(id) {
			return nil, false
		}
	}
	for i := range g.inputs {
		if batches, _ := g.inputs[i].takeCapture(id); len(batches) > 0 {
			all = append(all, InFlight{Channel: i, Batches: batches})
		}
	}
	return all, true
}
