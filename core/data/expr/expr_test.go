package expr_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

func newContext() *expr.EvalContext {
	return kernel.NewContext(clock.NewManual(1_700_000_000_000))
}

// table makes a batch of columns "a", "b", … from texts that CAST reads; "NULL" is null.
func table(t testing.TB, cols ...[]string) *batch.Batch {
	t.Helper()
	schema := &types.Schema{}
	var out []*batch.Column
	for i, texts := range cols {
		typ := types.MustParse(texts[0])
		b := batch.NewBuilder(types.String(), len(texts))
		for _, s := range texts[1:] {
			if s == "NULL" {
				b.AppendNull()
			} else {
				b.AppendString(s)
			}
		}
		n := len(texts) - 1
		v, err := kernel.Cast(newContext(), kernel.ColVec(b.Finish()), n, typ, false)
		if err != nil {
			t.Fatal(err)
		}
		schema.Fields = append(schema.Fields, types.F(string(rune('a'+i)), typ))
		out = append(out, v.Column(n))
	}
	return batch.New(schema, out, len(cols[0])-1)
}

func col(b *batch.Batch, name string) expr.Expr {
	i := b.Schema.Index(name)
	return expr.NewColumn(i, name, b.Schema.Fields[i].Type)
}

// texts prints a column, comma-separated.
func texts(c *batch.Column) string {
	var out []string
	for i := range c.Len() {
		out = append(out, string(kernel.AppendText(nil, c, i, nil)))
	}
	return strings.Join(out, ",")
}

func eval(t testing.TB, e expr.Expr, b *batch.Batch) string {
	t.Helper()
	p, err := expr.Compile(e)
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Eval(newContext(), b)
	if err != nil {
		t.Fatalf("%s: %v", e, err)
	}
	if c.Len() != b.Len() {
		t.Fatalf("%s: %d rows, want %d", e, c.Len(), b.Len())
	}
	return texts(c)
}

func must(e expr.Expr, err error) expr.Expr {
	if err != nil {
		panic(err)
	}
	return e
}

func TestThreeValuedLogic(t *testing.T) {
	b := table(t,
		[]string{"BOOLEAN", "true", "true", "true", "false", "false", "false", "NULL", "NULL", "NULL"},
		[]string{"BOOLEAN", "true", "false", "NULL", "true", "false", "NULL", "true", "false", "NULL"})
	x, y := col(b, "a"), col(b, "b")
	for _, c := range []struct {
		e    expr.Expr
		want string
	}{
		{must(expr.NewAnd(x, y)), "TRUE,FALSE,NULL,FALSE,FALSE,FALSE,NULL,FALSE,NULL"},
		{must(expr.NewOr(x, y)), "TRUE,TRUE,TRUE,TRUE,FALSE,NULL,TRUE,NULL,NULL"},
		{must(expr.NewNot(y)), "FALSE,TRUE,NULL,FALSE,TRUE,NULL,FALSE,TRUE,NULL"},
		{expr.MustCall("IS TRUE", x), "TRUE,TRUE,TRUE,FALSE,FALSE,FALSE,FALSE,FALSE,FALSE"},
		{expr.MustCall("IS NOT FALSE", x), "TRUE,TRUE,TRUE,FALSE,FALSE,FALSE,TRUE,TRUE,TRUE"},
		{expr.MustCall("=", x, y), "TRUE,FALSE,NULL,FALSE,TRUE,NULL,NULL,NULL,NULL"},
		{expr.MustCall("<", x, y), "FALSE,FALSE,NULL,TRUE,FALSE,NULL,NULL,NULL,NULL"},
		{expr.MustCall("IS NOT DISTINCT FROM", x, y),
			"TRUE,FALSE,FALSE,FALSE,TRUE,FALSE,FALSE,FALSE,TRUE"},
	} {
		if got := eval(t, c.e, b); got != c.want {
			t.Errorf("%s = %s, want %s", c.e, got, c.want)
		}
	}
}

