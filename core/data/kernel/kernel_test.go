package kernel

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func parse(t testing.TB, typ string, texts ...string) *batch.Column {
	t.Helper()
	b := batch.NewBuilder(types.String(), len(texts))
	for _, s := range texts {
		if s == "NULL" {
			b.AppendNull()
		} else {
			b.AppendString(s)
		}
	}
	ctx := NewContext(clock.NewManual(0))
	v, err := Cast(ctx, ColVec(b.Finish()), len(texts), types.MustParse(typ), false)
	if err != nil {
		t.Fatal(err)
	}
	return v.Column(len(texts))
}

func show(c *batch.Column) string {
	var out []string
	for i := range c.Len() {
		out = append(out, string(AppendText(nil, c, i, nil)))
	}
	return strings.Join(out, ",")
}

func TestCivilAgreesWithTime(t *testing.T) {
	for days := int64(-800_000); days < 3_000_000; days += 97 {
		y, m, d := CivilDate(days)
		want := time.Unix(days*86400, 0).UTC()
		if y != want.Year() || m != int(want.Month()) || d != want.Day() || Days(y, m, d) != days {
			t.Fatalf("day %d is %d-%d-%d, want %s", days, y, m, d, want)
		}
	}
}

// TestZoneGaps: a local time in a gap moves on by the gap, one that comes twice is the first.
func TestZoneGaps(t *testing.T) {
	loc, err := LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	z := NewZone(loc)
	for local, want := range map[string]string{
		"2025-03-30 01:59:59": "2025-03-30 00:59:59",
		"2025-03-30 02:30:00": "2025-03-30 01:30:00", // does not exist
		"2025-03-30 03:00:00": "2025-03-30 01:00:00",
		"2025-10-26 02:30:00": "2025-10-26 00:30:00", // twice
		"2025-10-26 03:00:00": "2025-10-26 02:00:00",
		"1969-06-01 00:00:00": "1969-05-31 23:00:00",
	} {
		c, _ := ParseTimestamp(local)
		ms, _ := c.Ticks(3)
		got := string(AppendTimestamp(nil, z.ToInstant(ms, 3), 3, 0))
		if got != want {
			t.Errorf("%s in Berlin is %s UTC, want %s", local, got, want)
		}
	}
	for name, ok := range map[string]bool{"GMT+08:00": true, "+05:30": true, "UTC-3": true,
		"Mars/Base": false, "": false} {
		if _, err := LoadLocation(name); (err == nil) != ok {
			t.Errorf("zone %q: %v", name, err)
		}
	}
}

// TestDecimalsAgreeWithBig compares the fixed-width arithmetic with exact rational arithmetic.
func TestDecimalsAgreeWithBig(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	random := func() (batch.Decimal, int, *big.Rat) {
		n := 1 + rnd.IntN(38)
		text := ""
		for range n {
			text += fmt.Sprint(rnd.IntN(10))
		}
		if rnd.IntN(2) == 0 {
			text = "-" + text
		}
		scale := rnd.IntN(min(n, 18) + 1)
		d, ok := ParseDecimal(text, 38, 0)
		if !ok {
			t.Fatal(text)
		}
		num, _ := new(big.Int).SetString(text, 10)
		return d, scale, new(big.Rat).SetFrac(num, bigPow10s[scale])
	}
	ops := []string{"+", "-", "*", "/"}
	for range 20_000 {
		a, sa, ra := random()
		b, sb, rb := random()
		p, s := 38, rnd.IntN(20)
		op := ops[rnd.IntN(4)]
		var got batch.Decimal
		var ok bool
		want := new(big.Rat)
		switch op {
		case "+":
			got, ok = AddDecimals(a, sa, b, sb, false, p, s)
			want.Add(ra, rb)
		case "-":
			got, ok = AddDecimals(a, sa, b, sb, true, p, s)
			want.Sub(ra, rb)
		case "*":
			got, ok = MulDecimals(a, sa, b, sb, p, s)
			want.Mul(ra, rb)
		case "/":
			if rb.Sign() == 0 {
				continue
			}
			got, ok = DivDecimals(a, sa, b, sb, p, s)
			want.Quo(ra, rb)
		}
		text := want.FloatString(s) // rounds half away from zero
		fits := len(strings.TrimLeft(strings.NewReplacer(".", "", "-", "").Replace(text), "0")) <= p
		have := string(AppendDecimal(nil, got, s))
		if ok != fits || ok && have != text && !(got.Sign() == 0 && strings.Trim(text, "-0.") == "") {
			t.Fatalf("%s %s %s = %s %v, want %s", ra.FloatString(sa), op, rb.FloatString(sb), have, ok,
				text)
		}
		if c := CompareDecimals(a, sa, b, sb); c != ra.Cmp(rb) {
			t.Fatalf("%s against %s: %d", ra.FloatString(sa), rb.FloatString(sb), c)
		}
	}
}

