package state

import (
	"io"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
)

// OperatorInfo says whose state a store keeps.
type OperatorInfo struct {
	JobID          string
	UID            string // of the operator; states are matched to it at restore
	Subtask        int
	Parallelism    int
	MaxParallelism int
	Attempt        int
}

// Groups returns the key groups of the subtask.
func (o *OperatorInfo) Groups() GroupRange {
	return RangeOf(o.MaxParallelism, o.Parallelism, o.Subtask)
}

// StoreContext is what a back end gets to open a store.
type StoreContext struct {
	OperatorInfo
	// Files is where checkpoints are written.
	Files Files
	// RestoreFiles is where the restored handles are read; nil: Files. Files that are read from
	// elsewhere (a savepoint) do not become part of checkpoints: the first one copies them.
	RestoreFiles Files
	// FS and Dir are working space on the local disk, emptied at Open; the memory back end needs
	// none.
	FS    fsys.FS
	Dir   string
	Clock clock.Clock
	// Budget is asked before memory is held; nil: no limit.
	Budget *Budget
	// Beside runs work that may block beside the operator; nil: nobody does.
	Beside func(name string, f func())
}

// Backend makes the stores of operator subtasks.
type Backend interface {
	// Open makes a store, filled from the handles of all subtasks (of any parallelism) whose key
	// groups or list elements may belong here; keys of other groups are left out. Values are
	// decoded once the operator has registered its columns.
	Open(ctx *StoreContext, restore []Handle) (Store, error)
}

// Store is the state of one operator subtask. All calls but Maintain and those of Capture come
// from the operator's thread.
type Store interface {
	Keyed() Keyed
	Operator() OperatorState

	// Capture is the synchronous phase of a snapshot: it copies what changed since the last one.
	// Operator.Snapshot has put the list states into Operator() before.
	Capture(o CaptureOptions) (Capture, error)
	// Settled says what became of a checkpoint; complete false: aborted or expired. What its
	// capture held belongs to the next one unless it was written.
	Settled(id int64, complete bool)
	// Maintain merges written files when it pays. It runs beside the operator, at any time, one
	// call at a time; what it makes is used by the next capture.
	Maintain() error
	// Stats may be called from any goroutine.
	Stats() Stats
	Close() error
}

// CaptureOptions says what a capture is for.
type CaptureOptions struct {
	ID int64
	// Full asks for a handle that stands alone: one file with every key, in the directory that
	// Write is given (savepoints, and checkpoints that are not incremental).
	Full bool
}

// Capture is a snapshot between its two phases.
type Capture interface {
	// Write is the asynchronous phase, called once from any goroutine, in the order of the captures
	// (one that was overtaken fails): it writes what was captured
	// (and what earlier captures failed to write) and returns the handle. After an error the next
	// capture's Write writes it too.
	Write(files Files) (Handle, error)
	// SizeBytes is what the capture copied.
	SizeBytes() int64
	// Discard gives up a capture that will not be written; its changes go to the next one.
	Discard()
}

// Stats are figures of a store.
type Stats struct {
	Keys       int64 // in memory
	MemBytes   int64
	DiskBytes  int64 // in the working directory
	LiveFiles  int   // of the newest handle
	LiveBytes  int64
	Merges     int64
	MergeBytes int64 // written by merges
	DeltaBytes int64 // written by captures
	Evictions  int64
	Loads      int64
}

// Handle describes the snapshot of one operator subtask; checkpoint manifests are made of them.
type Handle struct {
	UID            string      `json:"uid"`
	Subtask        int         `json:"subtask"`
	Parallelism    int         `json:"parallelism"`
	MaxParallelism int         `json:"maxParallelism"`
	Groups         GroupRange  `json:"groups"`
	KeyVersion     int         `json:"keyVersion"`
	Files          []FileRef   `json:"files,omitempty"` // keyed state, oldest first
	Lists          []ListState `json:"lists,omitempty"` // non-keyed state
	Channels       []FileRef   `json:"channels,omitempty"`
	NewBytes       int64       `json:"newBytes,omitempty"` // written for this snapshot
}

// FileRef names an immutable file of keyed state.
type FileRef struct {
	Path string `json:"path"` // below the directory that the Files stands for
	Size int64  `json:"size"`
	CRC  uint32 `json:"crc"` // CRC-32C of the whole file
	// Groups are those of its key groups that count.
	Groups GroupRange `json:"groups"`
}

// ListState is one operator list.
type ListState struct {
	Name     string       `json:"name"`
	Mode     Redistribute `json:"mode"`
	Elements [][]byte     `json:"elements"`
}

// Files is where snapshots are kept: the checkpoint directory, or a savepoint's.
type Files interface {
	// Create opens a new file; name distinguishes it from others of the same checkpoint. shared
	// files may be part of later checkpoints too.
	Create(id int64, name string, shared bool) (FileWriter, error)
	Open(ref FileRef) (fsys.Reader, error)
}

// FileWriter writes one file of a snapshot.
type FileWriter interface {
	io.Writer
	// Commit makes the file last and returns its name, size and checksum.
	Commit() (FileRef, error)
	// Abort removes what was written; after Commit it does nothing.
	Abort()
}
