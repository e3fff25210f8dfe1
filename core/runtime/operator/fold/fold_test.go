package fold_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	managed "github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/fold"
)

var (
	pair   = types.RowOf(types.F("f0", types.String()), types.F("f1", types.Of(types.Int)))
	values = types.NewSchema(types.F("value", pair))
	keyed  = types.NewSchema(types.F("value", pair), types.F("key", types.String()),
		types.F("keybytes", types.Of(types.Varbinary)))
)

// byRows is the inner operator: it does the same with a map, and counts its rows.
type byRows struct {
	operator.Base
	kind  string
	sums  map[string]int64
	first map[string]string
	order []string
	rows  int
	lazy  int
	ended int
}

func (o *byRows) Process(_ int, b *batch.Batch, _ operator.Output) error {
	value := b.Cols[0]
	for i := range b.Len() {
		k, v := string(b.Cols[2].Bytes(i)), int64(batch.Values[int32](value.Child(1))[i])
		if _, seen := o.sums[k]; !seen {
			o.order, o.first[k], o.sums[k] = append(o.order, k), value.Child(0).Str(i), v
		} else {
			o.sums[k] = join(o.kind, o.sums[k], v)
		}
	}
	o.rows += b.Len()
	o.lazy = 1
	return nil
}

func join(kind string, a, b int64) int64 {
	switch kind {
	case "sum":
		return a + b
	case "min":
		return min(a, b)
	}
	return max(a, b)
}

func (o *byRows) EndInput(_ int, out operator.Output) error {
	o.ended++
	if len(o.order) == 0 {
		return nil
	}
	b := batch.NewRowBuilder(values, len(o.order))
	for _, k := range o.order {
		b.Cols[0].Child(0).AppendString(o.first[k])
		batch.Append(b.Cols[0].Child(1), int32(o.sums[k]))
		b.Cols[0].AppendRow()
	}
	out.Emit(0, b.Finish())
	return nil
}

func (o *byRows) Pending() bool                { return o.lazy > 0 }
func (o *byRows) Resume(operator.Output) error { o.lazy--; return nil }
func (o *byRows) Select() uint64               { return 0 }
func (o *byRows) Interrupt()                   {}
func (o *byRows) Pinned() bool                 { return true }

// gathered is an output that is full after every batch.
type gathered struct {
	batches []*batch.Batch
	full    bool
}

func (g *gathered) Emit(_ int, b *batch.Batch) { g.batches, g.full = append(g.batches, b), true }
func (g *gathered) Watermark(int64)            {}
func (g *gathered) Full() bool                 { return g.full }

func (g *gathered) drain(t *testing.T, op *fold.Operator) {
	t.Helper()
	for g.full = false; op.Pending(); g.full = false {
		if err := op.Resume(g); err != nil {
			t.Fatal(err)
		}
	}
}

type row struct {
	key   string
	value int32
	time  int64
}

func batchOf(rows []row) *batch.Batch {
	b := batch.NewRowBuilder(keyed, len(rows))
	for _, r := range rows {
		b.Cols[0].Child(0).AppendString(fmt.Sprintf("first of %s is %d", r.key, r.value))
		batch.Append(b.Cols[0].Child(1), r.value)
		b.Cols[0].AppendRow()
		b.Cols[1].AppendString(r.key)
		b.Cols[2].AppendBytes([]byte(r.key))
		if r.time != 0 {
			b.Times = append(b.Times, r.time)
		}
	}
	return b.Finish()
}

func inner(kind string) *byRows {
	return &byRows{kind: kind, sums: map[string]int64{}, first: map[string]string{}}
}

