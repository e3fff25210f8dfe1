package function_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// column reads texts as CAST does; "NULL" is null.
func column(t testing.TB, typ string, texts ...string) *batch.Column {
	t.Helper()
	b := batch.NewBuilder(types.String(), len(texts))
	for _, s := range texts {
		if s == "NULL" {
			b.AppendNull()
		} else {
			b.AppendString(s)
		}
	}
	ctx := kernel.NewContext(clock.NewManual(0))
	v, err := kernel.Cast(ctx, kernel.ColVec(b.Finish()), len(texts), types.MustParse(typ), false)
	if err != nil {
		t.Fatal(err)
	}
	return v.Column(len(texts))
}

func show(c *batch.Column) string {
	var out []string
	for i := range c.Len() {
		out = append(out, string(kernel.AppendText(nil, c, i, nil)))
	}
	return strings.Join(out, " | ")
}

func bind(t testing.TB, name string, args ...*batch.Column) function.AggBound {
	t.Helper()
	f, ok := function.LookupAggregate(name)
	if !ok {
		t.Fatalf("no aggregate %s", name)
	}
	in := make([]function.Arg, len(args))
	for i, c := range args {
		in[i] = function.Arg{Type: c.Type}
		if i > 0 {
			in[i].Value = c // further arguments are constants here
		}
	}
	b, err := f.Infer(in)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// seq is 0, 1, … n-1.
func seq(n int) []int32 {
	out := make([]int32, n)
	for i := range out {
		out[i] = int32(i)
	}
	return out
}

func result(t testing.TB, a function.Accumulator, groups []int32) string {
	t.Helper()
	c, err := a.Result(groups)
	if err != nil {
		t.Fatal(err)
	}
	return show(c)
}

func TestAggregateFacts(t *testing.T) {
	ints := []string{"0", "0", "2", "NULL"}
	decs := []string{"1.25", "2.50", "4.10", "NULL"}
	for _, c := range []struct {
		name, typ string
		in        []string
		want, out string // result type, and the results for all rows and for none
	}{
		{"COUNT", "INT", ints, "BIGINT NOT NULL", "3 | 0"},
		{"SUM", "TINYINT", []string{"100", "50", "20", "NULL"}, "TINYINT", "-86 | NULL"},
		{"AVG", "TINYINT", []string{"100", "50", "20", "NULL"}, "TINYINT", "56 | NULL"},
		{"SUM0", "INT", ints, "INT NOT NULL", "2 | 0"},
		{"SUM", "DECIMAL(5, 2)", decs, "DECIMAL(38, 2)", "7.85 | NULL"},
		{"AVG", "DECIMAL(5, 2)", decs, "DECIMAL(38, 6)", "2.616667 | NULL"},
		{"AVG", "FLOAT", []string{"1.1", "2.3", "0.7"}, "FLOAT", "1.3666667 | NULL"},
		{"VAR_POP", "INT", ints, "INT", "0 | NULL"},
		{"VARIANCE", "INT", ints, "INT", "1 | NULL"},
		{"STDDEV_SAMP", "INT", ints, "INT", "1 | NULL"},
		{"VAR_POP", "TINYINT", []string{"100", "50", "20"}, "TINYINT", "64 | NULL"},
		{"VAR_POP", "DECIMAL(5, 2)", decs, "DECIMAL(38, 6)", "1.360556 | NULL"},
		{"VAR_SAMP", "DECIMAL(5, 2)", decs, "DECIMAL(38, 6)", "2.040833 | NULL"},
		{"STDDEV_POP", "DECIMAL(5, 2)", decs, "DECIMAL(38, 6)", "1.166429 | NULL"},
		{"STDDEV_SAMP", "DOUBLE", []string{"1.5"}, "DOUBLE", "NULL | NULL"},
		{"STDDEV_POP", "DOUBLE", []string{"1.5"}, "DOUBLE", "0.0 | NULL"},
		{"MIN", "STRING", []string{"b", "NULL", "a", "c"}, "STRING", "a | NULL"},
		{"MAX", "BOOLEAN", []string{"false", "true", "NULL"}, "BOOLEAN", "TRUE | NULL"},
		{"MAX", "DOUBLE", []string{"1", "NaN", "2"}, "DOUBLE", "NaN | NULL"},
		{"MIN", "TIMESTAMP(3)", []string{"2024-01-02", "2024-01-01"}, "TIMESTAMP(3)",
			"2024-01-01 00:00:00.000 | NULL"},
		{"FIRST_VALUE", "STRING", []string{"NULL", "x", "y"}, "STRING", "x | NULL"},
		{"LAST_VALUE", "STRING", []string{"x", "y", "NULL"}, "STRING", "y | NULL"},
		{"LISTAGG", "STRING", []string{"1", "NULL", "4", "2"}, "STRING", "1,4,2 | NULL"},
		{"ARRAY_AGG", "INT", []string{"1", "NULL", "2"}, "ARRAY<INT>", "[1, NULL, 2] | NULL"},
		{"ARRAY_AGG IGNORE NULLS", "INT", []string{"1", "NULL", "2"}, "ARRAY<INT>", "[1, 2] | NULL"},
		{"COLLECT", "INT", []string{"1", "4", "1", "NULL"}, "MULTISET<INT> NOT NULL",
			"{1=2, 4=1} | {}"},
		{"APPROX_COUNT_DISTINCT", "INT", []string{"1", "4", "1", "NULL"}, "BIGINT NOT NULL", "2 | 0"},
		{"JSON_ARRAYAGG", "INT", []string{"1", "NULL", "4", "2"}, "VARCHAR(2000) NOT NULL",
			"[1,4,2] | []"},
		{"SINGLE_VALUE", "INT", []string{"7"}, "INT", "7 | NULL"},
	} {
		col := column(t, c.typ, c.in...)
		b := bind(t, c.name, col)
		if got := b.Result.String(); got != c.want {
			t.Errorf("%s(%s): %s, want %s", c.name, c.typ, got, c.want)
		}
		for _, retract := range []bool{false, true} {
			a := b.New(retract)
			a.Grow(2)
			a.Add(make([]int32, len(c.in)), []*batch.Column{col}, nil)
			if got := result(t, a, []int32{0, 1}); got != c.out {
				t.Errorf("%s(%s %v): %s, want %s", c.name, c.typ, c.in, got, c.out)
			}
		}
	}
}

func TestPercentile(t *testing.T) {
	col := column(t, "INT", "1", "4", "2")
	for share, want := range map[string]string{"0.3": "1.6", "0": "1.0", "1": "4.0", "0.5": "2.0"} {
		a := bind(t, "PERCENTILE", col, column(t, "DOUBLE", share)).New(false)
		a.Grow(1)
		a.Add([]int32{0, 0, 0}, []*batch.Column{col, nil}, nil)
		if got := result(t, a, []int32{0}); got != want {
			t.Errorf("PERCENTILE %s = %s, want %s", share, got, want)
		}
	}
}

func TestSingleValueRefusesTwo(t *testing.T) {
	col := column(t, "INT", "1", "2")
	a := bind(t, "SINGLE_VALUE", col).New(false)
	a.Grow(1)
	a.Add([]int32{0, 0}, []*batch.Column{col}, nil)
	if _, err := a.Result([]int32{0}); err == nil || !strings.Contains(err.Error(), "more than one") {
		t.Errorf("error: %v", err)
	}
}

// TestAccumulatorsSurvive adds and takes back random rows and compares, after each step, with an
// accumulator that only saw the rows that are left; in between the state is encoded, cleared and
// decoded, or merged into a fresh accumulator.
func TestAccumulatorsSurvive(t *testing.T) {
	cases := []struct{ name, typ string }{
		{"COUNT", "INT"}, {"SUM", "INT"}, {"SUM", "DECIMAL(10, 2)"}, {"SUM", "DOUBLE"},
		{"AVG", "BIGINT"}, {"AVG", "DECIMAL(10, 2)"}, {"MIN", "INT"}, {"MAX", "INT"},
		{"MIN", "STRING"}, {"MAX", "DECIMAL(10, 2)"}, {"MAX", "BIGINT"}, {"VAR_POP", "DECIMAL(10, 2)"},
		{"COLLECT", "STRING"}, {"FIRST_VALUE", "INT"}, {"LAST_VALUE", "STRING"},
		{"ARRAY_AGG", "INT"}, {"LISTAGG", "STRING"}, {"JSON_ARRAYAGG", "INT"},
	}
	for _, c := range cases {
		for _, distinct := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s %s %v", c.name, c.typ, distinct), func(t *testing.T) {
				survive(t, c.name, c.typ, distinct)
			})
		}
	}
}

