package session

import (
	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/job"
)

// jumping gives a job under test a clock of its own, which stands while the job has work and jumps
// to the next alarm once it has none. What is returned moves it until the job is over.
func jumping(o *job.Options, cfg config.Map) (move func(done <-chan struct{}), err error) {
	start, err := config.TestingClock.Get(cfg)
	if err != nil || start < 0 {
		return func(<-chan struct{}) {}, err
	}
	hands, watched := clock.NewManual(int64(start)), drive.NewWatched()
	o.Clock, o.Driver = hands, watched
	return func(done <-chan struct{}) {
		for {
			select {
			case <-done:
				return
			case <-watched.Idle():
			}
			for !watched.Busy() {
				d, ok := hands.NextAlarm()
				if !ok {
					break
				}
				hands.Advance(max(d, 0))
			}
		}
	}, nil
}
