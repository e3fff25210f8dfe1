package source

import (
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
)

// behind keeps watermarks back while the source catches up with the past and those behind it sort
// their input: time stands still then, and goes to the greatest watermark at the end.
type behind struct {
	sorts bool
	on    bool
	held  int64
}

func newBehind(ctx *operator.Context) (*behind, error) {
	sorts, err := config.SortsBacklog(config.Map(ctx.Config))
	return &behind{sorts: sorts && !ctx.BatchMode, held: batch.MinWatermark}, err
}

// tell notes what the source says now and tells those behind it of a change.
func (h *behind) tell(on bool, out operator.Output) {
	if !h.sorts || on == h.on {
		return
	}
	out.(operator.BacklogOutput).Backlog(on)
	h.hold(on, out)
}

// hold begins to keep watermarks back, or gives out the greatest.
func (h *behind) hold(on bool, out operator.Output) {
	h.on = h.sorts && on
	if !h.on && h.held > batch.MinWatermark {
		out.Watermark(h.held)
		h.held = batch.MinWatermark
	}
}

// strip takes the marks, if they are to wait, from a batch that is handed over.
func (h *behind) strip(b *batch.Batch) *batch.Batch {
	if !h.on || len(b.Marks) == 0 {
		return b
	}
	h.held = max(h.held, b.Marks[len(b.Marks)-1].Time)
	timeless := *b
	timeless.Marks = nil
	return &timeless
}

// watermark gives one out, or keeps it.
func (h *behind) watermark(time int64, out operator.Output) {
	if h.on {
		h.held = max(h.held, time)
		return
	}
	out.Watermark(time)
}