func survive(t *testing.T, name, typ string, distinct bool) {
	rnd := rand.New(rand.NewPCG(1, 2))
	texts := make([]string, 40)
	for i := range texts {
		texts[i] = fmt.Sprint(rnd.IntN(12))
		if rnd.IntN(6) == 0 {
			texts[i] = "NULL"
		}
	}
	col := column(t, typ, texts...)
	b := bind(t, name, col)
	if distinct {
		b = b.WithDistinct()
	}
	f, _ := function.LookupAggregate(name)
	a := b.New(true)
	a.Grow(4)
	all := seq(4)
	var live []int32 // rows in the order of arrival; row r belongs to group r % 4
	groupsOf := func(rows []int32) []int32 {
		g := make([]int32, len(rows))
		for i, r := range rows {
			g[i] = r % 4
		}
		return g
	}
	args := []*batch.Column{col}
	for step := range 60 {
		if len(live) > 0 && rnd.IntN(3) == 0 {
			gone := live[:1]
			a.Retract(groupsOf(gone), args, gone)
			live = live[1:]
		} else {
			row := []int32{int32(rnd.IntN(len(texts)))}
			a.Add(groupsOf(row), args, row)
			live = append(live, row...)
		}
		if step%3 == 0 {
			data, ends, err := a.Encode(all, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			a.Clear(all)
			if err := a.Decode(all, data, ends); err != nil {
				t.Fatal(err)
			}
		}
		if step%5 == 0 && (b.Splittable || !f.Ordered && !distinct) {
			other := b.New(true)
			other.Grow(4)
			other.Merge(all, a, all)
			a = other
		}
		if distinct && f.Ordered {
			continue // which of equal values is the first depends on what was taken back
		}
		fresh := b.New(true)
		fresh.Grow(4)
		fresh.Add(groupsOf(live), args, live)
		if got, want := result(t, a, all), result(t, fresh, all); got != want {
			t.Fatalf("step %d: %s, want %s", step, got, want)
		}
		if a.SizeBytes(all) < 0 {
			t.Fatal("negative size")
		}
	}
	a.Clear(all)
	if data, _, err := a.Encode(all, nil, nil); err != nil || len(data) != 0 {
		t.Errorf("empty groups encode to %d bytes, %v", len(data), err)
	}
}

func TestFilterAndDistinct(t *testing.T) {
	col := column(t, "INT", "5", "5", "7", "NULL", "9")
	cond := column(t, "BOOLEAN", "true", "true", "true", "true", "NULL")
	b := bind(t, "SUM", col).WithDistinct().WithFilter()
	if len(b.Args) != 2 {
		t.Fatalf("%d arguments", len(b.Args))
	}
	a := b.New(true)
	a.Grow(1)
	g := make([]int32, 5)
	a.Add(g, []*batch.Column{col, cond}, nil)
	if got := result(t, a, []int32{0}); got != "12" {
		t.Errorf("sum of distinct 5, 7: %s", got)
	}
	a.Retract([]int32{0}, []*batch.Column{col, cond}, []int32{0})
	if got := result(t, a, []int32{0}); got != "12" {
		t.Errorf("one 5 left: %s", got)
	}
	a.Retract([]int32{0}, []*batch.Column{col, cond}, []int32{1})
	if got := result(t, a, []int32{0}); got != "7" {
		t.Errorf("no 5 left: %s", got)
	}
}

func TestApproxCountDistinct(t *testing.T) {
	n := 50_000
	v := make([]int64, n)
	for i := range v {
		v[i] = int64(i % 20_000)
	}
	col := batch.MakeFixed(types.Of(types.BigInt), v, nil)
	b := bind(t, "APPROX_COUNT_DISTINCT", col)
	a, other := b.New(false), b.New(false)
	a.Grow(1)
	other.Grow(1)
	a.Add(make([]int32, n), []*batch.Column{col}, nil)
	data, ends, _ := a.Encode([]int32{0}, nil, nil)
	if err := other.Decode([]int32{0}, data, ends); err != nil {
		t.Fatal(err)
	}
	other.Merge([]int32{0}, a, []int32{0})
	c, _ := other.Result([]int32{0})
	if got := batch.Values[int64](c)[0]; got < 19_000 || got > 21_000 {
		t.Errorf("%d, want 20000 within 5 %%", got)
	}
}

func TestBitmapAggregates(t *testing.T) {
	col := column(t, "INT", "7", "3", "7", "NULL")
	a := bind(t, "BITMAP_BUILD_AGG", col).New(true)
	a.Grow(2)
	a.Add([]int32{0, 0, 1, 1}, []*batch.Column{col}, nil)
	sets, err := a.Result([]int32{0, 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"BITMAP_AND_CARDINALITY_AGG": "1",
		"BITMAP_OR_CARDINALITY_AGG": "2", "BITMAP_XOR_CARDINALITY_AGG": "1"} {
		b := bind(t, name, sets).New(false)
		b.Grow(1)
		b.Add([]int32{0, 0}, []*batch.Column{sets}, nil)
		if got := result(t, b, []int32{0}); got != want {
			t.Errorf("%s of {3,7} and {7}: %s, want %s", name, got, want)
		}
	}
}

func TestDecodeRefusesRubbish(t *testing.T) {
	col := column(t, "INT", "1")
	for _, name := range []string{"SUM", "MIN", "AVG", "VAR_POP", "COLLECT", "APPROX_COUNT_DISTINCT"} {
		a := bind(t, name, col).New(true)
		a.Grow(1)
		if err := a.Decode([]int32{0}, []byte{0xff}, []int32{1}); err == nil {
			t.Errorf("%s decoded one byte of rubbish", name)
		}
	}
}

func BenchmarkSumBigint(b *testing.B)   { benchAgg(b, "SUM") }
func BenchmarkCountBigint(b *testing.B) { benchAgg(b, "COUNT") }
func BenchmarkMaxBigint(b *testing.B)   { benchAgg(b, "MAX") }

func benchAgg(b *testing.B, name string) {
	const n = 8192
	v, g := make([]int64, n), make([]int32, n)
	for i := range v {
		v[i], g[i] = int64(i*7919%1000), int32(i*31%1000)
	}
	col := batch.MakeFixed(types.Of(types.BigInt), v, nil)
	a := bind(b, name, col).New(false)
	a.Grow(1000)
	args := []*batch.Column{col}
	b.ResetTimer()
	for range b.N {
		a.Add(g, args, nil)
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
