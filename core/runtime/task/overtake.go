package task

import (
	"github.com/headrace/headrace/core/runtime/element"
	"github.com/headrace/headrace/core/runtime/exchange"
)

// Urge has an aligned barrier that has not come through overtake what is in front of it.
func (t *Task) Urge(id int64) { t.tell(message{kind: urge, id: id}) }

// setOverdraft lets everything leave the task, credit or not, so that a barrier can follow.
func (t *Task) setOverdraft(on bool) {
	if t.chain.overdraft == on {
		return
	}
	t.chain.overdraft = on
	for _, w := range t.writers {
		w.Overdraft(on)
	}
}

// hurry makes way for a barrier that is in the chain, or in the writers, already.
func (t *Task) hurry() {
	t.setOverdraft(true)
	for _, w := range t.writers {
		w.Force()
	}
}

// overtake brings the chain to rest and then lets the barrier in, past all that waits in the
// channels.
func (t *Task) overtake(b *element.BarrierInfo) (bool, error) {
	t.setOverdraft(true)
	if ran, err := t.chain.step(); ran || err != nil {
		return true, err
	}
	head := t.chain.nodes[0]
	for _, n := range t.chain.nodes {
		if n.queue.Len() > 0 || n.pending() || !n.idle() {
			return false, nil // it waits for the outside; the barrier follows
		}
	}
	if port, e, ok := t.gate.Ready(); ok {
		head.push(port, e)
		return true, nil
	}
	for len(t.awaiting) > 0 { // an older checkpoint cannot complete any more: its job gives it up
		t.forgetChannels(t.awaiting[0].Barrier.ID)
	}
	t.gate.Overtake(b.ID)
	urgent := *b
	urgent.Unaligned = true
	t.overtook = max(t.overtook, b.ID)
	head.push(0, element.Element{Kind: element.Barrier, Barrier: &urgent})
	return true, nil
}

// captureChannels completes snapshots whose barrier has come on all channels since.
func (t *Task) captureChannels() error {
	for i := 0; i < len(t.awaiting); i++ {
		s := t.awaiting[i]
		data, done := t.gate.Captured(s.Barrier.ID)
		if !done {
			continue
		}
		t.awaiting = append(t.awaiting[:i:i], t.awaiting[i+1:]...)
		i--
		var err error
		if len(data) > 0 {
			s.InFlight, err = t.spec.EncodeInFlight(data)
			for _, c := range data {
				for _, b := range c.Batches {
					b.Release()
				}
			}
		}
		if err != nil {
			return err
		}
		t.spec.Host.Captured(t, s)
	}
	return nil
}

// forgetChannels gives up a snapshot that waits for its channels.
func (t *Task) forgetChannels(id int64) {
	for i, s := range t.awaiting {
		if s.Barrier.ID == id {
			t.awaiting = append(t.awaiting[:i:i], t.awaiting[i+1:]...)
			for _, c := range s.Captures {
				c.Capture.Discard()
			}
			return
		}
	}
}

// inFlightEncoder writes the rows of channels; it runs on the task's thread.
type inFlightEncoder func(data []exchange.InFlight) ([]byte, error)
