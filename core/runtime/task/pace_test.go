package task

import (
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/runtime/operator"
)

// after gives a pace batches of the size it asks for, which take what cost says, and returns the
// size in the end.
func after(p *pace, batches int, cost func(rows int) time.Duration) int {
	for range batches {
		p.next(p.rows, cost(p.rows), 0)
	}
	return p.rows
}

func perRow(d time.Duration) func(int) time.Duration {
	return func(rows int) time.Duration { return time.Duration(rows) * d }
}

func TestBatchesFollowTheSpeedOfTheOperators(t *testing.T) {
	p := newPace(1024, false)
	if p.rows != 64 {
		t.Fatalf("the first batch has %d rows", p.rows)
	}
	if got := after(&p, 10, perRow(time.Microsecond)); got != 1024 {
		t.Errorf("fast operators get %d rows", got)
	}
	if got := after(&p, 10, perRow(50*time.Microsecond)); got != 1024 {
		t.Errorf("50 ms a batch changes the size to %d", got)
	}
	if got := after(&p, 10, perRow(10*time.Millisecond)); got > 10 {
		t.Errorf("10 ms a row: batches of %d rows", got)
	}
	if got := after(&p, 20, perRow(200*time.Millisecond)); got != 1 && got != 2 {
		t.Errorf("very slow operators get %d rows", got)
	}
	if got := after(&p, 20, perRow(time.Microsecond)); got != 1024 {
		t.Errorf("fast again: %d rows", got)
	}
	if got := p.next(1024, 0, 5*time.Second); got != 512 {
		t.Errorf("a full output: %d rows", got)
	}
}

func TestCallsThatTakeAsLongForFewRowsGetMany(t *testing.T) {
	p := newPace(1024, false)
	got := after(&p, 20, func(int) time.Duration { return 300 * time.Millisecond })
	if got != 1024 {
		t.Errorf("300 ms a call, whatever it gets: %d rows", got)
	}
	if got = after(&p, 40, perRow(10*time.Millisecond)); got > 10 {
		t.Errorf("then 10 ms a row: %d rows", got)
	}
}

func TestBatchesThatWereSmallAnywayLeaveThePace(t *testing.T) {
	p := newPace(1024, false)
	for range 20 {
		p.next(3, time.Microsecond, 0)
	}
	if p.rows != 64 {
		t.Errorf("batches of 3 rows: up to %d next", p.rows)
	}
	p.next(3, time.Second, 0)
	if p.rows > 3 {
		t.Errorf("3 rows took a second: up to %d next", p.rows)
	}
	if p = newPace(1024, true); p.rows != 1024 {
		t.Errorf("steady: %d rows", p.rows)
	}
}

// slow takes a time for each row.
type slow struct {
	operator.Base
	row  func()
	rows int
}

func (o *slow) Process(_ int, b *batch.Batch, out operator.Output) error {
	for range b.Len() {
		o.row()
		o.rows++
	}
	b.Retain()
	out.Emit(0, b)
	return nil
}

// TestABarrierDoesNotWaitForALargeBatch: 16,384 rows of 10 ms each wait when the barrier comes; it
// passes within the time of a few of them, and those that it overtook are in the snapshot.
func TestABarrierDoesNotWaitForALargeBatch(t *testing.T) {
	const all = 16_384
	o := &slow{}
	b := newBench(t, 1, o)
	o.row = func() { b.clock.Advance(10 * time.Millisecond) }
	b.task.gate.MaxRows, b.task.gate.Overtakes = 64, true
	b.task.pace = newPace(all, false)
	flight := 0
	b.task.spec.EncodeInFlight = func(data []exchange.InFlight) ([]byte, error) {
		for _, c := range data {
			for _, x := range c.Batches {
				flight += x.Len()
			}
		}
		return nil, nil
	}
	b.push(0, rowsOf(make([]int64, all)...))
	for o.rows < 200 {
		b.task.Step(1)
	}
	e := barrierOf(1)
	e.Barrier.Unaligned = true
	b.push(0, e)
	start := b.clock.NowNs()
	for len(b.acked) == 0 {
		b.task.Step(1)
	}
	if took := time.Duration(b.clock.NowNs() - start); took > 2*paceSlow {
		t.Errorf("the barrier took %v", took)
	}
	if o.rows+flight != all {
		t.Errorf("%d rows before the barrier, %d overtaken", o.rows, flight)
	}
}

// paced is a source that emits as many rows as it is asked for.
type paced struct {
	repeat
	asked []int
}

func (o *paced) Pull(out operator.Output) (operator.Pulled, error) {
	rows := o.Ctx.PullRows()
	o.asked = append(o.asked, rows)
	out.Emit(0, numbers(rows))
	return operator.PullAgain, nil
}

// TestASourceReadsLittleForSlowOperators: what it has emitted is in front of a barrier.
func TestASourceReadsLittleForSlowOperators(t *testing.T) {
	clk := clock.NewManual(0)
	b := &bench{t: t, clock: clk, end: &record{}}
	src, o := &paced{}, &slow{row: func() { clk.Advance(10 * time.Millisecond) }}
	first := opOf(src, []Target{{Next: 1}})
	first.Context.BatchRows = 16_384
	b.task = New(Spec{Name: "source", Clock: clk, Host: b, Wake: func() {},
		Operators: []Operator{first, opOf(o, []Target{{Next: 2}}), opOf(b.end)}})
	for len(src.asked) < 20 {
		b.task.Step(1)
	}
	if last := src.asked[19]; last > 10 || src.asked[0] != paceStart {
		t.Errorf("10 ms a row: asked for %v rows", src.asked)
	}
}
