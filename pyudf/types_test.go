package pyudf

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

// sample is a column of a type whose last row is null, and how Python shows the other rows.
type sample struct {
	col   *batch.Column
	shown []string
}

func fixed[T batch.Fixed](t types.Type, shown []string, vs ...T) sample {
	b := batch.NewBuilder(t, len(vs)+1)
	for _, v := range vs {
		batch.Append(b, v)
	}
	b.AppendNull()
	return sample{b.Finish(), shown}
}

func texts(t types.Type, shown []string, vs ...string) sample {
	b := batch.NewBuilder(t, len(vs)+1)
	for _, v := range vs {
		b.AppendString(v)
	}
	b.AppendNull()
	return sample{b.Finish(), shown}
}

func decimal(text string, scale int32) batch.Decimal {
	d, err := decimal128.FromString(text, 38, scale)
	if err != nil {
		panic(err)
	}
	return d
}

func samples() []sample {
	of, prec := types.Of, types.WithPrecision
	bools := batch.NewBuilder(of(types.Boolean), 3)
	bools.AppendBool(true)
	bools.AppendBool(false)
	bools.AppendNull()
	return []sample{
		{bools.Finish(), []string{"bool True", "bool False"}},
		fixed(of(types.TinyInt), []string{"int -128", "int 127"}, int8(-128), 127),
		fixed(of(types.SmallInt), []string{"int -32768"}, int16(-32768)),
		fixed(of(types.Int), []string{"int 2147483647"}, int32(2147483647)),
		fixed(of(types.BigInt), []string{"int -9223372036854775808"}, int64(-1<<63)),
		fixed(of(types.Float), []string{"float 1.5"}, float32(1.5)),
		fixed(of(types.Double), []string{"float 0.1", "float inf"}, 0.1, math.Inf(1)),
		fixed(types.DecimalOf(10, 2), []string{"Decimal -99999999.99", "Decimal 0.00",
			"Decimal 12.50"}, decimal("-99999999.99", 2), decimal("0", 2), decimal("12.5", 2)),
		fixed(types.DecimalOf(38, 18), []string{"Decimal -12345678901234567890.123456789012345678"},
			decimal("-12345678901234567890.123456789012345678", 18)),
		fixed(types.DecimalOf(5, 0), []string{"Decimal 7"}, decimal("7", 0)),
		texts(types.String(), []string{"str ", "str żółw 😀"}, "", "żółw 😀"),
		texts(prec(types.Char, 3), []string{"str abc"}, "abc"),
		texts(prec(types.Varbinary, types.MaxLen), []string{"bytes b'\\x00\\xff'"}, "\x00\xff"),
		texts(prec(types.Binary, 2), []string{"bytes b'ab'"}, "ab"),
		fixed(of(types.Date), []string{"date 1970-01-01", "date 0001-01-01", "date 9999-12-31",
			"date 2024-02-29", "date 1600-02-29"}, int32(0), -719162, 2932896, 19782, -135081),
		fixed(of(types.Time), []string{"time 00:00:00", "time 23:59:59.999000"},
			int32(0), 86399999),
		fixed(prec(types.Time, 9), []string{"time 01:02:03.000004"}, int64(3723000004000)),
		fixed(prec(types.Timestamp, 3), []string{"datetime 1969-12-31 23:59:59.999000",
			"datetime 2024-12-15 17:40:14.776000"}, int64(-1), 1734284414776),
		fixed(prec(types.Timestamp, 6), []string{"datetime 1970-01-01 00:00:00.000001"}, int64(1)),
		fixed(prec(types.Timestamp, 9), []string{"datetime 1970-01-01 00:00:01"},
			int64(1_000_000_000)),
		fixed(prec(types.TimestampLTZ, 3), []string{"datetime 2024-07-01 02:00:00+02:00",
			"datetime 2024-01-01 01:00:00+01:00"}, int64(1719792000000), 1704067200000),
		fixed(of(types.IntervalYM), []string{"int 14"}, int32(14)),
		fixed(of(types.IntervalDT), []string{"timedelta 1 day, 0:00:00.001000",
			"timedelta -1 day, 23:59:59.999000"}, int64(86400001), -1),
		nestedArray(), nestedMap(), nestedMultiset(), nestedRow(),
	}
}

