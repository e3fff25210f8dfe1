package hashjoin_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/hashjoin"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
)

var (
	left = types.NewSchema(types.F("k", types.Of(types.BigInt)), types.F("a", types.Of(types.Int)),
		types.F("s", types.String()))
	right = types.NewSchema(types.F("k", types.Of(types.BigInt)), types.F("b", types.Of(types.Int)))
	both  = types.NewSchema(append(slices.Clone(left.Fields), right.Fields...)...)
)

const end = "wm 9223372036854775807"

// row is a row of either side; a nil key is NULL.
type row struct {
	k any
	v int
}

func text(k any) string {
	if k == nil {
		return "NULL"
	}
	return fmt.Sprint(k)
}

// joined is what a join gives, by the definition.
func joined(kind plan.JoinKind, l, r []row, on func(a, b int) bool, nullSafe bool) []string {
	var out []string
	same := func(x, y row) bool {
		if x.k == nil || y.k == nil {
			return nullSafe && x.k == y.k && on(x.v, y.v)
		}
		return x.k == y.k && on(x.v, y.v)
	}
	leftText := func(x row) string { return fmt.Sprintf("%s, %d, s%d", text(x.k), x.v, x.v) }
	hit := make([]bool, len(r))
	for _, x := range l {
		found := false
		for j, y := range r {
			if !same(x, y) {
				continue
			}
			found, hit[j] = true, true
			if kind != plan.SemiJoin && kind != plan.AntiJoin {
				out = append(out, fmt.Sprintf("+I(%s, %s, %d)", leftText(x), text(y.k), y.v))
			}
		}
		switch {
		case kind == plan.SemiJoin && found, kind == plan.AntiJoin && !found:
			out = append(out, "+I("+leftText(x)+")")
		case !found && (kind == plan.LeftJoin || kind == plan.FullJoin):
			out = append(out, "+I("+leftText(x)+", NULL, NULL)")
		}
	}
	if kind == plan.RightJoin || kind == plan.FullJoin {
		for j, y := range r {
			if !hit[j] {
				out = append(out, fmt.Sprintf("+I(NULL, NULL, NULL, %s, %d)", text(y.k), y.v))
			}
		}
	}
	return out
}

func leftRows(rows []row) ot.Input {
	items := make([]any, len(rows))
	for i, r := range rows {
		items[i] = ot.R(r.k, r.v, fmt.Sprintf("s%d", r.v))
	}
	return ot.Rows(left, items...)
}

func rightRows(rows []row) ot.Input {
	items := make([]any, len(rows))
	for i, r := range rows {
		items[i] = ot.R(r.k, r.v)
	}
	return ot.Rows(right, items...).On(1)
}

func schemaOf(kind plan.JoinKind) *types.Schema {
	if kind == plan.SemiJoin || kind == plan.AntiJoin {
		return left
	}
	return both
}

var kinds = map[string]plan.JoinKind{"inner": plan.InnerJoin, "left": plan.LeftJoin,
	"right": plan.RightJoin, "full": plan.FullJoin, "semi": plan.SemiJoin, "anti": plan.AntiJoin}

type caseOf struct {
	l, r      []row
	condition bool // l.a + r.b is even… as a < b
	nullSafe  bool
	keyless   bool
}

