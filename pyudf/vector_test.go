package pyudf

import (
	"fmt"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

func TestEveryTypeAsVector(t *testing.T) {
	for _, style := range []string{"arrow", "pandas", "numpy", "polars"} {
		for _, s := range samples() {
			name := style + " " + s.col.Type.String()
			t.Run(name, func(t *testing.T) {
				back, err := eval(t, style, "f = lambda v: v", s.col.Type, s.col)
				if err != nil {
					t.Fatal(err)
				}
				same(t, back, s.col)
				back.Release()
			})
		}
	}
}

// TestVectorAddresses: what Python sees lies where the engine has it, and back.
func TestVectorAddresses(t *testing.T) {
	const where = `
import pyarrow as pa
def f(v):
    at = [b.address if b is not None else 0 for b in v.buffers()]
    return pa.array([at[%d]] * len(v), pa.int64())`
	for _, s := range samples() {
		d := s.col.Arrow().Data()
		for i, buf := range d.Buffers() {
			if buf == nil || buf.Len() == 0 {
				continue
			}
			got, err := eval(t, "arrow", fmt.Sprintf(where, i), types.Of(types.BigInt), s.col)
			if err != nil {
				t.Fatalf("%s: %v", s.col.Type, err)
			}
			if at := batch.Values[int64](got)[0]; at != int64(addressOf(buf.Bytes())) {
				t.Errorf("%s: buffer %d is at %x in Python, %x here", s.col.Type, i, at,
					addressOf(buf.Bytes()))
			}
			got.Release()
		}
		back, err := eval(t, "arrow", "f = lambda v: v", s.col.Type, s.col)
		if err != nil {
			t.Fatal(err)
		}
		for i, buf := range back.Arrow().Data().Buffers() {
			mine := d.Buffers()[i]
			if buf != nil && mine != nil && buf.Len() > 0 &&
				addressOf(buf.Bytes()) != addressOf(mine.Bytes()) {
				t.Errorf("%s: buffer %d came back at another place", s.col.Type, i)
			}
		}
		back.Release()
	}
}

// TestVectorResultsStayAsTheyWere: a function may go on writing into an array that it has returned;
// one that nobody else holds is taken as it is.
func TestVectorResultsStayAsTheyWere(t *testing.T) {
	double := types.Of(types.Double)
	for name, source := range map[string]string{
		"fresh":    "f = lambda v: v * 2",
		"buffer":   "import numpy as np\nbuf = np.empty(2)\nf = lambda v: np.multiply(v, 2, out=buf)",
		"view":     "import numpy as np\nbuf = np.empty(2)\ndef f(v):\n  buf[:] = v * 2\n  return buf[:]",
		"kept":     "kept = []\ndef f(v):\n  for k in kept: k[:] = 0\n  kept.append(v * 2)\n  return kept[-1]",
		"keptview": "kept = []\ndef f(v):\n  for k in kept: k[:] = 0\n  r = v * 2\n  kept.append(r[:])\n  return r",
	} {
		t.Run(name, func(t *testing.T) {
			f := code(t, "f", "numpy", source)
			s := scalar(t, host(t), &udf.ScalarSpec{Inputs: []types.Type{double},
				Calls: []udf.Call{call(f, 1, double)}, Outputs: []int{0}})
			var outs []*batch.Column
			for i := range 3 {
				in := batch.MakeFixed(double, []float64{float64(i), 10}, nil)
				out, err := s.Eval([]*batch.Column{in}, 2)
				if err != nil {
					t.Fatal(err)
				}
				outs = append(outs, out[0])
			}
			for i, out := range outs {
				want := fmt.Sprintf("[%d 20]", 2*i)
				if got := fmt.Sprint(out.Arrow()); got != want {
					t.Errorf("batch %d is %s now, want %s", i, got, want)
				}
				out.Release()
			}
		})
	}
}

func TestVectorGraph(t *testing.T) {
	double := types.Of(types.Double)
	half := code(t, "half", "pandas", "f = lambda s: s / 2")
	scale := code(t, "scale", "pandas", `
def f(s, k):
    assert isinstance(k, float), type(k)
    return s * k`)
	ks := batch.MakeFixed(double, []float64{10}, nil)
	s := scalar(t, host(t), &udf.ScalarSpec{Inputs: []types.Type{double},
		Consts: []*batch.Column{ks}, Outputs: []int{1, 0}, Calls: []udf.Call{
			call(half, 1, double),
			{Function: scale, Results: []types.Type{types.Of(types.Float)},
				Args: []udf.Arg{{From: udf.Result, Index: 0}, {From: udf.Const, Index: 0}}},
		}})
	in := batch.MakeFixed(double, []float64{1, 2, 3}, []byte{0b101})
	out, err := s.Eval([]*batch.Column{in}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(out[0].Arrow(), out[1].Arrow()); got != "[5 (null) 15] [0.5 (null) 1.5]" {
		t.Errorf("got %s", got)
	}
	if out, err := s.Eval([]*batch.Column{bigints()}, 0); err != nil || out[0].Len() != 0 {
		t.Errorf("of no rows: %v, %v", out, err)
	}
}

func TestVectorTakesRow(t *testing.T) {
	row := types.RowOf(types.F("x", types.Of(types.BigInt)), types.F("y", types.String()))
	for style, source := range map[string]string{
		"pandas": "import pandas as pd\nf = lambda d: pd.DataFrame({0: d.a * 2, 1: d.b})",
		"polars": "import polars as pl\nf = lambda d: d.select(pl.col('a') * 2, 'b')",
		"arrow": "import pyarrow as pa, pyarrow.compute as pc\n" +
			"f = lambda d: pa.RecordBatch.from_arrays([pc.multiply(d['a'], 2), d['b']], ['a', 'b'])",
	} {
		f := code(t, "f", style, source)
		f.TakesRow = true
		c := call(f, 2, row)
		c.Names = []string{"a", "b"}
		s := scalar(t, host(t), oneCall([]types.Type{types.Of(types.BigInt), types.String()}, c))
		out, err := s.Eval([]*batch.Column{bigints(1, 2), strs("p", "q")}, 2)
		if err != nil {
			t.Errorf("%s: %v", style, err)
			continue
		}
		if got := fmt.Sprint(out[0].Arrow()); got != `{[2 4] ["p" "q"]}` {
			t.Errorf("%s: got %s", style, got)
		}
	}
}

// TestVectorLocalTime: a Series without a zone is wall-clock time of the session.
func TestVectorLocalTime(t *testing.T) {
	ltz := types.WithPrecision(types.TimestampLTZ, 3)
	in := batch.MakeFixed(ltz, []int64{1719792000000, 1704067200000}, nil)
	out, err := eval(t, "pandas", "f = lambda s: s.dt.tz_localize(None)", ltz, in)
	if err != nil {
		t.Fatal(err)
	}
	same(t, out, in)
	hours, err := eval(t, "pandas", "f = lambda s: s.dt.hour", types.Of(types.BigInt), in)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(hours.Arrow()); got != "[2 1]" {
		t.Errorf("hours in Berlin are %s", got)
	}
}

func TestVectorErrors(t *testing.T) {
	for _, c := range []struct {
		style, source string
		parts         []string
	}{
		{"pandas", "f = lambda s: 5", []string{"TypeError", "'f' must return a vector", "int"}},
		{"pandas", "f = lambda s: s[:1]", []string{"ValueError", "1 values for 2 rows"}},
		{"pandas", "f = lambda s: s.astype(str) + 'x'", []string{"TypeError", "'f'", "int64"}},
		{"numpy", "f = lambda s: s / 0 if 1 / 0 else s", []string{"ZeroDivisionError", "job.py:7"}},
		{"arrow", "import pyarrow as pa\nf = lambda s: pa.array(['a', 'b'])",
			[]string{"TypeError", "string", "int64"}},
	} {
		_, err := eval(t, c.style, c.source, types.Of(types.BigInt), bigints(1, 2))
		wants(t, err, c.parts...)
	}
}
