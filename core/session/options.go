package session

import (
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/physical"
)

// The options of SQL that planning depends on.
var (
	stateTTL = config.Duration("table.exec.state.ttl", 0,
		"How long state that is not touched is kept; 0 is for ever.")
	idleTimeout = config.Duration("table.exec.source.idle-timeout", 0,
		"A source split without rows for this long holds no watermark back; 0 is off.")
	miniBatch = config.Bool("table.exec.mini-batch.enabled", false,
		"Whether aggregations gather rows before they touch state.")
	miniBatchLatency = config.Duration("table.exec.mini-batch.allow-latency", 0,
		"How long rows may be gathered.")
	miniBatchSize = config.Int("table.exec.mini-batch.size", -1,
		"How many rows may be gathered.")
	earlyFire = config.Bool("table.exec.emit.early-fire.enabled", false,
		"Whether windows of GROUP BY TUMBLE(…) and HOP(…) give results before their end.")
	earlyDelay = config.Duration("table.exec.emit.early-fire.delay", -1,
		"How long after a row a window fires early; 0 is with every row.")
	lateFire = config.Bool("table.exec.emit.late-fire.enabled", false,
		"Whether such windows take rows after their end.")
	lateDelay = config.Duration("table.exec.emit.late-fire.delay", -1,
		"How long after a late row a window fires; 0 is with every row.")
	lateness = config.Duration("table.exec.emit.allow-lateness", -1,
		"How long after its end a window takes rows, with late firing; as long as state is kept "+
			"(table.exec.state.ttl) if not set.")
	aggPhases = config.Enum("table.optimizer.agg-phase-strategy", "AUTO",
		[]string{"AUTO", "ONE_PHASE", "TWO_PHASE"}, "Whether subtasks aggregate before rows are "+
			"exchanged (in streaming mode with mini-batches): AUTO does where there are several.")
	upsertMaterialize = config.Enum("table.exec.sink.upsert-materialize", "AUTO",
		[]string{"AUTO", "NONE", "FORCE"}, "Whether rows are put in order by the sink's primary key "+
			"before they are written: AUTO does where changes come under another key, whose order an "+
			"exchange may have lost; FORCE always does where there is a primary key.")
	lookupCapacity = config.Int("table.exec.async-lookup.buffer-capacity", 100,
		"How many lookups may run at once; headrace asks for a batch of keys in each and runs 16 "+
			"at most.")
	lookupTimeout = config.Duration("table.exec.async-lookup.timeout", 3*time.Minute,
		"How long a lookup may take.")
	lookupOutput = config.String("table.exec.async-lookup.output-mode", "ORDERED",
		"ORDERED, or ALLOW_UNORDERED: rows may overtake each other between two watermarks.")
	filterOn = config.Bool("table.optimizer.runtime-filter.enabled", false,
		"Whether rows of a batch join's larger side are dropped before they are exchanged when their "+
			"keys are not on the other side.")
	filterMaxBuild = config.Memory("table.optimizer.runtime-filter.max-build-data-size", 150<<20,
		"How large the side may be whose keys are taken.")
	filterMinProbe = config.Memory("table.optimizer.runtime-filter.min-probe-data-size", 10<<30,
		"How large the side has to be whose rows are dropped.")
	filterMinRatio = config.Float("table.optimizer.runtime-filter.min-filter-ratio", 0.5,
		"Which share of the rows has to be dropped, by estimate.")
	disabledOperators = config.String("table.exec.disabled-operators", "",
		"Batch operators that are not to be used, with commas between: ShuffleHashJoin, "+
			"BroadcastHashJoin, SortMergeJoin, NestedLoopJoin.")
	defaultParallelism = config.Int("table.exec.resource.default-parallelism", -1,
		"Parallelism of SQL operators; -1 is the environment's.")
)

// planOptions reads the options that planning depends on.
func (s *Session) planOptions(p *physical.Planner) error {
	cfg := config.Map(s.config)
	ttl, err := stateTTL.Get(cfg)
	if err != nil {
		return err
	}
	idle, err := idleTimeout.Get(cfg)
	if err != nil {
		return err
	}
	p.StateTTLMs, p.IdleMs = ttl.Milliseconds(), idle.Milliseconds()
	if p.Emit, err = emitStrategy(cfg, ttl); err != nil {
		return err
	}
	if p.AggPhases, err = aggPhases.Get(cfg); err != nil {
		return err
	}
	if p.Materialize, err = upsertMaterialize.Get(cfg); err != nil {
		return err
	}
	if p.RuntimeFilters, err = runtimeFilters(cfg); err != nil {
		return err
	}
	off, err := disabledOperators.Get(cfg)
	if err != nil {
		return err
	}
	for _, name := range strings.Split(off, ",") {
		p.Disabled = append(p.Disabled, strings.TrimSpace(name))
	}
	if p.MemoryBytes, err = config.ManagedMemory.Get(cfg); err != nil {
		return err
	}
	on, err := miniBatch.Get(cfg)
	if err != nil {
		return err
	}
	if on {
		var latency time.Duration
		if latency, err = miniBatchLatency.Get(cfg); err != nil {
			return err
		}
		size, err := miniBatchSize.Get(cfg)
		if err != nil {
			return err
		}
		p.MiniBatchMs, p.MiniBatch = latency.Milliseconds(), int64(size)
	}
	if p.AsyncLookup, err = asyncLookup(cfg); err != nil {
		return err
	}
	n, err := defaultParallelism.Get(cfg)
	if n > 0 {
		p.Parallelism = n
	}
	return err
}

func asyncLookup(cfg config.Map) (a plan.LookupAsync, err error) {
	if a.Concurrency, err = lookupCapacity.Get(cfg); err != nil {
		return a, err
	}
	timeout, err := lookupTimeout.Get(cfg)
	if err != nil {
		return a, err
	}
	a.TimeoutMs = timeout.Milliseconds()
	mode, err := lookupOutput.Get(cfg)
	a.Unordered = strings.EqualFold(mode, "ALLOW_UNORDERED")
	return a, err
}

func runtimeFilters(cfg config.Map) (f physical.RuntimeFilters, err error) {
	if f.On, err = filterOn.Get(cfg); err != nil {
		return f, err
	}
	if f.MaxBuild, err = filterMaxBuild.Get(cfg); err != nil {
		return f, err
	}
	if f.MinProbe, err = filterMinProbe.Get(cfg); err != nil {
		return f, err
	}
	f.MinRatio, err = filterMinRatio.Get(cfg)
	return f, err
}
