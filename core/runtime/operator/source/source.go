package source

import (
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/watermark"
	"github.com/headrace/headrace/core/state"
)

// splitsState is the list state that holds the unfinished splits of the readers.
const splitsState = "splits"

// Spec describes the reading side of a source.
type Spec struct {
	Source      connector.Source
	Coordinator *Coordinator
	// Strategy makes the watermarks of a split; nil: none but MaxWatermark at the end.
	Strategy         func(ctx *operator.Context) (watermark.Strategy, error)
	PeriodMs, IdleMs int64
	// Pinned says that Strategy runs user code that belongs to one thread.
	Pinned bool
	// Align pauses the reader while it is more than DriftMs ahead of the slowest member of the
	// group; it looks again after AlignMs. Nil: it never waits for others.
	Align            *watermark.Group
	DriftMs, AlignMs int64
	// Bounds are conditions on the rows that are known once other stages of the job have run; nil:
	// there are none.
	Bounds interface {
		Get(subtask int, wake func()) (conditions []connector.Condition, known bool)
	}
}

// Operator reads the splits that the coordinator hands out.
type Operator struct {
	operator.Base
	spec     Spec
	reader   connector.Reader
	assigner *watermark.Assigner
	asked    bool
	done     bool
	has      bool // there have been splits
	reads    bool // all readers have begun
	narrowed bool // the reader knows the bounds
	behind   *behind
	member   int   // of the alignment group
	lookAt   int64 // ms; when a paused reader looks again, 0 when it is not paused
}

var (
	_ operator.Source             = (*Operator)(nil)
	_ operator.ProcessingTimed    = (*Operator)(nil)
	_ operator.CheckpointListener = (*Operator)(nil)
)

// New makes a source operator.
func New(spec Spec) *Operator { return &Operator{spec: spec} }

// Pinned implements operator.Pinned.
func (o *Operator) Pinned() bool { return o.spec.Pinned }

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	interval, err := config.CheckpointInterval.Get(config.Map(ctx.Config))
	if err != nil {
		return err
	}
	dropped := ctx.Metrics.Counter("numRecordsInErrors")
	r, err := o.spec.Source.NewReader(&connector.ReaderContext{Subtask: ctx.Subtask,
		Parallelism: ctx.Parallelism, Clock: ctx.Clock, Log: ctx.Log, Wake: ctx.Wake,
		Dropped: func() { dropped.Add(1) }, UDF: ctx.UDF, Checkpoints: interval > 0 && !ctx.BatchMode})
	if err != nil {
		return err
	}
	o.reader = r
	if o.spec.Strategy != nil && !ctx.BatchMode {
		o.assigner = watermark.NewAssigner(func() (watermark.Strategy, error) {
			return o.spec.Strategy(ctx)
		}, o.spec.PeriodMs, o.spec.IdleMs, ctx.Clock.NowMs())
	}
	if o.behind, err = newBehind(ctx); err != nil {
		return err
	}
	if o.spec.Align != nil && o.assigner != nil {
		o.member = o.spec.Align.Join()
	}
	if ctx.OperatorState == nil {
		return nil
	}
	restored, err := ctx.OperatorState.List(splitsState, state.Split)
	if err != nil {
		return err
	}
	var splits []connector.Split
	for _, e := range restored {
		s, err := connector.DecodeSplits(e)
		if err != nil {
			return err
		}
		splits = append(splits, s...)
	}
	if len(splits) > 0 {
		o.spec.Coordinator.Begun(ctx.Subtask)
	}
	return o.add(splits)
}

func (o *Operator) add(splits []connector.Split) error {
	if len(splits) == 0 {
		return nil
	}
	o.has = true
	if o.assigner != nil {
		now := o.Ctx.Clock.NowMs()
		for _, s := range splits {
			if err := o.assigner.Add(s.ID, now); err != nil {
				return err
			}
		}
	}
	return o.reader.Add(splits)
}

// take hands the reader what the coordinator gave.
func (o *Operator) take() error {
	splits, done, err := o.spec.Coordinator.Take(o.Ctx.Subtask)
	if err != nil {
		return err
	}
	if len(splits) > 0 {
		o.asked = false
	}
	if err := o.add(splits); err != nil {
		return err
	}
	if done && !o.done {
		o.done = true
		o.reader.NoMoreSplits()
	}
	return nil
}

// Pull implements operator.Source.
func (o *Operator) Pull(out operator.Output) (operator.Pulled, error) {
	if o.unbounded() {
		return operator.PullWait, nil
	}
	if err := o.take(); err != nil {
		return 0, err
	}
	o.behind.tell(o.spec.Coordinator.Backlog(), out)
	if o.early() || o.paused() {
		return operator.PullWait, nil
	}
	rows := o.Ctx.BatchRows
	if o.Ctx.PullRows != nil {
		rows = o.Ctx.PullRows()
	}
	p, err := o.reader.Poll(rows, o.Ctx.BatchBytes)
	if err != nil {
		return 0, err
	}
	if p.Batch != nil {
		if err := o.emit(p, out); err != nil {
			return 0, err
		}
	}
	if err := o.end(p.Ended); err != nil {
		return 0, err
	}
	if g, ok := o.reader.(connector.Growing); ok && !o.done && !o.asked && g.Growing() {
		o.ask()
	}
	switch p.Status {
	case connector.Ready:
		return operator.PullAgain, o.tick(out)
	case connector.Waiting:
		return operator.PullWait, nil
	case connector.Done:
		o.leave()
		return operator.PullDone, nil
	}
	if o.assigner != nil {
		if err := o.assigner.EndAll(o.Ctx.Clock.NowMs()); err != nil {
			return 0, err
		}
	}
	if o.done {
		return operator.PullAgain, nil // the reader has just been told that nothing follows
	}
	if !o.asked {
		o.ask()
	}
	return operator.PullWait, nil
}

