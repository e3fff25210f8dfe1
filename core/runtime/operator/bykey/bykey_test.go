package bykey_test

import (
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/fsys"
	managed "github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/bykey"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/memory"
)

var schema = types.NewSchema(types.F("value", types.Of(types.BigInt)),
	types.F("key", types.String()), types.F("keybytes", types.Of(types.Varbinary)))

// recorder notes what it is told, and counts the keys it has state of.
type recorder struct {
	operator.Base
	lines   []string
	count   *state.Value[int64]
	timers  state.Timers
	keys    state.Keys
	most    int
	pending int // calls of Resume to go
	lazy    bool
}

func (r *recorder) Open(ctx *operator.Context) error {
	r.Ctx, r.count = ctx, state.NewValue[int64]("count")
	r.timers = ctx.Keyed.Timers("event")
	return ctx.Keyed.Register("count", r.count)
}

func (r *recorder) Process(port int, b *batch.Batch, out operator.Output) error {
	if r.lazy {
		r.pending = 2
	}
	if b.Schema.Len() == 1 {
		for _, v := range batch.Values[int64](b.Cols[0]) {
			r.lines = append(r.lines, fmt.Sprintf("plain %d", v))
		}
		return nil
	}
	if err := state.KeysFromBytes(b.Cols[2], r.Ctx.MaxParallelism, &r.keys); err != nil {
		return err
	}
	slots, err := r.Ctx.Keyed.Resolve(&r.keys, nil)
	if err != nil {
		return err
	}
	for i, s := range slots {
		*r.count.At(s)++
		r.timers.Register(s, 7)
		r.lines = append(r.lines, fmt.Sprintf("%s@%d port %d: %d n=%d wm=%d", b.Cols[1].Str(i),
			b.Time(i), port, batch.Values[int64](b.Cols[0])[i], *r.count.At(s), r.Ctx.Watermark()))
	}
	r.Ctx.Keyed.MarkDirty(slots)
	b.Retain()
	out.Emit(0, b)
	return r.measure()
}

// measure counts the keys that have state.
func (r *recorder) measure() error {
	n := 0
	err := r.Ctx.Keyed.Each(func(slots []int32) error {
		n += len(slots)
		return nil
	})
	r.most = max(r.most, n)
	return err
}

func (r *recorder) Watermark(t int64, out operator.Output) error {
	due, err := r.timers.Due(t, 100)
	for _, d := range due {
		key, _ := r.Ctx.Keyed.Key(d.Slot)
		r.lines = append(r.lines, fmt.Sprintf("timer %s n=%d", key, *r.count.At(d.Slot)))
	}
	out.Watermark(t)
	return err
}

func (r *recorder) EndInput(port int, _ operator.Output) error {
	r.lines = append(r.lines, fmt.Sprintf("end %d", port))
	return nil
}

func (r *recorder) Pending() bool { return r.pending > 0 }

func (r *recorder) Resume(operator.Output) error {
	r.pending--
	return nil
}

func (r *recorder) Select() uint64                                { return 0 }
func (r *recorder) Interrupt()                                    {}
func (r *recorder) OnProcessingTime(int64, operator.Output) error { return nil }
func (r *recorder) Rewind()                                       {}
func (r *recorder) Hold()                                         {}
func (r *recorder) Flush(operator.Output) error                   { return nil }
func (r *recorder) Runs() bool                                    { return false }
func (r *recorder) ProcessRuns(int, *batch.Batch, []int32, operator.Output) error {
	panic("it takes no runs")
}

func (r *recorder) ProcessMerged(*operator.Merged, []int32, operator.Output) error {
	panic("it takes no runs")
}

type output struct {
	rows  int
	marks []int64
}

func (o *output) Emit(_ int, b *batch.Batch) {
	o.rows += b.Len()
	b.Release()
}
func (o *output) Watermark(t int64) { o.marks = append(o.marks, t) }
func (o *output) Full() bool        { return false }

type row struct {
	key  string
	time int64
	v    int64
}

func batchOf(rows ...row) *batch.Batch {
	b := batch.NewRowBuilder(schema, len(rows))
	for _, r := range rows {
		batch.Append(b.Cols[0], r.v)
		b.Cols[1].AppendString(r.key)
		b.Cols[2].AppendBytes([]byte(r.key))
		b.Times = append(b.Times, r.time)
	}
	out := b.Finish()
	out.Marks = []batch.Mark{{Row: 0, Time: 3}}
	return out
}

func start(t *testing.T, inner *recorder, keyed []bool, limit int64, fs fsys.FS) *bykey.Operator {
	t.Helper()
	return startWithin(t, nil, inner, keyed, limit, fs)
}

