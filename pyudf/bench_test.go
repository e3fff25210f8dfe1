package pyudf

import (
	"fmt"
	"testing"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

const benchRows = 8192

// BenchmarkFloor is what a C loop of vectorcalls costs: an argument made, f called, the result
// read; compare "ns/row" of the others with it.
func BenchmarkFloor(b *testing.B) {
	for _, text := range []bool{false, true} {
		name, f := "int64", code(b, "f", "general", "f = lambda x: x + 1")
		if text {
			name, f = "utf8", code(b, "f", "general", "f = lambda s: s.upper()")
		}
		b.Run(name, func(b *testing.B) {
			if err := python.Do(func() error {
				o, err := python.Loads(f.Pickled)
				if err != nil {
					return err
				}
				defer o.Drop()
				b.ResetTimer()
				for range b.N {
					if err := python.Floor(o, benchRows, text); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
			perRow(b, benchRows)
		})
	}
}

func perRow(b *testing.B, rows int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
}

func benchScalar(b *testing.B, style, source string, t types.Type, in []*batch.Column, n int) {
	f := code(b, "f", style, source)
	ins := make([]types.Type, len(in))
	for i, c := range in {
		ins[i] = c.Type
	}
	s := scalar(b, host(b), &udf.ScalarSpec{Inputs: ins,
		Calls: []udf.Call{call(f, len(in), t)}, Outputs: []int{0}})
	b.ResetTimer()
	for range b.N {
		out, err := s.Eval(in, n)
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range out {
			c.Release()
		}
	}
	perRow(b, n)
}

func benchInts(n int) *batch.Column {
	vs := make([]int64, n)
	for i := range vs {
		vs[i] = int64(i) * 1_000
	}
	return bigints(vs...)
}

func BenchmarkRow(b *testing.B) {
	bigint := types.Of(types.BigInt)
	b.Run("int64", func(b *testing.B) {
		benchScalar(b, "general", "f = lambda x: x + 1", bigint,
			[]*batch.Column{benchInts(benchRows)}, benchRows)
	})
	b.Run("int64x2", func(b *testing.B) {
		benchScalar(b, "general", "f = lambda x, y: x + y", bigint,
			[]*batch.Column{benchInts(benchRows), benchInts(benchRows)}, benchRows)
	})
	b.Run("utf8", func(b *testing.B) {
		texts := make([]string, benchRows)
		for i := range texts {
			texts[i] = fmt.Sprintf("text %d", i)
		}
		benchScalar(b, "general", "f = lambda s: s.upper()", types.String(),
			[]*batch.Column{strs(texts...)}, benchRows)
	})
}

// BenchmarkTakesRow builds a Row of four fields for each row and reads two.
func BenchmarkTakesRow(b *testing.B) {
	f := code(b, "f", "general", "f = lambda r: r.d + r[0]")
	f.TakesRow = true
	bigint := types.Of(types.BigInt)
	c := call(f, 4, bigint)
	c.Names = []string{"a", "b", "c", "d"}
	col := benchInts(benchRows)
	in := []*batch.Column{col, col, col, col}
	s := scalar(b, host(b), &udf.ScalarSpec{Inputs: []types.Type{bigint, bigint, bigint, bigint},
		Calls: []udf.Call{c}, Outputs: []int{0}})
	b.ResetTimer()
	for range b.N {
		if _, err := s.Eval(in, benchRows); err != nil {
			b.Fatal(err)
		}
	}
	perRow(b, benchRows)
}

func BenchmarkVector(b *testing.B) {
	double := types.Of(types.Double)
	for _, rows := range []int{1, 65536} {
		vs := make([]float64, rows)
		for i := range vs {
			vs[i] = float64(i) / 7
		}
		col := batch.MakeFixed(double, vs, nil)
		for _, style := range []string{"arrow", "numpy", "pandas", "polars"} {
			b.Run(fmt.Sprintf("identity/%s/%d", style, rows), func(b *testing.B) {
				benchScalar(b, style, "f = lambda x: x", double, []*batch.Column{col}, rows)
			})
		}
		b.Run(fmt.Sprintf("abs/numpy/%d", rows), func(b *testing.B) {
			benchScalar(b, "numpy", "import numpy as np\nf = lambda a, b: a * b + np.sin(a)",
				double, []*batch.Column{col, col}, rows)
		})
	}
}

// BenchmarkCrossing is what it costs to hand a batch of three columns to a function and to take one
// back, all in, whatever the number of rows: ns/op is a batch. The figure to keep is 15 µs.
func BenchmarkCrossing(b *testing.B) {
	for _, rows := range []int{1, benchRows, 8 * benchRows} {
		in := []*batch.Column{benchInts(rows), benchInts(rows), benchInts(rows)}
		for _, style := range []string{"arrow", "numpy"} {
			b.Run(fmt.Sprintf("%s/%d", style, rows), func(b *testing.B) {
				benchScalar(b, style, "f = lambda x, y, z: x", types.Of(types.BigInt), in, rows)
			})
		}
	}
	b.Run("row by row/1", func(b *testing.B) {
		in := []*batch.Column{benchInts(1)}
		benchScalar(b, "general", "f = lambda x: x", types.Of(types.BigInt), in, 1)
	})
}

// BenchmarkGroup is a pandas aggregate over windows of 100 rows, and what pandas itself takes.
func BenchmarkGroup(b *testing.B) {
	const rows, width = 8000, 100
	double := types.Of(types.Double)
	vs := make([]float64, rows)
	for i := range vs {
		vs[i] = float64(i*7919%rows) / 3
	}
	in := []*batch.Column{batch.MakeFixed(double, vs, nil)}
	var from, to []int32
	for at := int32(0); at < rows; at += width {
		from, to = append(from, at), append(to, at+width)
	}
	for name, source := range map[string]string{"mean": "f = lambda s: s.mean()",
		"length": "f = lambda s: float(len(s))"} {
		b.Run(name, func(b *testing.B) {
			f := code(b, "f", "pandas", source)
			f.Kind = "aggregate"
			g, err := host(b).GroupAggregate(&udf.AggregateSpec{Inputs: []types.Type{double},
				Call: call(f, 1, double)})
			if err != nil {
				b.Fatal(err)
			}
			defer g.Close()
			b.ResetTimer()
			for range b.N {
				if _, err := g.Eval(in, rows, from, to); err != nil {
					b.Fatal(err)
				}
			}
			perRow(b, rows)
		})
	}
}

func BenchmarkAccumulate(b *testing.B) {
	f := code(b, "f", "general", `
class F:
    def create_accumulator(self): return [0]
    def accumulate(self, acc, v): acc[0] += v
    def get_value(self, acc): return acc[0]
f = F()`)
	f.Kind = "aggregate"
	bigint := types.Of(types.BigInt)
	a, err := host(b).Aggregate(&udf.AggregateSpec{Inputs: []types.Type{bigint},
		Call: call(f, 1, bigint)})
	if err != nil {
		b.Fatal(err)
	}
	defer a.Close()
	a.Grow(1000)
	slots := make([]int32, benchRows)
	for i := range slots {
		slots[i] = int32(i % 1000)
	}
	in := []*batch.Column{benchInts(benchRows)}
	b.ResetTimer()
	for range b.N {
		if err := a.Accumulate(slots, in, nil); err != nil {
			b.Fatal(err)
		}
	}
	perRow(b, benchRows)
}

func BenchmarkTable(b *testing.B) {
	f := code(b, "f", "general", "def f(x):\n    yield x\n    yield x + 1")
	f.Kind = "table"
	bigint := types.Of(types.BigInt)
	tb, err := host(b).Table(&udf.TableSpec{Inputs: []types.Type{bigint},
		Call: call(f, 1, bigint)})
	if err != nil {
		b.Fatal(err)
	}
	defer tb.Close()
	in := []*batch.Column{benchInts(benchRows)}
	b.ResetTimer()
	for range b.N {
		if err := tb.Start(in, benchRows); err != nil {
			b.Fatal(err)
		}
		for done := false; !done; {
			if _, _, done, err = tb.Next(8192, 1<<24); err != nil {
				b.Fatal(err)
			}
		}
	}
	perRow(b, 2*benchRows)
}
