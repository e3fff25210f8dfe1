package config

// Keys of memory.
var ManagedMemory = Memory("taskmanager.memory.managed.size", 0,
	"bytes of keyed state that all subtasks of a job together keep in memory before keys go to the "+
		"disk, with a state back end on disk; 0: 128 mb a subtask")
