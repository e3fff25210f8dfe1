package pyudf

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

func bigints(vs ...int64) *batch.Column {
	return batch.MakeFixed(types.Of(types.BigInt), vs, nil)
}

func strs(vs ...string) *batch.Column {
	b := batch.NewBuilder(types.String(), len(vs))
	for _, v := range vs {
		b.AppendString(v)
	}
	return b.Finish()
}

// scalar makes a Scalar of one call and closes it at the end of the test.
func scalar(t testing.TB, h *Host, spec *udf.ScalarSpec) udf.Scalar {
	t.Helper()
	s, err := h.Scalar(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestScalarRow(t *testing.T) {
	h := host(t)
	f := code(t, "twice", "general", "f = lambda x: x * 2")
	s := scalar(t, h, &udf.ScalarSpec{Inputs: []types.Type{types.Of(types.BigInt)},
		Calls: []udf.Call{call(f, 1, types.Of(types.BigInt))}, Outputs: []int{0}})
	out, err := s.Eval([]*batch.Column{bigints(1, 2, -3)}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := batch.Values[int64](out[0]); got[0] != 2 || got[2] != -6 || len(got) != 3 {
		t.Errorf("got %v", got)
	}
}

func TestScalarError(t *testing.T) {
	h := host(t)
	f := code(t, "wrong", "general", "f = lambda s: s + '!'")
	s := scalar(t, h, &udf.ScalarSpec{Inputs: []types.Type{types.String()},
		Calls: []udf.Call{call(f, 1, types.Of(types.Int))}, Outputs: []int{0}})
	_, err := s.Eval([]*batch.Column{strs("a", "b")}, 2)
	for _, want := range []string{"TypeError", "INT", "int", "str", "'a!'", "wrong", "job.py:7",
		"('a')"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}
