package config

// Keys of batch mode.
var (
	SortedInputs = Bool("execution.sorted-inputs.enabled", true,
		"in batch mode, feed keyed functions one key after the other")
	SortedInputsMemory = Memory("execution.sorted-inputs.memory", 128<<20,
		"bytes of rows that a subtask sorts in memory; more go to disk")
)
