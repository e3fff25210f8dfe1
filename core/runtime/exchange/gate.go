package exchange

import (
	"slices"
	"sync/atomic"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/element"
	"github.com/headrace/headrace/core/runtime/watermark"
)

// Gate joins the channels of a task's input ports: fairly, or in the order of ports that the
// operator asks for. It combines watermarks to one event-time clock and rewrites the marks of
// batches to it, aligns barriers, gives one End for each port, and says that the task catches up
// with the past as long as one channel does. All calls come from the consuming task.
type Gate struct {
	MaxRows  int
	MaxBytes int64

	clock    clock.Clock
	inputs   []gateInput
	ports    []int // open channels of each port
	wm       *watermark.Combiner
	next     int // channel to look at first
	pending  element.Queue
	pendPort []int
	align    alignment
	aligned  func(startNs, endNs int64)
	behind   int // channels that catch up with the past
	err      error

	// Once says that a channel whose barrier has come is held back until the others have delivered
	// it, so that each row counts once after a restart. False: rows behind the barrier go on, and are
	// part of the snapshot and read again (AT_LEAST_ONCE).
	Once    bool
	tracked []*element.BarrierInfo // barriers on their way when not Once, oldest first

	// Overtakes says that unaligned barriers may overtake rows in the gate's channels: what they
	// hold can be given to any subtask at a restore. Not so behind pointwise and broadcast edges.
	Overtakes bool
	urgent    atomic.Int64 // newest barrier that is to overtake

	debloater *Debloater
	measured  int64 // bytes taken up to the last Measure
}

type gateInput struct {
	*Channel
	port   int
	ended  bool  // End came: no more rows
	closed bool  // nothing at all comes
	held   bool  // the barrier being aligned came
	behind bool  // it catches up with the past
	seen   int64 // id of the newest barrier that came, when not Once
}

// alignment is the barrier that some channels have delivered.
type alignment struct {
	barrier *element.BarrierInfo
	startNs int64
	last    int64 // id of the newest barrier passed on or given up
}

// NewGate makes a gate over channels; port[i] is the port of channel i.
func NewGate(c clock.Clock, channels []*Channel, port []int, nPorts int) *Gate {
	g := &Gate{Once: true, MaxRows: 1024, MaxBytes: 1 << 20, clock: c, ports: make([]int, nPorts),
		wm: watermark.NewCombiner(len(channels))}
	for i, ch := range channels {
		g.inputs = append(g.inputs, gateInput{Channel: ch, port: port[i]})
		g.ports[port[i]]++
		ch.onUrgent = g.Urge
	}
	return g
}

// OnAligned sets what hears how long an alignment took.
func (g *Gate) OnAligned(f func(startNs, endNs int64)) { g.aligned = f }

// Now is the event-time clock.
func (g *Gate) Now() int64 { return g.wm.Now() }

// Ended says whether every port has ended.
func (g *Gate) Ended() bool {
	for _, n := range g.ports {
		if n > 0 {
			return false
		}
	}
	return true
}

// PortEnded says whether a port has ended.
func (g *Gate) PortEnded(port int) bool { return g.ports[port] == 0 }

// Closed says whether every channel has been closed and nothing is left to poll.
func (g *Gate) Closed() bool {
	for i := range g.inputs {
		if !g.inputs[i].closed {
			return false
		}
	}
	return g.pending.Len() == 0
}

// Aligning says whether some channels are held back for a barrier.
func (g *Gate) Aligning() bool { return g.align.barrier != nil }

