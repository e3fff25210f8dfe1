package task

import (
	"errors"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/element"
	"github.com/headrace/headrace/core/runtime/operator"
)

// chain drives operators that run in one task. Elements wait in queues between them; the deepest
// operator that can run goes first, so that little waits and order is kept.
type chain struct {
	nodes     []*node // every operator before those behind it
	high      int     // no node above has work, unless it waits for a wake
	err       error
	overdraft bool // push everything out, credit or not
	ended     int  // operators that have passed the end on
	onBarrier func(n *node, b *element.BarrierInfo) error
}

// done says that every operator has passed the end on.
func (c *chain) done() bool { return c.ended == len(c.nodes) }

func (c *chain) mayRun(index int) { c.high = max(c.high, index) }

// step runs one call of one operator; false: none can run now.
func (c *chain) step() (bool, error) {
	for i := c.high; i >= 0; i-- {
		n := c.nodes[i]
		ran, err := n.step()
		if err == nil {
			err = c.err
		}
		if ran || err != nil {
			return true, err
		}
		if i == c.high && i > 0 && n.queue.Len() == 0 && !n.pending() && !n.poll {
			c.high--
		}
	}
	return false, nil
}

// step makes one call if there is something to do and room for what comes of it.
func (n *node) step() (bool, error) {
	if n.pending() {
		if n.waiter != nil && n.waiter.Waiting() {
			if !n.retry {
				return n.stepPoll()
			}
		} else if !n.room() {
			return false, nil
		}
		n.retry = false
		if err := n.resume.Resume(n); err != nil {
			return true, n.fail(err)
		}
		n.settle()
		return true, nil
	}
	if n.poll && n.room() {
		return n.stepPoll()
	}
	if n.queue.Len() == 0 || !n.room() {
		return false, nil
	}
	return n.take()
}

func (n *node) stepPoll() (bool, error) {
	if !n.poll || !n.room() {
		return false, nil
	}
	n.poll = false
	if err := n.async.Poll(n); err != nil {
		return true, n.fail(err)
	}
	n.settle()
	return true, nil
}

// take handles the element at the front of the queue.
func (n *node) take() (bool, error) {
	e := n.queue.Front()
	switch e.Kind {
	case element.Batch:
		b, port := e.Batch, n.port()
		n.pop()
		return true, n.process(port, b)
	case element.Watermark:
		time := e.Time
		n.pop()
		if time <= n.time && time != batch.MaxWatermark {
			return true, nil
		}
		n.reach(time)
		if err := n.op.Watermark(time, n); err != nil {
			return true, n.fail(err)
		}
		n.settle()
		return true, nil
	case element.Status:
		s := *e
		n.pop()
		n.forward(s)
		return true, nil
	case element.Backlog:
		return n.takeBacklog(e.On)
	case element.Barrier:
		return n.takeBarrier(e.Barrier)
	default:
		return n.takeEnd()
	}
}

func (n *node) process(port int, b *batch.Batch) error {
	n.batchesIn.Add(1)
	n.rowsIn.Add(int64(b.Len()))
	marks := len(b.Marks)
	var last int64
	if marks > 0 {
		last = b.Marks[marks-1].Time
	}
	err := n.op.Process(port, b, n)
	b.Release()
	if err != nil {
		return n.fail(err)
	}
	if marks > 0 {
		n.reach(last)
		n.settle()
	}
	return nil
}

// takeBacklog tells the operator and, when it is through with what it does about it, passes the
// news on.
func (n *node) takeBacklog(on bool) (bool, error) {
	if !n.prepared && n.backlogged != nil {
		n.prepared = true
		if err := n.backlogged.Backlog(on, n); err != nil {
			return true, n.fail(err)
		}
		n.settle()
		return true, nil
	}
	n.pop()
	n.Backlog(on)
	return true, nil
}

// takeBarrier prepares the operator, passes the barrier on and takes the snapshot. An operator
// with work outstanding, or one that could not emit everything yet, keeps the barrier waiting.
func (n *node) takeBarrier(b *element.BarrierInfo) (bool, error) {
	if !n.idle() {
		return false, nil
	}
	if !n.prepared {
		n.prepared = true
		if n.source != nil {
			if err := n.source.Barrier(b.ID); err != nil {
				return true, n.fail(err)
			}
		}
		if err := n.op.PrepareBarrier(n); err != nil {
			return true, n.fail(err)
		}
		n.settle()
		return true, nil
	}
	n.pop()
	n.forward(element.Element{Kind: element.Barrier, Barrier: b})
	if err := n.op.Snapshot(b.ID); err != nil {
		return true, n.fail(err)
	}
	return true, n.chain.onBarrier(n, b)
}

// takeEnd tells the operator that the port has ended and, after the last one, passes the end on.
func (n *node) takeEnd() (bool, error) {
	if !n.ending && !n.skipEnd(n.port()) {
		n.ending = true
		n.toldEnds |= 1 << n.port()
		if err := n.op.EndInput(n.port(), n); err != nil {
			return true, n.fail(err)
		}
		n.settle()
		if n.async != nil {
			n.poll = true
		}
		return true, nil
	}
	if !n.idle() {
		return false, nil
	}
	n.pop()
	if n.openPorts--; n.openPorts > 0 {
		return true, nil
	}
	n.chain.ended++
	n.forward(element.Element{Kind: element.End})
	return true, nil
}

// skipEnd says that the operator was told of the port's end before the snapshot it was restored
// from.
func (n *node) skipEnd(port int) bool { return n.toldEnds&(1<<port) != 0 }

// mayPull says that the source may have something, and there is room.
func (n *node) mayPull() bool {
	return n.pulled == operator.PullAgain && n.room() && n.queue.Len() == 0 && !n.pending()
}

// pull lets the source emit; false: it has nothing now.
func (n *node) pull() (bool, error) {
	status, err := n.source.Pull(n)
	if err != nil {
		return true, n.fail(err)
	}
	n.pulled = status
	n.settle()
	if status == operator.PullDone {
		n.Watermark(batch.MaxWatermark)
		n.push(0, element.Element{Kind: element.End})
	}
	return status != operator.PullWait, n.chain.err
}

// Failure is an error of an operator with the operator's name; the original error is its cause.
type Failure struct {
	Operator string // the operator's name
	UID      string
	Origin   string // where the user made the operator, may be empty
	Subtask  int
	Err      error
}

func (f *Failure) Error() string {
	place := "operator '" + f.Operator + "'"
	if f.Origin != "" {
		place += " (" + f.Origin + ")"
	}
	return place + ": " + f.Err.Error()
}

func (f *Failure) Unwrap() error { return f.Err }

func (n *node) fail(err error) error {
	var f *Failure
	if errors.As(err, &f) || errs.MarkOf(err) == errs.Cancelled {
		return err
	}
	return &Failure{Operator: n.ctx.Name, UID: n.ctx.Operator, Origin: n.spec.Origin,
		Subtask: n.ctx.Subtask, Err: err}
}
