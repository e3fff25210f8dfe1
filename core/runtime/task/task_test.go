package task

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/drive"
	"github.com/headrace/headrace/core/runtime/element"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/runtime/operator"
)

// record writes down what reaches the end of a chain.
type record struct {
	operator.Base
	seen []string
}

func (o *record) Process(port int, b *batch.Batch, _ operator.Output) error {
	s := fmt.Sprint(batch.Values[int64](b.Cols[0]))
	if port > 0 {
		s = fmt.Sprintf("%d:%s", port, s)
	}
	for _, m := range b.Marks {
		s += fmt.Sprintf(" wm%d@%d", m.Time, m.Row)
	}
	o.seen = append(o.seen, s)
	return nil
}

func (o *record) Watermark(time int64, out operator.Output) error {
	o.seen = append(o.seen, fmt.Sprintf("wm%d", time))
	return o.Base.Watermark(time, out)
}

func (o *record) EndInput(port int, _ operator.Output) error {
	o.seen = append(o.seen, fmt.Sprintf("end%d", port))
	return nil
}

func (o *record) PrepareBarrier(operator.Output) error {
	o.seen = append(o.seen, "barrier")
	return nil
}

// bench is a task whose input channels are filled by hand.
type bench struct {
	t        *testing.T
	task     *Task
	clock    *clock.Manual
	channels []*exchange.Channel
	end      *record
	acked    []int64
	ended    bool
}

func (b *bench) Ended(*Task)                   { b.ended = true }
func (b *bench) Captured(_ *Task, s *Snapshot) { b.acked = append(b.acked, s.Barrier.ID) }

// newBench makes a chain of the operators and a recorder behind them.
func newBench(t *testing.T, ports int, ops ...operator.Operator) *bench {
	b := &bench{t: t, clock: clock.NewManual(0), end: &record{}}
	var nums []int
	for p := range ports {
		b.channels = append(b.channels, exchange.NewChannel(1<<20, func() {}, func() {}))
		nums = append(nums, p)
	}
	spec := Spec{Name: "bench", Clock: b.clock, Host: b, Wake: func() {}, Ports: ports,
		Gate: exchange.NewGate(b.clock, b.channels, nums, ports)}
	spec.Gate.MaxRows = 0
	for i, o := range ops {
		spec.Operators = append(spec.Operators, opOf(o, []Target{{Next: i + 1}}))
	}
	spec.Operators = append(spec.Operators, opOf(b.end))
	b.task = New(spec)
	return b
}

func (b *bench) push(port int, es ...element.Element) {
	for _, e := range es {
		b.channels[port].TryPush(e)
	}
}

func rowsOf(v ...int64) element.Element {
	x := numbers(0)
	return element.OfBatch(batch.New(x.Schema, []*batch.Column{batch.MakeFixed(bigint, v, nil)},
		len(v)))
}

func barrierOf(id int64) element.Element {
	return element.Element{Kind: element.Barrier, Barrier: &element.BarrierInfo{ID: id}}
}

// want steps until the task is blocked or done and compares what came out since the last call.
func (b *bench) want(status drive.Status, want ...string) {
	b.t.Helper()
	got := b.task.Step(1000)
	if got != status {
		b.t.Fatalf("status %d, want %d (%v)", got, status, b.task.Err())
	}
	if !slices.Equal(b.end.seen, want) {
		b.t.Fatalf("got %q, want %q", b.end.seen, want)
	}
	b.end.seen = nil
}

// triple emits each row three times, one batch a row, and stops when its output is full.
type triple struct {
	operator.Base
	todo []int64
}

func (o *triple) Process(_ int, b *batch.Batch, out operator.Output) error {
	for _, v := range batch.Values[int64](b.Cols[0]) {
		o.todo = append(o.todo, v, v, v)
	}
	return o.Resume(out)
}

func (o *triple) Pending() bool { return len(o.todo) > 0 }

func (o *triple) Resume(out operator.Output) error {
	for len(o.todo) > 0 && !out.Full() {
		out.Emit(0, rowsOf(o.todo[0]).Batch)
		o.todo = o.todo[1:]
	}
	return nil
}

func TestResumableOperatorKeepsOrderWithBarriers(t *testing.T) {
	b := newBench(t, 1, &triple{}, &triple{})
	b.push(0, rowsOf(1, 2), barrierOf(4), rowsOf(3), element.OfWatermark(9))
	want := slices.Repeat([]string{"[1]"}, 9)
	want = append(want, slices.Repeat([]string{"[2]"}, 9)...)
	want = append(append(want, "barrier"), slices.Repeat([]string{"[3]"}, 9)...)
	b.want(drive.Blocked, append(want, "wm9")...)
	if !slices.Equal(b.acked, []int64{4}) {
		t.Errorf("acknowledged %v", b.acked)
	}
}

// later emits rows only when poked, one a poke.
type later struct {
	operator.Base
	held []int64
	free int
}

func (o *later) Process(_ int, b *batch.Batch, _ operator.Output) error {
	o.held = append(o.held, batch.Values[int64](b.Cols[0])...)
	return nil
}

func (o *later) Idle() bool { return len(o.held) == 0 }

func (o *later) Poll(out operator.Output) error {
	for ; o.free > 0 && len(o.held) > 0; o.free-- {
		out.Emit(0, rowsOf(o.held[0]).Batch)
		o.held = o.held[1:]
	}
	return nil
}

func (o *later) poke() {
	o.free++
	o.Ctx.Wake()
}

