package pyudf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
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
	if none, err := s.Eval([]*batch.Column{bigints()}, 0); err != nil || none[0].Len() != 0 {
		t.Errorf("of no rows: %v, %v", none, err)
	}
	if got := batch.Values[int64](out[0]); got[0] != 2 || got[2] != -6 || len(got) != 3 {
		t.Errorf("got %v", got)
	}
}

// TestScalarNullsBatchAfterBatch: a builder that is used again has marks of rows before.
func TestScalarNullsBatchAfterBatch(t *testing.T) {
	f := code(t, "odd", "general", "f = lambda x: None if x < 0 else x")
	s := scalar(t, host(t), &udf.ScalarSpec{Inputs: []types.Type{types.Of(types.BigInt)},
		Calls: []udf.Call{call(f, 1, types.Of(types.BigInt))}, Outputs: []int{0}})
	for _, nulls := range [][]int{{0}, {1, 40}, {}, {60, 61}, {3, 70}} {
		in := make([]int64, 80)
		for _, i := range nulls {
			in[i] = -1
		}
		out, err := s.Eval([]*batch.Column{bigints(in...)}, len(in))
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range in {
			if out[0].IsNull(i) != (v < 0) {
				t.Errorf("of nulls at %v: row %d is %v", nulls, i, out[0].Arrow().ValueStr(i))
			}
		}
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

func TestScalarGraph(t *testing.T) {
	bigint, str := types.Of(types.BigInt), types.String()
	inc := code(t, "inc", "general", "f = lambda x, k: None if x is None else x + k")
	show := code(t, "show", "general", "f = lambda *xs: repr(xs)")
	row := code(t, "row", "general", "f = lambda r: f'{r} {r.a} {r[1]} {r.get_row_kind()}'")
	row.TakesRow = true
	in, res, konst := udf.Input, udf.Result, udf.Const
	s := scalar(t, host(t), &udf.ScalarSpec{
		Inputs:  []types.Type{bigint, str},
		Consts:  []*batch.Column{bigints(10), strs("k")},
		Outputs: []int{2, 0, 3, 4},
		Calls: []udf.Call{
			{Function: inc, Results: []types.Type{bigint}, Args: []udf.Arg{{From: in}, {From: konst}}},
			{Function: inc, Results: []types.Type{bigint}, Args: []udf.Arg{{From: res}, {From: konst}}},
			{Function: show, Results: []types.Type{str}, Args: []udf.Arg{{From: res, Index: 1},
				{From: in, Index: 1}, {From: konst, Index: 1}, {From: in}}},
			{Function: row, Results: []types.Type{str}, Names: []string{"a", "b"},
				Args: []udf.Arg{{From: in}, {From: in, Index: 1}}},
			{Function: show, Results: []types.Type{str}},
		}})
	nulls := batch.MakeFixed(bigint, []int64{1, 0}, []byte{0b01})
	out, err := s.Eval([]*batch.Column{nulls, strs("x", "y")}, 2)
	if err != nil {
		t.Fatal(err)
	}
	for k, want := range []string{
		`["(21, 'x', 'k', 1)" "(None, 'y', 'k', None)"]`, "[11 (null)]",
		`["Row(a=1, b='x') 1 x +I" "Row(a=None, b='y') None y +I"]`, `["()" "()"]`,
	} {
		if got := fmt.Sprint(out[k].Arrow()); got != want {
			t.Errorf("output %d: got %s, want %s", k, got, want)
		}
	}
}

// TestOwnCopy: instances share nothing, open and close run once each.
func TestOwnCopy(t *testing.T) {
	h := host(t)
	f := code(t, "f", "general", `
class F:
    def __init__(self): self.log = []
    def open(self, ctx): self.log.append("open %s %s/%s" % (
        ctx.get_task_name_with_subtasks(), ctx.get_job_parameter("a", "?"),
        ctx.get_job_parameter("b", "?")))
    def eval(self, x):
        self.log.append(x)
        return str(self.log)
    def close(self): self.log.append("close")
f = F()`)
	spec := oneCall([]types.Type{types.Of(types.BigInt)}, call(f, 1, types.String()))
	spec.Context = udf.Context{TaskName: "calc", Subtask: 1, Parallelism: 2,
		Parameters: map[string]string{"a": "1"}}
	first, second := scalar(t, h, spec), scalar(t, h, spec)
	for i, s := range []udf.Scalar{first, first, second} {
		out, err := s.Eval([]*batch.Column{bigints(int64(i))}, 1)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"0]", "0, 1]", "2]"}[i]
		if got := out[0].Str(0); got != "['open calc (2/2)#0 1/?', "+want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestByPath(t *testing.T) {
	h := host(t)
	str := types.String()
	for path, want := range map[string]string{
		"textwrap.dedent": "  x", "os.nothing": "ImportError: module 'os' has no 'nothing'",
		"plain": "names no module", "no_such_module.f": "ModuleNotFoundError",
	} {
		f := &planpb.Function{Name: "g", Path: path, Kind: "scalar", Origin: "line 1"}
		s, err := h.Scalar(oneCall([]types.Type{str}, call(f, 1, str)))
		if err != nil {
			wants(t, err, want, "line 1", "'g'")
			continue
		}
		out, err := s.Eval([]*batch.Column{strs("    x")}, 1)
		if err != nil || out[0].Str(0) != "x" {
			t.Errorf("%s: %v, %v", path, out, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestRowAccess: a Row reads the same through C as through its Python code.
func TestRowAccess(t *testing.T) {
	f := code(t, "f", "general", `
import pickle
from headrace.common.types import Row, RowKind
class Sub(Row): pass
def raises(kind, g):
    try: g()
    except kind: return True
    return False
def f(r):
    assert r.a == r[0] == r[-2] == r["a"] == 1 and r.b == "x" and r[0:1] == [1]
    assert callable(r.as_dict)
    assert raises(AttributeError, lambda: r.z) and raises(IndexError, lambda: r[3])
    assert raises(IndexError, lambda: r[10**30]) and raises(ValueError, lambda: r["z"])
    r.a = 5
    r[1] = "y"
    assert (r.a, r[1]) == (5, "y") and r == Row(a=5, b="y") and hash(r) == hash((5, "y"))
    assert list(r) == [5, "y"] and len(r) == 2 and r.get_row_kind() is RowKind.INSERT
    assert pickle.loads(pickle.dumps(r)) == r and "a" in r
    named = Row(as_dict=1, _values=2)
    assert callable(named.as_dict) and named["as_dict"] == 1 and named._values == [1, 2]
    assert Sub(a=1).a == 1 and Sub(a=1)[0] == 1
    return repr(r)`)
	f.TakesRow = true
	c := call(f, 2, types.String())
	c.Names = []string{"a", "b"}
	s := scalar(t, host(t), oneCall([]types.Type{types.Of(types.BigInt), types.String()}, c))
	out, err := s.Eval([]*batch.Column{bigints(1), strs("x")}, 1)
	if err != nil || out[0].Str(0) != "Row(a=5, b='y')" {
		t.Errorf("got %v, %v", out, err)
	}
}

// TestThreads: subtasks on threads of their own, at once.
func TestThreads(t *testing.T) {
	f := code(t, "f", "general", "f = lambda x: sum(range(x % 50)) + x")
	errs := make(chan error)
	for range 4 {
		go func() { errs <- runOnThread(f) }()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

func runOnThread(f *planpb.Function) error {
	th, err := python.OpenThread()
	if err != nil {
		return err
	}
	defer th.Close()
	bigint := types.Of(types.BigInt)
	s, err := NewHost(th).Scalar(oneCall([]types.Type{bigint}, call(f, 1, bigint)))
	if err != nil {
		return err
	}
	defer s.Close()
	for range 20 {
		out, err := s.Eval([]*batch.Column{benchInts(2000)}, 2000)
		if err != nil {
			return err
		}
		for i, v := range batch.Values[int64](out[0]) {
			x := int64(i) * 1000
			if want := (x%50)*(x%50-1)/2 + x; v != want {
				return fmt.Errorf("row %d: got %d, want %d", i, v, want)
			}
		}
	}
	return nil
}

func TestUnknownStyle(t *testing.T) {
	_, err := host(t).Scalar(oneCall(nil, call(code(t, "f", "panda", "f = len"), 0, types.String())))
	wants(t, err, "'panda'", "did you mean 'pandas'?", "job.py:7")
}

func TestFold(t *testing.T) {
	f := code(t, "f", "general", "f = lambda a, b: a * b")
	f.Deterministic = true
	c := udf.Call{Function: f, Results: []types.Type{types.String()},
		Args: []udf.Arg{{From: udf.Const}, {From: udf.Const, Index: 1}}}
	if !udf.CanFold(&c) {
		t.Fatal("a call of constants cannot be folded")
	}
	v, err := udf.Fold(NewHost(nil), udf.Context{}, c, []*batch.Column{strs("ab"), bigints(2)})
	if err != nil || v.Len() != 1 || v.Str(0) != "abab" {
		t.Errorf("got %v, %v", v, err)
	}
	c.Args[1].From = udf.Input
	if udf.CanFold(&c) {
		t.Error("a call of a column can be folded")
	}
}
