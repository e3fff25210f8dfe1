// Package element holds what flows between operators: batches, watermarks, idleness, backlogs,
// barriers and the end of input.
package element

import "github.com/headrace/headrace/core/data/batch"

// Kind tells elements apart.
type Kind uint8

const (
	Batch     Kind = iota
	Watermark      // event time has reached Time: no row with a time ≤ Time follows, unless late
	Status         // the input is Idle (it holds no watermark back) or active again
	Barrier        // the line between two checkpoints
	End            // nothing follows
	Backlog        // the input begins (On), or has ended, to catch up with the past
)

// Element is one of the kinds; only the fields of its kind are set.
type Element struct {
	Kind    Kind
	Idle    bool
	On      bool
	Output  int // which output of the operator it left by: 0 main, 1… side outputs
	Time    int64
	Batch   *batch.Batch
	Size    int64 // bytes of credit that the batch holds in a channel
	Barrier *BarrierInfo
}

// BarrierInfo is what a barrier carries.
type BarrierInfo struct {
	ID          int64
	TimestampMs int64 // when the coordinator started the checkpoint
	Savepoint   bool
	Drain       bool // stop-with-savepoint: MAX_WATERMARK was sent before it
	Stop        bool // the job ends when this savepoint is complete
	Unaligned   bool
	Full        bool // the snapshot is to stand alone, as a savepoint's does
}

// OfBatch makes a batch element on the main output.
func OfBatch(b *batch.Batch) Element { return Element{Kind: Batch, Batch: b} }

// OfWatermark makes a watermark element.
func OfWatermark(time int64) Element { return Element{Kind: Watermark, Time: time} }