func TestUntakenBranchesDoNotRaise(t *testing.T) {
	b := table(t, []string{"INT", "0", "2", "NULL", "5"}, []string{"INT", "10", "10", "10", "10"})
	x, y := col(b, "a"), col(b, "b")
	quotient := expr.MustCall("/", y, x)
	isZero := expr.MustCall("=", x, expr.Int(0))
	safe := must(expr.NewCase([]expr.When{{Cond: isZero, Then: expr.Int(-1)}}, quotient))
	if got := eval(t, safe, b); got != "-1,5,NULL,2" {
		t.Errorf("CASE: %s", got)
	}
	big := expr.MustCall(">", quotient, expr.Int(3))
	nonZero := expr.MustCall("<>", x, expr.Int(0))
	if got := eval(t, must(expr.NewAnd(nonZero, big)), b); got != "FALSE,TRUE,NULL,FALSE" {
		t.Errorf("AND: %s", got)
	}
	if got := eval(t, must(expr.NewOr(isZero, big)), b); got != "TRUE,TRUE,NULL,FALSE" {
		t.Errorf("OR: %s", got)
	}
	co := must(expr.NewCoalesce(must(expr.NewCase([]expr.When{{Cond: isZero, Then: y}}, nil)),
		quotient, expr.Int(7)))
	if got := eval(t, co, b); got != "10,5,7,2" {
		t.Errorf("COALESCE: %s", got)
	}
	p, err := expr.Compile(must(expr.NewAnd(nonZero, big)))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := p.EvalFilter(newContext(), b, nil)
	if err != nil || len(rows) != 1 || rows[0] != 1 {
		t.Errorf("filter: %v %v", rows, err)
	}
	p, _ = expr.Compile(quotient)
	if _, err := p.Eval(newContext(), b); err == nil || !strings.Contains(err.Error(), "/ by zero") {
		t.Errorf("division by zero: %v", err)
	}
}

func TestFilterAgreesWithEval(t *testing.T) {
	a, bs := []string{"BIGINT"}, []string{"INT"}
	for i := range 1000 {
		a = append(a, []string{"NULL", "1", "2", "3", "44", "5"}[i*7%6])
		bs = append(bs, []string{"9", "NULL", "8", "7", "6"}[i*3%5])
	}
	b := table(t, a, bs)
	x, y := col(b, "a"), col(b, "b")
	e := must(expr.NewAnd(expr.MustCall(">", x, expr.Int(2)), expr.MustCall("<", x, y),
		expr.MustCall("IN", y, expr.Int(6), expr.Int(8), expr.Int(9))))
	p, err := expr.Compile(e)
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Eval(newContext(), b)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := p.EvalFilter(newContext(), b, nil)
	if err != nil {
		t.Fatal(err)
	}
	k := 0
	for i := range c.Len() {
		if !c.IsNull(i) && c.Bool(i) {
			if k >= len(rows) || rows[k] != int32(i) {
				t.Fatalf("row %d is not the %dth of %v", i, k, rows)
			}
			k++
		}
	}
	if k != len(rows) || k == 0 {
		t.Errorf("%d rows, want %d", len(rows), k)
	}
}

func TestFold(t *testing.T) {
	x := expr.NewColumn(0, "x", types.Of(types.Int))
	lt := expr.MustCall("<", expr.Int(1), expr.Int(2))
	for _, c := range []struct {
		e    expr.Expr
		want string
	}{
		{expr.MustCall("+", expr.Int(1), expr.MustCall("*", expr.Int(2), expr.Int(3))), "7"},
		{expr.MustCall("+", x, expr.MustCall("*", expr.Int(2), expr.Int(3))), "(x + 6)"},
		{expr.MustCall("/", expr.Int(1), expr.Int(0)), "(1 / 0)"},
		{must(expr.NewAnd(lt, expr.MustCall(">", x, expr.Int(1)))), "(x > 1)"},
		{must(expr.NewCase([]expr.When{{Cond: lt, Then: x}}, expr.Int(0))), "x"},
		{must(expr.NewCoalesce(expr.Null(types.Of(types.Int)), x, expr.Int(3))), "COALESCE(x, 3)"},
		{must(expr.NewCast(expr.Text("2025-02-03"), types.Of(types.Date), false)), "2025-02-03"},
	} {
		if got := expr.Fold(nil, c.e).String(); got != c.want {
			t.Errorf("Fold(%s) = %s, want %s", c.e, got, c.want)
		}
	}
}

