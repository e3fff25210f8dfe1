package connector

import (
	"encoding/binary"
	"fmt"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
)

// StridedSplits are those of a generator of numbered rows: reader i of n makes the rows i, i+n,
// i+2n, … below total.
func StridedSplits(total int64, parallelism int) []Split {
	n := int64(max(parallelism, 1))
	var splits []Split
	for i := range min(n, total) {
		p := stride{next: i, step: n}
		splits = append(splits, Split{ID: fmt.Sprint(i), State: p.encode()})
	}
	return splits
}

// stride is the rows next, next+step, …
type stride struct {
	id         string
	next, step int64
}

func (p stride) encode() []byte {
	return binary.AppendVarint(binary.AppendVarint(nil, p.next), p.step)
}

// Strided is a Reader of StridedSplits.
type Strided struct {
	total int64
	pace  Pace
	rows  func(first, step int64, n int) *batch.Batch

	ctx    *ReaderContext
	parts  []stride
	turn   int
	noMore bool
}

var _ Reader = (*Strided)(nil)

// NewStrided makes a reader of a source that gives so many rows a second in all (0: no limit); rows
// makes n of them: first, first+step, …
func NewStrided(ctx *ReaderContext, total int64, perSecond float64,
	rows func(first, step int64, n int) *batch.Batch) *Strided {
	return &Strided{total: total, rows: rows, ctx: ctx,
		pace: Pace{PerSecond: perSecond / float64(max(ctx.Parallelism, 1))}}
}

// Add implements Reader.
func (r *Strided) Add(splits []Split) error {
	for _, s := range splits {
		next, k := binary.Varint(s.State)
		if k <= 0 {
			return errs.Corruptf("split '%s' of a generator cannot be read", s.ID)
		}
		step, _ := binary.Varint(s.State[k:])
		r.parts = append(r.parts, stride{s.ID, next, step})
	}
	return nil
}

// NoMoreSplits implements Reader.
func (r *Strided) NoMoreSplits() { r.noMore = true }

// Poll implements Reader.
func (r *Strided) Poll(maxRows, _ int) (Polled, error) {
	if len(r.parts) == 0 {
		if r.noMore {
			return Polled{Status: Done}, nil
		}
		return Polled{Status: Starved}, nil
	}
	r.turn = (r.turn + 1) % len(r.parts) // after a rescale a reader has several
	p := &r.parts[r.turn]
	left := (r.total-p.next-1)/p.step + 1 // rounded up; never beyond an int64
	n, wait := r.pace.Allow(int(min(int64(maxRows), left)), r.ctx.Clock.NowNs())
	if n == 0 {
		r.ctx.Clock.AfterFunc(wait, r.ctx.Wake)
		return Polled{Status: Waiting}, nil
	}
	rows, id := r.rows(p.next, p.step, n), p.id
	p.next += int64(n) * p.step
	if p.next >= r.total {
		r.parts = append(r.parts[:r.turn], r.parts[r.turn+1:]...)
	}
	return Polled{Batch: rows, Split: id}, nil
}

// Snapshot implements Reader.
func (r *Strided) Snapshot() ([]Split, error) {
	out := make([]Split, len(r.parts))
	for i, p := range r.parts {
		out[i] = Split{ID: p.id, State: p.encode()}
	}
	return out, nil
}

// Close implements Reader.
func (r *Strided) Close() error { return nil }
