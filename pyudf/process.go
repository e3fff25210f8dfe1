package pyudf

import (
	"errors"
	"runtime"
	"strings"
	"sync/atomic"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/udf"
)

// elementMax bounds the text of a failing element, in bytes.
const elementMax = 200

// keyBytes is about what a key takes as an object.
const keyBytes = 32

// process is a fused chain of DataStream functions: a Loop in C, and an object of
// headrace._runtime.process.Process that holds the functions.
type process struct {
	host   *Host
	spec   *udf.ProcessSpec
	loop   *python.Loop
	object *python.Ref
	in     []*edge // by port
	keys   []*edge // by port
	lists  []udf.NamedList
	pin    runtime.Pinner

	converters  []*python.Typed
	unfired     []udf.Fired
	ops         []udf.TimerOp
	closed      bool
	running     atomic.Bool // inside Run: user code may be interrupted
	interrupted atomic.Bool // for good: the job is over
}

var (
	_ udf.ProcessHost = (*Host)(nil)
	_ udf.Process     = (*process)(nil)
)

// NewProcess implements udf.ProcessHost.
func (h *Host) NewProcess(spec *udf.ProcessSpec) (udf.Process, error) {
	p := &process{host: h, spec: spec}
	err := h.do(func() error { return p.load() })
	if err != nil {
		return nil, p.explain(0, "", err)
	}
	return p, nil
}

// load makes the loop and loads the functions. The GIL is held.
func (p *process) load() error {
	loop, err := python.NewLoop(len(p.spec.Schemas))
	if err != nil {
		return err
	}
	p.loop = loop
	if err := p.edges(); err != nil {
		return err
	}
	class, err := python.ImportAttr("headrace._runtime.process", "Process")
	if err != nil {
		return err
	}
	defer class.Drop()
	spec, err := jsonObject(specOf(p.spec))
	if err != nil {
		return err
	}
	codes := make([]python.Object, len(p.spec.Stages))
	for i, s := range p.spec.Stages {
		codes[i] = python.Bytes(s.Code.GetPickled())
	}
	o, err := class.Call(loop.Object().Keep(), spec, python.List(codes...))
	if err != nil {
		return err
	}
	p.object = python.NewRef(o)
	lists, err := o.CallMethod("lists")
	if err != nil {
		return err
	}
	defer lists.Drop()
	return lists.Each(func(pair python.Object) error {
		p.lists = append(p.lists, udf.NamedList{Name: pair.TupleItem(0).String(),
			Mode: pair.TupleItem(1).String()})
		return nil
	})
}

// Open implements udf.Process.
func (p *process) Open(restored map[string][][]byte) error {
	err := p.host.do(func() error {
		arg := python.None()
		if restored != nil {
			arg.Drop()
			arg = python.Dict()
			for name, elements := range restored {
				list := make([]python.Object, len(elements))
				for i, e := range elements {
					list[i] = python.Bytes(e)
				}
				o := python.List(list...)
				err := arg.DictSet(name, o)
				o.Drop()
				if err != nil {
					return err
				}
			}
		}
		none, err := p.object.Object().CallMethod("open", arg)
		none.Drop()
		return err
	})
	if err != nil {
		return p.explain(0, "", err)
	}
	return nil
}

// States implements udf.Process.
func (p *process) States() []udf.NamedState {
	var out []udf.NamedState
	_ = p.host.do(func() error { // without an interpreter nothing will be called either
		for _, t := range p.loop.Tables(p.host.do) {
			out = append(out, udf.NamedState{Name: t.Name, Column: t})
		}
		ttls, err := p.object.Object().CallMethod("ttls")
		if err != nil {
			return err
		}
		defer ttls.Drop()
		return ttls.Each(func(pair python.Object) error {
			name := pair.TupleItem(0).String()
			ms, err := pair.TupleItem(1).Int64()
			for i := range out {
				if out[i].Name == name {
					out[i].TTLMs = ms
				}
			}
			return err
		})
	})
	return out
}

// Lists implements udf.Process.
func (p *process) Lists() []udf.NamedList { return p.lists }

// Run implements udf.Process.
func (p *process) Run(c udf.ProcessClock, maxRows int, maxBytes int64) (udf.Stop, error) {
	var stop udf.Stop
	stage, element := 0, ""
	p.running.Store(true)
	defer p.running.Store(false)
	if p.interrupted.Load() { // just before: nobody interrupts again
		return 0, &errs.Error{Mark: errs.Cancelled, Msg: "the job is cancelled"}
	}
	err := p.host.do(func() error {
		p.loop.Stand(c.Still)
		s, err := p.loop.Run(c.Watermark, c.NowMs, c.NextTimer, maxRows, maxBytes)
		stop = udf.Stop(s)
		if err != nil {
			stage, element = p.loop.Failed(elementMax)
			if p.interrupted.Load() {
				forget(err)
			}
		}
		return err
	})
	if err != nil {
		return 0, p.explain(stage, element, err)
	}
	if stop == udf.StopDone {
		p.pin.Unpin()
	}
	return stop, nil
}

