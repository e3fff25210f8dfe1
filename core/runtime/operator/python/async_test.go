package python_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/runtime/operator"
	ot "github.com/headrace/headrace/core/runtime/operator/operatortest"
	"github.com/headrace/headrace/core/runtime/operator/python"
	"github.com/headrace/headrace/core/udf"
)

// slow doubles numbers; a batch is complete when finish says so.
type slow struct {
	udf.Host
	pending [][]int64
	free    int
	wake    func()
}

func (s *slow) AsyncScalar(spec *udf.AsyncSpec) (udf.AsyncScalar, error) {
	s.wake = spec.Wake
	return s, nil
}

// finish completes all batches.
func (s *slow) finish() {
	s.free += len(s.pending)
	s.wake()
}

func (s *slow) Submit(in []*batch.Column, n int) error {
	v := make([]int64, n)
	for i, x := range batch.Values[int64](in[0])[:n] {
		v[i] = 2 * x
	}
	s.pending = append(s.pending, v)
	return nil
}

func (s *slow) Poll() ([]*batch.Column, error) {
	if s.free == 0 || len(s.pending) == 0 {
		return nil, nil
	}
	v := s.pending[0]
	s.free, s.pending = s.free-1, s.pending[1:]
	return []*batch.Column{batch.MakeFixed(types.Of(types.BigInt), v, nil)}, nil
}

func (s *slow) Outstanding() int { return len(s.pending) }

func (s *slow) Close() error { return nil }

func TestAsyncKeepsOrderAndHoldsWatermarksBack(t *testing.T) {
	host := &slow{}
	in := types.NewSchema(types.F("v", types.Of(types.BigInt)))
	out := types.NewSchema(types.F("v", types.Of(types.BigInt)), types.F("w", types.Of(types.BigInt)))
	ot.Run(t, ot.Script{
		New: func() operator.Operator {
			*host = slow{}
			return python.NewAsync(&plan.PythonCalc{Calls: []plan.PythonCall{{
				Function: &planpb.Function{Name: "f", Kind: "async_scalar"},
				Args:     []plan.PythonArg{{Column: 0}}, Type: types.Of(types.BigInt)}},
				Keep: []int{0}, Results: []int{0}, InputLen: 1, Async: true}, in, out)
		},
		UDF: host, NoRestore: true, OneBatch: true,
		Steps: []ot.Step{
			{In: ot.Rows(in, ot.R(1), ot.R(2))},
			{In: ot.Watermark(5)},
			{In: ot.Rows(in, ot.R(3))},
			{In: ot.Wake(host.finish), Want: []string{"+I(1, 2)", "+I(2, 4)", "wm 5", "+I(3, 6)"}},
			{In: ot.Watermark(9), Want: []string{"wm 9"}},
		},
	})
}
