package job

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/headrace/headrace/core/base/config"
)

// restartStrategy decides after a failure. It keeps count over the attempts of a job.
type restartStrategy interface {
	// next returns how long to wait before the next attempt; again false: give up.
	next(nowMs int64) (delay time.Duration, again bool)
}

// restartStrategyOf reads restart-strategy.*. Unset, a job with checkpoints restarts with growing
// delays, one without does not.
func restartStrategyOf(cfg config.Map) (restartStrategy, error) {
	kind, err := config.RestartStrategy.Get(cfg)
	if err != nil {
		return nil, err
	}
	if kind == "" {
		interval, err := config.CheckpointInterval.Get(cfg)
		if err != nil {
			return nil, err
		}
		if kind = "none"; interval > 0 {
			kind = "exponential-delay"
		}
	}
	switch kind {
	case "fixed-delay", "fixeddelay":
		return newFixedDelay(cfg)
	case "failure-rate", "failurerate":
		return newFailureRate(cfg)
	case "exponential-delay", "exponentialdelay":
		return newExponentialDelay(cfg)
	}
	return noRestart{}, nil
}

type noRestart struct{}

func (noRestart) next(int64) (time.Duration, bool) { return 0, false }

// fixedDelay restarts a number of times.
type fixedDelay struct {
	left  int
	delay time.Duration
}

func newFixedDelay(cfg config.Map) (restartStrategy, error) {
	attempts, err := config.FixedAttempts.Get(cfg)
	if err != nil {
		return nil, err
	}
	delay, err := config.FixedDelay.Get(cfg)
	return &fixedDelay{left: attempts, delay: delay}, err
}

func (s *fixedDelay) next(int64) (time.Duration, bool) {
	s.left--
	return s.delay, s.left >= 0
}

// failureRate restarts until there were too many failures in an interval.
type failureRate struct {
	most     int
	interval time.Duration
	delay    time.Duration
	failures []int64 // times of the last failures
}

func newFailureRate(cfg config.Map) (restartStrategy, error) {
	s := &failureRate{}
	var err error
	if s.most, err = config.RateMax.Get(cfg); err != nil {
		return nil, err
	}
	if s.interval, err = config.RateInterval.Get(cfg); err != nil {
		return nil, err
	}
	s.delay, err = config.RateDelay.Get(cfg)
	return s, err
}

func (s *failureRate) next(nowMs int64) (time.Duration, bool) {
	recent := s.failures[:0]
	for _, at := range s.failures {
		if nowMs-at < s.interval.Milliseconds() {
			recent = append(recent, at)
		}
	}
	s.failures = append(recent, nowMs)
	return s.delay, len(s.failures) <= s.most
}

// exponentialDelay restarts with a delay that grows with each failure, up to a limit, and begins
// anew after a long time without one.
type exponentialDelay struct {
	initial, most, reset time.Duration
	factor, jitter       float64
	attempts, failures   int
	delay                time.Duration
	lastMs               int64
	rng                  *rand.Rand
}

func newExponentialDelay(cfg config.Map) (restartStrategy, error) {
	seed, err := config.Seed.Get(cfg)
	if err != nil {
		return nil, err
	}
	s := &exponentialDelay{lastMs: math.MinInt64, rng: rand.New(rand.NewPCG(uint64(seed), 2))}
	if s.initial, err = config.ExpInitial.Get(cfg); err != nil {
		return nil, err
	}
	if s.most, err = config.ExpMax.Get(cfg); err != nil {
		return nil, err
	}
	if s.reset, err = config.ExpReset.Get(cfg); err != nil {
		return nil, err
	}
	if s.factor, err = config.ExpFactor.Get(cfg); err != nil {
		return nil, err
	}
	if s.jitter, err = config.ExpJitter.Get(cfg); err != nil {
		return nil, err
	}
	s.attempts, err = config.ExpAttempts.Get(cfg)
	return s, err
}

func (s *exponentialDelay) next(nowMs int64) (time.Duration, bool) {
	if s.lastMs == math.MinInt64 || nowMs-s.lastMs >= s.reset.Milliseconds()+s.delay.Milliseconds() {
		s.delay, s.failures = s.initial, 0
	} else {
		s.delay = min(time.Duration(float64(s.delay)*s.factor), s.most)
	}
	s.lastMs = nowMs
	s.failures++
	spread := s.jitter * (2*s.rng.Float64() - 1)
	return time.Duration(float64(s.delay) * (1 + spread)), s.failures <= s.attempts
}
