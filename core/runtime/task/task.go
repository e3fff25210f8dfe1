// Package task runs a chain of operators between a gate and its writers as a state machine: Step
// does a bounded piece of work and never blocks. Drivers call it: a goroutine in production, a
// seeded single-threaded one in tests.
package task

import (
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/element"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/runtime/operator"
)

var _ drive.Stepper = (*Task)(nil)

// Task is a running chain. Step and what it calls belong to the driver's thread; the other
// methods may be called from anywhere.
type Task struct {
	Name    string
	spec    Spec
	gate    *exchange.Gate
	chain   *chain
	writers []*exchange.Writer
	clock   clock.Clock

	woken     atomic.Bool
	cancelled atomic.Bool
	rang      atomic.Bool // the alarm went off
	measure   atomic.Bool // the gate is to be measured
	over      atomic.Bool // closed
	hold      atomic.Bool // after its end the task waits for Finish
	mu        sync.Mutex
	inbox     []message

	stage     stage
	snapshots map[int64]*Snapshot // captured by some operators of the chain
	alignNs   int64
	lastAlign atomic.Int64 // ns
	timerAt   int64        // of the alarm that is set, -1 for none
	stopTimer func() bool
	finish    bool // close as soon as possible
	load      load
	pace      pace
	overtook  int64       // newest barrier that has overtaken
	awaiting  []*Snapshot // that wait for barriers on the other channels
	halted    bool        // a source that is to be stopped without drain pulls no more
	err       error
}

type stage uint8

const (
	opening stage = iota
	running
	ended   // all input processed; barriers still pass
	closing // the writers have to empty
	closed
)

type message struct {
	kind    messageKind
	id      int64
	barrier *element.BarrierInfo
}

type messageKind uint8

const (
	inject messageKind = iota
	complete
	abort
	finishTask
	commitEnd
	urge
)

// New makes a task; the operators are opened by the first Step.
func New(spec Spec) *Task {
	t := &Task{Name: spec.Name, spec: spec, gate: spec.Gate, clock: spec.Clock, timerAt: -1}
	t.snapshots = map[int64]*Snapshot{}
	t.hold.Store(spec.HoldEnd)
	t.chain = &chain{onBarrier: t.capture}
	ctx := spec.Operators[0].Context
	if most := ctx.BatchRows; t.gate == nil {
		t.pace = newPace(most, ctx.BatchMode)
		ctx.PullRows = func() int { return t.pace.rows }
	} else {
		t.pace = newPace(t.gate.MaxRows, ctx.BatchMode)
		t.gate.MaxRows = t.pace.rows
	}
	for i := range spec.Operators {
		t.chain.nodes = append(t.chain.nodes, newNode(t.chain, i, &spec.Operators[i]))
	}
	seen := map[*exchange.Writer]bool{}
	for i, o := range spec.Operators {
		n := t.chain.nodes[i]
		for _, targets := range o.Outputs {
			var to []target
			for _, x := range targets {
				if x.Writer == nil {
					to = append(to, target{next: t.chain.nodes[x.Next]})
					continue
				}
				to = append(to, target{writer: x.Writer})
				if !seen[x.Writer] {
					seen[x.Writer] = true
					t.writers = append(t.writers, x.Writer)
				}
			}
			n.targets = append(n.targets, to)
		}
		n.ready()
		o.Context.Wake = func() { t.wakeNode(n) }
		o.Context.Watermark = func() int64 { return n.time }
	}
	head := t.chain.nodes[0]
	head.openPorts, head.toldEnds = max(spec.Ports, 1), spec.RestoredEnds
	if spec.RestoredEnded {
		for _, n := range t.chain.nodes {
			n.toldEnds = ^uint64(0)
		}
	}
	if spec.Ports > 1 {
		head.ports = portQueue{}
	}
	if t.gate != nil {
		t.gate.OnAligned(func(start, end int64) {
			t.alignNs = end - start
			t.lastAlign.Store(t.alignNs)
		})
		head.ctx.Metrics.Gauge("checkpointAlignmentTime", t.lastAlign.Load) // ns, as Flink's
	}
	return t
}

// Err is why the task is Done: nil when it finished.
func (t *Task) Err() error { return t.err }

