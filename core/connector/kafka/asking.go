package kafka

import (
	"context"
	"time"

	"github.com/headrace/headrace/core/base/clock"
)

// asking asks the outside the same question again and again.
type asking struct {
	clock clock.Clock
	every time.Duration // 0: until it is answered
	warn  func(err error, pause time.Duration)
}

// Pauses between questions that were not answered.
const (
	firstPause = 250 * time.Millisecond
	lastPause  = 30 * time.Second
)

// run asks until ctx ends or there is nothing more to ask. A question that was not answered is asked
// again after growing pauses, unless hopeless says that it will never be: then that is the error.
func (a *asking) run(
	ctx context.Context, question func(ctx context.Context) error, hopeless func(err error) bool,
) error {
	pause := firstPause
	for {
		err := question(ctx)
		wait := a.every
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && hopeless(err):
			return err
		case err != nil:
			a.warn(err, pause)
			wait, pause = pause, min(2*pause, lastPause)
		default:
			pause = firstPause
			if wait == 0 {
				return nil
			}
		}
		due := make(chan struct{})
		stop := a.clock.AfterFunc(wait, func() { close(due) })
		select {
		case <-due:
		case <-ctx.Done():
			stop()
			return nil
		}
	}
}