func nestedArray() sample {
	b := batch.NewBuilder(types.ArrayOf(types.Of(types.Int)), 3)
	batch.Append(b.Child(0), int32(1))
	b.Child(0).AppendNull()
	b.CloseList()
	b.CloseList()
	b.AppendNull()
	return sample{b.Finish(), []string{"list [1, None]", "list []"}}
}

func nestedMap() sample {
	b := batch.NewBuilder(types.MapOf(types.String(), types.Of(types.BigInt)), 3)
	b.Child(0).AppendString("k")
	batch.Append(b.Child(1), int64(7))
	b.Child(0).AppendString("n")
	b.Child(1).AppendNull()
	b.CloseList()
	b.AppendNull()
	return sample{b.Finish(), []string{"dict {'k': 7, 'n': None}"}}
}

func nestedMultiset() sample {
	b := batch.NewBuilder(types.MultisetOf(types.String()), 2)
	b.Child(0).AppendString("x")
	batch.Append(b.Child(1), int32(2))
	b.CloseList()
	b.AppendNull()
	return sample{b.Finish(), []string{"dict {'x': 2}"}}
}

func nestedRow() sample {
	b := batch.NewBuilder(types.RowOf(types.F("a", types.Of(types.Int)),
		types.F("b", types.ArrayOf(types.String()))), 3)
	batch.Append(b.Child(0), int32(5))
	b.Child(1).Child(0).AppendString("z")
	b.Child(1).CloseList()
	b.AppendRow()
	b.AppendNull()
	return sample{b.Finish(), []string{"Row Row(a=5, b=['z'])"}}
}

func oneCall(inputs []types.Type, c udf.Call) *udf.ScalarSpec {
	return &udf.ScalarSpec{Inputs: inputs, Calls: []udf.Call{c}, Outputs: []int{0},
		Context: udf.Context{Zone: "Europe/Berlin"}}
}

// eval runs one function over columns.
func eval(t *testing.T, style, source string, result types.Type,
	in ...*batch.Column) (*batch.Column, error) {
	t.Helper()
	ts := make([]types.Type, len(in))
	for i, c := range in {
		ts[i] = c.Type
	}
	s := scalar(t, host(t), oneCall(ts, call(code(t, "f", style, source), len(in), result)))
	out, err := s.Eval(in, in[0].Len())
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

func TestEveryTypeInAndOut(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.col.Type.String(), func(t *testing.T) {
			shown, err := eval(t, "general", "f = lambda v: type(v).__name__ + ' ' + str(v)",
				types.String(), s.col)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range append(s.shown, "NoneType None") {
				if got := shown.Str(i); got != want {
					t.Errorf("row %d is %q, want %q", i, got, want)
				}
			}
			back, err := eval(t, "general", "f = lambda v: v", s.col.Type, s.col)
			if err != nil {
				t.Fatal(err)
			}
			same(t, back, s.col)
			middle := s.col.Slice(1, s.col.Len())
			back, err = eval(t, "general", "f = lambda v: v", s.col.Type, middle)
			if err != nil {
				t.Fatal(err)
			}
			same(t, back, middle)
		})
	}
}

// same compares columns by what Arrow shows of them.
func same(t *testing.T, got, want *batch.Column) {
	t.Helper()
	g, w := fmt.Sprint(got.Arrow()), fmt.Sprint(want.Arrow())
	if g != w || !got.Type.Equal(want.Type) {
		t.Errorf("got %s %s, want %s %s", got.Type, g, want.Type, w)
	}
}

