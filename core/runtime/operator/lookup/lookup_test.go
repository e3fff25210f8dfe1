package lookup_test

import (
	"context"
	"sync"
	"testing"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/lookup"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
)

var (
	bigint = types.Of(types.BigInt)
	input  = types.NewSchema(types.F("id", bigint), types.F("k", bigint))
	table  = types.NewSchema(types.F("k", bigint), types.F("v", bigint))
	joined = types.NewSchema(types.F("id", bigint), types.F("k", bigint), types.F("k0", bigint),
		types.F("v", bigint))
)

// dim is a table whose answers come when the test lets them. Calls are what was asked.
type dim struct {
	mu    sync.Mutex
	rows  map[int64][]int64
	calls [][]int64
	let   chan struct{} // one for each call that may go on
	fail  []error       // of the first calls
	late  int           // calls before there are any rows
}

func (d *dim) Schema() *types.Schema                                        { return table }
func (d *dim) Project([]int) (connector.LookupSource, error)                { return d, nil }
func (d *dim) NewLookup(*connector.LookupContext) (connector.Lookup, error) { return d, nil }
func (d *dim) Close() error                                                 { return nil }

func (d *dim) Find(_ context.Context, keys *batch.Batch) (connector.Found, error) {
	asked := append([]int64(nil), batch.Values[int64](keys.Cols[0])...)
	<-d.let
	d.mu.Lock()
	d.calls = append(d.calls, asked)
	var err error
	if len(d.fail) > 0 {
		err, d.fail = d.fail[0], d.fail[1:]
	}
	d.mu.Unlock()
	if err != nil {
		return connector.Found{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.calls) <= d.late {
		return connector.Found{}, nil
	}
	var f connector.Found
	b := batch.NewRowBuilder(table, 0)
	for i, k := range asked {
		for _, v := range d.rows[k] {
			batch.Append(b.Cols[0], k)
			batch.Append(b.Cols[1], v)
			f.Of = append(f.Of, int32(i))
		}
	}
	f.Rows = b.Finish()
	return f, nil
}

func script(d *dim, op plan.LookupJoin) ot.Script {
	rows, fail := d.rows, d.fail
	d.let = make(chan struct{}, 16)
	return ot.Script{New: func() operator.Operator {
		d.mu.Lock()
		d.calls, d.fail, d.rows = nil, fail, rows
		d.mu.Unlock()
		op := op
		op.Table, op.Keys, op.LookupKeys = d, []int{1}, []int{0}
		if op.Async.Concurrency == 0 {
			op.Async.Concurrency = 4
		}
		return lookup.New(&op, input, joined)
	}, OneBatch: true, NoRestore: true}
}

// answer lets calls go on and has the player wait for what comes of them.
func (d *dim) answer(calls int) ot.Input {
	return ot.Wake(func() {
		for range calls {
			d.let <- struct{}{}
		}
	})
}

func TestJoinKeepsOrderKindsAndWatermarks(t *testing.T) {
	d := &dim{rows: map[int64][]int64{1: {10, 11}, 2: {20}}}
	s := script(d, plan.LookupJoin{})
	s.Steps = []ot.Step{
		{In: ot.Rows(input, ot.R(1, 1), ot.R(2, 2).As(types.Delete).At(7), ot.Mark(5), ot.R(3, nil),
			ot.R(4, 9), ot.R(5, 1))},
		{In: ot.Watermark(8)},
		{In: d.answer(1), Want: []string{"+I(1, 1, 1, 10)", "+I(1, 1, 1, 11)",
			"-D(2, 2, 2, 20)@7", "wm 5", "+I(5, 1, 1, 10)", "+I(5, 1, 1, 11)", "wm 8"}},
	}
	ot.Run(t, s)
	if len(d.calls) != 1 || len(d.calls[0]) != 3 {
		t.Errorf("asked %v, not once for three keys", d.calls)
	}
}

func TestLeftJoinPadsWhatDoesNotHold(t *testing.T) {
	d := &dim{rows: map[int64][]int64{1: {10, 11}, 2: {20}}}
	s := script(d, plan.LookupJoin{Left: true, Condition: expr.MustCall(">",
		expr.NewColumn(3, "v", bigint), expr.BigInt(10))})
	s.Steps = []ot.Step{
		{In: ot.Rows(input, ot.R(1, 1), ot.R(2, 2), ot.R(3, nil), ot.R(4, 9))},
		{In: d.answer(1), Want: []string{"+I(1, 1, 1, 11)", "+I(2, 2, 2, 20)",
			"+I(3, NULL, NULL, NULL)", "+I(4, 9, NULL, NULL)"}},
	}
	ot.Run(t, s)
}

func TestPartialCacheAsksOnceUntilItExpires(t *testing.T) {
	d := &dim{rows: map[int64][]int64{1: {10}}}
	s := script(d, plan.LookupJoin{Options: map[string]string{"lookup.cache": "PARTIAL",
		"lookup.partial-cache.expire-after-write": "1 s"}})
	row := ot.Rows(input, ot.R(1, 1), ot.R(2, 7))
	want := []string{"+I(1, 1, 1, 10)"}
	s.Steps = []ot.Step{
		{In: row}, {In: d.answer(1), Want: want},
		{In: row, Want: want},
		{In: ot.Clock(5000)},
		{In: row}, {In: d.answer(1), Want: want},
	}
	ot.Run(t, s)
	if len(d.calls) != 2 {
		t.Errorf("asked %v, not twice", d.calls)
	}
}

func TestFailureEndsTheJob(t *testing.T) {
	d := &dim{rows: map[int64][]int64{1: {10}}, fail: []error{errs.Userf("bad query")}}
	s := script(d, plan.LookupJoin{})
	s.Steps = []ot.Step{
		{In: ot.Rows(input, ot.R(1, 1))},
		{In: d.answer(1), Err: "bad query"},
	}
	ot.Run(t, s)
}

// TestRetryOfMissedKeys asks again for keys without a row, as the LOOKUP hint says.
func TestRetryOfMissedKeys(t *testing.T) {
	d := &dim{rows: map[int64][]int64{1: {10}}, late: 2}
	s := script(d, plan.LookupJoin{Left: true, Retry: plan.LookupRetry{Attempts: 3}})
	s.Steps = []ot.Step{
		{In: ot.Rows(input, ot.R(1, 1), ot.R(2, 7))},
		{In: d.answer(4), Want: []string{"+I(1, 1, 1, 10)", "+I(2, 7, NULL, NULL)"}},
	}
	ot.Run(t, s)
	if len(d.calls) != 4 || len(d.calls[3]) != 1 {
		t.Errorf("asked %v, not for both keys three times and for 7 once more", d.calls)
	}
}
