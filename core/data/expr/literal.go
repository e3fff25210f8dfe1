package expr

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

func literal[T batch.Fixed](t types.Type, v T) *Literal {
	t.NotNull = true
	return &Literal{Value: batch.MakeFixed(t, []T{v}, nil), T: t}
}

// Null is NULL of a type; types.Null where none is known.
func Null(t types.Type) *Literal {
	t.NotNull = false
	return &Literal{Value: batch.MakeNull(t, 1), T: t}
}

// Bool is TRUE or FALSE.
func Bool(v bool) *Literal {
	t := types.Of(types.Boolean).Nullable(false)
	b := batch.NewBuilder(t, 1)
	b.AppendBool(v)
	return &Literal{Value: b.Finish(), T: t}
}

// Int is an INT.
func Int(v int32) *Literal { return literal(types.Of(types.Int), v) }

// BigInt is a BIGINT.
func BigInt(v int64) *Literal { return literal(types.Of(types.BigInt), v) }

// Double is a DOUBLE.
func Double(v float64) *Literal { return literal(types.Of(types.Double), v) }

// IntervalMonths is an INTERVAL YEAR TO MONTH.
func IntervalMonths(months int32) *Literal { return literal(types.Of(types.IntervalYM), months) }

// IntervalMs is an INTERVAL DAY TO SECOND of milliseconds.
func IntervalMs(ms int64) *Literal { return literal(types.Of(types.IntervalDT), ms) }

// Text is a character literal: CHAR(n) with n its code points, as in SQL.
func Text(s string) *Literal {
	n := max(len([]rune(s)), 1)
	t := types.WithPrecision(types.Char, n).Nullable(false)
	if s == "" {
		t = types.WithPrecision(types.Varchar, 1).Nullable(false)
	}
	return &Literal{Value: batch.MakeBytes(t, []int32{0, int32(len(s))}, []byte(s), nil), T: t}
}

// Bytes is a binary literal: BINARY(n).
func Bytes(v []byte) *Literal {
	t := types.WithPrecision(types.Binary, max(len(v), 1)).Nullable(false)
	return &Literal{Value: batch.MakeBytes(t, []int32{0, int32(len(v))}, v, nil), T: t}
}

// Number is a numeric literal as SQL types it: INT or BIGINT if it is whole and fits, DOUBLE with
// an exponent, else DECIMAL of as many digits as written. The text may have a sign.
func Number(text string) (*Literal, error) {
	if strings.ContainsAny(text, "eE") {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, errs.Userf("the number %s does not fit DOUBLE", text)
		}
		return Double(f), nil
	}
	if !strings.Contains(text, ".") {
		if v, err := strconv.ParseInt(text, 10, 64); err == nil {
			if v == int64(int32(v)) {
				return Int(int32(v)), nil
			}
			return BigInt(v), nil
		}
	}
	whole, frac, _ := strings.Cut(strings.TrimLeft(text, "+-"), ".")
	s := len(frac)
	p := max(len(whole)+s, 1) // as written: 0.05 is DECIMAL(3, 2)
	d, ok := kernel.ParseDecimal(text, types.MaxPrecision, s)
	if !ok || p > types.MaxPrecision {
		return nil, errs.Userf("the number %s has more than %d digits", text, types.MaxPrecision).
			Fix("write it with an exponent to make it a DOUBLE")
	}
	return literal(types.DecimalOf(p, s), d), nil
}

// BigIntNumber is Number for a big.Int.
func BigIntNumber(v *big.Int) (*Literal, error) { return Number(v.String()) }

// LiteralOf is the value of a one-row column as a literal.
func LiteralOf(value *batch.Column, t types.Type) *Literal {
	t.NotNull = !value.IsNull(0) && t.Kind != types.Null
	return &Literal{Value: value, T: t}
}

// IsNull says whether the literal is NULL.
func (e *Literal) IsNull() bool { return e.Value.IsNull(0) }

// String is the literal as EXPLAIN shows it: text and times in quotes with a type tag where the
// text alone would not tell it.
func (e *Literal) String() string {
	if e.IsNull() {
		return "null:" + e.T.Nullable(true).String()
	}
	text := string(kernel.AppendText(nil, e.Value, 0, nil))
	switch {
	case e.T.IsString():
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	case e.T.Kind == types.Int || e.T.Kind == types.Boolean:
		return strings.ToLower(text)
	case e.T.Kind == types.Decimal:
		return text + ":" + e.T.Nullable(true).String()
	case e.T.IsNumeric() || e.T.IsInterval():
		return text + ":" + e.T.Nullable(true).String()
	case e.T.IsBytes():
		return "X'" + strings.ToUpper(hexOf(e.Value.Bytes(0))) + "'"
	}
	return text
}

func hexOf(b []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

// IsTrue says whether e is the literal TRUE.
func IsTrue(e Expr) bool {
	l, ok := e.(*Literal)
	return ok && l.T.Kind == types.Boolean && !l.IsNull() && l.Value.Bool(0)
}

// IsFalse says whether e is the literal FALSE or NULL: never true.
func IsFalse(e Expr) bool {
	l, ok := e.(*Literal)
	return ok && (l.IsNull() || l.T.Kind == types.Boolean && !l.Value.Bool(0))
}

// IntValue is the value of an integer literal.
func IntValue(e Expr) (int64, bool) { return argOf(e).Int() }

// TextValue is the value of a character literal.
func TextValue(e Expr) (string, bool) { return argOf(e).Text() }
