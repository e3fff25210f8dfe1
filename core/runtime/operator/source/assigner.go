package source

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/watermark"
)

// Assigner gives the rows of a stream, in its middle, event times and watermarks. Watermarks that
// come from before it end here, but for the last.
type Assigner struct {
	operator.Base
	strategy         func(ctx *operator.Context) (watermark.Strategy, error)
	periodMs, idleMs int64
	pinned           bool
	assigner         *watermark.Assigner
	behind           *behind
}

var (
	_ operator.ProcessingTimed = (*Assigner)(nil)
	_ operator.Backlogged      = (*Assigner)(nil)
)

// NewAssigner makes an assigner; pinned says that strategy runs user code that belongs to one
// thread.
func NewAssigner(strategy func(ctx *operator.Context) (watermark.Strategy, error),
	periodMs, idleMs int64, pinned bool) *Assigner {
	return &Assigner{strategy: strategy, periodMs: periodMs, idleMs: idleMs, pinned: pinned}
}

// Pinned implements operator.Pinned.
func (o *Assigner) Pinned() bool { return o.pinned }

// Open implements operator.Operator.
func (o *Assigner) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	period := o.periodMs
	if ctx.BatchMode { // event times are assigned, but there is one watermark only, the last
		period = 0
	}
	o.assigner = watermark.NewAssigner(func() (watermark.Strategy, error) {
		return o.strategy(ctx)
	}, period, o.idleMs, ctx.Clock.NowMs())
	var err error
	o.behind, err = newBehind(ctx)
	return err
}

// Backlog implements operator.Backlogged.
func (o *Assigner) Backlog(on bool, out operator.Output) error {
	o.behind.hold(on, out)
	return nil
}

// Process implements operator.Operator.
func (o *Assigner) Process(_ int, b *batch.Batch, out operator.Output) error {
	if o.assigner.Active() {
		out.(operator.IdleOutput).Idle(false)
	}
	b.Retain()
	assigned, err := o.assigner.Assign("", b, o.Ctx.Clock.NowMs())
	if err != nil {
		b.Release()
		return err
	}
	if o.Ctx.BatchMode {
		assigned.Marks = nil
	}
	out.Emit(0, o.behind.strip(assigned))
	return nil
}

// Watermark implements operator.Operator.
func (o *Assigner) Watermark(time int64, out operator.Output) error {
	if time == batch.MaxWatermark {
		out.Watermark(time)
	}
	return nil
}

// NextProcessingTime implements operator.ProcessingTimed.
func (o *Assigner) NextProcessingTime() (int64, bool) { return o.assigner.Next() }

// OnProcessingTime implements operator.ProcessingTimed.
func (o *Assigner) OnProcessingTime(nowMs int64, out operator.Output) error {
	d, err := o.assigner.Tick(nowMs)
	if err != nil {
		return err
	}
	if d.Moved {
		o.behind.watermark(d.Watermark, out)
	}
	if d.Changed {
		out.(operator.IdleOutput).Idle(d.Idle)
	}
	return nil
}

// Close implements operator.Operator.
func (o *Assigner) Close() error {
	if o.assigner == nil {
		return nil
	}
	return o.assigner.Close()
}