// Interrupt raises SystemExit in the user code that Run is in the middle of, and has Run do nothing
// from now on; from another goroutine.
func (p *process) Interrupt() {
	p.interrupted.Store(true)
	if p.host.thread != nil && p.running.Load() {
		_ = p.host.thread.Interrupt() // without an interpreter nothing runs
	}
}

// forget gives away the exception that ended a call of a job that is over: nobody will ask for it,
// and its frames hold what the user's code held. The GIL is held.
func forget(err error) {
	var e *python.Error
	if errors.As(err, &e) {
		if o := e.Take(); !o.IsNil() {
			o.Drop()
		}
	}
}

// Position implements udf.Process.
func (p *process) Position() (row int, watermark int64) { return p.loop.Position() }

// Unfired implements udf.Process.
func (p *process) Unfired() []udf.Fired {
	var times []int64
	var slots []int32
	err := p.host.do(func() error {
		times, slots = p.loop.Unfired()
		return nil
	})
	p.unfired = p.unfired[:0]
	if err != nil {
		return nil
	}
	for i := range times {
		p.unfired = append(p.unfired, udf.Fired{Time: times[i], Slot: slots[i]})
	}
	return p.unfired
}

// Effects implements udf.Process.
func (p *process) Effects() udf.Effects {
	dirty, ops := p.loop.Effects()
	p.ops = p.ops[:0]
	for _, op := range ops {
		p.ops = append(p.ops, udf.TimerOp(op))
	}
	return udf.Effects{Dirty: dirty, Timers: p.ops}
}

// Rows implements udf.Process.
func (p *process) Rows(output int) int {
	rows, _ := p.loop.Waiting(output)
	return rows
}

// Take implements udf.Process.
func (p *process) Take(output int) (*batch.Batch, error) {
	rows, marks := p.loop.Waiting(output)
	if rows == 0 && marks == 0 {
		return nil, nil
	}
	t := p.loop.Take(output)
	schema := p.spec.Schemas[output]
	value := t.Column
	if value == nil {
		value = python.NewObjectColumn(t.Values, t.Bytes)
	}
	cols := []*batch.Column{value}
	if t.KeyOffsets != nil {
		key := t.KeyColumn
		if key == nil {
			key = python.NewObjectColumn(t.Keys, keyBytes*int64(rows))
		}
		cols = append(cols, key,
			batch.MakeBytes(schema.Fields[2].Type, t.KeyOffsets, t.KeyBytes, nil))
	}
	b := batch.New(schema, cols, rows)
	b.Times, b.Marks, b.Kinds = t.Times, t.Marks, t.Kinds
	return b, nil
}

// OperatorState implements udf.Process.
func (p *process) OperatorState(checkpoint int64) (map[string][][]byte, error) {
	out := map[string][][]byte{}
	err := p.host.do(func() error {
		lists, err := p.object.Object().CallMethod("snapshot", python.Long(checkpoint))
		if err != nil {
			return err
		}
		defer lists.Drop()
		for _, l := range p.lists {
			elements := [][]byte{}
			if err := lists.DictGet(l.Name).Each(func(o python.Object) error {
				view, err := o.View()
				elements = append(elements, append([]byte(nil), view...))
				return err
			}); err != nil {
				return err
			}
			out[l.Name] = elements
		}
		return nil
	})
	if err != nil {
		return nil, p.explain(0, "", err)
	}
	return out, nil
}

// Report implements udf.Process.
func (p *process) Report() {
	if p.spec.Metrics == nil {
		return
	}
	_ = p.host.do(func() error { // a gauge that raises is no reason to fail the job
		changed, err := p.object.Object().CallMethod("drain")
		if err != nil {
			return err
		}
		defer changed.Drop()
		return tell(changed, p.spec.Metrics)
	})
}

// CheckpointComplete implements udf.Process.
func (p *process) CheckpointComplete(id int64) error {
	err := p.host.do(func() error {
		none, err := p.object.Object().CallMethod("checkpoint_complete", python.Long(id))
		none.Drop()
		return err
	})
	if err != nil {
		return p.explain(0, "", err)
	}
	return nil
}

// Close implements udf.Process.
func (p *process) Close() error {
	if p.closed {
		return nil
	}
	p.closed = true
	err := p.host.do(func() error {
		none, err := p.object.Object().CallMethod("close")
		none.Drop()
		p.loop.Close()
		for _, e := range p.converters {
			e.Free()
		}
		return err
	})
	p.object.Release()
	p.pin.Unpin()
	if err != nil {
		return p.explain(0, "", err)
	}
	return nil
}

// explain marks a Python exception as the user's and names the operator and the element.
func (p *process) explain(stage int, element string, err error) error {
	var e *python.Error
	if !errors.As(err, &e) {
		return err
	}
	s := p.spec.Stages[min(stage, len(p.spec.Stages)-1)]
	e.At(strings.TrimSpace(s.Origin+" "+s.Name), element)
	out := errs.Userf("operator '%s' failed", s.Name).Wrap(e)
	out.Place = s.Origin
	return out
}
