package agg_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/agg"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
)

var sessionSums = types.NewSchema(types.F("k", types.String()), types.F("s", types.Of(types.Int)),
	types.F("window_start", sessionStamp), types.F("window_end", sessionStamp))

// summed adds v up by sessions of k with a gap of 10 ms.
func summed(w plan.Window, keys ...int) func() operator.Operator {
	w.Kind, w.SizeMs, w.TimeColumn = plan.Session, 10, 2
	op := &plan.WindowAggregate{Window: w, Keys: keys, Aggs: []plan.AggCall{{Name: "SUM",
		Args: []int{1}, Filter: -1, Type: types.Of(types.Int)}},
		Properties: []plan.WindowProperty{plan.WindowStart, plan.WindowEnd}}
	out := sessionSums
	if len(keys) == 0 {
		out = types.NewSchema(sessionSums.Fields[1:]...)
	}
	return func() operator.Operator { return agg.NewSessions(op, sessionIn, out) }
}

func TestSessionsOfSums(t *testing.T) {
	ot.Run(t, ot.Script{New: summed(plan.Window{}, 0), Keys: [][]int{{0}}, AnyOrder: true,
		Steps: []ot.Step{
			{In: ot.Rows(sessionIn, ot.R("a", 1, 10), ot.R("a", 2, 30), ot.R("b", 3, 12),
				ot.R(nil, 9, 12))},
			{In: ot.Rows(sessionIn, ot.R("a", 4, 20))}, // touches both
			{In: ot.Watermark(25), Want: []string{"+I(b, 3, 12, 22)", "+I(NULL, 9, 12, 22)", "wm 25"}},
			// 14 alone would be over, but belongs to the open session; b's is gone
			{In: ot.Rows(sessionIn, ot.R("a", 5, 14), ot.R("b", 6, 14))},
			{In: ot.Rows(sessionIn, ot.R("a", 8, 51), ot.R("a", 16, 70))},
			{In: ot.Rows(sessionIn, ot.R("a", 32, 61), ot.R("a", 64, 41))}, // one out of four
			{In: ot.Watermark(39), Want: []string{"+I(a, 12, 10, 40)", "wm 39"}},
			{In: ot.End(0), Want: []string{"+I(a, 120, 41, 80)", "wm 9223372036854775807"}},
		}})
}

func TestSessionsOfAllRows(t *testing.T) {
	ot.Run(t, ot.Script{New: summed(plan.Window{}), AnyOrder: true, Steps: []ot.Step{
		{In: ot.Rows(sessionIn, ot.R("a", 1, 10), ot.R("b", 2, 15), ot.R("c", 4, 40))},
		{In: ot.Watermark(30), Want: []string{"+I(3, 10, 25)", "wm 30"}},
		{In: ot.End(0), Want: []string{"+I(4, 40, 50)", "wm 9223372036854775807"}},
	}})
}

func TestSessionsOfSumsByProcessingTime(t *testing.T) {
	ot.Run(t, ot.Script{New: summed(plan.Window{ProcTime: true}, 0), Keys: [][]int{{0}},
		AnyOrder: true, Steps: []ot.Step{
			{In: ot.Clock(100)},
			{In: ot.Rows(sessionIn, ot.R("a", 1, 0))},
			{In: ot.Clock(105)},
			{In: ot.Rows(sessionIn, ot.R("a", 2, 0))},
			{In: ot.Clock(114)},
			{In: ot.Clock(115), Want: []string{"+I(a, 3, 100, 115)"}},
		}})
}

// bySorting is what sessions are, said another way: rows sorted by time, cut at the gaps. Late rows
// are those whose session has come out.
type bySorting struct {
	open map[string][][2]int // time, value
	wm   int
}

func (m *bySorting) add(k string, v, at int) {
	late := at+9 <= m.wm
	for _, row := range m.open[k] {
		if d := row[0] - at; -10 <= d && d <= 10 {
			late = false
		}
	}
	if !late {
		m.open[k] = append(m.open[k], [2]int{at, v})
	}
}

// advance returns the sessions that are over at a time.
func (m *bySorting) advance(wm int) (out []string) {
	m.wm = wm
	for k, rows := range m.open {
		slices.SortFunc(rows, func(a, b [2]int) int { return a[0] - b[0] })
		for len(rows) > 0 {
			n, sum := 1, rows[0][1]
			for n < len(rows) && rows[n][0]-rows[n-1][0] <= 10 {
				sum += rows[n][1]
				n++
			}
			if rows[n-1][0]+9 > wm {
				break
			}
			out = append(out, fmt.Sprintf("+I(%s, %d, %d, %d)", k, sum, rows[0][0], rows[n-1][0]+10))
			rows = rows[n:]
		}
		m.open[k] = rows
	}
	return out
}

func TestSessionsAreWhatSortingGives(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		m := &bySorting{open: map[string][][2]int{}, wm: -1 << 40}
		var steps []ot.Step
		var items []any // of one batch with watermarks in it
		var want []string
		for now := 0; now < 300; now += 1 + r.IntN(30) {
			var rows []any
			for range r.IntN(12) {
				k, v, at := string(rune('a'+r.IntN(3))), r.IntN(100), max(now+r.IntN(60)-30, 0)
				rows = append(rows, ot.R(k, v, at))
				m.add(k, v, at)
			}
			if len(rows) == 0 {
				continue
			}
			if seed%2 == 1 {
				items = append(append(items, rows...), ot.Mark(now-10))
				want = append(append(want, m.advance(now-10)...), fmt.Sprintf("wm %d", now-10))
				continue
			}
			steps = append(steps, ot.Step{In: ot.Rows(sessionIn, rows...)})
			steps = append(steps, ot.Step{In: ot.Watermark(int64(now - 10)),
				Want: append(m.advance(now-10), fmt.Sprintf("wm %d", now-10))})
		}
		if seed%2 == 1 {
			steps = append(steps, ot.Step{In: ot.Rows(sessionIn, items...), Want: want})
		}
		steps = append(steps, ot.Step{In: ot.End(0),
			Want: append(m.advance(1<<40), "wm 9223372036854775807")})
		ot.Run(t, ot.Script{New: summed(plan.Window{}, 0), Keys: [][]int{{0}}, AnyOrder: true,
			Steps: steps})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
