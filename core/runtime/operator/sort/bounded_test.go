package sort_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
	"github.com/headrace/headrace/core/runtime/operator/sort"
)

var schema = types.NewSchema(types.F("k", types.Of(types.BigInt)),
	types.F("n", types.Of(types.Int)), types.F("s", types.String()))

const end = "wm 9223372036854775807"

type row struct {
	k any
	n int
}

func random(n int) []row {
	rng := rand.New(rand.NewPCG(5, uint64(n)))
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{rng.IntN(40), i}
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
		items[i] = ot.R(r.k, r.n, fmt.Sprint("s", r.n))
	}
	return ot.Rows(schema, items...)
}

// lines are the rows sorted by k, NULLs first or last, those of one key as they came.
func lines(rows []row, desc, nullsLast bool, limit int) []string {
	rank := func(r row) int {
		if r.k == nil {
			if nullsLast {
				return math.MaxInt
			}
			return math.MinInt
		}
		if desc {
			return -r.k.(int)
		}
		return r.k.(int)
	}
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b row) int {
		switch x, y := rank(a), rank(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	if limit > 0 {
		sorted = sorted[:min(limit, len(sorted))]
	}
	out := make([]string, len(sorted))
	for i, r := range sorted {
		k := "NULL"
		if r.k != nil {
			k = fmt.Sprint(r.k)
		}
		out[i] = fmt.Sprintf("+I(%s, %d, s%d)", k, r.n, r.n)
	}
	return out
}

func script(op *plan.Sort, memory int64) ot.Script {
	return ot.Script{New: func() operator.Operator { return sort.NewBounded(op, schema) },
		BatchMode: true, NoRestore: true, Memory: memory, BatchRows: 7}
}

func TestOrderInMemoryAndOnDisk(t *testing.T) {
	rows := random(400)
	for _, memory := range []int64{0, 1, 5000} {
		for i := range 4 {
			desc, nullsLast := i&1 != 0, i&2 != 0
			t.Run(fmt.Sprint(memory, desc, nullsLast), func(t *testing.T) {
				s := script(&plan.Sort{Keys: []plan.SortKey{{Desc: desc, NullsLast: nullsLast}},
					TimeColumn: -1}, memory)
				s.Steps = []ot.Step{{In: input(rows)},
					{In: ot.End(0), Want: append([]string{end}, lines(rows, desc, nullsLast, 0)...)}}
				ot.Run(t, s)
			})
		}
	}
}

func TestLimitKeepsTheFirstRows(t *testing.T) {
	rows := random(10_000)
	for _, memory := range []int64{0, 1} {
		op := &plan.Sort{Keys: []plan.SortKey{{}}, TimeColumn: -1, Fetch: 900}
		s := script(op, memory)
		want := lines(rows, false, false, 900)
		s.New = func() operator.Operator { return &first{sort.NewBounded(op, schema), 900} }
		s.Steps = []ot.Step{{In: input(rows)}, {In: ot.End(0), Want: append([]string{end}, want...)}}
		s.OneBatch = false
		ot.Run(t, s)
	}
}

func TestNoInput(t *testing.T) {
	s := script(&plan.Sort{Keys: []plan.SortKey{{}}, TimeColumn: -1}, 1)
	s.Steps = []ot.Step{{In: ot.End(0), Want: []string{end}}}
	ot.Run(t, s)
}

func TestFullDisk(t *testing.T) {
	s := script(&plan.Sort{Keys: []plan.SortKey{{}}, TimeColumn: -1}, 1)
	s.FS = func() fsys.FS {
		fs := fsys.NewMem()
		fs.Fault = func(op fsys.Op, _ string, _ int) (int, error) {
			if op == fsys.OpWrite {
				return 0, syscall.ENOSPC
			}
			return -1, nil
		}
		return fs
	}
	s.Steps = []ot.Step{{In: input(random(30)), Err: "free space there"}}
	ot.Run(t, s)
}