func run(t *testing.T, c caseOf, memory int64, probeFirst bool) {
	t.Helper()
	for name, kind := range kinds {
		for build := range 3 { // 2: sort-merge
			if build == 2 && c.keyless {
				continue
			}
			t.Run(fmt.Sprintf("%s/build %d", name, build), func(t *testing.T) {
				op := &plan.Join{Type: kind, LeftKeys: []int{0}, RightKeys: []int{0},
					NullSafe: []bool{c.nullSafe}}
				on := func(_, _ int) bool { return true }
				if c.condition {
					on = func(a, b int) bool { return a < b }
					op.Condition = expr.MustCall("<", expr.NewColumn(1, "a", types.Of(types.Int)),
						expr.NewColumn(4, "b", types.Of(types.Int)))
				}
				l, r := slices.Clone(c.l), slices.Clone(c.r)
				if c.keyless {
					op.LeftKeys, op.RightKeys, op.NullSafe = nil, nil, nil
					for i := range l {
						l[i].k = 0
					}
					for i := range r {
						r[i].k = 0
					}
				}
				steps := []ot.Step{{In: rightRows(r)}, {In: leftRows(l)}}
				if probeFirst == (build == 1) {
					slices.Reverse(steps)
				}
				s := ot.Script{
					New: func() operator.Operator {
						if build == 2 {
							return hashjoin.NewMerge(op, left, right, schemaOf(kind))
						}
						return hashjoin.New(op, left, right, schemaOf(kind), build, true)
					},
					BatchMode: true, NoRestore: true, AnyOrder: true, Memory: memory, BatchRows: 7,
					Keys: [][]int{op.LeftKeys, op.RightKeys},
				}
				if memory > 0 {
					s.Keys = nil
				}
				// only what comes out in the end counts: when depends on the build side
				s.Steps = append(steps, ot.Step{In: ot.End(0)}, ot.Step{In: ot.End(1)})
				s.Together = append(joined(kind, l, r, on, c.nullSafe), end)
				ot.Run(t, s)
			})
		}
	}
}

var small = caseOf{
	l: []row{{1, 10}, {2, 20}, {2, 21}, {nil, 30}, {4, 40}, {1, 50}},
	r: []row{{2, 5}, {2, 25}, {1, 15}, {nil, 35}, {7, 45}, {7, 46}},
}

func TestKinds(t *testing.T) {
	run(t, small, 0, false)
}

func TestProbeSideFirst(t *testing.T) {
	run(t, small, 0, true)
}

// far are rows whose keys are too far from each other for a table by key value.
func far(rows []row) []row {
	rows = slices.Clone(rows)
	for i, r := range rows {
		if k, ok := r.k.(int); ok {
			rows[i].k = (k - 4) * (math.MaxInt64 / 4)
			if k > 7 {
				rows[i].k = k << 40
			}
		}
	}
	return rows
}

func TestKeysFarApart(t *testing.T) {
	for _, condition := range []bool{false, true} {
		run(t, caseOf{l: far(small.l), r: far(small.r), condition: condition}, 0, false)
		// each key once: no chains
		run(t, caseOf{l: far(small.l), r: small.r[3:5], condition: condition}, 0, false)
		run(t, caseOf{l: small.l, r: small.r[1:5], condition: condition}, 0, false)
	}
	run(t, caseOf{l: far(random(5, 80, 30)), r: far(random(6, 60, 30))}, 1500, true)
}

func TestResidualCondition(t *testing.T) {
	c := small
	c.condition = true
	run(t, c, 0, false)
}

func TestNullSafeKeys(t *testing.T) {
	c := small
	c.nullSafe = true
	run(t, c, 0, false)
}

func TestNoKeys(t *testing.T) {
	c := small
	c.keyless, c.condition = true, true
	run(t, c, 0, false)
	run(t, c, 1, false)
}

func TestEmptyInputs(t *testing.T) {
	run(t, caseOf{}, 0, false)
	run(t, caseOf{l: small.l}, 0, false)
	run(t, caseOf{r: small.r}, 0, true)
	run(t, caseOf{r: small.r}, 1, false)
	run(t, caseOf{l: small.l}, 1, false)
}

// random are rows of which half have one key.
func random(seed uint64, n, keys int) []row {
	rng := rand.New(rand.NewPCG(seed, 1))
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{k: rng.IntN(keys), v: rng.IntN(1000)}
		switch rng.IntN(20) {
		case 0:
			rows[i].k = nil
		case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10:
			rows[i].k = 3
		}
	}
	return rows
}