// Poll returns the next element and its port; ok false: nothing can be had now. ports is a bit set
// of those wanted, 0 for any: others are only looked at when the wanted ones have all ended.
func (g *Gate) Poll(ports uint64) (port int, e element.Element, ok bool) {
	for {
		if g.pending.Len() > 0 {
			port = g.pendPort[0]
			g.pendPort = append(g.pendPort[:0], g.pendPort[1:]...)
			return port, g.pending.Pop(), true
		}
		i := g.pick(ports)
		if i < 0 {
			return 0, e, false
		}
		in := &g.inputs[i]
		e, got, closed := in.Pop(g.MaxRows, g.MaxBytes)
		switch {
		case got:
			if e.Kind == element.Batch {
				e.Batch = g.remark(i, e.Batch)
				return in.port, e, true
			}
			g.take(i, e)
		case closed:
			g.close(i)
		case in.Err() != nil:
			g.err = in.Err()
			return 0, e, false
		}
	}
}

// Err is why Poll gives nothing more: an input is lost.
func (g *Gate) Err() error { return g.err }

func (g *Gate) pick(ports uint64) int {
	if ports != 0 {
		open := false
		for p, n := range g.ports {
			open = open || n > 0 && ports&(1<<p) != 0
		}
		if !open {
			ports = 0
		}
	}
	n, found := len(g.inputs), -1
	for k := range n {
		i := g.next + k
		if i >= n {
			i -= n
		}
		in := &g.inputs[i]
		if in.closed || in.held || !in.Ready() {
			continue
		}
		// A port that is not wanted is still read once its rows have ended: barriers follow.
		if ports != 0 && ports&(1<<in.port) == 0 && !in.ended {
			continue
		}
		// What a channel tells of time holds back, and changes, no row of it: it goes before the
		// rows of others, so that they are not judged by a clock that is known to be slow.
		if in.tells.Load() {
			return i
		}
		if found < 0 {
			found = i
		}
	}
	if found >= 0 {
		g.next = found
		if g.inputs[found].stored == nil { // else one after the other: the order is not of batches
			if g.next++; g.next == n {
				g.next = 0
			}
		}
	}
	return found
}

func (g *Gate) emit(port int, e element.Element) {
	g.pending.Push(e)
	g.pendPort = append(g.pendPort, port)
}

// take handles an element that is not a batch.
func (g *Gate) take(i int, e element.Element) {
	in := &g.inputs[i]
	switch e.Kind {
	case element.Watermark:
		if now, moved := g.wm.Advance(i, e.Time); moved {
			g.emit(in.port, element.OfWatermark(now))
		}
	case element.Status:
		now, moved, changed := g.wm.SetIdle(i, e.Idle)
		if moved {
			g.emit(in.port, element.OfWatermark(now))
		}
		if changed {
			g.emit(in.port, element.Element{Kind: element.Status, Idle: e.Idle})
		}
	case element.Backlog:
		g.backlog(i, e.On)
	case element.Barrier:
		g.barrier(i, e.Barrier)
	case element.End:
		if in.stored != nil { // nothing follows, and its result may be dropped now
			g.close(i)
			return
		}
		g.end(i)
	}
}

// remark returns the batch of channel i with its marks rewritten to the combined clock. Others may
// hold the same batch (a broadcast), so it is not changed itself.
func (g *Gate) remark(i int, b *batch.Batch) *batch.Batch {
	if len(b.Marks) == 0 {
		return b
	}
	last := b.Marks[len(b.Marks)-1].Time
	if len(g.inputs) == 1 {
		g.wm.Advance(0, last)
		return b
	}
	now, others := g.wm.Now(), g.wm.Least(i)
	counts := g.wm.Counts(i)
	then, moved := g.wm.Advance(i, last)
	marked := *b
	marked.Marks = nil
	switch {
	case counts:
		for _, m := range b.Marks {
			if t := min(m.Time, others); t > now {
				marked.Marks = append(marked.Marks, batch.Mark{Row: m.Row, Time: t})
				now = t
			}
		}
	case moved: // it was behind and has caught up: it counts from the batch's end on
		marked.Marks = []batch.Mark{{Row: b.Len(), Time: then}}
	}
	return &marked
}

