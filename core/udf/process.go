package udf

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
)

// ProcessHost is what a Host also is when it runs DataStream functions; ask by assertion.
type ProcessHost interface {
	// NewProcess loads the functions of a fused chain. All calls of the Process, and of the state
	// columns it gives, are made from one OS thread, which is the caller's.
	NewProcess(spec *ProcessSpec) (Process, error)
	// NewTimes loads a timestamp assigner or watermark generator.
	NewTimes(spec *TimesSpec) (Times, error)
	// NewPartitioner loads a partitioner f(key, n) and the key selector in front of it (may be
	// nil: the element itself is the key).
	NewPartitioner(partitioner, selector *planpb.Function) (Partitioner, error)
	// Objects handles object columns outside of functions.
	Objects() Objects
}

// Stage is one operator of a fused chain. Kinds: map, flat_map, filter, process, key_by, reduce
// (keyed), keyed_process, keyed_operator, co_map, co_flat_map, co_process, keyed_co_map,
// keyed_co_flat_map, keyed_co_process, keyed_co_operator, broadcast_process,
// keyed_broadcast_process, operator, co_operator. Only map, flat_map, filter, process and (last) key_by may follow
// another stage; python/headrace/_runtime says what each kind's object must look like.
type Stage struct {
	Kind     string
	Name     string
	Operator string // unique id
	Origin   string
	Code     *planpb.Function
	Options  map[string]string
	KeyType  *planpb.TypeInfo // of key_by, nil: as the function says
	// Sides says where `yield tag, value` goes; values of tags that are not here are dropped.
	Sides []Side
}

// Side routes an output tag to an output of the process (1…).
type Side struct {
	Tag    string
	Output int
}

// ProcessSpec describes a fused chain of DataStream functions, head first.
type ProcessSpec struct {
	Job            string
	TaskName       string
	Subtask        int
	Parallelism    int
	MaxParallelism int
	Attempt        int
	BatchMode      bool
	Metrics        Metrics `json:"-"` // takes what functions count; nil drops it
	Config         map[string]string
	Stages         []Stage
	Inputs         []*planpb.TypeInfo // of the value on each port; nil: untyped
	Keys           []*planpb.TypeInfo // of the key of each keyed port
	Outputs        []*planpb.TypeInfo // main, then sides; nil: untyped

	// Schemas of the outputs: value, or value, key, keybytes after key_by.
	Schemas []*types.Schema
}

// StateColumn is state.Column, named here so that udf need not know package state.
type StateColumn interface {
	Grow(n int)
	Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error)
	Decode(slots []int32, src []byte, ends []int32) error
	Clear(slots []int32)
	SizeBytes(slots []int32) int64
}

// NamedState is a keyed state of a process.
type NamedState struct {
	Name   string
	Column StateColumn
	// TTLMs is how long after its last use the state of a key is over; 0: never.
	TTLMs int64
}

// Rows is what a process is fed with: rows [From, n) of a port. The columns are borrowed until
// the feed is done; slots are those of rows From, From+1, …, on a keyed port only.
type Rows struct {
	Port  int
	From  int
	Value *batch.Column
	Key   *batch.Column // keyed ports
	Slots []int32
	Times []int64         // of all rows; nil: none has one
	Kinds []types.RowKind // of all rows; nil: all inserts
	Marks []batch.Mark    // those with Row ≥ From not yet in force

	// Starts, of rows of several keys, one key after the other in one slot, are the rows, ascending,
	// at which the next key begins. There the state of the key before is dropped, without a stop,
	// unless it set or deleted timers: then Run returns StopTimers in front of the row, and the
	// caller fires them, drops the state and goes on with FeedRest. There are no marks then.
	Starts []int32
	// Merged, of rows of several ports, says where each is; Port, From, Value, Key and Kinds say
	// nothing then.
	Merged *Merged
}

// Merged are rows of several keyed ports in one order: row i is row At[i] of port Ports[i], whose
// Value, Key and Kinds are in Sides.
type Merged struct {
	Ports []int32
	At    []int32
	Sides []Rows
}

// Timer domains of a process.
const (
	EventTime = iota
	ProcessingTime
)

// Fired is a timer to be fired: its time, the slot and the bytes of its key.
type Fired struct {
	Time int64
	Slot int32
	Key  []byte
}

// TimerOp is a timer registered or deleted by user code.
type TimerOp struct {
	Time   int64
	Slot   int32
	Domain uint8
	Delete bool
}

// ProcessClock is what a process is told of time before it runs.
type ProcessClock struct {
	Watermark int64
	NowMs     int64
	// NextTimer is the earliest event timer that the state holds, MaxInt64 for none: the process
	// stops (StopTimers) at a mark that reaches it, or one registered meanwhile.
	NextTimer int64
	// Still: the time does not go on while the process runs.
	Still bool
}

// Stop says why Run returned.
type Stop uint8

const (
	StopDone   Stop = iota // all of the feed was processed
	StopFull               // an output is full: take the outputs, then Run again
	StopTimers             // a mark has been passed at which event timers are due: see Position
	StopOrder              // firing only: timers that come first were registered; see Unfired
	StopEach               // an element asked for a visit to all keys: see EndEach
	StopSlice              // user code is slow: hand on what there is, then Run again
)