// unbounded says that the bounds of the rows are to come; it tells a reader that can use them.
func (o *Operator) unbounded() bool {
	if o.spec.Bounds == nil || o.narrowed {
		return false
	}
	if r, ok := o.reader.(connector.Narrowing); ok {
		conditions, known := o.spec.Bounds.Get(o.Ctx.Subtask, o.Ctx.Wake)
		if !known {
			return true
		}
		r.Narrow(conditions)
	}
	o.narrowed = true
	return false
}

// early says that the reader has splits and waits until those without have said so.
func (o *Operator) early() bool {
	if o.reads || o.Ctx.BatchMode || !o.has {
		return false
	}
	o.reads = o.spec.Coordinator.MayRead(o.Ctx.Subtask, o.Ctx.Wake)
	return !o.reads
}

func (o *Operator) ask() {
	o.asked = true
	o.spec.Coordinator.Request(o.Ctx.Subtask, o.Ctx.Wake)
}

// end tells the enumerator and the watermarks that splits have been read to their end.
func (o *Operator) end(ids []string) error {
	o.spec.Coordinator.Ended(ids)
	if o.assigner == nil {
		return nil
	}
	for _, id := range ids {
		if err := o.assigner.End(id, o.Ctx.Clock.NowMs()); err != nil {
			return err
		}
	}
	return nil
}

// paused reports to the alignment group and says whether the reader has to wait for others.
func (o *Operator) paused() bool {
	if o.member == 0 {
		return false
	}
	o.lookAt = 0
	if o.assigner.Idle() {
		o.spec.Align.Report(o.member, batch.MaxWatermark)
		return false
	}
	now := o.assigner.Now()
	o.spec.Align.Report(o.member, now)
	if !o.spec.Align.Ahead(now, o.spec.DriftMs) {
		return false
	}
	o.lookAt = o.Ctx.Clock.NowMs() + max(o.spec.AlignMs, 1)
	return true
}

func (o *Operator) leave() {
	if o.member != 0 {
		o.spec.Align.Leave(o.member)
		o.member = 0
	}
}

func (o *Operator) emit(p connector.Polled, out operator.Output) error {
	b := p.Batch
	if o.assigner != nil {
		if o.assigner.Active() {
			out.(operator.IdleOutput).Idle(false)
		}
		var err error
		if b, err = o.assigner.Assign(p.Split, b, o.Ctx.Clock.NowMs()); err != nil {
			return err
		}
	}
	out.Emit(0, o.behind.strip(b))
	return nil
}

// Process is never called: a source has no input.
func (o *Operator) Process(int, *batch.Batch, operator.Output) error { return nil }

// EndInput implements operator.Operator: the last watermark is out.
func (o *Operator) EndInput(int, operator.Output) error {
	o.spec.Coordinator.Begun(o.Ctx.Subtask)
	return nil
}

// NextProcessingTime implements operator.ProcessingTimed.
func (o *Operator) NextProcessingTime() (int64, bool) {
	if o.assigner == nil {
		return 0, false
	}
	at, ok := o.assigner.Next()
	if o.lookAt > 0 && (!ok || o.lookAt < at) {
		return o.lookAt, true
	}
	return at, ok
}

// OnProcessingTime implements operator.ProcessingTimed.
func (o *Operator) OnProcessingTime(nowMs int64, out operator.Output) error {
	if o.lookAt > 0 && nowMs >= o.lookAt {
		o.lookAt = 0 // the driver pulls again after this
	}
	return o.tick(out)
}

// tick emits the periodic watermark when it is due.
func (o *Operator) tick(out operator.Output) error {
	if o.assigner == nil {
		return nil
	}
	at, ok := o.assigner.Next()
	now := o.Ctx.Clock.NowMs()
	if !ok || now < at {
		return nil
	}
	d, err := o.assigner.Tick(now)
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

// Barrier implements operator.Source: splits handed out before the enumerator's snapshot belong
// into the reader's. Barriers before this one have been given up if they have not come.
func (o *Operator) Barrier(id int64) error {
	o.spec.Coordinator.Passed(o.Ctx.Subtask, id-1)
	return o.take()
}

// Snapshot implements operator.Operator.
func (o *Operator) Snapshot(id int64) error {
	if n, ok := o.reader.(connector.Numbered); ok {
		n.CheckpointBegins(id)
	}
	splits, err := o.reader.Snapshot()
	if err != nil {
		return err
	}
	if o.Ctx.OperatorState != nil {
		elements := make([][]byte, len(splits))
		for i, s := range splits {
			elements[i] = connector.EncodeSplits([]connector.Split{s})
		}
		o.Ctx.OperatorState.SetList(splitsState, state.Split, elements)
	}
	o.spec.Coordinator.Passed(o.Ctx.Subtask, id)
	return nil
}

// CheckpointComplete implements operator.CheckpointListener.
func (o *Operator) CheckpointComplete(id int64) error {
	if l, ok := o.reader.(connector.CheckpointListener); ok {
		return l.CheckpointComplete(id)
	}
	return nil
}

// CheckpointAborted implements operator.CheckpointListener.
func (o *Operator) CheckpointAborted(int64) error { return nil }

// Close implements operator.Operator.
func (o *Operator) Close() error {
	var err error
	o.leave()
	if o.assigner != nil {
		err = o.assigner.Close()
	}
	if o.reader != nil {
		if cerr := o.reader.Close(); err == nil {
			err = cerr
		}
	}
	return err
}
