package binder

import (
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
)

func (x *exprs) literal(e ast.Expr) (expr.Expr, error) {
	switch e := e.(type) {
	case *ast.Null:
		if e.Unknown {
			return expr.Null(types.Of(types.Boolean)), nil
		}
		return expr.Null(types.Of(types.Null)), nil
	case *ast.Bool:
		return expr.Bool(e.Value), nil
	case *ast.Number:
		return number(e.Text, e.Kind)
	case *ast.String:
		return expr.Text(e.Value), nil
	case *ast.Bytes:
		return expr.Bytes(e.Value), nil
	case *ast.DateTime:
		return dateTime(e)
	case *ast.Interval:
		if err := precisions(e.Qualifier); err != nil {
			return nil, err
		}
		if err := leading(e.Text, e.Qualifier); err != nil {
			return nil, err
		}
		return interval(e.Text, e.Negative, e.Qualifier)
	}
	return nil, errs.Internalf("no literal %T", e)
}

func number(text string, kind ast.NumberKind) (expr.Expr, error) {
	if kind == ast.Approximate {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, errs.Userf("number %s is out of range", text)
		}
		return expr.Double(v), nil
	}
	text = strings.TrimSuffix(text, ".") // 1. is an INT
	digits := strings.TrimPrefix(strings.Replace(text, ".", "", 1), "+")
	if _, err := strconv.ParseInt(digits, 10, 64); err != nil {
		scale := 0
		if i := strings.IndexByte(text, '.'); i >= 0 {
			scale = len(text) - i - 1
		}
		return nil, errs.Userf("numeric literal %s is out of range: its digits do not fit BIGINT",
			text).Fix("write CAST('%s' AS DECIMAL(%d, %d))", text,
			len(strings.TrimLeft(digits, "+-")), scale)
	}
	return expr.Number(text)
}

// dateTime gives a literal the precision that its text has.
func dateTime(e *ast.DateTime) (expr.Expr, error) {
	digits := 0
	if i := strings.LastIndexByte(e.Text, '.'); i >= 0 {
		digits = min(len(e.Text)-i-1, 9)
	}
	var t types.Type
	switch e.Kind {
	case ast.DateKind:
		t = types.Of(types.Date)
	case ast.TimeKind:
		t = types.WithPrecision(types.Time, digits)
	case ast.TimestampKind:
		t = types.WithPrecision(types.Timestamp, max(digits, 3))
		if digits < 3 {
			t.Precision = digits
		}
	default:
		t = types.WithPrecision(types.TimestampLTZ, max(digits, 3))
	}
	cast, err := expr.NewCast(expr.Text(e.Text), t.Nullable(false), false)
	if err != nil {
		return nil, err
	}
	folded := expr.Fold(nil, cast)
	if _, ok := folded.(*expr.Literal); !ok || beyondCalendar(e.Text) {
		return nil, errs.Userf("'%s' is not a %s literal", e.Text, t)
	}
	return folded, nil
}

// beyondCalendar finds the year 0 and the hour 24, which a CAST takes and a literal does not.
func beyondCalendar(text string) bool {
	date, clock, both := strings.Cut(strings.TrimSpace(text), " ")
	if !both && strings.Contains(date, ":") {
		date, clock = "", date
	}
	return strings.HasPrefix(date, "0000-") || strings.HasPrefix(strings.TrimSpace(clock), "24:")
}

var unitMs = map[ast.TimeUnit]int64{
	"WEEK": 7 * 86_400_000, "DAY": 86_400_000, "HOUR": 3_600_000, "MINUTE": 60_000,
	"SECOND": 1000, "MILLISECOND": 1,
}

var unitMonths = map[ast.TimeUnit]int32{"YEAR": 12, "QUARTER": 3, "MONTH": 1}

