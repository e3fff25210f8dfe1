package job

import (
	"time"

	"github.com/headrace/headrace/core/base/config"
)

// checkpointing is how checkpoints are taken, from execution.checkpointing.*.
type checkpointing struct {
	interval time.Duration // 0: only savepoints and checkpoints that are asked for
	// backlogInterval holds while a source catches up; 0: none then, negative: as at other times.
	backlogInterval time.Duration
	timeout         time.Duration
	minPause        time.Duration
	concurrent      int
	tolerable       int
	afterFinish     bool
	incremental     bool
	unaligned       bool
	once            bool          // EXACTLY_ONCE: rows behind a barrier wait for it
	alignFor        time.Duration // unaligned only after this time
}

func checkpointingOf(cfg config.Map) (c checkpointing, err error) {
	read := func(o *config.Option[time.Duration]) (d time.Duration) {
		if err == nil {
			d, err = o.Get(cfg)
		}
		return d
	}
	c.interval = read(config.CheckpointInterval)
	c.backlogInterval = read(config.CheckpointBacklog)
	c.timeout = read(config.CheckpointTimeout)
	c.minPause = read(config.CheckpointMinPause)
	c.alignFor = read(config.CheckpointAlignedTimeout)
	if err != nil {
		return c, err
	}
	if c.concurrent, err = config.CheckpointConcurrent.Get(cfg); err != nil {
		return c, err
	}
	if c.tolerable, err = config.CheckpointTolerable.Get(cfg); err != nil {
		return c, err
	}
	if c.afterFinish, err = config.CheckpointAfterFinish.Get(cfg); err != nil {
		return c, err
	}
	if c.unaligned, err = config.CheckpointUnaligned.Get(cfg); err != nil {
		return c, err
	}
	mode, err := config.CheckpointMode.Get(cfg)
	if err != nil {
		return c, err
	}
	c.once = mode == "EXACTLY_ONCE"
	c.unaligned = c.unaligned && c.once // as in Flink: only then is there something to overtake
	if c.incremental, err = config.CheckpointIncremental.Get(cfg); err != nil || c.incremental {
		return c, err
	}
	c.incremental, err = config.Changelog.Get(cfg) // a log is of what changed
	return c, err
}