func TestBarrierAndEndWaitForAsyncWork(t *testing.T) {
	op := &later{}
	b := newBench(t, 1, op)
	b.push(0, rowsOf(1, 2), barrierOf(1), rowsOf(3), element.Element{Kind: element.End})
	b.want(drive.Blocked)
	op.poke()
	b.want(drive.Blocked, "[1]")
	op.poke()
	b.want(drive.Blocked, "[2]", "barrier")
	op.poke()
	b.want(drive.Done, "[3]", "end0")
	if !b.ended {
		t.Error("the host was not told of the end")
	}
}

// closed is a sink that takes rows only while open.
type shy struct {
	record
	open bool
	held *batch.Batch
}

func (o *shy) Process(port int, b *batch.Batch, out operator.Output) error {
	if !o.open {
		b.Retain()
		o.held = b
		return nil
	}
	return o.record.Process(port, b, out)
}

func (o *shy) Pending() bool { return o.held != nil }
func (o *shy) Waiting() bool { return !o.open }

func (o *shy) Resume(out operator.Output) error {
	h := o.held
	o.held = nil
	return o.Process(0, h, out)
}

func TestWaiterIsResumedAfterWakeOnly(t *testing.T) {
	op := &shy{}
	b := newBench(t, 1, op)
	b.push(0, rowsOf(1), rowsOf(2))
	b.want(drive.Blocked)
	op.open = true
	op.Ctx.Wake()
	b.want(drive.Blocked)
	if !slices.Equal(op.seen, []string{"[1]", "[2]"}) {
		t.Errorf("the sink saw %v", op.seen)
	}
}

// alarmed emits the time of day when its timer fires.
type alarmed struct {
	pass
	at []int64
}

func (o *alarmed) NextProcessingTime() (int64, bool) {
	if len(o.at) == 0 {
		return 0, false
	}
	return o.at[0], true
}

func (o *alarmed) OnProcessingTime(now int64, out operator.Output) error {
	o.at = o.at[1:]
	out.Emit(0, rowsOf(now).Batch)
	return nil
}

func TestProcessingTimersFireInOrderAndNotBehindTheEnd(t *testing.T) {
	b := newBench(t, 1, &alarmed{at: []int64{5, 20, 99}})
	b.want(drive.Blocked)
	b.clock.Advance(5 * time.Millisecond)
	b.want(drive.Blocked, "[5]")
	b.clock.Advance(14 * time.Millisecond)
	b.want(drive.Blocked)
	b.clock.Advance(time.Millisecond)
	b.want(drive.Blocked, "[20]")
	b.push(0, element.Element{Kind: element.End})
	b.want(drive.Done, "end0")
}

// twoPorts wants port 1 first.
type twoPorts struct{ record }

func (o *twoPorts) Select() uint64 { return 1 << 1 }

func TestSelectedPortIsReadToItsEndFirst(t *testing.T) {
	op := &twoPorts{}
	b := newBench(t, 2, op)
	end := element.Element{Kind: element.End}
	b.push(0, rowsOf(1), end)
	b.want(drive.Blocked)
	b.push(1, rowsOf(2), rowsOf(3), end)
	b.want(drive.Done, "end0")
	want := []string{"1:[2]", "1:[3]", "end1", "[1]", "end0"}
	if !slices.Equal(op.seen, want) {
		t.Errorf("got %q, want %q", op.seen, want)
	}
}

// sides sends odd rows to output 1; the marks stay with output 0.
type sides struct{ operator.Base }

func (o *sides) Process(_ int, b *batch.Batch, out operator.Output) error {
	var even, odd []int32
	for i, v := range batch.Values[int64](b.Cols[0]) {
		if v%2 == 0 {
			even = append(even, int32(i))
		} else {
			odd = append(odd, int32(i))
		}
	}
	main, side := b.Take(even), b.Take(odd)
	side.Marks = nil
	out.Emit(1, side)
	out.Emit(0, main)
	return nil
}

func TestSideOutputLearnsOfMarksOfTheMainOne(t *testing.T) {
	ch := exchange.NewChannel(1<<20, func() {}, func() {})
	main, side := &record{}, &record{}
	task := New(Spec{Name: "sides", Clock: clock.NewManual(0), Host: silent{}, Wake: func() {},
		Ports: 1, Gate: exchange.NewGate(clock.NewManual(0), []*exchange.Channel{ch}, []int{0}, 1),
		Operators: []Operator{opOf(&sides{}, []Target{{Next: 1}}, []Target{{Next: 2}}),
			opOf(main), opOf(side)}})
	e := rowsOf(1, 2, 3, 4)
	e.Batch.Marks = []batch.Mark{{Row: 2, Time: 50}}
	ch.TryPush(e)
	task.Step(100)
	if !slices.Equal(main.seen, []string{"[2 4] wm50@1"}) ||
		!slices.Equal(side.seen, []string{"[1 3]", "wm50"}) {
		t.Errorf("main %q, side %q", main.seen, side.seen)
	}
}

func TestPanicBecomesAnErrorWithTheStack(t *testing.T) {
	b := newBench(t, 1, &sides{}) // emits on an output that there is not
	b.push(0, rowsOf(1))
	if b.task.Step(10) != drive.Done {
		t.Fatal("not done")
	}
	if err := b.task.Err(); err == nil || !strings.Contains(err.Error(), "panic in task 'bench'") {
		t.Fatalf("got %v", err)
	}
}

type failing struct {
	pass
	err error
}

func (o *failing) Close() error { return o.err }

func TestErrorOfCloseFailsTheTask(t *testing.T) {
	boom := errors.New("boom")
	b := newBench(t, 1, &failing{err: boom})
	b.push(0, element.Element{Kind: element.End})
	if b.task.Step(100) != drive.Done || !errors.Is(b.task.Err(), boom) {
		t.Fatalf("got %v", b.task.Err())
	}
}
