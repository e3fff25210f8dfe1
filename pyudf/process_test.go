package pyudf

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/udf"
)

// objectsOf makes an object column of a Python list.
func objectsOf(t testing.TB, h *Host, expr string) *batch.Column {
	t.Helper()
	var col *batch.Column
	err := h.do(func() error {
		eval, err := python.ImportAttr("builtins", "eval")
		if err != nil {
			return err
		}
		defer eval.Drop()
		list, err := eval.Call(python.Str(expr), python.Dict())
		if err != nil {
			return err
		}
		defer list.Drop()
		var handles []uint64
		err = list.Each(func(o python.Object) error {
			handles = append(handles, python.HandleOf(o.Keep()))
			return nil
		})
		col = python.NewObjectColumn(handles, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(col.Release)
	return col
}

// reprs shows a column's objects.
func reprs(t testing.TB, h *Host, c *batch.Column) []string {
	t.Helper()
	out := []string{}
	err := h.do(func() error {
		for i := range c.Len() {
			o := python.ObjectAt(c, i)
			out = append(out, o.Repr())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// stage makes a stage of a kind from a program that leaves f.
func stage(t testing.TB, kind, source string) udf.Stage {
	t.Helper()
	return udf.Stage{Kind: kind, Name: kind, Operator: kind, Origin: "job.py:7",
		Code: code(t, kind, "", source)}
}

func specFor(stages ...udf.Stage) *udf.ProcessSpec {
	s := &udf.ProcessSpec{Job: "job", TaskName: "task", Parallelism: 1, MaxParallelism: 128,
		Stages: stages, Inputs: []*planpb.TypeInfo{nil}, Outputs: []*planpb.TypeInfo{nil},
		Schemas: []*types.Schema{plan.StreamSchema(nil)}}
	if stages[len(stages)-1].Kind == "key_by" {
		s.Schemas[0] = plan.KeyedSchema(nil, nil)
	}
	for _, st := range stages {
		for range st.Sides {
			s.Outputs = append(s.Outputs, nil)
			s.Schemas = append(s.Schemas, plan.StreamSchema(nil))
		}
	}
	if keyedHead(stages[0].Kind) {
		s.Keys = []*planpb.TypeInfo{nil}
	}
	return s
}

func open(t testing.TB, h *Host, spec *udf.ProcessSpec) udf.Process {
	t.Helper()
	p, err := h.NewProcess(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	if err := p.Open(nil); err != nil {
		t.Fatal(err)
	}
	return p
}

var noTimers = udf.ProcessClock{Watermark: math.MinInt64, NextTimer: math.MaxInt64}

// runSlices runs the process until it stops for another reason than time.
func runSlices(p udf.Process) (udf.Stop, error) {
	for {
		stop, err := p.Run(noTimers, 100, 1<<30)
		if err != nil || stop != udf.StopSlice {
			return stop, err
		}
	}
}

// drain runs the feed to its end with outputs of at most max rows and shows what came out.
func drain(t testing.TB, h *Host, p udf.Process, max int) []string {
	t.Helper()
	out := []string{}
	for {
		stop, err := p.Run(noTimers, max, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		b, err := p.Take(0)
		if err != nil {
			t.Fatal(err)
		}
		if b != nil {
			if b.Len() > max {
				t.Errorf("%d rows in an output of %d", b.Len(), max)
			}
			out = append(out, reprs(t, h, b.Cols[0])...)
			b.Release()
		}
		if stop == udf.StopDone {
			return out
		}
	}
}

func feed(t testing.TB, p udf.Process, c *batch.Column, slots []int32) {
	t.Helper()
	r := udf.Rows{Value: c, Slots: slots}
	if slots != nil {
		r.Key = c
	}
	if err := p.FeedRows(r); err != nil {
		t.Fatal(err)
	}
}

func TestFusedChain(t *testing.T) {
	h := host(t)
	for _, max := range []int{1, 2, 3, 1000} {
		p := open(t, h, specFor(
			stage(t, "map", "f = lambda v: v + 1"),
			stage(t, "filter", "f = lambda v: v % 2 == 0"),
			stage(t, "flat_map", "def f(v):\n for i in range(v): yield (v, i)"),
			stage(t, "map", "class M:\n  def open(self, ctx): self.n = 0\n"+
				"  def map(self, v):\n   self.n += 1\n   return (*v, self.n)\nf = M()")))
		feed(t, p, objectsOf(t, h, "[0, 1, 2, 3, 4]"), nil)
		got := drain(t, h, p, max)
		want := []string{"(2, 0, 1)", "(2, 1, 2)", "(4, 0, 3)", "(4, 1, 4)", "(4, 2, 5)", "(4, 3, 6)"}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("outputs of %d: %v, want %v", max, got, want)
		}
	}
}

// An interrupt that comes just before a call finds nothing to break off; the call is not begun then.
func TestAnInterruptBeforeACallHolds(t *testing.T) {
	h := host(t)
	p := open(t, h, specFor(stage(t, "map",
		"import time\n\ndef f(v):\n  while True:\n    time.sleep(0.001)")))
	feed(t, p, objectsOf(t, h, "[1]"), nil)
	p.(interface{ Interrupt() }).Interrupt()
	if _, err := p.Run(noTimers, 1, 1<<30); errs.MarkOf(err) != errs.Cancelled {
		t.Errorf("got %v, want that it is cancelled", err)
	}
}

func TestMutableElementsAreWhatTheyWere(t *testing.T) {
	h := host(t)
	p := open(t, h, specFor(stage(t, "map",
		"buf = []\ndef f(v):\n  buf.append(v)\n  return buf")))
	feed(t, p, objectsOf(t, h, "[1, 2]"), nil)
	if got := drain(t, h, p, 10); !reflect.DeepEqual(got, []string{"[1]", "[1, 2]"}) {
		t.Errorf("a map that refills one list gives %v", got)
	}
	r := open(t, h, specFor(stage(t, "reduce",
		"def f(a, b):\n  a['n'] += b['n']\n  return a")))
	feed(t, r, objectsOf(t, h, "[{'n': 1}, {'n': 2}, {'n': 4}]"), []int32{0, 0, 0})
	want := []string{"{'n': 1}", "{'n': 3}", "{'n': 7}"}
	if got := drain(t, h, r, 10); !reflect.DeepEqual(got, want) {
		t.Errorf("a reduce that changes its accumulator gives %v", got)
	}
	g := open(t, h, specFor(stage(t, "process", `
class F:
    def process_element(self, v, ctx):
        buf = [v]
        yield "k", buf
        buf.append(9)
        yield "k", buf
f = F()`), stage(t, "map", "f = lambda v: v")))
	feed(t, g, objectsOf(t, h, "[1]"), nil)
	want = []string{"('k', [1])", "('k', [1, 9])"}
	if got := drain(t, h, g, 10); !reflect.DeepEqual(got, want) {
		t.Errorf("a buffer yielded twice gives %v", got)
	}
}

func TestKeyBy(t *testing.T) {
	h := host(t)
	p := open(t, h, specFor(stage(t, "key_by", "f = lambda v: v[0]")))
	feed(t, p, objectsOf(t, h, "[(1, 'a'), ('1', 'b'), (1.0, 'c'), (True, 'd'), (None, 'e')]"), nil)
	if _, err := runSlices(p); err != nil {
		t.Fatal(err)
	}
	b, err := p.Take(0)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	got := reprs(t, h, b.Cols[1])
	if want := []string{"1", "'1'", "1.0", "True", "None"}; !reflect.DeepEqual(got, want) {
		t.Errorf("keys %v, want %v", got, want)
	}
	var raw []string
	for i := range b.Len() {
		raw = append(raw, fmt.Sprintf("%x", b.Cols[2].Bytes(i)))
	}
	want := []string{"01030101", "01050131", "01043ff0000000000000", "0102", "0100"}
	if !reflect.DeepEqual(raw, want) {
		t.Errorf("key bytes %v, want %v", raw, want)
	}
}

func TestExceptionKeepsTypeElementAndOrigin(t *testing.T) {
	h := host(t)
	p := open(t, h, specFor(stage(t, "map", "def f(v): return 10 // v")))
	feed(t, p, objectsOf(t, h, "[5, 0]"), nil)
	_, err := runSlices(p)
	var e *python.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	if e.Type != "ZeroDivisionError" || e.Row != "0" || !strings.Contains(err.Error(), "job.py:7") ||
		!strings.Contains(e.Traceback, "in f") {
		t.Errorf("type %q, row %q, text %q\n%s", e.Type, e.Row, err, e.Traceback)
	}
}

const counting = `
class F:
    def open(self, ctx):
        class ValueStateDescriptor:
            name = "n"
        self.n = ctx.get_state(ValueStateDescriptor())
    def process_element(self, v, ctx):
        n = (self.n.value() or 0) + 1
        self.n.update(n)
        ctx.timer_service().register_event_time_timer(v * 10)
        yield ctx.get_current_key(), n, ctx.timestamp()
    def on_timer(self, t, ctx):
        if t == 20:
            ctx.timer_service().register_event_time_timer(25)
            ctx.timer_service().delete_event_time_timer(30)
        yield "timer", t, ctx.get_current_key(), self.n.value()
f = F()`

func TestKeyedProcessStateAndTimers(t *testing.T) {
	h := host(t)
	p := open(t, h, specFor(stage(t, "keyed_process", counting)))
	c := objectsOf(t, h, "[1, 2, 3, 1]")
	if err := p.FeedRows(udf.Rows{Value: c, Key: c, Slots: []int32{0, 1, 1, 0},
		Times: []int64{5, 6, 7, 8}}); err != nil {
		t.Fatal(err)
	}
	want := []string{"(1, 1, 5)", "(2, 1, 6)", "(3, 2, 7)", "(1, 2, 8)"}
	if got := drain(t, h, p, 2); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	e := p.Effects()
	ops := []udf.TimerOp{{Time: 10, Slot: 0}, {Time: 20, Slot: 1}, {Time: 30, Slot: 1},
		{Time: 10, Slot: 0}}
	if !reflect.DeepEqual(e.Timers, ops) || !reflect.DeepEqual(e.Dirty, []int32{0, 1}) {
		t.Errorf("effects %+v", e)
	}
	key := []byte{1, 3, 1, 7} // the int 7
	if err := p.FeedTimers(udf.EventTime, []udf.Fired{{Time: 10, Slot: 0, Key: key},
		{Time: 20, Slot: 1, Key: key}, {Time: 30, Slot: 1, Key: key},
		{Time: 40, Slot: 0, Key: key}}); err != nil {
		t.Fatal(err)
	}
	stop, err := runSlices(p)
	if err != nil || stop != udf.StopOrder {
		t.Fatalf("stop %v, %v: a timer at 25 comes before the one at 40", stop, err)
	}
	b, err := p.Take(0)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	want = []string{"('timer', 10, 7, 2)", "('timer', 20, 7, 2)"}
	if got := reprs(t, h, b.Cols[0]); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !reflect.DeepEqual(b.Times, []int64{10, 20}) {
		t.Errorf("times %v", b.Times)
	}
	if u := p.Unfired(); !reflect.DeepEqual(u, []udf.Fired{{Time: 40, Slot: 0}}) {
		t.Errorf("unfired %v: the timer at 30 is deleted", u)
	}
	if e := p.Effects(); !reflect.DeepEqual(e.Timers, []udf.TimerOp{{Time: 25, Slot: 1}}) {
		t.Errorf("timers %v", e.Timers)
	}
}

func TestStateEncodesAndDecodes(t *testing.T) {
	h := host(t)
	p := open(t, h, specFor(stage(t, "reduce", "f = lambda a, b: a + b")))
	feed(t, p, objectsOf(t, h, "['x', [1], 2**70, 'y', (1, None)]"), []int32{0, 1, 2, 0, 5})
	drain(t, h, p, 100)
	var column udf.StateColumn
	for _, s := range p.States() {
		if s.Name == "reduce" {
			column = s.Column
		}
	}
	slots := []int32{0, 1, 2, 3, 5}
	data, ends, err := column.Encode(slots, []byte("base"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if ends[0] == 4 || ends[3] != ends[2] {
		t.Errorf("ends %v: slot 0 holds a value, slot 3 none", ends)
	}
	column.Clear(slots)
	if n := column.SizeBytes(slots); n != 0 {
		t.Errorf("%d bytes after Clear", n)
	}
	shifted := make([]int32, len(ends))
	for i, e := range ends {
		shifted[i] = e - 4
	}
	column.Grow(5000)
	if err := column.Decode([]int32{10, 11, 12, 13, 4000}, data[4:], shifted); err != nil {
		t.Fatal(err)
	}
	feed(t, p, objectsOf(t, h, "['z', [2], 1, 'new', ()]"), []int32{10, 11, 12, 13, 4000})
	want := []string{"'xyz'", "[1, 2]", "1180591620717411303425", "'new'", "(1, None)"}
	if got := drain(t, h, p, 100); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSlowFunctionsHandOnWhatTheyGave(t *testing.T) {
	h := host(t)
	p := open(t, h, specFor(stage(t, "map", "import time\ndef f(v):\n  time.sleep(v)\n  return v")))
	feed(t, p, objectsOf(t, h, "[0.03, 0, 0.03, 0]"), nil)
	stop, err := p.Run(noTimers, 100, 1<<30)
	if err != nil || stop != udf.StopSlice || p.Rows(0) != 1 {
		t.Errorf("stop %v with %d rows, %v", stop, p.Rows(0), err)
	}
	if got := drain(t, h, p, 100); len(got) != 4 {
		t.Errorf("got %v", got)
	}
}
