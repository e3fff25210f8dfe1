package config

import "time"

// Keys of a job, under Flink's names. Where headrace's default differs, Doc says so.
var (
	Parallelism = Int("parallelism.default", 0,
		"subtasks of an operator that does not say; 0: the number of processors")
	MaxParallelism = Int("pipeline.max-parallelism", -1,
		"number of key groups, the upper limit of rescaling; -1: from the parallelism, 128 at least")
	JobName  = String("pipeline.name", "", "name of the job")
	Chaining = Bool("pipeline.operator-chaining.enabled", true,
		"run neighbours in one task", "pipeline.operator-chaining")
	AutoWatermark = Duration("pipeline.auto-watermark-interval", 200*time.Millisecond,
		"period of periodic watermarks; 0: after every row. Watermarks from a column come after "+
			"every row unless this is set")
	RuntimeMode = Enum("execution.runtime-mode", "STREAMING",
		[]string{"STREAMING", "BATCH", "AUTOMATIC"}, "how the graph is run")
	BufferTimeout = Duration("execution.buffer-timeout.interval", 100*time.Millisecond,
		"longest time that a row waits in an output buffer", "execution.buffer-timeout")
	BufferTimeoutOn = Bool("execution.buffer-timeout.enabled", true,
		"false: only full buffers leave")

	BatchRows     = Int("headrace.batch.rows", 16384, "rows at which batches are cut")
	BatchSize     = Memory("headrace.batch.size", 1<<20, "bytes at which batches are cut")
	CancelTimeout = Duration("headrace.task.cancel-timeout", 800*time.Millisecond,
		"how long a cancelled or failing job waits for calls of user code to come back")
	PythonMode = Enum("python.execution-mode", "thread", []string{"thread", "process"},
		"where Python functions run: in threads of the job's process, which share its interpreter "+
			"lock, or in a worker process a subtask. Flink's default is process, ours thread")
	// TestingClock is for tests of programs (headrace.testing.jumping_clock).
	TestingClock = Int("headrace.testing.clock", -1,
		"milliseconds since 1970 at which a job's clock starts that stands while there is work "+
			"and jumps to the next timer when there is none; -1: the machine's clock")
	PreviewRows = Int("headrace.preview.rows", 20,
		"rows of a bounded table that a notebook shows; 0: columns only, nothing runs")
	Seed = Int("headrace.seed", 0, "seed of shuffle partitioning")
)

// Keys of the exchange.
var (
	GateMemory = Memory("headrace.exchange.size", 1<<20,
		"bytes in flight to one subtask, shared by its channels; each has 64 kb at least")
	DebloatOn = Bool("taskmanager.network.memory.buffer-debloat.enabled", false,
		"let the bytes in flight follow the consumer's speed")
	DebloatTarget = Duration("taskmanager.network.memory.buffer-debloat.target", time.Second,
		"time that the consumer should need for what is in flight")
	DebloatPeriod = Duration("taskmanager.network.memory.buffer-debloat.period",
		200*time.Millisecond, "time between two adjustments")
	DebloatSamples = Int("taskmanager.network.memory.buffer-debloat.samples", 20,
		"measurements that are averaged")
	DebloatThreshold = Int("taskmanager.network.memory.buffer-debloat.threshold-percentages", 25,
		"change in percent below which the size stays")
)