func TestSpilled(t *testing.T) {
	c := caseOf{l: random(1, 300, 60), r: random(2, 90, 60), condition: true}
	for _, memory := range []int64{1, 1500, 4000} {
		t.Run(fmt.Sprint(memory), func(t *testing.T) { run(t, c, memory, memory == 1500) })
	}
}

func TestSpilledWithoutCondition(t *testing.T) {
	run(t, caseOf{l: random(3, 80, 30), r: random(4, 60, 30)}, 1, true)
}

func fullAfter(n int) func() fsys.FS {
	return func() fsys.FS {
		fs := fsys.NewMem()
		fs.Fault = func(op fsys.Op, _ string, _ int) (int, error) {
			if op == fsys.OpWrite {
				if n--; n < 0 {
					return 0, syscall.ENOSPC
				}
			}
			return -1, nil
		}
		return fs
	}
}

func TestFullDisk(t *testing.T) {
	steps := []ot.Step{{In: rightRows(random(2, 90, 60))}, {In: leftRows(random(1, 300, 60))},
		{In: ot.End(0)}}
	op := &plan.Join{LeftKeys: []int{0}, RightKeys: []int{0}}
	ot.Run(t, ot.Script{
		New:       func() operator.Operator { return hashjoin.New(op, left, right, both, 1, true) },
		BatchMode: true, NoRestore: true, Memory: 1, FS: fullAfter(0), Together: []string{},
		Steps: append(steps, ot.Step{In: ot.End(1), Err: "free space there"}),
	})
	// A merge writes each batch as it comes.
	ot.Run(t, ot.Script{
		New:       func() operator.Operator { return hashjoin.NewMerge(op, left, right, both) },
		BatchMode: true, NoRestore: true, Memory: 1, FS: fullAfter(0),
		Steps: []ot.Step{{In: rightRows(random(2, 90, 60)), Err: "free space there"}},
	})
}

// output takes batches and counts their rows.
type output struct{ rows int }

func (o *output) Emit(_ int, b *batch.Batch) { o.rows += b.Len() }
func (o *output) Watermark(int64)            {}
func (o *output) Full() bool                 { return true }

// joining is what both kinds of joins can do.
type joining interface {
	operator.Operator
	operator.Resumable
}

func TestCloseInTheMiddleLeavesNothing(t *testing.T) {
	op := &plan.Join{LeftKeys: []int{0}, RightKeys: []int{0}}
	two := types.NewSchema(append(slices.Clone(right.Fields), right.Fields...)...)
	closeInTheMiddle(t, hashjoin.New(op, right, right, two, 1, true))
	closeInTheMiddle(t, hashjoin.NewMerge(op, right, right, two))
}

func closeInTheMiddle(t *testing.T, o joining) {
	t.Helper()
	fs := fsys.NewMem()
	budget := memory.New(1)
	ctx := &operator.Context{FS: fs, Dir: "/work", Memory: budget, BatchRows: 10,
		Task: operator.Task{Name: "join", BatchMode: true, Parallelism: 1}}
	if err := o.Open(ctx); err != nil {
		t.Fatal(err)
	}
	b := batch.NewRowBuilder(right, 0)
	for i := range 500 {
		batch.Append(b.Cols[0], int64(i%50))
		batch.Append(b.Cols[1], int32(i))
	}
	rows, out := b.Finish(), &output{}
	for port := range 2 {
		if err := o.Process(port, rows, out); err != nil {
			t.Fatal(err)
		}
	}
	for port := range 2 {
		if err := o.EndInput(port, out); err != nil {
			t.Fatal(err)
		}
	}
	for out.rows == 0 {
		if err := o.Resume(out); err != nil {
			t.Fatal(err)
		}
	}
	if !o.Pending() {
		t.Fatal("the join is over already")
	}
	if left, err := fs.List("/work"); err != nil || len(left) == 0 {
		t.Fatalf("nothing was spilled: %v", err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := fs.List("/work"); err == nil && len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if budget.Used() != 0 || len(budget.Holders()) != 0 {
		t.Errorf("%d bytes are still held", budget.Used())
	}
}
