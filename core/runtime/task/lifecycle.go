package task

import (
	"errors"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/element"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
)

// open opens the operators, the last of the chain first: each may emit in Open to an open one.
func (t *Task) open() error {
	for i := len(t.chain.nodes) - 1; i >= 0; i-- {
		n := t.chain.nodes[i]
		if n.spec.Open != nil {
			store, err := n.spec.Open()
			if err != nil {
				return n.fail(err)
			}
			n.store = store
			n.ctx.OperatorState = store.Operator()
			n.ctx.Keyed = store.Keyed()
		}
		n.opened = true // Close follows an Open that failed, too
		if err := n.op.Open(n.ctx); err != nil {
			return n.fail(err)
		}
	}
	if t.spec.Preload != nil {
		rows, err := t.spec.Preload()
		if err != nil {
			return err
		}
		for _, p := range rows {
			t.chain.nodes[p.Node].push(p.Port, element.OfBatch(p.Batch))
		}
	}
	if head := t.chain.nodes[0]; t.gate == nil && t.spec.RestoredEnded {
		head.pulled = operator.PullDone
		head.Watermark(batch.MaxWatermark)
		head.push(0, element.Element{Kind: element.End})
	}
	return nil
}

// inject puts the barrier of a checkpoint behind what the source has emitted.
func (t *Task) inject(b *element.BarrierInfo) {
	head := t.chain.nodes[0]
	switch {
	case t.gate != nil: // its input has ended
	case b.Drain && head.pulled != operator.PullDone:
		head.pulled = operator.PullDone
		head.Watermark(batch.MaxWatermark)
		head.push(0, element.Element{Kind: element.End})
	case b.Stop:
		t.halted = true
	}
	if b.Unaligned {
		t.hurry()
	}
	head.push(0, element.Element{Kind: element.Barrier, Barrier: b})
}

// capture takes the synchronous part of one operator's snapshot; the last operator of the chain
// completes the task's.
func (t *Task) capture(n *node, b *element.BarrierInfo) error {
	s := t.snapshots[b.ID]
	if s == nil {
		s = &Snapshot{Barrier: *b, AlignNs: t.alignNs, missing: len(t.chain.nodes),
			Ended: t.chain.done()}
		t.alignNs = 0
		t.snapshots[b.ID] = s
	}
	if n.index == 0 {
		s.EndedPorts = n.toldEnds
	}
	if n.store != nil {
		start := t.clock.NowNs()
		c, err := n.store.Capture(state.CaptureOptions{ID: b.ID, Full: b.Savepoint || b.Full})
		if err != nil {
			return n.fail(err)
		}
		s.SyncNs += t.clock.NowNs() - start
		s.Captures = append(s.Captures, Captured{UID: n.ctx.Operator, Store: n.store, Capture: c})
	}
	if s.missing--; s.missing > 0 {
		return nil
	}
	delete(t.snapshots, b.ID)
	if t.overtook == b.ID {
		t.awaiting = append(t.awaiting, s)
		return t.captureChannels()
	}
	t.spec.Host.Captured(t, s)
	return nil
}

// settled tells operators and state what became of a checkpoint.
func (t *Task) settled(id int64, complete bool) error {
	if !complete {
		t.forgetChannels(id)
		if t.gate != nil {
			t.gate.GiveUp(id)
		}
		t.halted = false
	}
	for _, n := range t.chain.nodes {
		if n.store != nil {
			n.store.Settled(id, complete)
		}
		l, ok := n.op.(operator.CheckpointListener)
		if !ok {
			continue
		}
		var err error
		if complete {
			err = l.CheckpointComplete(id)
		} else {
			err = l.CheckpointAborted(id)
		}
		if err != nil {
			return n.fail(err)
		}
	}
	return nil
}

// commitEnd commits what the operators have prepared, then the task closes.
func (t *Task) commitEnd() error {
	for _, n := range t.chain.nodes {
		if c, ok := n.op.(operator.EndCommitter); ok {
			if err := c.CommitEnd(); err != nil {
				return n.fail(err)
			}
		}
	}
	t.finish = true
	return nil
}

// beginClose closes the operators; the writers close when what waits in them has left.
func (t *Task) beginClose() error {
	t.stage = closing
	if err := t.closeOperators(); err != nil {
		return err
	}
	for _, w := range t.writers {
		w.Close()
	}
	return t.tryClose()
}

func (t *Task) tryClose() error {
	for _, w := range t.writers {
		if err := w.Err(); err != nil {
			return err
		}
		if !w.Closed() {
			return nil
		}
	}
	t.stage = closed
	t.quiet()
	return nil
}

func (t *Task) closeOperators() error {
	var first error
	for _, n := range t.chain.nodes {
		if !n.opened {
			continue
		}
		n.opened = false
		if err := n.op.Close(); err != nil && first == nil {
			first = n.fail(err)
		}
	}
	for _, n := range t.chain.nodes {
		if n.store == nil {
			continue
		}
		if err := n.store.Close(); err != nil && first == nil {
			first = n.fail(err)
		}
		n.store = nil
	}
	if t.spec.Closed != nil {
		t.spec.Closed()
	}
	return first
}

func (t *Task) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// shutdown closes a task that failed or was cancelled: nothing more leaves it.
func (t *Task) shutdown() (status drive.Status) {
	if t.stage == closed {
		return drive.Done
	}
	t.stage = closed
	defer func() {
		if p := recover(); p != nil {
			t.fail(errs.Internalf("panic while task '%s' closed: %v", t.Name, p))
			status = drive.Done
		}
	}()
	t.quiet()
	for _, w := range t.writers {
		w.Abandon()
	}
	if t.gate != nil {
		t.gate.Abandon()
	}
	for _, n := range t.chain.nodes {
		n.queue.Clear()
	}
	if err := t.closeOperators(); err != nil {
		t.fail(errors.Join(t.err, err))
	}
	return drive.Done
}

func (t *Task) quiet() {
	t.over.Store(true)
	if t.stopTimer != nil {
		t.stopTimer()
		t.stopTimer = nil
	}
}