// backlog notes that a channel begins, or has ended, to catch up with the past.
func (g *Gate) backlog(i int, on bool) {
	in := &g.inputs[i]
	if in.behind == on {
		return
	}
	in.behind = on
	before := g.behind > 0
	if on {
		g.behind++
	} else {
		g.behind--
	}
	if now := g.behind > 0; now != before {
		g.emit(in.port, element.Element{Kind: element.Backlog, On: now})
	}
}

func (g *Gate) end(i int) {
	in := &g.inputs[i]
	if in.ended {
		return
	}
	in.ended = true
	g.backlog(i, false)
	if now, moved := g.wm.End(i); moved {
		g.emit(in.port, element.OfWatermark(now))
	}
	if g.ports[in.port]--; g.ports[in.port] == 0 {
		g.emit(in.port, element.Element{Kind: element.End})
	}
}

func (g *Gate) close(i int) {
	g.end(i)
	g.inputs[i].closed = true
	g.passTracked(g.inputs[i].port)
	if g.align.barrier != nil {
		g.checkAligned(g.inputs[i].port)
	}
}

// barrier holds the channel back until the others have delivered the same barrier. A newer one
// ends the wait for an older one, whose checkpoint has been given up.
func (g *Gate) barrier(i int, b *element.BarrierInfo) {
	if !g.Once {
		g.track(i, b)
		return
	}
	switch {
	case b.ID <= g.align.last:
		return // given up
	case g.align.barrier == nil || b.ID > g.align.barrier.ID:
		if g.align.barrier != nil {
			g.release()
		}
		g.align.barrier = b
		g.align.startNs = g.clock.NowNs()
	case b.ID < g.align.barrier.ID:
		return
	}
	g.inputs[i].held = true
	g.checkAligned(g.inputs[i].port)
}

// track notes a barrier without holding anything back.
func (g *Gate) track(i int, b *element.BarrierInfo) {
	in := &g.inputs[i]
	in.seen = max(in.seen, b.ID)
	newest := g.align.last
	if n := len(g.tracked); n > 0 {
		newest = g.tracked[n-1].ID
	}
	if b.ID > newest {
		g.tracked = append(g.tracked, b)
	}
	g.passTracked(in.port)
}

// passTracked passes on the barriers that have come on all channels.
func (g *Gate) passTracked(port int) {
	for len(g.tracked) > 0 {
		b := g.tracked[0]
		for i := range g.inputs {
			if in := &g.inputs[i]; !in.closed && in.seen < b.ID {
				return
			}
		}
		g.tracked = g.tracked[1:]
		g.align.last = b.ID
		g.emit(port, element.Element{Kind: element.Barrier, Barrier: b})
	}
}

func (g *Gate) checkAligned(port int) {
	for i := range g.inputs {
		if in := &g.inputs[i]; !in.held && !in.closed {
			return
		}
	}
	b := g.align.barrier
	g.release()
	g.align.last = b.ID
	if g.aligned != nil {
		g.aligned(g.align.startNs, g.clock.NowNs())
	}
	g.emit(port, element.Element{Kind: element.Barrier, Barrier: b})
}

func (g *Gate) release() {
	for i := range g.inputs {
		g.inputs[i].held = false
	}
	g.align.barrier = nil
}

// GiveUp ends the wait for the barrier of an aborted checkpoint.
func (g *Gate) GiveUp(id int64) {
	if g.align.barrier != nil && g.align.barrier.ID == id {
		g.release()
	}
	g.align.last = max(g.align.last, id)
	g.tracked = slices.DeleteFunc(g.tracked, func(b *element.BarrierInfo) bool { return b.ID <= id })
	for i := range g.inputs {
		g.inputs[i].dropCapture(id)
	}
}

// Abandon drops what waits in the channels.
func (g *Gate) Abandon() {
	g.pending.Clear()
	g.pendPort = g.pendPort[:0]
	for i := range g.inputs {
		g.inputs[i].Fence()
	}
}