func run(t *testing.T, op *fold.Operator, rows []row, cut int, budget *managed.Budget) *gathered {
	t.Helper()
	ctx := &operator.Context{}
	if budget != nil {
		ctx.Memory = budget
	}
	if err := op.Open(ctx); err != nil {
		t.Fatal(err)
	}
	out := &gathered{}
	for part := range slices.Chunk(rows, cut) {
		if err := op.Process(0, batchOf(part), out); err != nil {
			t.Fatal(err)
		}
		out.drain(t, op)
	}
	if err := op.EndInput(0, out); err != nil {
		t.Fatal(err)
	}
	out.drain(t, op)
	if err := op.Close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// lines are the elements of batches, in order.
func lines(batches []*batch.Batch) []string {
	var out []string
	for _, b := range batches {
		for i := range b.Len() {
			v := b.Cols[0]
			out = append(out, fmt.Sprint(v.Child(0).Str(i), batch.Values[int32](v.Child(1))[i]))
		}
	}
	slices.Sort(out)
	return out
}

func want(kind string, rows []row) []string {
	all := inner(kind)
	_ = all.Process(0, batchOf(rows), nil)
	out := &gathered{}
	_ = all.EndInput(0, out)
	return lines(out.batches)
}

func someRows(n, keys int) []row {
	r := rand.New(rand.NewPCG(uint64(n), 5))
	out := make([]row, n)
	for i := range out {
		k := r.IntN(keys)
		out[i] = row{key: fmt.Sprint("k", k), value: int32(r.IntN(1000) - 500)}
		if k%3 == 0 {
			out[i].key = fmt.Sprint("a key that is longer ", k)
		}
	}
	return out
}

func TestAFoldGivesWhatRowByRowGives(t *testing.T) {
	for _, kind := range []string{"sum", "min", "max"} {
		for _, keys := range []int{1, 40, 3000} {
			rows := someRows(4000, keys)
			for _, cut := range []int{1, 3, 1024} {
				by := inner(kind)
				spec := fold.Spec{Kind: kind, Field: 1}
				out := run(t, fold.New(by, spec, keyed, values), rows, cut, nil)
				if got := lines(out.batches); !slices.Equal(got, want(kind, rows)) {
					t.Fatalf("%s of %d keys in batches of %d: %v", kind, keys, cut, got[:2])
				}
				if by.rows > 0 || by.ended != 1 || out.batches[0].Time(0) != batch.MaxWatermark {
					t.Errorf("%d rows went inside, ended %d times", by.rows, by.ended)
				}
				parts := run(t, fold.NewPart(inner(kind), spec, keyed), rows, cut, nil)
				whole := inner(kind)
				n := 0
				for _, b := range parts.batches {
					n += b.Len()
					_ = whole.Process(0, b, nil)
				}
				again := &gathered{}
				_ = whole.EndInput(0, again)
				if !slices.Equal(lines(again.batches), want(kind, rows)) || n > keys {
					t.Errorf("%s of %d keys in %d parts", kind, keys, n)
				}
			}
		}
	}
}

func TestWhatCannotBeFoldedGoesInside(t *testing.T) {
	big := []row{{key: "a", value: math.MaxInt32}, {key: "b", value: 1}, {key: "a", value: 1},
		{key: "c", value: 1}, {key: "a", value: -7}}
	timed := slices.Clone(someRows(100, 10))
	for i := 64; i < 100; i++ {
		timed[i].time = int64(i)
	}
	for name, rows := range map[string][]row{"too large": big, "with times": timed} {
		by := inner("sum")
		out := run(t, fold.New(by, fold.Spec{Kind: "sum", Field: 1}, keyed, values), rows, 64, nil)
		if got := lines(out.batches); !slices.Equal(got, want("sum", rows)) || by.rows == 0 {
			t.Errorf("%s: %v, %d rows inside", name, got, by.rows)
		}
	}
}

func TestWithoutMemoryPartsGoInside(t *testing.T) {
	rows := someRows(5000, 500)
	budget := managed.New(20_000)
	by := inner("sum")
	op := fold.New(by, fold.Spec{Kind: "sum", Field: 1}, keyed, values)
	out := run(t, op, rows, 100, budget)
	if got := lines(out.batches); !slices.Equal(got, want("sum", rows)) || by.rows < 500 {
		t.Errorf("%d rows inside, %d results", by.rows, len(got))
	}
	for _, h := range budget.Holders() {
		if h.Used != 0 {
			t.Errorf("%+v at the end", h)
		}
	}
}

func TestKeysThatHardlyRepeatPass(t *testing.T) {
	rows := someRows(120_000, 10_000_000)
	parts := run(t, fold.NewPart(inner("sum"), fold.Spec{Kind: "sum", Field: 1}, keyed), rows, 4096, nil)
	n, whole := 0, inner("sum")
	for _, b := range parts.batches {
		n += b.Len()
		_ = whole.Process(0, b, nil)
	}
	again := &gathered{}
	_ = whole.EndInput(0, again)
	if !slices.Equal(lines(again.batches), want("sum", rows)) || n < 115_000 {
		t.Errorf("%d rows of %d", n, len(rows))
	}
}

func TestNumbersOfEveryTypeAreFolded(t *testing.T) {
	for _, k := range []types.Kind{types.TinyInt, types.SmallInt, types.Int, types.BigInt,
		types.Float, types.Double} {
		typ := types.Of(k)
		if _, ok := fold.SpecOf(map[string]string{"fold": "sum", "field": "-1"}, typ); !ok {
			t.Errorf("%s is no number", typ)
		}
		in := types.NewSchema(types.F("value", typ), types.F("key", types.Of(types.BigInt)),
			types.F("keybytes", types.Of(types.Varbinary)))
		b := batch.NewRowBuilder(in, 3)
		for _, v := range []int{3, 4, 5} {
			number(b.Cols[0], v)
			batch.Append(b.Cols[1], int64(1))
			b.Cols[2].AppendBytes([]byte{1})
		}
		op := fold.New(inner("sum"), fold.Spec{Kind: "sum", Field: -1}, in,
			types.NewSchema(types.F("value", typ)))
		if err := op.Open(&operator.Context{}); err != nil {
			t.Fatal(err)
		}
		out := &gathered{}
		if err := op.Process(0, b.Finish(), out); err != nil {
			t.Fatal(err)
		}
		if err := op.EndInput(0, out); err != nil {
			t.Fatal(err)
		}
		out.drain(t, op)
		if got := out.batches[0].Cols[0].Arrow().String(); got != "[12]" {
			t.Errorf("%s: %s", typ, got)
		}
	}
}

func number(b *batch.Builder, v int) {
	switch b.Type.Kind {
	case types.TinyInt:
		batch.Append(b, int8(v))
	case types.SmallInt:
		batch.Append(b, int16(v))
	case types.Int:
		batch.Append(b, int32(v))
	case types.BigInt:
		batch.Append(b, int64(v))
	case types.Float:
		batch.Append(b, float32(v))
	default:
		batch.Append(b, float64(v))
	}
}

func BenchmarkFold(b *testing.B) {
	for _, keys := range []int{10_000, 500_000} {
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			const n, per = 1_000_000, 8192
			var batches []*batch.Batch
			for part := range slices.Chunk(someRows(n, keys), per) {
				batches = append(batches, batchOf(part))
			}
			for b.Loop() {
				op := fold.New(inner("sum"), fold.Spec{Kind: "sum", Field: 1}, keyed, values)
				_ = op.Open(&operator.Context{})
				for _, rows := range batches {
					_ = op.Process(0, rows, &gathered{})
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
		})
	}
}
