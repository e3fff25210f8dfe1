package operator

import (
	"math"

	"github.com/headrace/headrace/core/data/batch"
)

// defaultBundle is how many rows a bundle has when only its latency is configured.
const defaultBundle = 1 << 14

// Bundle gathers the rows of a mini-batch (table.exec.mini-batch.*): until there are enough of them
// or the oldest has waited long enough, or a barrier or the end comes. Watermarks wait with them.
// A nil Bundle has no rows: there are no mini-batches.
type Bundle struct {
	parts     []*batch.Batch
	rows      int
	max       int
	latencyMs int64
	dueMs     int64 // when the oldest row has waited long enough
	mark      int64 // the newest watermark that waits
	marked    bool
	now       func() int64
}

// NewBundle makes a bundle of at most so many rows (0: by latency alone), which wait at most so
// long (0: for ever); nil when both are 0, and in batch mode.
func NewBundle(ctx *Context, latencyMs, most int64) *Bundle {
	if ctx.BatchMode || latencyMs <= 0 && most <= 0 {
		return nil
	}
	b := &Bundle{max: int(most), latencyMs: latencyMs, now: ctx.Clock.NowMs}
	if b.max <= 0 {
		b.max = defaultBundle
	}
	return b
}

// Add takes a batch in; it says whether the bundle is to be worked off.
func (u *Bundle) Add(b *batch.Batch) bool {
	if b.Len() > 0 {
		if u.rows == 0 {
			u.dueMs = u.now() + u.latencyMs
		}
		b.Retain()
		u.parts = append(u.parts, b)
		u.rows += b.Len()
	}
	if k := len(b.Marks); k > 0 {
		u.mark, u.marked = b.Marks[k-1].Time, true
	}
	return u.rows >= u.max || u.rows == 0
}

// Wait has a watermark wait for the rows; it says whether it cannot.
func (u *Bundle) Wait(time int64) bool {
	u.mark, u.marked = time, true
	return u.rows == 0 || time == batch.MaxWatermark
}

// Parts returns the batches with rows, which are the caller's to release.
func (u *Bundle) Parts() []*batch.Batch {
	parts := u.parts
	u.parts, u.rows = nil, 0
	return parts
}

// Take returns the rows in one batch, nil when there are none; the caller releases it.
func (u *Bundle) Take() *batch.Batch {
	if u.rows == 0 {
		return nil
	}
	return batch.Concat(u.Parts())
}

// Marked returns the watermark that waited, once.
func (u *Bundle) Marked() (time int64, ok bool) {
	ok, u.marked = u.marked, false
	return u.mark, ok
}

// Next is when the rows have waited long enough, as ProcessingTimed says it.
func (u *Bundle) Next() (ms int64, ok bool) {
	if u == nil || u.rows == 0 || u.latencyMs <= 0 {
		return math.MaxInt64, false
	}
	return u.dueMs, true
}

// Due says whether there are rows that have waited long enough.
func (u *Bundle) Due(now int64) bool { return u != nil && u.rows > 0 && now >= u.dueMs }
