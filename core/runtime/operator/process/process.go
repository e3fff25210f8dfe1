// Package process runs DataStream functions: a chain of them, fused, as one operator. The
// functions themselves, and the state of live objects, are behind core/udf; here are batches,
// marks, keys and timers.
package process

import (
	"maps"
	"math"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

// Names of the timers in state.
const (
	eventTimers      = "event"
	processingTimers = "processing"
)

// firedMax is how many timers are popped at once: those behind one that user code sets anew have
// to be put back.
const firedMax = 256

// pollMs is how often an operator that waits for something outside is asked, in processing time.
const pollMs = 10

// Where output batches are cut when the context does not say.
const (
	defaultRows  = 1024
	defaultBytes = 4 << 20
)

// Stage is one node of the chain.
type Stage struct {
	Op     *plan.Python
	Name   string
	UID    string
	Origin string
}

// Operator is a fused chain of Python functions.
type Operator struct {
	operator.Base
	stages  []Stage
	schemas []*types.Schema

	process udf.Process
	kind    string // of the head
	keyed   bool   // the head has keyed state
	event   state.Timers
	timers  state.Timers // processing time
	rows    int
	bytes   int64

	polls  bool  // the head is polled, next
	pollAt int64 // at this processing time

	work  work
	holds bool // outputs wait for a full batch, or Flush
	runs  *runs
	wm    int64
	ended uint64 // bit set of the ports that have ended

	keys     state.Keys
	slots    []int32
	fired    []udf.Fired
	reportAt int64 // the next time, ms, to tell metrics
	expiry   *expiry
	states   []udf.NamedState
}

var (
	_ operator.Operator           = (*Operator)(nil)
	_ operator.Resumable          = (*Operator)(nil)
	_ operator.ProcessingTimed    = (*Operator)(nil)
	_ operator.Selectable         = (*Operator)(nil)
	_ operator.Pinned             = (*Operator)(nil)
	_ operator.Interruptible      = (*Operator)(nil)
	_ operator.CheckpointListener = (*Operator)(nil)
	_ operator.EndCommitter       = (*Operator)(nil)
)

// New makes the operator. schemas are those of its outputs: main (of the last stage), then the side
// outputs of all stages, head first.
func New(stages []Stage, schemas []*types.Schema) *Operator {
	return &Operator{stages: stages, schemas: schemas, wm: batch.MinWatermark,
		kind: stages[0].Op.Spec.GetKind()}
}

// Pinned implements operator.Pinned.
func (o *Operator) Pinned() bool { return true }

// Open implements operator.Operator.
func (o *Operator) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	host, ok := ctx.UDF.(udf.ProcessHost)
	if !ok {
		return errs.Userf("operator '%s' is written in Python", o.stages[0].Name).
			Fix("run the job with headrace's Python package or 'headrace run'")
	}
	o.rows, o.bytes = ctx.BatchRows, int64(ctx.BatchBytes)
	if o.rows <= 0 {
		o.rows = defaultRows
	}
	if o.bytes <= 0 {
		o.bytes = defaultBytes
	}
	p, err := host.NewProcess(o.spec())
	if err != nil {
		return err
	}
	o.process = p
	restored, err := o.restored()
	if err != nil {
		return err
	}
	if err := p.Open(restored); err != nil {
		return err
	}
	if o.polls = p.Polls(); o.polls {
		o.pollAt = ctx.Clock.NowMs() + pollMs
	}
	return o.register()
}

// Rewind sets the event-time clock back to where it starts, for the next key of sorted input.
func (o *Operator) Rewind() {
	o.wm = batch.MinWatermark
	o.runs = nil
	o.process.Rewind()
}

// Hold has outputs wait until a batch is full, or for Flush: sorted input gives little for each key.
func (o *Operator) Hold() { o.holds = true }

// Flush emits what waits.
func (o *Operator) Flush(out operator.Output) error { return o.flush(out) }

// register makes the keyed states and timers known to the back end.
func (o *Operator) register() error {
	o.keyed = o.kind == "reduce" || strings.HasPrefix(o.kind, "keyed_")
	if !o.keyed {
		return nil
	}
	if o.Ctx.Keyed == nil {
		return errs.Internalf("operator '%s' of kind %s has no keyed input", o.stages[0].Name, o.kind)
	}
	states := o.process.States()
	o.states = states
	for _, s := range states {
		if err := o.Ctx.Keyed.Register(s.Name, s.Column); err != nil {
			return err
		}
	}
	var err error
	if o.expiry, err = newExpiry(o.Ctx, states); err != nil {
		return err
	}
	if o.kind != "reduce" {
		o.event = o.Ctx.Keyed.Timers(eventTimers)
		o.timers = o.Ctx.Keyed.Timers(processingTimers)
	}
	return nil
}

func (o *Operator) spec() *udf.ProcessSpec {
	head, last := o.stages[0].Op, o.stages[len(o.stages)-1].Op
	s := &udf.ProcessSpec{
		Job: o.Ctx.JobName, TaskName: o.Ctx.TaskName, Subtask: o.Ctx.Subtask,
		Parallelism: o.Ctx.Parallelism, MaxParallelism: o.Ctx.MaxParallelism,
		Attempt: o.Ctx.Attempt, BatchMode: o.Ctx.BatchMode, Config: o.config(),
		Metrics: operator.UserMetrics(o.Ctx.Metrics),
		Inputs:  head.Spec.GetInputs(), Keys: head.Spec.GetKeys(),
		Outputs: []*planpb.TypeInfo{last.Output}, Schemas: o.schemas,
	}
	for _, st := range o.stages {
		u := udf.Stage{Kind: st.Op.Spec.GetKind(), Name: st.Name, Operator: st.UID,
			Origin: st.Origin, Code: st.Op.Spec.GetFunction(), Options: st.Op.Spec.GetOptions()}
		if keys := st.Op.Spec.GetKeys(); u.Kind == "key_by" && len(keys) > 0 {
			u.KeyType = keys[0]
		}
		for _, side := range st.Op.Sides {
			u.Sides = append(u.Sides, udf.Side{Tag: side.GetTag(), Output: len(s.Outputs)})
			s.Outputs = append(s.Outputs, side.GetType())
		}
		s.Stages = append(s.Stages, u)
	}
	ports := max(len(head.Keyed), len(s.Inputs), 1)
	for len(s.Inputs) < ports {
		s.Inputs = append(s.Inputs, nil)
	}
	for len(s.Keys) < ports {
		s.Keys = append(s.Keys, nil)
	}
	return s
}