// interval reads the text of an interval literal: '5', '1-2', '1 02:03:04.5', by its qualifier.
func interval(text string, negative bool, q ast.IntervalQualifier) (expr.Expr, error) {
	s := strings.TrimSpace(text)
	if strings.HasPrefix(s, "-") {
		negative, s = !negative, s[1:]
	}
	s = strings.TrimPrefix(s, "+")
	bad := errs.Userf("'%s' is not an interval of %s", text, qualifierText(q))
	if m, ok := unitMonths[q.From]; ok {
		total, ok := months(s, m, q)
		if !ok {
			return nil, bad
		}
		return expr.IntervalMonths(either32(negative, -total, total)), nil
	}
	ms, ok := millis(s, q)
	if !ok {
		return nil, bad
	}
	if negative {
		ms = -ms
	}
	return expr.IntervalMs(ms), nil
}

// leading refuses a first field with more digits than the qualifier says: two if it says nothing.
func leading(text string, q ast.IntervalQualifier) error {
	digits := strings.TrimLeft(strings.TrimSpace(text), "+-")
	if i := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits = digits[:i]
	}
	digits = strings.TrimLeft(digits, "0")
	most := q.FromPrecision
	if most < 0 {
		most = 2
	}
	if q.From == "MILLISECOND" || len(digits) <= most {
		return nil
	}
	e := errs.Userf("interval field value %s exceeds the precision of %s(%d)", digits, q.From, most)
	if _, ok := unitMonths[q.From]; !ok && len(digits) > maxDayDigits {
		return e.Fix("multiply a shorter one: %s * INTERVAL '1' %s", digits, q.From)
	}
	return e.Fix("write %s(%d)", q.From, len(digits))
}

// maxDayDigits is the most digits that Flink takes in the first field of a day-time interval.
const maxDayDigits = 3

// precisions refuses the precisions of an interval that Flink's types do not have.
func precisions(q ast.IntervalQualifier) error {
	most := maxDayDigits
	if _, ok := unitMonths[q.From]; ok {
		most = 10
	}
	if q.FromPrecision > most {
		return errs.Userf("the precision of %s is at most %d, not %d", q.From, most, q.FromPrecision)
	}
	if q.ToPrecision > 9 {
		return errs.Userf("the fraction of SECOND has at most 9 digits, not %d", q.ToPrecision)
	}
	return nil
}

func either32(yes bool, a, b int32) int32 {
	if yes {
		return a
	}
	return b
}

func qualifierText(q ast.IntervalQualifier) string {
	if q.To == "" {
		return string(q.From)
	}
	return string(q.From) + " TO " + string(q.To)
}

func months(s string, unit int32, q ast.IntervalQualifier) (int32, bool) {
	years, rest, two := strings.Cut(s, "-")
	if two != (q.To != "") {
		return 0, false
	}
	n, err := strconv.ParseInt(years, 10, 31)
	if err != nil {
		return 0, false
	}
	total := int32(n) * unit
	if two {
		m, err := strconv.ParseInt(rest, 10, 31)
		if err != nil || m > 11 {
			return 0, false
		}
		total += int32(m)
	}
	return total, true
}

// millis adds up the fields of a day-time interval, from the qualifier's first unit to its last.
func millis(s string, q ast.IntervalQualifier) (int64, bool) {
	units := []ast.TimeUnit{"DAY", "HOUR", "MINUTE", "SECOND"}
	if q.To == "" {
		units = []ast.TimeUnit{q.From}
	} else {
		from, to := indexOf(units, q.From), indexOf(units, q.To)
		if from < 0 || to < from {
			return 0, false
		}
		units = units[from : to+1]
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ':' })
	if len(parts) != len(units) {
		return 0, false
	}
	var total int64
	for i, u := range units {
		whole, frac, dot := strings.Cut(parts[i], ".")
		n, err := strconv.ParseInt(whole, 10, 64)
		if err != nil || dot && u != "SECOND" {
			return 0, false
		}
		total += n * unitMs[u]
		if dot {
			f, err := strconv.ParseInt((frac + "000")[:3], 10, 64)
			if err != nil {
				return 0, false
			}
			total += f
		}
	}
	return total, true
}

func indexOf(units []ast.TimeUnit, u ast.TimeUnit) int {
	for i, v := range units {
		if v == u {
			return i
		}
	}
	return -1
}