// Pinned says whether the task must be stepped from one OS thread.
func (t *Task) Pinned() bool {
	for _, n := range t.chain.nodes {
		if p, ok := n.op.(operator.Pinned); ok && p.Pinned() {
			return true
		}
	}
	return t.spec.Pinned
}

// Trigger injects a barrier into a source task.
func (t *Task) Trigger(b *element.BarrierInfo) { t.tell(message{kind: inject, barrier: b}) }

// CheckpointComplete and CheckpointAborted tell the operators.
func (t *Task) CheckpointComplete(id int64) { t.tell(message{kind: complete, id: id}) }

// CheckpointAborted tells the operators and ends the wait for its barrier.
func (t *Task) CheckpointAborted(id int64) { t.tell(message{kind: abort, id: id}) }

// Hold keeps a task that has not ended yet alive after its end, until Finish.
func (t *Task) Hold() { t.hold.Store(true) }

// Finish lets a task that has ended (or is to stop where it is) close.
func (t *Task) Finish() { t.tell(message{kind: finishTask}) }

// Cancel makes the next Step close the task with an error marked Cancelled, and asks a call that
// is under way to come back.
func (t *Task) Cancel() {
	t.cancelled.Store(true)
	for _, n := range t.chain.nodes {
		if i, ok := n.op.(operator.Interruptible); ok {
			i.Interrupt()
		}
	}
	t.spec.Wake()
}

// Abandon cuts the outputs of a task off that does not come back from a call.
func (t *Task) Abandon() {
	for _, w := range t.writers {
		w.Fence()
	}
}

// CommitEnd has a task that has ended make visible what it wrote, and close.
func (t *Task) CommitEnd() { t.tell(message{kind: commitEnd}) }

func (t *Task) tell(m message) {
	t.mu.Lock()
	t.inbox = append(t.inbox, m)
	t.mu.Unlock()
	t.wake()
}

func (t *Task) wakeNode(n *node) {
	n.woken.Store(true)
	t.wake()
}

// Step works for about budget calls of operators. A panic becomes the task's error.
func (t *Task) Step(budget int) (status drive.Status) {
	defer func() {
		if p := recover(); p != nil {
			t.fail(errs.Internalf("panic in task '%s': %v\n%s", t.Name, p, debug.Stack()).
				Fix("please report this"))
			status = t.shutdown()
		}
	}()
	if t.stage == closed {
		return drive.Done
	}
	if t.cancelled.Load() && !t.sealed() {
		t.fail(&errs.Error{Mark: errs.Cancelled, Msg: "the job was cancelled"})
		return t.shutdown()
	}
	if err := t.step(budget, &status); err != nil {
		t.fail(err)
		return t.shutdown()
	}
	return status
}

// sealed says that a task at the end of the job has done all that it had to: what it wrote is out, so
// it finishes although it is cancelled.
func (t *Task) sealed() bool {
	if t.stage == opening || t.hold.Load() || len(t.writers) > 0 {
		return false
	}
	for _, n := range t.chain.nodes {
		if n.openPorts > 1 || n.openPorts == 1 && !n.ending || n.pending() || !n.idle() {
			return false
		}
	}
	return true
}

func (t *Task) step(budget int, status *drive.Status) error {
	t.load.begin(t.clock)
	if t.stage == opening {
		if err := t.open(); err != nil {
			return err
		}
		t.stage = running
		t.watchLoad()
	}
	if t.woken.Swap(false) {
		if err := t.readInbox(); err != nil {
			return err
		}
	}
	for i := 0; i < budget; i++ {
		progressed, err := t.once()
		if err != nil || t.stage == closed {
			*status = drive.Done
			return err
		}
		if !progressed {
			*status = drive.Blocked
			t.arm()
			t.load.block(t.clock, t.starved())
			return nil
		}
	}
	*status = drive.Progressed
	return nil
}

