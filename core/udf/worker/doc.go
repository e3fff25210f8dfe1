// Package worker runs user functions in another process: python.execution-mode process.
//
// The engine meets user code only through package udf, and a Host of this package is a udf.Host
// whose functions live in a worker process: one a subtask, spawned, never forked. It holds what
// thread mode holds of a subtask in the job's process: the functions, fused as there, the live
// objects of their state, their windows, generators and event loops. The job's process keeps the
// job: exchange, barriers, the index of keys and timers, the files of checkpoints, in which state
// stands as user code encoded it. So what one mode wrote the other restores, at any parallelism,
// and operators need not know which one they run in.
//
// # Calls
//
// A call and its answer are messages in shared memory, written once and read in place; a frame of
// 24 bytes on a socket says that one is there. They strictly take turns. Operations that return
// nothing (feed rows, register, clear) wait in the message until one that does, so that a batch is
// one turn: rows over, results, effects on state and timers back. What is in flight between the
// two processes is therefore one batch, and the back-pressure that of the task. A task waits for
// its worker where, in thread mode, it waits for Python to be done: in a call that runs user code.
//
// Columns of SQL types travel as they stand in memory. Live objects are encoded (pickle 5, or less
// where they are plain) when they leave a process that holds them as such; the job's process does
// not decode what only passes through it (batch.MakeEncoded).
//
// # The other way
//
// A second socket carries what is not an answer: prints, log records and wakes from the worker, the
// request to break off a call from the job, and questions of the worker about the program's
// __main__, whose classes pickles name. An answer says how many of these were sent before it: it
// counts as received when they have been handled.
//
// # Ends
//
// A worker that dies (kill -9, a segmentation fault in an extension) fails the call under way with
// an error marked Transient: the restart strategy decides. A worker whose parent dies finds its
// sockets closed and ends at once. A call that does not come back when the job is cancelled is
// ended with its process.
package worker
