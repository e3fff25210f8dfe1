package hashagg_test

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/hashagg"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
)

const end = "wm 9223372036854775807"

var (
	big = types.Of(types.BigInt)
	in  = types.NewSchema(types.F("k", big), types.F("s", types.String()), types.F("v", big))
)

// calls are COUNT(*), SUM(v), MAX(v) and, where phases do not forbid it, COUNT(DISTINCT s).
func calls(distinct bool) []plan.AggCall {
	list := []plan.AggCall{{Name: "COUNT", Filter: -1, Type: big.Nullable(false)},
		{Name: "SUM", Args: []int{2}, Filter: -1, Type: big},
		{Name: "MAX", Args: []int{2}, Filter: -1, Type: big}}
	if distinct {
		list = append(list, plan.AggCall{Name: "COUNT", Args: []int{1}, Distinct: true, Filter: -1,
			Type: big.Nullable(false)})
	}
	return list
}

func schemaOf(keys []int, distinct bool) *types.Schema {
	out := &types.Schema{}
	for _, k := range keys {
		out.Fields = append(out.Fields, in.Fields[k])
	}
	for i, c := range calls(distinct) {
		out.Fields = append(out.Fields, types.F(fmt.Sprint("a", i), c.Type))
	}
	return out
}

type row struct {
	k any
	s string
	v int
}

type total struct {
	n, sum, max int
	seen        map[string]bool
}

// aggregated is what a grouping gives, by the definition.
func aggregated(rows []row, keys []int, distinct bool) []string {
	totals, order := map[string]*total{}, []string{}
	for _, r := range rows {
		key := ""
		for _, k := range keys {
			switch {
			case k == 1:
				key += r.s + ", "
			case r.k == nil:
				key += "NULL, "
			default:
				key += fmt.Sprint(r.k) + ", "
			}
		}
		t := totals[key]
		if t == nil {
			t = &total{max: r.v, seen: map[string]bool{}}
			totals[key] = t
			order = append(order, key)
		}
		t.n, t.sum, t.max, t.seen[r.s] = t.n+1, t.sum+r.v, max(t.max, r.v), true
	}
	out := make([]string, 0, len(order)+1)
	for _, k := range order {
		t := totals[k]
		line := fmt.Sprintf("+I(%s%d, %d, %d", k, t.n, t.sum, t.max)
		if distinct {
			line += fmt.Sprintf(", %d", len(t.seen))
		}
		out = append(out, line+")")
	}
	return append(out, end)
}

// random are rows of which half have one key.
func random(n, keys int) []row {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{rng.IntN(keys), fmt.Sprint("s", rng.IntN(9)), rng.IntN(100)}
		switch rng.IntN(20) {
		case 0:
			rows[i].k = nil
		case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10:
			rows[i].k = 3
		}
	}
	return rows
}

func input(rows []row) ot.Input {
	items := make([]any, len(rows))
	for i, r := range rows {
		items[i] = ot.R(r.k, r.s, r.v)
	}
	return ot.Rows(in, items...)
}

func TestKeysAndSpilling(t *testing.T) {
	rows := random(600, 200)
	for _, keys := range [][]int{{0}, {1}, {0, 1}, {1, 0}, {}} {
		for _, memory := range []int64{0, 1, 20_000} {
			t.Run(fmt.Sprint(keys, memory), func(t *testing.T) {
				ot.Run(t, ot.Script{
					New: func() operator.Operator {
						return hashagg.New(&plan.GroupAggregate{Keys: keys, Aggs: calls(true)}, in,
							schemaOf(keys, true))
					},
					BatchMode: true, NoRestore: true, Memory: memory, BatchRows: 7,
					Steps:    []ot.Step{{In: input(rows)}, {In: ot.End(0)}},
					Together: aggregated(rows, keys, true),
				})
			})
		}
	}
}

func TestEmptyInput(t *testing.T) {
	for _, c := range []struct {
		keys []int
		want []string
	}{{[]int{0}, []string{end}}, {nil, []string{"+I(0, NULL, NULL, 0)", end}}} {
		ot.Run(t, ot.Script{
			New: func() operator.Operator {
				return hashagg.New(&plan.GroupAggregate{Keys: c.keys, Aggs: calls(true)}, in,
					schemaOf(c.keys, true))
			},
			BatchMode: true, NoRestore: true,
			Steps: []ot.Step{{In: ot.End(0)}}, Together: c.want,
		})
	}
}

// twice is both phases as one operator.
type twice struct {
	operator.Operator
	local operator.Operator
}