// finalCheckpoint is what functions read as a job parameter to know of Task.FinalCheckpoint; to a
// sink CommitEnd is such a checkpoint.
const finalCheckpoint = "$internal.final-checkpoint"

func (o *Operator) config() map[string]string {
	if !o.Ctx.FinalCheckpoint && !(o.Ctx.HeldCommit && o.stages[0].Op.Commits()) {
		return o.Ctx.Config
	}
	config := map[string]string{finalCheckpoint: "true"}
	maps.Copy(config, o.Ctx.Config)
	return config
}

// keyedPort says whether the rows of a port have keys.
func (o *Operator) keyedPort(port int) bool {
	ports := o.stages[0].Op.Keyed
	return o.keyed && port < len(ports) && ports[port]
}

// Process implements operator.Operator.
func (o *Operator) Process(port int, b *batch.Batch, out operator.Output) error {
	o.wm = max(o.wm, o.Ctx.Watermark())
	r := udf.Rows{Port: port, Value: b.Cols[0], Times: b.Times, Kinds: b.Kinds, Marks: b.Marks}
	if o.keyedPort(port) {
		if err := o.expiry.sweep(); err != nil {
			return err
		}
		slots, err := o.resolve(b.Cols[2])
		if err != nil {
			return err
		}
		r.Key, r.Slots = b.Cols[1], slots
	}
	if err := o.process.FeedRows(r); err != nil {
		return err
	}
	b.Retain()
	o.work = work{busy: true, feeding: true, batch: b, port: port}
	return o.drive(out)
}

// resolve returns the slots of a column of encoded keys, valid until the next call.
func (o *Operator) resolve(keys *batch.Column) ([]int32, error) {
	if err := state.KeysFromBytes(keys, o.Ctx.MaxParallelism, &o.keys); err != nil {
		return nil, err
	}
	slots, err := o.Ctx.Keyed.Resolve(&o.keys, o.slots)
	if err == nil {
		o.slots = slots
	}
	return slots, err
}

// Watermark implements operator.Operator.
func (o *Operator) Watermark(time int64, out operator.Output) error {
	o.wm = max(o.wm, time)
	switch {
	case o.event != nil:
		o.work = work{busy: true, firing: true, domain: udf.EventTime, until: time}
	case strings.HasSuffix(o.kind, "operator"):
		if err := o.process.FeedWatermark(time); err != nil {
			return err
		}
		o.work = work{busy: true, feeding: true}
	default:
		out.Watermark(time)
		return nil
	}
	o.work.watermark, o.work.emits = time, true
	return o.drive(out)
}

// NextProcessingTime implements operator.ProcessingTimed.
func (o *Operator) NextProcessingTime() (ms int64, ok bool) {
	if o.timers != nil {
		return o.timers.Next()
	}
	return o.pollAt, o.polls
}

// OnProcessingTime implements operator.ProcessingTimed.
func (o *Operator) OnProcessingTime(nowMs int64, out operator.Output) error {
	if o.timers == nil {
		if !o.polls || nowMs < o.pollAt {
			return nil
		}
		o.pollAt = nowMs + pollMs
		if err := o.process.FeedPoll(); err != nil {
			return err
		}
		o.work = work{busy: true, feeding: true}
		return o.drive(out)
	}
	o.work = work{busy: true, firing: true, domain: udf.ProcessingTime, until: nowMs}
	return o.drive(out)
}

// EndInput implements operator.Operator. Processing-time timers that are still open fire in batch
// mode and are dropped in streaming, as in Flink.
func (o *Operator) EndInput(port int, out operator.Output) error {
	o.ended |= 1 << port
	o.report()
	w := work{busy: true}
	switch {
	case strings.HasSuffix(o.kind, "operator"):
		if err := o.process.FeedEnd(port); err != nil {
			return err
		}
		w.feeding = true
	case o.kind == "reduce" && o.Ctx.BatchMode:
		return o.finals(out)
	}
	if o.timers != nil && o.Ctx.BatchMode {
		w.firing, w.domain, w.until = true, udf.ProcessingTime, math.MaxInt64
	}
	o.work = w
	return o.drive(out)
}

// Select implements operator.Selectable: batch mode reads a broadcast input to its end first.
func (o *Operator) Select() uint64 {
	if o.Ctx.BatchMode && strings.HasSuffix(o.kind, "broadcast_process") && o.ended&2 == 0 {
		return 2
	}
	return 0
}

// PrepareBarrier implements operator.Operator.
func (o *Operator) PrepareBarrier(operator.Output) error {
	o.report()
	return nil
}

// Interrupt implements operator.Interruptible.
func (o *Operator) Interrupt() {
	if p, ok := o.process.(interface{ Interrupt() }); ok {
		p.Interrupt()
	}
}

// Close implements operator.Operator.
func (o *Operator) Close() error {
	o.done()
	if o.process == nil {
		return nil
	}
	return o.process.Close()
}