// TestCoercion has what PyFlink 2.3 does with results of other classes.
func TestCoercion(t *testing.T) {
	of := types.Of
	dec := types.DecimalOf(5, 2)
	d := "from decimal import Decimal as D\n"
	for _, c := range []struct {
		result types.Type
		expr   string
		want   string // the ticks or digits that Arrow shows, or "Error: part of the message"
	}{
		{of(types.BigInt), "1.9", "[1]"}, {of(types.BigInt), "True", "[1]"},
		{of(types.BigInt), "D('-2.7')", "[-2]"}, {of(types.BigInt), "'7'", "TypeError: BIGINT"},
		{of(types.BigInt), "2**63", "OverflowError: BIGINT"},
		{of(types.TinyInt), "128", "OverflowError: 128 does not fit TINYINT"},
		{of(types.BigInt), "float('nan')", "ValueError: NaN"},
		{of(types.Double), "3", "[3]"}, {of(types.Double), "D('1.5')", "[1.5]"},
		{of(types.Double), "'x'", "TypeError: expected DOUBLE (float), got str"},
		{of(types.Boolean), "1", "[true]"}, {of(types.Boolean), "0.5", "[false]"},
		{of(types.Boolean), "'yes'", "TypeError: BOOLEAN"},
		{types.String(), "5", "TypeError: expected STRING (str), got int: 5"},
		{types.String(), "b'x'", "TypeError: bytes"},
		{types.String(), "'\\ud800'", "UnicodeEncodeError: surrogates"},
		{dec, "D('1.255')", "[{126 0}]"}, {dec, "D('1.245')", "[{124 0}]"},
		{dec, "D('9.996')", "[{1000 0}]"},
		{dec, "D('-0.004')", "[{0 0}]"}, {dec, "D('1E+2')", "[{10000 0}]"},
		{dec, "D('1E-30')", "[{0 0}]"},
		{dec, "D('1E+3')", "InvalidOperation: DECIMAL(5, 2)"}, {dec, "D('NaN')", "InvalidOperation: NaN"},
		{dec, "D('999.995')", "InvalidOperation: DECIMAL(5, 2)"}, {dec, "12", "[{1200 0}]"},
		{dec, "1.5", "TypeError: decimal.Decimal"},
		{of(types.Varbinary), "bytearray(b'q')", `["q"]`},
		{of(types.Varbinary), "'q'", "TypeError: bytes"},
		{of(types.Date), "dt.datetime(1970, 1, 2, 3)", "[1]"},
		{of(types.Date), "'1970-01-01'", "TypeError: datetime.date"},
		{of(types.Timestamp), "dt.date(1970, 1, 1)", "TypeError: got date"},
		{types.WithPrecision(types.Timestamp, 3), "dt.datetime(1970, 1, 1, 0, 0, 0, 1999)",
			"[1]"},
		{of(types.Time), "dt.datetime(1970, 1, 1, 0, 0, 1)", "[1000]"},
		{of(types.TimestampLTZ), "dt.datetime(1970, 1, 1, 1)", "[0]"},
		{of(types.TimestampLTZ), "dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)",
			"[0]"},
		{of(types.TimestampLTZ), "Instant(1, 2000)", "[1000002]"},
		{types.ArrayOf(of(types.Int)), "(1, 2)", "[[1 2]]"},
		{types.ArrayOf(of(types.Int)), "[1, 'x']", "TypeError: element 1: expected INT"},
		{types.ArrayOf(of(types.Int)), "{1}", "TypeError: list"},
		{types.RowOf(types.F("a", of(types.Int)), types.F("b", types.String())), "Row(b='x', a=1)",
			`{[1] ["x"]}`},
		{types.RowOf(types.F("a", of(types.Int)), types.F("b", types.String())), "(1, 2)",
			"TypeError: field 'b': expected STRING"},
		{types.RowOf(types.F("a", of(types.Int))), "Row(1, 2)", "ValueError: 1 fields"},
		{types.RowOf(types.F("a", of(types.Int))), "Row(z=1)", "ValueError: no field 'a'"},
		{types.MapOf(types.String(), of(types.Int)), "{'a': 'b'}", "TypeError: value: expected INT"},
		{of(types.Int).Nullable(false), "None", "TypeError: expected INT NOT NULL, got None"},
	} {
		t.Run(c.result.String()+"/"+c.expr, func(t *testing.T) {
			out, err := eval(t, "general", d+"import datetime as dt\n"+
				"from headrace.common.types import Row\nfrom headrace.common.time import Instant\n"+
				"f = lambda v: "+c.expr, c.result, bigints(1))
			class, part, isErr := strings.Cut(c.want, ": ")
			switch {
			case isErr && (err == nil || !strings.Contains(err.Error(), class) ||
				!strings.Contains(err.Error(), part)):
				t.Errorf("got %v, want %s", err, c.want)
			case !isErr && err != nil:
				t.Error(err)
			case !isErr && fmt.Sprint(out.Arrow()) != c.want:
				t.Errorf("got %v, want %s", out.Arrow(), c.want)
			}
		})
	}
}

