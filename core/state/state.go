// Package state is the batch-first contract between operators and what keeps their state.
//
// Keys are resolved to slots a batch at a time; state lives in columns indexed by slot. A slot is
// valid (and its key in memory) from the Resolve that returned it until the next Resolve, Due or
// Flush on the same Keyed; back ends evict and load between those calls. Every change of a slot's
// state is made known by MarkDirty, so that the next checkpoint has it.
package state

import "slices"

// Column is one state of an operator, indexed by slot: the engine's own columns, aggregate
// accumulators, and live Python objects alike. The back end never looks inside: it moves encoded
// values. An empty slot encodes to zero bytes; a slot that holds a value to at least one.
// data/function's aggregates and pyudf's object columns implement it without importing this
// package.
type Column interface {
	// Grow makes room for slots below n; new ones are empty.
	Grow(n int)
	// Encode appends the value of each slot to dst and its end (len(dst) then) to ends.
	Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error)
	// Decode sets each slot from src[ends[i-1]:ends[i]] (ends[-1] = 0); zero bytes clear it.
	Decode(slots []int32, src []byte, ends []int32) error
	// Clear empties the slots.
	Clear(slots []int32)
	// SizeBytes estimates the memory that the slots hold.
	SizeBytes(slots []int32) int64
}

// Emptied is a Column that says of a slot whether it is empty without encoding it.
type Emptied interface {
	Empty(slot int32) bool
}

// Keys is a batch of encoded keys with their key groups; key i is Data[Ends[i-1]:Ends[i]].
// Two rows have the same key exactly when their bytes are equal. A namespace (a window) is part
// of the bytes, but not of the group.
type Keys struct {
	Data   []byte
	Ends   []int32
	Groups []uint16
}

// Len is the number of keys.
func (k *Keys) Len() int { return len(k.Ends) }

// Grow makes room for n more keys of so many bytes together.
func (k *Keys) Grow(n, bytes int) {
	k.Data = slices.Grow(k.Data, bytes)
	k.Ends = slices.Grow(k.Ends, n)
	k.Groups = slices.Grow(k.Groups, n)
}

// Key returns the bytes of key i.
func (k *Keys) Key(i int) []byte {
	from := int32(0)
	if i > 0 {
		from = k.Ends[i-1]
	}
	return k.Data[from:k.Ends[i]]
}

// Toured is a Keyed whose keys may be on disk, where nobody sees what has expired.
type Toured interface {
	// Tour brings the next n keys of the disk into memory, round and round. Like Resolve it ends the
	// life of slots.
	Tour(n int) error
}

// Keyed is the keyed state and the timers of one operator subtask.
type Keyed interface {
	// Register names a state; all are registered in Open, before anything is resolved. What a
	// restored checkpoint holds under the name is decoded into the column on demand.
	Register(name string, c Column) error

	// Resolve returns the slot of each key (slots is reused if large enough), making slots for new
	// keys and loading those on disk.
	Resolve(keys *Keys, slots []int32) ([]int32, error)
	// Lookup is Resolve without making slots: -1 for keys without state.
	Lookup(keys *Keys, slots []int32) ([]int32, error)
	// Key returns the bytes and the group of the key in a slot.
	Key(slot int32) (key []byte, group uint16)
	// MarkDirty says that the slots' state has changed since they were resolved. Call it after the
	// change: what changes after a capture (a Resumable operator may meet one in the middle of its
	// work) has to be marked again.
	MarkDirty(slots []int32)
	// Drop forgets the keys: their states are cleared, their timers deleted.
	Drop(slots []int32)
	// Each calls f with batches of slots that hold every key in order of (group, key bytes), those
	// on disk too; f must not call Resolve.
	Each(f func(slots []int32) error) error

	// Timers returns the timers of a name, e.g. "event", "processing"; asked for in Open.
	Timers(name string) Timers
}

// Steady is a Keyed whose slots outlive the next Resolve, so that the slots of frequent keys can be
// remembered instead of resolved.
type Steady interface {
	// Settle does what Resolve does first: it ends the life of slots that were dropped or made and
	// never used.
	Settle() error
	// Epoch is a number that changes when a slot that was handed out is given back: while it is the
	// same, all are valid. ok is false when slots may go at any Resolve.
	Epoch() (epoch uint64, ok bool)
}

// Timers are kept as state of their keys: a key has each timestamp at most once.
type Timers interface {
	// Register adds a timer at time for the slot's key; a second one for the same time is the same.
	Register(slot int32, time int64)
	// Delete removes it.
	Delete(slot int32, time int64)
	// Due pops the timers with time ≤ until, ordered by (time, group, key), at most max of them;
	// their slots are resolved as by Keyed.Resolve.
	Due(until int64, max int) ([]Timer, error)
	// Next returns the earliest time.
	Next() (time int64, ok bool)
}

// Timer is a timer that came due.
type Timer struct {
	Time int64
	Slot int32
}

// OperatorState is the non-keyed state of a subtask: named lists of encoded elements. On restore
// at another parallelism, list state is split evenly, union-list state given whole to everybody,
// broadcast state (equal on all) given to everybody once.
type OperatorState interface {
	// List returns the elements restored under the name and mode.
	List(name string, mode Redistribute) ([][]byte, error)
	// SetList replaces the elements; called from Operator.Snapshot.
	SetList(name string, mode Redistribute, elements [][]byte)
}

// Redistribute says how list state is spread at restore.
type Redistribute uint8

const (
	Split Redistribute = iota
	Union
	Broadcast
)

func (r Redistribute) String() string { return [...]string{"split", "union", "broadcast"}[r] }