// Process runs a fused chain of user functions. The calls come in this order: Open; then, over
// and over, a feed (FeedRows, FeedTimers, FeedKeys or FeedEnd), Run until it returns StopDone,
// with Effects after each Run, and Take whenever outputs are wanted; Close.
//
// Errors of user code are the user's own exception with the operator, its origin and the failing
// element (bounded); after one only Close may be called.
type Process interface {
	// Open calls open() of the functions. restored is what OperatorState returned before, by
	// name, from all subtasks that count for this one; nil without.
	Open(restored map[string][][]byte) error
	// States are the keyed states asked for by the head, stable after Open; all are registered
	// before the first feed.
	States() []NamedState
	// Lists are the names of the operator states, before Open.
	Lists() []NamedList

	FeedRows(r Rows) error
	// FeedRest goes on with the rows left when Run returned StopTimers, from Position on, under
	// new slots: those of the rows left. The watermark is recorded with Mark before.
	FeedRest(slots []int32) error
	// Mark records a watermark in the outputs, in force after the rows that wait in them.
	Mark(watermark int64) error
	// FeedTimers fires timers in their order.
	FeedTimers(domain int, timers []Fired) error
	// FeedKeys visits keys: after StopEach for apply_to_keyed_state, until EndEach, then FeedRest;
	// else, of a reduce in batch mode, to give out the final values.
	FeedKeys(slots []int32, keys [][]byte) error
	// EndEach says that all keys have been visited.
	EndEach()
	// FeedEnd says that nothing follows on the port (end_input of an operator).
	FeedEnd(port int) error

	// FeedWatermark tells operators written in Python (on_watermark) of a watermark, as a feed.
	FeedWatermark(watermark int64) error
	// Rewind sets the watermark back to where it starts: the next key of sorted input follows.
	Rewind()
	// Polls says whether the head wants FeedPoll now and then, every few ms of processing time:
	// something outside may have finished.
	Polls() bool
	FeedPoll() error

	// Run processes until the feed is done or an output has maxRows rows (or about maxBytes).
	Run(clock ProcessClock, maxRows int, maxBytes int64) (Stop, error)
	// Position is, before anything else is fed, the next row of a feed stopped by StopTimers or
	// StopEach and the watermark in force: fire timers or visit keys, then Mark and FeedRest.
	Position() (row int, watermark int64)
	// Unfired are the timers that were not fired when Run returned StopOrder; they are to be
	// registered again, and the feed is over. The slice is valid until the next call.
	Unfired() []Fired
	// Effects are what user code did to keyed state and timers since the last call; the slices
	// are valid until the next Run.
	Effects() Effects

	// Rows is the number of rows that wait in an output.
	Rows(output int) int
	// Take hands over the rows that wait in an output as a batch with times and marks; nil when
	// there is neither row nor mark.
	Take(output int) (*batch.Batch, error)

	// OperatorState encodes the non-keyed state for the checkpoint of that id.
	OperatorState(checkpoint int64) (map[string][][]byte, error)
	// Report hands what functions have counted since the last call to the spec's Metrics.
	Report()
	// CheckpointComplete tells functions that asked for it.
	CheckpointComplete(id int64) error
	// Close calls close() of the functions, also after an error, and frees everything.
	Close() error
}

// NamedList is an operator state; Mode is split, union or broadcast.
type NamedList struct{ Name, Mode string }

// Effects is what user code did outside of its outputs.
type Effects struct {
	Dirty  []int32
	Timers []TimerOp
}

// TimesSpec describes how event times and watermarks of a stream come about: either code may be
// nil.
type TimesSpec struct {
	Assigner  *planpb.Function // extract_timestamp(value, record_timestamp)
	Generator *planpb.Function // on_event(value, timestamp, output), on_periodic_emit(output)
	Input     *planpb.TypeInfo
}

// Times assigns event times.
type Times interface {
	// Assign replaces times[i], the record's time or batch.NoTime, with the extracted one, and
	// appends the watermarks that the generator emits: each in force after its row.
	Assign(value *batch.Column, times []int64, marks []batch.Mark) ([]batch.Mark, error)
	// Periodic calls the generator's on_periodic_emit; ok says whether it emitted a watermark.
	Periodic() (watermark int64, ok bool, err error)
	Close() error
}

// Partitioner says which subtask each row goes to.
type Partitioner interface {
	// Partition sets targets[i] to a number in [0, n) for each row.
	Partition(value *batch.Column, n int, targets []int32) error
	Close() error
}

// Objects handles object columns where they outlive a call or leave memory.
type Objects interface {
	// Copy returns a column that shares nothing mutable with c, for a second consumer of c.
	Copy(c *batch.Column) (*batch.Column, error)
	// Encode appends the pickled objects to dst and their ends to ends.
	Encode(c *batch.Column, dst []byte, ends []int32) ([]byte, []int32, error)
	// Decode makes a column of n objects from what Encode wrote.
	Decode(src []byte, ends []int32) (*batch.Column, error)
}