// TestDecimalsLikePython compares rounding and limits with decimal's own on random numbers.
func TestDecimalsLikePython(t *testing.T) {
	const rows = 20000
	dec := types.DecimalOf(12, 4)
	value := code(t, "value", "general", `
import decimal, random
random.seed(7)
def f(i):
    digits = random.randint(0, 10 ** random.randint(1, 30))
    d = decimal.Decimal(random.choice((digits, -digits))).scaleb(random.randint(-30, 9))
    return d if abs(d) < 10 ** 8 - 1 else decimal.Decimal(i).scaleb(-5)`)
	expected := code(t, "expected", "general", `
import decimal
context = decimal.Context(prec=60, rounding=decimal.ROUND_HALF_EVEN)
f = lambda d: int(d.quantize(decimal.Decimal("0.0001"), context=context).scaleb(4))`)
	second := call(expected, 1, types.Of(types.BigInt))
	second.Args[0].From = udf.Result
	s := scalar(t, host(t), &udf.ScalarSpec{Inputs: []types.Type{types.Of(types.BigInt)},
		Outputs: []int{0, 1}, Calls: []udf.Call{call(value, 1, dec), second}})
	out, err := s.Eval([]*batch.Column{benchInts(rows)}, rows)
	if err != nil {
		t.Fatal(err)
	}
	want := batch.Values[int64](out[1])
	for i, d := range batch.Values[batch.Decimal](out[0]) {
		if d != decimal128.FromI64(want[i]) {
			t.Fatalf("row %d: got %v, want %d", i, d, want[i])
		}
	}
}

// TestDatesLikePython goes through the years 1 to 9999.
func TestDatesLikePython(t *testing.T) {
	var days []int32
	for d := int32(-719162); d <= 2932896; d += 13 {
		days = append(days, d)
	}
	date := types.Of(types.Date)
	in := batch.MakeFixed(date, days, nil)
	ordinals := batch.MakeFixed(types.Of(types.Int), days, nil)
	same := code(t, "same", "general",
		"import datetime\nf = lambda d, n: d.toordinal() == n + 719163")
	back := code(t, "back", "general", "f = lambda d: d")
	s := scalar(t, host(t), &udf.ScalarSpec{Inputs: []types.Type{date, ordinals.Type},
		Outputs: []int{0, 1},
		Calls:   []udf.Call{call(same, 2, types.Of(types.Boolean)), call(back, 1, date)}})
	out, err := s.Eval([]*batch.Column{in, ordinals}, len(days))
	if err != nil {
		t.Fatal(err)
	}
	got := batch.Values[int32](out[1])
	for i, d := range days {
		if !out[0].Bool(i) || got[i] != d {
			t.Fatalf("day %d: right in Python %v, back %d", d, out[0].Bool(i), got[i])
		}
	}
}
