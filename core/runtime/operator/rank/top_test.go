package rank_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
	"github.com/headrace/headrace/core/runtime/operator/rank"
)

var (
	topIn = types.NewSchema(types.F("k", types.Of(types.BigInt)), types.F("v", types.Of(types.Int)),
		types.F("text", types.String()))
	topRanked = types.NewSchema(types.F("k", types.Of(types.BigInt)), types.F("v", types.Of(types.Int)),
		types.F("text", types.String()), types.F("rk", types.Of(types.BigInt)))
)

// item is a row of the model: nil stands for NULL, which comes first.
type item struct {
	k    int
	v    any
	text string
}

// model is top-N with the greatest values of a partition first, and of equal ones the first comers.
type model struct {
	op    *plan.Rank
	parts map[int][]item
}

func (m *model) add(x item) {
	number := func(v any) int {
		if v == nil {
			return 1 << 30
		}
		return v.(int)
	}
	rows := append(slices.Clone(m.parts[x.k]), x)
	slices.SortStableFunc(rows, func(a, b item) int { return cmp.Compare(number(b.v), number(a.v)) })
	m.parts[x.k] = rows
}

func (m *model) window(k int) []item {
	rows := m.parts[k]
	to := min(len(rows), int(m.op.To))
	return rows[min(int(m.op.From)-1, to):to]
}

func show(kind string, x item, rank int) string {
	v := "NULL"
	if x.v != nil {
		v = fmt.Sprint(x.v)
	}
	if rank > 0 {
		return fmt.Sprintf("%s(%d, %s, %s, %d)", kind, x.k, v, x.text, rank)
	}
	return fmt.Sprintf("%s(%d, %s, %s)", kind, x.k, v, x.text)
}

// between is what goes out when a window becomes another. The texts of the model's rows differ
// where ranks are not told.
func (m *model) between(before, after []item) (lines []string) {
	if !m.op.OutputRank {
		for _, x := range before {
			if !slices.Contains(after, x) {
				lines = append(lines, show("-D", x, 0))
			}
		}
		for _, x := range after {
			if !slices.Contains(before, x) {
				lines = append(lines, show("+I", x, 0))
			}
		}
		return lines
	}
	for i, x := range after {
		rank := int(m.op.From) + i
		switch {
		case i >= len(before):
			lines = append(lines, show("+I", x, rank))
		case before[i] != x:
			if m.op.UpdateBefore {
				lines = append(lines, show("-U", before[i], rank))
			}
			lines = append(lines, show("+U", x, rank))
		}
	}
	return lines
}

func randomItems(rng *rand.Rand, op *plan.Rank, n, parts, size int) (items []item) {
	for i := range n {
		x := item{k: rng.IntN(parts), v: rng.IntN(2 * parts * n / 3), text: "same"}
		if rng.IntN(8) == 0 {
			x.v = nil
		}
		if !op.OutputRank || rng.IntN(2) == 0 {
			x.text = fmt.Sprintf("%d/%d", rng.Uint32(), i)
		}
		x.text += strings.Repeat("~", size)
		items = append(items, x)
	}
	return items
}

func inputOf(items []item) ot.Input {
	rows := make([]any, len(items))
	for i, x := range items {
		rows[i] = ot.R(x.k, x.v, x.text)
	}
	return ot.Rows(topIn, rows...)
}

func operators(op *plan.Rank) func() operator.Operator {
	out := topIn
	if op.OutputRank {
		out = topRanked
	}
	return func() operator.Operator { return rank.New(op, topIn, out) }
}

func ranks() (ops []*plan.Rank) {
	for i := range 16 {
		op := &plan.Rank{Function: "row_number", Partition: []int{0},
			Order: []plan.SortKey{{Column: 1, Desc: true}}, From: 1, To: 3,
			OutputRank: i&1 != 0, UpdateBefore: i&2 != 0}
		if i&4 != 0 {
			op.From = 2
		}
		if i&8 != 0 {
			op.To = op.From
		}
		ops = append(ops, op)
	}
	return ops
}