func TestDecimalTypes(t *testing.T) {
	d := func(p, s int) expr.Expr { return expr.NewColumn(0, "d", types.DecimalOf(p, s)) }
	n := func(text string) expr.Expr { l, _ := expr.Number(text); return l }
	for _, c := range []struct {
		op   string
		a, b expr.Expr
		want string
	}{
		{"+", d(10, 2), d(8, 4), "DECIMAL(13, 4)"},
		{"*", d(10, 2), d(8, 4), "DECIMAL(19, 6)"},
		{"/", d(10, 2), d(8, 4), "DECIMAL(23, 11)"},
		{"%", d(10, 2), d(8, 4), "DECIMAL(8, 4)"},
		{"/", d(10, 2), n("3"), "DECIMAL(21, 13)"},
		{"*", d(10, 2), n("3"), "DECIMAL(21, 2)"},
		{"+", d(38, 18), d(10, 2), "DECIMAL(38, 17)"},
		{"*", d(38, 18), d(8, 4), "DECIMAL(38, 13)"},
		{"/", d(38, 18), d(8, 4), "DECIMAL(38, 14)"},
		{"/", n("1.0"), n("3"), "DECIMAL(13, 12) NOT NULL"},
		{"+", n("0.1"), n("0.2"), "DECIMAL(3, 1) NOT NULL"},
		{"+", n("1.10"), n("2.205"), "DECIMAL(5, 3) NOT NULL"},
		{"+", n("1e0"), d(10, 2), "DOUBLE"},
	} {
		if got := expr.MustCall(c.op, c.a, c.b).Type().String(); got != c.want {
			t.Errorf("%s %s %s: %s, want %s", c.a.Type(), c.op, c.b.Type(), got, c.want)
		}
	}
	if got := eval(t, expr.MustCall("/", n("1.0"), n("3")), table(t, []string{"INT", "1"})); got !=
		"0.333333333333" {
		t.Errorf("1.0 / 3 = %s", got)
	}
}

func benchBatch(n int) *batch.Batch {
	v, w := make([]int64, n), make([]int64, n)
	for i := range v {
		v[i], w[i] = int64(i*7919%1000), int64(i)
	}
	t := types.Of(types.BigInt)
	return batch.New(types.NewSchema(types.F("a", t), types.F("b", t)),
		[]*batch.Column{batch.MakeFixed(t, v, nil), batch.MakeFixed(t, w, nil)}, n)
}

// BenchmarkFilterProject is WHERE a < 500 then a + b, on batches of 8192 BIGINTs.
func BenchmarkFilterProject(b *testing.B) {
	const n = 8192
	in := benchBatch(n)
	ballast := make([]byte, 64<<20) // a heap as an engine has it, so that collections are rare
	defer runtime.KeepAlive(ballast)
	f, _ := expr.Compile(expr.MustCall("<", col(in, "a"), expr.Int(500)))
	p, _ := expr.Compile(expr.MustCall("+", col(in, "a"), col(in, "b")))
	ctx := newContext()
	var rows []int32
	b.ResetTimer()
	for range b.N {
		rows, _ = f.EvalFilter(ctx, in, rows)
		if _, err := p.Eval(ctx, in.Take(rows)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds()/1e6, "Mrows/s")
}

// batchOf makes a batch of n rows of one column "x": the value of the one-row column, then nulls.
func batchOf(value *batch.Column, n int) *batch.Batch {
	rows := make([]int32, n)
	for i := 1; i < n; i++ {
		rows[i] = -1
	}
	c := batch.Take(value, rows)
	return batch.New(types.NewSchema(types.F("x", c.Type)), []*batch.Column{c}, n)
}

func TestTextComparedWithInstantUsesTheZone(t *testing.T) {
	ltz := types.WithPrecision(types.TimestampLTZ, 3)
	e := expr.MustCall("=", expr.NewColumn(0, "a", ltz), expr.Text("2025-03-30 03:00:00"))
	ctx := newContext()
	loc, err := kernel.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	ctx.Zone = loc
	in := batch.New(types.NewSchema(types.F("a", ltz)),
		[]*batch.Column{batch.MakeFixed(ltz, []int64{1743296400000, 1743303600000}, nil)}, 2)
	for _, x := range []expr.Expr{e, expr.Fold(ctx, e)} {
		p, err := expr.Compile(x)
		if err != nil {
			t.Fatal(err)
		}
		c, err := p.Eval(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		if got := texts(c); got != "TRUE,FALSE" {
			t.Errorf("%s: %s", x, got)
		}
	}
}
