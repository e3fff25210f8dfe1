package config

// Keys of batch mode.
var (
	SortedInputs = Bool("execution.sorted-inputs.enabled", true,
		"feed keyed functions one key after the other, in batch mode and while a source catches up "+
			"with the past")
	SortedInputsMemory = Memory("execution.sorted-inputs.memory", 128<<20,
		"bytes of rows that a subtask sorts in memory; more go to disk")
	PreAggregation = Enum("headrace.batch.pre-aggregation", "BUILT_IN",
		[]string{"BUILT_IN", "ALL", "NONE"}, "in batch mode, which keyed functions are applied before "+
			"the exchange, too: sum, min, max, min_by and max_by, or all reduces, which have to be "+
			"associative then")
	BatchShuffleMode = Enum("execution.batch-shuffle-mode", "ALL_EXCHANGES_BLOCKING",
		[]string{"ALL_EXCHANGES_BLOCKING", "ALL_EXCHANGES_PIPELINED"},
		"in batch mode, whether a stage starts when those in front of it are done, or with them")
	BatchShuffleMemory = Memory("headrace.batch-shuffle.memory", 0,
		"bytes of results of stages that a job keeps in memory; more go to disk; 0: an eighth of "+
			"managed memory, 64 mb at least")
	CompressionCodec = Enum("taskmanager.network.compression.codec", "LZ4",
		[]string{"LZ4", "ZSTD", "NONE"}, "how results of stages are compressed on disk")
	SkewStrategy = Enum("table.optimizer.skewed-join-optimization.strategy", "AUTO",
		[]string{"AUTO", "FORCED", "NONE"}, "in batch mode, whether a subtask of a join shares its "+
			"rows with the others when it has far more than they; FORCED is as AUTO")
	SkewFactor = Float("table.optimizer.skewed-join-optimization.skewed-factor", 4,
		"a subtask has far more when it has so many times what the median has")
	SkewThreshold = Memory("table.optimizer.skewed-join-optimization.skewed-threshold", 256<<20,
		"and more than so many bytes")
	AdaptiveBroadcast = Enum("table.optimizer.adaptive-broadcast-join.strategy", "AUTO",
		[]string{"AUTO", "RUNTIME_ONLY", "NONE"}, "in batch mode, whether a side of a join that turns "+
			"out to be small goes to every subtask when the other side is spread unevenly")
	BroadcastThreshold = Memory("table.optimizer.join.broadcast-threshold", 1<<20,
		"how many bytes are small then")
	TmpDirs = String("io.tmp.dirs", "",
		"directory for working files; unset: below the system's for temporary files")
)

// SortsBacklog says whether keyed input is sorted while a source catches up with the past: when no
// checkpoints are to be taken then, and not switched off.
func SortsBacklog(m Map) (bool, error) {
	every, err := CheckpointBacklog.Get(m)
	if err != nil || every != 0 {
		return false, err
	}
	return SortedInputs.Get(m)
}