// topRows are steps whose rows go out one by one.
func topRows(rng *rand.Rand, op *plan.Rank, steps, rows, size int) (script []ot.Step) {
	m := model{op, map[int][]item{}}
	for range steps {
		items, want := randomItems(rng, op, rows, 2, size), []string(nil)
		for _, x := range items {
			before := m.window(x.k)
			m.add(x)
			want = append(want, m.between(before, m.window(x.k))...)
		}
		script = append(script, ot.Step{In: inputOf(items), Want: want})
	}
	return script
}

func TestTopRowByRow(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	for _, op := range ranks() {
		ot.Run(t, ot.Script{New: operators(op), Keys: [][]int{{0}}, BatchRows: 4,
			Steps: topRows(rng, op, 5, 9, 0)})
	}
}

func TestTopOfManyLongRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 2))
	op := &plan.Rank{Function: "row_number", Partition: []int{0},
		Order: []plan.SortKey{{Column: 1, Desc: true}}, From: 1, To: 40}
	ot.Run(t, ot.Script{New: operators(op), Keys: [][]int{{0}}, Steps: topRows(rng, op, 6, 60, 300)})
}

func TestTopOfBundles(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 3))
	for _, op := range ranks() {
		op.MiniBatchMax = 1 << 20
		m, script := model{op, map[int][]item{}}, []ot.Step(nil)
		for range 5 {
			items, want := randomItems(rng, op, 12, 3, 0), []string(nil)
			before, order := map[int][]item{}, []int(nil)
			for _, x := range items {
				if _, seen := before[x.k]; !seen {
					before[x.k], order = m.window(x.k), append(order, x.k)
				}
				m.add(x)
			}
			for _, k := range order {
				want = append(want, m.between(before[k], m.window(k))...)
			}
			// Watermarks wait for the rows before them.
			script = append(script, ot.Step{In: inputOf(items)},
				ot.Step{In: ot.Watermark(int64(len(script)))},
				ot.Step{In: ot.Barrier(), Want: append(want, fmt.Sprintf("wm %d", len(script)))})
		}
		ot.Run(t, ot.Script{New: operators(op), Keys: [][]int{{0}}, NoRestore: true, AnyOrder: true,
			BatchRows: 4, Steps: script})
	}
	op := ranks()[0]
	op.MiniBatchMs = 100
	ot.Run(t, ot.Script{New: operators(op), Keys: [][]int{{0}}, NoRestore: true, Steps: []ot.Step{
		{In: inputOf([]item{{1, 5, "a"}, {1, 6, "b"}, {1, 7, "c"}, {1, 8, "d"}})},
		{In: ot.Clock(99)},
		{In: ot.Clock(100), Want: []string{"+I(1, 8, d)", "+I(1, 7, c)", "+I(1, 6, b)"}},
		{In: inputOf([]item{{1, 9, "e"}})},
		{In: ot.End(0), Want: []string{"-D(1, 6, b)", "+I(1, 9, e)", "wm 9223372036854775807"}}}})
}

func TestTopOfABatch(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 4))
	for _, op := range ranks() {
		m, script, want := model{op, map[int][]item{}}, []ot.Step(nil), []string(nil)
		for range 3 {
			items := randomItems(rng, op, 8, 2, 0)
			for _, x := range items {
				m.add(x)
			}
			script = append(script, ot.Step{In: inputOf(items)})
		}
		for k := range m.parts {
			want = append(want, m.between(nil, m.window(k))...)
		}
		ot.Run(t, ot.Script{New: operators(op), Keys: [][]int{{0}}, NoRestore: true, BatchMode: true,
			Together: append(want, "wm 9223372036854775807"), Steps: append(script, ot.Step{In: ot.End(0)})})
	}
}
