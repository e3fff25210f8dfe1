package task

import (
	"math"
	"sync/atomic"

	"github.com/headrace/headrace/core/base/invariant"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/element"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// roomBatches is how many elements may wait between two operators of a chain before the first of
// them is told that its output is full.
const roomBatches = 4

// node is one operator of a chain with the queue in front of it. It is the operator's Output.
type node struct {
	chain  *chain
	index  int
	spec   *Operator
	op     operator.Operator
	ctx    *operator.Context
	store  state.Store // nil without a back end
	opened bool
	source operator.Source
	resume operator.Resumable
	waiter operator.Waiter
	timed  operator.ProcessingTimed
	async  operator.Async
	sel    operator.Selectable

	backlogged operator.Backlogged

	targets [][]target // by output
	outTime []int64    // the last watermark on each output
	single  bool       // one output: no watermark to copy to others

	queue     element.Queue
	ports     portQueue
	time      int64  // the event-time clock
	openPorts int    // ports that have not ended
	toldEnds  uint64 // ports whose end the operator knows
	prepared  bool   // the barrier (the backlog) at the front of the queue has been prepared
	ending    bool   // the End at the front of the queue has been told to the operator
	pulled    operator.Pulled
	woken     atomic.Bool
	retry     bool // woken: a Waiter may be resumed
	poll      bool // woken: Poll is due

	emitted int // rows, ever

	rowsIn, rowsOut, batchesIn interface{ Add(int64) }
	seenIn, seenOut            atomic.Int64 // the watermarks, for metrics
}

func newNode(c *chain, index int, spec *Operator) *node {
	n := &node{chain: c, index: index, spec: spec, op: spec.Op, ctx: spec.Context,
		time: batch.MinWatermark, openPorts: 1}
	n.source, _ = spec.Op.(operator.Source)
	n.resume, _ = spec.Op.(operator.Resumable)
	n.waiter, _ = spec.Op.(operator.Waiter)
	n.timed, _ = spec.Op.(operator.ProcessingTimed)
	n.async, _ = spec.Op.(operator.Async)
	n.sel, _ = spec.Op.(operator.Selectable)
	n.backlogged, _ = spec.Op.(operator.Backlogged)
	n.rowsIn = spec.Context.Metrics.Counter("numRecordsIn")
	n.rowsOut = spec.Context.Metrics.Counter("numRecordsOut")
	n.batchesIn = spec.Context.Metrics.Counter("numBatchesIn")
	n.seenIn.Store(batch.MinWatermark)
	n.seenOut.Store(batch.MinWatermark)
	spec.Context.Metrics.Gauge("currentInputWatermark", n.seenIn.Load)
	spec.Context.Metrics.Gauge("currentOutputWatermark", n.seenOut.Load)
	return n
}

// ready finishes a node whose targets have been set, and tells the operator which of its outputs
// escape.
func (n *node) ready() {
	n.single = len(n.targets) <= 1
	n.outTime = make([]int64, len(n.targets))
	n.ctx.Escapes = make([]bool, len(n.targets))
	for i, to := range n.targets {
		n.outTime[i] = batch.MinWatermark
		n.ctx.Escapes[i] = len(to) > 1 || len(to) == 1 && to[0].writer != nil
	}
}

// wake reacts to ctx.Wake on the task's thread.
func (n *node) wake() {
	n.retry = true
	if n.async != nil {
		n.poll = true
	}
	if n.pulled == operator.PullWait {
		n.pulled = operator.PullAgain
	}
	n.chain.mayRun(n.index)
}

// target is where an output goes: the next operator of the chain, or a writer.
type target struct {
	next   *node
	writer *exchange.Writer
}

var (
	_ operator.IdleOutput    = (*node)(nil)
	_ operator.BacklogOutput = (*node)(nil)
)

// portQueue holds the ports of the queued elements of a node with several ports; for others it
// stays empty and the port is 0.
type portQueue []int

func (n *node) push(port int, e element.Element) {
	n.queue.Push(e)
	if n.ports != nil {
		n.ports = append(n.ports, port)
	}
	n.chain.mayRun(n.index)
}

func (n *node) pop() {
	n.queue.Pop()
	if len(n.ports) > 0 {
		n.ports = append(n.ports[:0], n.ports[1:]...)
	}
	n.prepared, n.ending = false, false
}

func (n *node) port() int {
	if len(n.ports) == 0 {
		return 0
	}
	return n.ports[0]
}

// Emit implements operator.Output.
func (n *node) Emit(output int, b *batch.Batch) {
	rows := b.Len()
	if rows == 0 {
		if k := len(b.Marks); k > 0 {
			n.watermark(output, b.Marks[k-1].Time)
		}
		b.Release()
		return
	}
	n.rowsOut.Add(int64(rows))
	n.emitted += rows
	if k := len(b.Marks); k > 0 {
		invariant.Check(b.Marks[k-1].Row <= rows, "%s: mark behind the last row", n.ctx.Name)
		n.sent(output, max(n.outTime[output], b.Marks[k-1].Time))
	}
	to := n.targets[output]
	if len(to) == 0 {
		b.Release()
		return
	}
	if n.spec.Copy != nil && (n.spec.Keeps || len(to) > 1) {
		n.sendCopies(to, b)
		return
	}
	for range len(to) - 1 {
		b.Retain()
	}
	for i := range to {
		n.send(&to[i], element.OfBatch(b))
	}
}

// sendCopies gives each target a batch of its own. The one that gets b itself is served last: it
// may change it at once.
func (n *node) sendCopies(to []target, b *batch.Batch) {
	first := 1
	if n.spec.Keeps {
		first = 0
	}
	for i := first; i < len(to); i++ {
		other, err := n.spec.Copy(b)
		if err != nil {
			b.Release()
			if n.chain.err == nil {
				n.chain.err = n.fail(err)
			}
			return
		}
		n.send(&to[i], element.OfBatch(other))
	}
	if n.spec.Keeps {
		b.Release()
		return
	}
	n.send(&to[0], element.OfBatch(b))
}

// Watermark implements operator.Output.
func (n *node) Watermark(time int64) {
	for output := range n.targets {
		n.watermark(output, time)
	}
}

func (n *node) watermark(output int, time int64) {
	if time <= n.outTime[output] {
		return
	}
	n.sent(output, time)
	for i := range n.targets[output] {
		n.send(&n.targets[output][i], element.OfWatermark(time))
	}
}

// reach moves the event-time clock on.
func (n *node) reach(time int64) {
	n.time = max(n.time, time)
	n.seenIn.Store(n.time)
}

// sent notes the newest watermark of an output.
func (n *node) sent(output int, time int64) {
	n.outTime[output] = time
	if output == 0 {
		n.seenOut.Store(time)
	}
}

// Idle implements operator.IdleOutput.
func (n *node) Idle(idle bool) { n.forward(element.Element{Kind: element.Status, Idle: idle}) }

// Backlog implements operator.BacklogOutput.
func (n *node) Backlog(on bool) { n.forward(element.Element{Kind: element.Backlog, On: on}) }

// Full implements operator.Output.
func (n *node) Full() bool {
	for _, to := range n.targets {
		for i := range to {
			if next := to[i].next; next != nil {
				if next.queue.Len() >= roomBatches && !n.chain.overdraft {
					return true
				}
			} else if to[i].writer.Full() {
				return true
			}
		}
	}
	return false
}

// room says whether the operator may run: everything behind it has been worked off.
func (n *node) room() bool {
	if n.chain.overdraft {
		return true
	}
	for _, to := range n.targets {
		for i := range to {
			if next := to[i].next; next != nil {
				if next.queue.Len() > 0 {
					return false
				}
			} else if to[i].writer.Full() {
				return false
			}
		}
	}
	return true
}

// send hands an element on. An error of a partitioner is kept by the chain, which stops at once.
func (n *node) send(to *target, e element.Element) {
	if to.next != nil {
		to.next.push(0, e)
		return
	}
	if err := to.writer.Write(e); err != nil && n.chain.err == nil {
		n.chain.err = n.fail(err)
	}
}

// forward passes a barrier, an end or a status to everything behind the operator.
func (n *node) forward(e element.Element) {
	for _, to := range n.targets {
		for i := range to {
			n.send(&to[i], e)
		}
	}
}

// settle copies watermarks that the operator carried inside batches of one output to the others.
func (n *node) settle() {
	if n.single {
		return
	}
	newest := int64(math.MinInt64)
	for _, t := range n.outTime {
		newest = max(newest, t)
	}
	n.Watermark(newest)
}

func (n *node) pending() bool { return n.resume != nil && n.resume.Pending() }

// idle says that an asynchronous operator has nothing outstanding.
func (n *node) idle() bool { return n.async == nil || n.async.Idle() }