func startWithin(t *testing.T, budget *managed.Budget, inner *recorder, keyed []bool, limit int64,
	fs fsys.FS) *bykey.Operator {
	t.Helper()
	store, err := memory.Backend{}.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{
		Parallelism: 1, MaxParallelism: 128}, Clock: clock.System{}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	op := bykey.New(inner, keyed, limit)
	err = op.Open(&operator.Context{Task: operator.Task{Parallelism: 1, MaxParallelism: 128,
		BatchMode: true}, Keyed: store.Keyed(), FS: fs, Dir: "/work", BatchRows: 3, Memory: budget,
		Log: slog.New(slog.DiscardHandler), Watermark: func() int64 { return math.MaxInt64 }})
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func feed(t *testing.T, op *bykey.Operator, out operator.Output, port int, b *batch.Batch) {
	t.Helper()
	if err := op.Process(port, b, out); err != nil {
		t.Fatal(err)
	}
	settle(t, op, out)
}

func settle(t *testing.T, op *bykey.Operator, out operator.Output) {
	t.Helper()
	for op.Pending() {
		if err := op.Resume(out); err != nil {
			t.Fatal(err)
		}
	}
}

func finish(t *testing.T, op *bykey.Operator, out operator.Output, ports int) {
	t.Helper()
	if err := op.Watermark(math.MaxInt64, out); err != nil {
		t.Fatal(err)
	}
	for p := range ports {
		if err := op.EndInput(p, out); err != nil {
			t.Fatal(err)
		}
		settle(t, op, out)
	}
}

func TestOneKeyAfterTheOtherInOrderOfTime(t *testing.T) {
	for _, limit := range []int64{0, 1} {
		for _, lazy := range []bool{false, true} {
			fs := fsys.NewMem()
			inner, out := &recorder{lazy: lazy}, &output{}
			op := start(t, inner, []bool{true, true}, limit, fs)
			feed(t, op, out, 1, batchOf(row{"b", 5, 1}, row{"a", 5, 2}))
			feed(t, op, out, 0, batchOf(row{"a", 9, 3}, row{"b", 2, 4}, row{"a", 5, 5}, row{"a", 5, 6}))
			finish(t, op, out, 2)
			const min = " wm=-9223372036854775808"
			want := []string{
				"a@5 port 0: 5 n=1" + min, "a@5 port 0: 6 n=2" + min, "a@5 port 1: 2 n=3" + min,
				"a@9 port 0: 3 n=4" + min, "timer a n=4",
				"b@2 port 0: 4 n=1" + min, "b@5 port 1: 1 n=2" + min, "timer b n=2",
				"end 0", "end 1",
			}
			if got := inner.lines; !slices.Equal(got, want) {
				t.Errorf("limit %d: got\n%s\nwant\n%s", limit, strings.Join(got, "\n"),
					strings.Join(want, "\n"))
			}
			if inner.most != 1 {
				t.Errorf("state of %d keys at once", inner.most)
			}
			if !slices.Equal(out.marks, []int64{math.MaxInt64}) || out.rows != 6 {
				t.Errorf("watermarks %v, %d rows", out.marks, out.rows)
			}
			if err := op.Close(); err != nil {
				t.Fatal(err)
			}
			if left, err := fs.List("/work"); err == nil && len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		}
	}
}

func TestOtherPortsGoFirstAndThrough(t *testing.T) {
	inner, out := &recorder{}, &output{}
	op := start(t, inner, []bool{true, false}, 0, nil)
	if got := op.Select(); got != 2 {
		t.Fatalf("selects %b", got)
	}
	plain := batch.NewRowBuilder(types.NewSchema(types.F("value", types.Of(types.BigInt))), 1)
	batch.Append(plain.Cols[0], int64(8))
	feed(t, op, out, 1, plain.Finish())
	if err := op.EndInput(1, out); err != nil {
		t.Fatal(err)
	}
	if got := op.Select(); got != 0 {
		t.Errorf("selects %b at the end", got)
	}
	feed(t, op, out, 0, batchOf(row{"", 1, 1}))
	finish(t, op, out, 1)
	want := []string{"plain 8", "end 1", "@1 port 0: 1 n=1 wm=-9223372036854775808", "timer  n=1",
		"end 0"}
	if !slices.Equal(inner.lines, want) {
		t.Errorf("got %q", inner.lines)
	}
}

func TestManyRunsGiveWhatMemoryGives(t *testing.T) {
	run := func(limit int64, budget *managed.Budget) []string {
		rng := rand.New(rand.NewPCG(1, 2))
		inner, out := &recorder{}, &output{}
		op := startWithin(t, budget, inner, []bool{true}, limit, fsys.NewMem())
		for i := range 40 {
			var rows []row
			for k := range 50 {
				rows = append(rows, row{fmt.Sprintf("key-number-%d", rng.IntN(30)), rng.Int64N(20),
					int64(100*i + k)})
			}
			feed(t, op, out, 0, batchOf(rows...))
		}
		for _, h := range budget.Holders() {
			if limit := budget.Limit(); h.Used == 0 || limit > 0 && h.Peak > 2*limit {
				t.Errorf("%+v of a budget of %d", h, limit)
			}
		}
		finish(t, op, out, 1)
		if out.rows != 2000 || inner.most != 1 {
			t.Errorf("%d rows, %d keys at once", out.rows, inner.most)
		}
		if err := op.Close(); err != nil {
			t.Fatal(err)
		}
		if len(budget.Holders()) > 0 {
			t.Errorf("held after Close: %v", budget.Holders())
		}
		return inner.lines
	}
	want := run(0, managed.New(0))
	for _, got := range [][]string{run(20_000, nil), run(0, managed.New(20_000))} {
		if !slices.Equal(got, want) {
			t.Error("rows from disk come in another order")
		}
	}
}

func TestNoInput(t *testing.T) {
	inner, out := &recorder{}, &output{}
	op := start(t, inner, []bool{true}, 0, nil)
	finish(t, op, out, 1)
	if !slices.Equal(inner.lines, []string{"end 0"}) || len(out.marks) != 1 {
		t.Errorf("%q, watermarks %v", inner.lines, out.marks)
	}
}
