package config

// Keys of memory.
var ManagedMemory = Memory("taskmanager.memory.managed.size", 0,
	"bytes of managed memory that state caches, sorts, joins and aggregates of a job share; over it "+
		"they evict and spill. 0: 40 % of the machine's memory, shared by the jobs of the process, "+
		"with at most 128 mb of state a subtask")