// once does one thing: what is nearest to the task's output first.
func (t *Task) once() (bool, error) {
	moved := false
	for _, w := range t.writers {
		moved = w.Flush() || moved
	}
	if t.stage == closing {
		return moved, t.tryClose()
	}
	if t.gate != nil {
		if len(t.awaiting) > 0 {
			if err := t.captureChannels(); err != nil {
				return true, err
			}
		}
		if b := t.gate.Urgent(); b != nil {
			return t.overtake(b)
		}
	}
	if err := t.fireTimers(); err != nil {
		return true, err
	}
	if ran, err := t.chain.step(); ran || err != nil {
		return true, err
	}
	t.setOverdraft(false)
	if t.stage == running && t.chain.done() {
		t.stage = ended
		if !t.hold.Load() {
			t.finish = true
		}
		for _, w := range t.writers {
			if err := w.Complete(); err != nil {
				return true, err
			}
		}
		t.spec.Host.Ended(t)
		return true, nil
	}
	if t.finish && (t.stage == ended || t.stage == running) {
		return true, t.beginClose()
	}
	return t.input(moved)
}

// input feeds the head.
func (t *Task) input(moved bool) (bool, error) {
	head := t.chain.nodes[0]
	if t.gate == nil {
		if t.stage != running || t.halted || !head.mayPull() {
			return moved, nil
		}
		t.measurePace()
		t.pace.busy, t.pace.waited = t.load.worked(t.clock)
		before := head.emitted
		ran, err := head.pull()
		t.pace.had = head.emitted - before
		return ran || moved, err
	}
	if head.queue.Len() > 0 || head.pending() || !head.room() {
		return moved, nil
	}
	var ports uint64
	if head.sel != nil {
		ports = head.sel.Select()
	}
	t.measurePace()
	port, e, ok := t.gate.Poll(ports)
	if !ok {
		return moved, t.gate.Err()
	}
	if e.Kind == element.Batch {
		t.pace.had = e.Batch.Len()
		t.pace.busy, t.pace.waited = t.load.worked(t.clock)
	}
	head.push(port, e)
	return true, nil
}

func (t *Task) readInbox() error {
	if t.rang.Swap(false) {
		t.stopTimer = nil
	}
	if t.measure.Swap(false) {
		t.gate.Measure(t.load.active(t.clock))
	}
	t.mu.Lock()
	inbox := t.inbox
	t.inbox = nil
	t.mu.Unlock()
	for _, n := range t.chain.nodes {
		if n.woken.Swap(false) {
			n.wake()
		}
	}
	for _, m := range inbox {
		switch m.kind {
		case inject:
			t.inject(m.barrier)
		case urge:
			if t.gate != nil {
				t.gate.Urge(m.id)
			}
			t.hurry()
		case finishTask:
			t.finish = true
		case commitEnd:
			if err := t.commitEnd(); err != nil {
				return err
			}
		case complete, abort:
			if err := t.settled(m.id, m.kind == complete); err != nil {
				return err
			}
		}
	}
	return nil
}

// fireTimers calls the operators whose processing-time timers are due.
func (t *Task) fireTimers() error {
	if t.stage != running {
		return nil
	}
	for _, n := range t.chain.nodes {
		if n.timed == nil {
			continue
		}
		at, ok := n.timed.NextProcessingTime()
		if !ok {
			continue
		}
		now := t.clock.NowMs()
		if at > now || !n.room() || n.pending() {
			continue
		}
		if n.source != nil && n.pulled == operator.PullWait {
			n.pulled = operator.PullAgain
		}
		if err := n.timed.OnProcessingTime(now, n); err != nil {
			return n.fail(err)
		}
		n.settle()
	}
	return nil
}

// arm sets the alarm for the next processing-time timer of a task that is about to block.
func (t *Task) arm() {
	next := int64(-1)
	for _, n := range t.chain.nodes {
		if n.timed == nil || t.stage != running {
			continue
		}
		if at, ok := n.timed.NextProcessingTime(); ok && (next < 0 || at < next) {
			next = at
		}
	}
	if next == t.timerAt && t.stopTimer != nil {
		return
	}
	if t.stopTimer != nil {
		t.stopTimer()
		t.stopTimer = nil
	}
	t.timerAt = next
	// A timer that is due already waits for room: credit wakes the task.
	if wait := next - t.clock.NowMs(); next >= 0 && wait > 0 {
		t.stopTimer = t.clock.AfterFunc(time.Duration(wait)*time.Millisecond, t.alarm)
	}
}

// alarm runs on the clock's goroutine.
func (t *Task) alarm() {
	t.rang.Store(true)
	t.wake()
}

// wake has the next Step look at what came from outside.
func (t *Task) wake() {
	t.woken.Store(true)
	t.spec.Wake()
}
