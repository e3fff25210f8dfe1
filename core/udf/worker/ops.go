package worker

// Operations. The first word of each is its code, the second the number of the function that it is
// for; the worker keeps functions under the numbers that the client gives out.
const (
	opSetup = iota
	opNone  // answers when all before it has been done
	opBye
	opClose

	opProcess
	opTimes
	opPartitioner
	opScalar
	opAsync
	opTable
	opAggregate
	opTableAggregate
	opGroup

	opOpen // of a process
	opFeedRows
	opFeedRest
	opMark
	opFeedTimers
	opFeedKeys
	opEndEach
	opFeedEnd
	opFeedWatermark
	opFeedPoll
	opRewind
	opRun
	opTake
	opState
	opReport
	opComplete

	opGrow // of a column of state, or of accumulators
	opEncode
	opDecode
	opClear

	opAssign // of times
	opPeriodic
	opPartition

	opEval // of SQL functions
	opSubmit
	opPoll
	opStart
	opNext
	opAccumulate
	opMerge
	opValue
	opEmit
	opEmitUpdate
	opGroups
)

// Kinds of metrics in an answer.
const (
	metricCount = iota
	metricGauge
	metricRecord
)