// Keys of checkpoints.
var (
	CheckpointInterval = Duration("execution.checkpointing.interval", 0,
		"time between checkpoints; switches them on")
	CheckpointBacklog = Duration("execution.checkpointing.interval-during-backlog", -1,
		"time between checkpoints while a source catches up with the past; 0: none then, and keyed "+
			"input is sorted and worked on when it is over. Unset: as at other times")
	CheckpointMode = Enum("execution.checkpointing.mode", "EXACTLY_ONCE",
		[]string{"EXACTLY_ONCE", "AT_LEAST_ONCE"}, "guarantee of the state")
	CheckpointTimeout = Duration("execution.checkpointing.timeout", 10*time.Minute,
		"a slower checkpoint is given up")
	CheckpointMinPause = Duration("execution.checkpointing.min-pause", 0,
		"least time between the end of one and the start of the next")
	CheckpointConcurrent = Int("execution.checkpointing.max-concurrent-checkpoints", 1,
		"checkpoints in flight at once")
	CheckpointTolerable = Int("execution.checkpointing.tolerable-failed-checkpoints", 0,
		"failed checkpoints in a row that do not fail the job")
	CheckpointRetention = Enum("execution.checkpointing.externalized-checkpoint-retention",
		"NO_EXTERNALIZED_CHECKPOINTS", []string{"NO_EXTERNALIZED_CHECKPOINTS",
			"RETAIN_ON_CANCELLATION", "DELETE_ON_CANCELLATION"},
		"what becomes of checkpoints when the job is cancelled or fails")
	CheckpointDir = String("execution.checkpointing.dir", "", "directory of checkpoints",
		"state.checkpoints.dir")
	SavepointDir = String("execution.checkpointing.savepoint-dir", "",
		"directory of savepoints", "state.savepoints.dir")
	CheckpointRetained = Int("execution.checkpointing.num-retained", 1,
		"complete checkpoints that are kept", "state.checkpoints.num-retained")
	CheckpointAfterFinish = Bool("execution.checkpointing.checkpoints-after-tasks-finish", true,
		"keep taking checkpoints when some tasks have finished, and a last one at the end")
	CheckpointUnaligned = Bool("execution.checkpointing.unaligned.enabled", false,
		"barriers overtake what is in flight", "execution.checkpointing.unaligned")
	CheckpointAlignedTimeout = Duration("execution.checkpointing.aligned-checkpoint-timeout", 0,
		"with unaligned checkpoints: start aligned and overtake after this time")
	RecoveryPath = String("execution.state-recovery.path", "",
		"checkpoint or savepoint to start from; 'latest': the newest complete one of this job",
		"execution.savepoint.path")
	RecoveryIgnoreUnclaimed = Bool("execution.state-recovery.ignore-unclaimed-state", false,
		"start although state of the snapshot belongs to no operator",
		"execution.savepoint.ignore-unclaimed-state")
	CheckpointIncremental = Bool("execution.checkpointing.incremental", false,
		"write only what changed", "state.backend.incremental")
	StateBackend = String("state.backend.type", "hashmap", "hashmap, or pebble (rocksdb) for state "+
		"larger than memory", "state.backend")
	Changelog            = Bool("state.changelog.enabled", false, "stream state changes to a log")
	ChangelogMaterialize = Duration("state.changelog.periodic-materialize.interval",
		10*time.Minute, "period in which the log is replaced by a new base; 0: never")
	ChangelogFailures = Int("state.changelog.max-failures-allowed", 3,
		"materialisations in a row that may fail")
)

// Keys of the scheduler.
var (
	Scheduler = Enum("jobmanager.scheduler", "default", []string{"default", "adaptive"},
		"adaptive: the parallelism follows the number of slots, up to what the program asks for")
	SchedulerMode = Enum("scheduler-mode", "", []string{"", "reactive"},
		"reactive: an adaptive job takes all slots there are")
	TaskSlots = Int("taskmanager.numberOfTaskSlots", 0,
		"slots for the subtasks of an adaptive job; 0: as many as it asks for")
	RestPort    = Int("rest.port", 0, "port of the REST server on this machine; 0: there is none")
	RestAddress = String("rest.bind-address", "localhost", "address that the REST server listens on")
)

// Keys of restarts.
var (
	FailoverStrategy = Enum("jobmanager.execution.failover-strategy", "region",
		[]string{"region", "full"}, "what restarts when a task fails: the tasks that exchange rows "+
			"with it, or all")
	RestartStrategy = Enum("restart-strategy.type", "", []string{"none", "off", "disable",
		"fixed-delay", "fixeddelay", "failure-rate", "failurerate", "exponential-delay",
		"exponentialdelay"},
		"what to do when a job fails; unset: exponential-delay with checkpoints, none without",
		"restart-strategy")
	FixedAttempts = Int("restart-strategy.fixed-delay.attempts", 1, "restarts before giving up")
	FixedDelay    = Duration("restart-strategy.fixed-delay.delay", time.Second,
		"time before a restart")
	RateMax = Int("restart-strategy.failure-rate.max-failures-per-interval", 1,
		"failures in the interval before giving up")
	RateInterval = Duration("restart-strategy.failure-rate.failure-rate-interval", time.Minute,
		"interval in which failures are counted")
	RateDelay = Duration("restart-strategy.failure-rate.delay", time.Second,
		"time before a restart")
	ExpInitial = Duration("restart-strategy.exponential-delay.initial-backoff", time.Second,
		"time before the first restart")
	ExpMax = Duration("restart-strategy.exponential-delay.max-backoff", time.Minute,
		"longest time before a restart")
	ExpFactor = Float("restart-strategy.exponential-delay.backoff-multiplier", 1.5,
		"growth of the time with each failure")
	ExpReset = Duration("restart-strategy.exponential-delay.reset-backoff-threshold", time.Hour,
		"time without failure after which the first delay holds again")
	ExpJitter = Float("restart-strategy.exponential-delay.jitter-factor", 0.1,
		"share of the delay that is left to chance")
	ExpAttempts = Int("restart-strategy.exponential-delay.attempts-before-reset-backoff",
		1<<31-1, "restarts before giving up")
)