// TestCompareKernels compares every operator's loop with CompareAt, with constants and slices.
func TestCompareKernels(t *testing.T) {
	for _, typ := range []string{"TINYINT", "INT", "BIGINT", "DOUBLE", "STRING", "DECIMAL(10, 2)"} {
		texts := func(n int) []string {
			out := make([]string, n)
			for i := range out {
				out[i] = fmt.Sprint(rand.IntN(5))
				if rand.IntN(7) == 0 {
					out[i] = "NULL"
				}
			}
			return out
		}
		n := 77
		a := parse(t, typ, texts(n+3)...).Slice(3, n+3)
		for name, b := range map[string]Vec{
			"column":   ColVec(parse(t, typ, texts(n+1)...).Slice(1, n+1)),
			"constant": ConstVec(parse(t, typ, "2")),
		} {
			for op := Eq; op <= Ge; op++ {
				for _, swapped := range []bool{false, true} {
					x, y := ColVec(a), b
					if swapped {
						x, y = y, x
					}
					got := Compare(op, x, y, n).Column(n)
					for i := range n {
						null := x.IsNull(i) || y.IsNull(i)
						if got.IsNull(i) != null {
							t.Fatalf("%s %s %s row %d: null %v", typ, op, name, i, got.IsNull(i))
						}
						want := !null && op.holds(CompareAt(x.Col, x.At(i), y.Col, y.At(i)))
						if !null && got.Bool(i) != want {
							t.Fatalf("%s %s %s row %d: %v", typ, op, name, i, got.Bool(i))
						}
					}
				}
			}
		}
	}
}

func TestNaN(t *testing.T) {
	c := parse(t, "DOUBLE", "NaN", "1", "NaN")
	one := ConstVec(parse(t, "DOUBLE", "1"))
	for op, want := range map[CmpOp]string{Eq: "FALSE,TRUE,FALSE", Ne: "TRUE,FALSE,TRUE",
		Gt: "FALSE,FALSE,FALSE", Le: "FALSE,TRUE,FALSE"} {
		if got := show(Compare(op, ColVec(c), one, 3).Column(3)); got != want {
			t.Errorf("NaN, 1, NaN %s 1: %s, want %s", op, got, want)
		}
	}
	h := Hash([]*batch.Column{c}, 3, nil)
	if h[0] != h[2] || h[0] == h[1] {
		t.Errorf("hashes %x", h)
	}
	v := []float64{math.Copysign(0, -1), 0}
	h = Hash([]*batch.Column{batch.MakeFixed(types.Of(types.Double), v, nil)}, 2, nil)
	if h[0] != h[1] {
		t.Error("-0.0 and 0.0 hash apart")
	}
}

