package operator

import (
	"slices"

	"github.com/headrace/headrace/core/state"
)

// Expiry forgets the state of keys that have not been written for a time (table.exec.state.ttl), by
// processing time: an expired key is as one that never came. A nil Expiry keeps all for ever.
type Expiry struct {
	// Busy, if set, says of an expired key that it still has to wait for something: it stays, as if
	// written now.
	Busy    func(slot int32) bool
	ctx     *Context
	ttl     *state.TTL
	expired []int32
}

// NewExpiry registers an expiry of ttlMs milliseconds with the operator's keyed state; nil for 0.
func NewExpiry(ctx *Context, ttlMs int64) (*Expiry, error) {
	if ttlMs <= 0 || ctx.BatchMode {
		return nil, nil
	}
	e := &Expiry{ctx: ctx, ttl: state.NewTTL(state.TTLConfig{TTLMs: ttlMs})}
	return e, ctx.Keyed.Register("ttl", e.ttl)
}

// Sweep forgets some of the expired keys that nobody asks for. It is called before keys are
// resolved.
func (e *Expiry) Sweep() error {
	if e == nil {
		return nil
	}
	if err := e.ttl.Tour(e.ctx.Keyed); err != nil {
		return err
	}
	e.expired = e.ttl.Sweep(e.ctx.Clock.NowMs(), e.expired[:0])
	e.drop()
	return nil
}

// Expire empties those of the slots that have expired, before their state is read.
func (e *Expiry) Expire(slots []int32) {
	if e == nil {
		return
	}
	e.expired = e.ttl.Expired(slots, e.ctx.Clock.NowMs(), e.expired[:0])
	e.drop()
}

func (e *Expiry) drop() {
	if e.Busy != nil {
		e.expired = slices.DeleteFunc(e.expired, func(slot int32) bool {
			if !e.Busy(slot) {
				return false
			}
			e.Written(slot)
			e.ctx.Keyed.MarkDirty([]int32{slot})
			return true
		})
	}
	e.ctx.Keyed.Drop(e.expired)
}

// Written notes that slots are written now; the caller marks them dirty.
func (e *Expiry) Written(slots ...int32) {
	if e != nil {
		e.ttl.Written(slots, e.ctx.Clock.NowMs())
	}
}