func (o *twice) Open(ctx *operator.Context) error {
	if err := o.local.Open(ctx); err != nil {
		return err
	}
	return o.Operator.Open(ctx)
}

type between struct {
	operator.Output
	to  *twice
	err error
}

func (b *between) Emit(_ int, part *batch.Batch) {
	if err := b.to.Operator.Process(0, part, b.Output); b.err == nil {
		b.err = err
	}
}

func (o *twice) Process(port int, b *batch.Batch, out operator.Output) error {
	mid := &between{Output: out, to: o}
	if err := o.local.Process(port, b, mid); err != nil {
		return err
	}
	return mid.err
}

func (o *twice) EndInput(port int, out operator.Output) error {
	mid := &between{Output: out, to: o}
	if err := o.local.EndInput(port, mid); err != nil {
		return err
	}
	for r := o.local.(operator.Resumable); r.Pending(); {
		if err := r.Resume(mid); err != nil {
			return err
		}
	}
	if mid.err != nil {
		return mid.err
	}
	return o.Operator.EndInput(port, out)
}

func (o *twice) Pending() bool { return o.Operator.(operator.Resumable).Pending() }

func (o *twice) Resume(out operator.Output) error {
	return o.Operator.(operator.Resumable).Resume(out)
}

func (o *twice) Close() error {
	if err := o.local.Close(); err != nil {
		return err
	}
	return o.Operator.Close()
}

func TestTwoPhases(t *testing.T) {
	rows := random(600, 200)
	for _, keys := range [][]int{{0}, {0, 1}, {}} {
		for _, memory := range []int64{0, 1, 30_000} {
			t.Run(fmt.Sprint(keys, memory), func(t *testing.T) {
				partial := &types.Schema{}
				at := make([]int, len(keys))
				for i, k := range keys {
					at[i] = i
					partial.Fields = append(partial.Fields, in.Fields[k])
				}
				for range calls(false) {
					partial.Fields = append(partial.Fields, types.F("p", plan.PartialType))
				}
				ot.Run(t, ot.Script{
					New: func() operator.Operator {
						return &twice{local: hashagg.New(&plan.GroupAggregate{Keys: keys,
							Aggs: calls(false), Phase: plan.LocalPhase}, in, partial),
							Operator: hashagg.New(&plan.GroupAggregate{Keys: at, Aggs: calls(false),
								Phase: plan.GlobalPhase, Rows: in}, partial, schemaOf(keys, false))}
					},
					BatchMode: true, NoRestore: true, Memory: memory, BatchRows: 7,
					Steps:    []ot.Step{{In: input(rows)}, {In: ot.End(0)}},
					Together: aggregated(rows, keys, false),
				})
			})
		}
	}
}

func TestFullDisk(t *testing.T) {
	full := func() fsys.FS {
		fs := fsys.NewMem()
		fs.Fault = func(op fsys.Op, _ string, _ int) (int, error) {
			if op == fsys.OpWrite {
				return 0, syscall.ENOSPC
			}
			return -1, nil
		}
		return fs
	}
	keys := []int{0}
	ot.Run(t, ot.Script{
		New: func() operator.Operator {
			return hashagg.New(&plan.GroupAggregate{Keys: keys, Aggs: calls(true)}, in,
				schemaOf(keys, true))
		},
		BatchMode: true, NoRestore: true, Memory: 1, FS: full, OneBatch: false,
		Steps: []ot.Step{{In: input(random(9000, 9000))}, {In: input(random(9000, 8000))},
			{In: ot.End(0), Err: "free space there"}},
		Together: []string{},
	})
}

func BenchmarkSumByKey(b *testing.B) {
	for _, keys := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			rows := batch.NewRowBuilder(in, 1024)
			var all []*batch.Batch
			for range 256 {
				for range 1024 {
					batch.Append(rows.Cols[0], rng.Int64N(int64(keys)))
					rows.Cols[1].AppendString("x")
					batch.Append(rows.Cols[2], rng.Int64N(100))
				}
				all = append(all, rows.Finish())
			}
			o := hashagg.New(&plan.GroupAggregate{Keys: []int{0}, Aggs: calls(false)[:2]}, in,
				schemaOf([]int{0}, false))
			ctx := &operator.Context{Memory: memory.New(1 << 30), FS: fsys.NewMem(), Dir: "/w"}
			if err := o.Open(ctx); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for i := range b.N {
				if err := o.Process(0, all[i%len(all)], nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/row")
		})
	}
}