func TestValuesReadBack(t *testing.T) {
	for _, c := range []struct{ typ, text string }{
		{"BOOLEAN", "true"}, {"TINYINT", "-5"}, {"SMALLINT", "-300"}, {"INT", "70000"}, {"BIGINT", "-1"},
		{"FLOAT", "1.5"}, {"DOUBLE", "-2.5"}, {"DECIMAL(38, 2)", "-12345678901234567890.12"},
		{"STRING", "héé"}, {"DATE", "2024-02-29"}, {"TIME(0)", "12:34:56"}, {"TIME(9)", "12:34:56"},
		{"TIMESTAMP(9)", "2024-02-29 01:02:03.123456789"}, {"BYTES", "ab"},
	} {
		col := parse(t, c.typ, c.text, "NULL", c.text)
		b := batch.NewBuilder(col.Type, 0)
		var data []byte
		for i := range 3 {
			data = AppendValue(data, col, i)
		}
		for range 3 {
			var err error
			if data, err = ReadValue(b, data); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := show(b.Finish()), show(col); got != want || len(data) > 0 {
			t.Errorf("%s: %s, want %s", c.typ, got, want)
		}
		cut := AppendValue(nil, col, 0)
		for n := range cut {
			if _, err := ReadValue(batch.NewBuilder(col.Type, 0), cut[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes read", c.typ, n, len(cut))
			}
		}
	}
}

func TestMergeAndValid(t *testing.T) {
	a := parse(t, "INT", "1", "NULL", "3")
	got := show(Merge(types.Of(types.Int), 5, []Part{
		{Vec: ColVec(a), Rows: []int32{0, 2, 4}},
		{Vec: ConstVec(parse(t, "INT", "9")), Rows: []int32{3}},
	}))
	if got != "1,NULL,NULL,9,3" {
		t.Errorf("merge: %s", got)
	}
	sel := SelectTrue(ColVec(parse(t, "BOOLEAN", "true", "NULL", "false", "true", "true", "false",
		"false", "false", "true", "true").Slice(1, 10)), 9, nil)
	if fmt.Sprint(sel) != "[2 3 7 8]" {
		t.Errorf("selected %v", sel)
	}
}

func FuzzRegexAndPatterns(f *testing.F) {
	f.Add("a%b_", "(a|b)+?", "yyyy-MM-dd'T'HH", "$.a[0]..b[?(@.c > 1)]", "{\"a\":[1,2,{}]}")
	f.Fuzz(func(t *testing.T, like, regex, date, path, json string) {
		ctx := NewContext(clock.NewManual(0))
		if p, err := compileLike(like, 0); err == nil {
			p.match(json)
		}
		if re, err := ctx.Regex(regex); err == nil {
			re.Groups("abab")
		}
		if p, err := ctx.DatePattern(date); err == nil {
			p.Format(nil, Civil{Year: 2024, Month: 2, Day: 29}, 3600, "X")
			p.Parse("2024-02-29", true)
			p.Parse("2024-02-29", false)
		}
		j, ok := ParseJSON(json)
		if !ok {
			return
		}
		if again, ok := ParseJSON(string(j.AppendJSON(nil))); !ok || len(again.Items) != len(j.Items) {
			t.Errorf("%q does not read back", json)
		}
		if p, err := ctx.JSONPath(path); err == nil {
			p.Find(j)
		}
	})
}

func BenchmarkCompareConst(b *testing.B) {
	const n = 4096
	v := make([]int64, n)
	for i := range v {
		v[i] = int64(i * 7919 % 1000)
	}
	col := ColVec(batch.MakeFixed(types.Of(types.BigInt), v, nil))
	c := ConstVec(batch.MakeFixed(types.Of(types.BigInt), []int64{500}, nil))
	for range b.N {
		Compare(Lt, col, c, n)
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkAdd(b *testing.B) {
	const n = 4096
	col := ColVec(batch.MakeFixed(types.Of(types.BigInt), make([]int64, n), nil))
	for range b.N {
		if _, err := Arith(Add, col, col, n, types.Of(types.BigInt)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkMulDecimal(b *testing.B) {
	const n = 4096
	v := make([]batch.Decimal, n)
	for i := range v {
		v[i], _ = IntToDecimal(int64(i), 18, 2)
	}
	col := ColVec(batch.MakeFixed(types.DecimalOf(18, 2), v, nil))
	for range b.N {
		if _, err := Arith(Mul, col, col, n, types.DecimalOf(37, 4)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

func BenchmarkLikeContains(b *testing.B) {
	const n = 4096
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("order %d of something", i)
	}
	col, p := ColVec(parse(b, "STRING", texts...)), ConstVec(parse(b, "STRING", "%77%thing"))
	ctx := NewContext(clock.NewManual(0))
	b.ResetTimer()
	for range b.N {
		if _, err := Like(ctx, col, p, "", n); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
