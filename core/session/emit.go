package session

import (
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan"
)

// emitStrategy reads when windows fire besides at their end; nil: never.
func emitStrategy(cfg config.Map, ttl time.Duration) (*plan.Emit, error) {
	early, err := delayOf(cfg, earlyFire, earlyDelay)
	if err != nil {
		return nil, err
	}
	late, err := delayOf(cfg, lateFire, lateDelay)
	if err != nil || early < 0 && late < 0 {
		return nil, err
	}
	out := &plan.Emit{EarlyMs: early, LateMs: late}
	if late < 0 {
		return out, nil
	}
	keep, err := lateness.Get(cfg)
	if err != nil {
		return nil, err
	}
	if keep < 0 {
		keep = ttl
	}
	if out.LatenessMs = keep.Milliseconds(); out.LatenessMs < late {
		return nil, errs.Userf("'%s' (%d ms) is shorter than '%s' (%d ms)", lateness.Key,
			out.LatenessMs, lateDelay.Key, late)
	}
	return out, nil
}

// delayOf is a delay of firing in milliseconds, -1 when it is off.
func delayOf(
	cfg config.Map, on *config.Option[bool], delay *config.Option[time.Duration],
) (int64, error) {
	enabled, err := on.Get(cfg)
	if err != nil || !enabled {
		return -1, err
	}
	d, err := delay.Get(cfg)
	if err == nil && d < 0 {
		err = errs.Userf("'%s' needs '%s'", on.Key, delay.Key).Fix("0 ms fires with every row")
	}
	return d.Milliseconds(), err
}
