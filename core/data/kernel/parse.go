package kernel

import (
	"math"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/data/batch"
)

// trimSpace drops the blanks that CAST from STRING allows around a value.
func trimSpace(s string) string { return strings.Trim(s, " \t\r\n") }

// ParseInt reads an integer as CAST does: blanks around, a sign, digits, and a fraction that is
// dropped ("3.99" is 3). Exponents and numbers beyond bits are refused.
func ParseInt(s string, bits int) (int64, bool) {
	s = trimSpace(s)
	whole, frac, point := strings.Cut(s, ".")
	for i := range len(frac) {
		if frac[i] < '0' || frac[i] > '9' {
			return 0, false
		}
	}
	if whole == "" && point && frac != "" {
		return 0, true
	}
	if len(whole) > 0 && (whole[0] == '+' || whole[0] == '-') && len(whole) == 1 {
		return 0, false
	}
	if strings.Contains(whole, "_") {
		return 0, false
	}
	v, err := strconv.ParseInt(whole, 10, bits)
	return v, err == nil
}

// ParseFloat reads a number as CAST does, i.e. as Java: NaN, Infinity, hexadecimal floats and the
// suffixes f and d are numbers.
func ParseFloat(s string, bits int) (float64, bool) {
	s = trimSpace(s)
	body := strings.TrimLeft(s, "+-")
	switch body {
	case "NaN":
		return math.NaN(), len(s)-len(body) <= 1
	case "Infinity":
		if strings.HasPrefix(s, "-") {
			return math.Inf(-1), len(s)-len(body) <= 1
		}
		return math.Inf(1), len(s)-len(body) <= 1
	case "":
		return 0, false
	}
	if c := body[0]; c != '.' && (c < '0' || c > '9') || strings.Contains(s, "_") {
		return 0, false
	}
	if last := s[len(s)-1] | 0x20; (last == 'f' || last == 'd') && len(body) > 1 &&
		!strings.HasPrefix(strings.ToLower(body), "0x") {
		s = s[:len(s)-1]
	}
	f, err := strconv.ParseFloat(s, bits)
	if err != nil && !math.IsInf(f, 0) {
		return 0, false
	}
	return f, true
}

// longDigits is the largest precision and text length for which Flink reads a DECIMAL by hand.
const longDigits = 18

// castDecimal is ParseDecimal with blanks around and with Flink's slip: a short text whose last
// character alone is junk is taken without it ('T' is 0).
func castDecimal(s string, p, scale int) (d batch.Decimal, ok bool) {
	s = trimSpace(s)
	if d, ok = ParseDecimal(s, p, scale); ok || s == "" {
		return d, ok
	}
	if p > longDigits || len(s) > longDigits {
		return d, false
	}
	last := s[len(s)-1]
	body := s[:len(s)-1]
	if last >= '0' && last <= '9' || last == '.' || strings.ContainsAny(body, "eE") {
		return d, false
	}
	if body == "" {
		return batch.Decimal{}, last != '+' && last != '-'
	}
	return ParseDecimal(body, p, scale)
}

// ParseBool reads t, true, y, yes, 1 and f, false, n, no, 0 in any case, without blanks around.
func ParseBool(s string) (v, ok bool) {
	switch strings.ToLower(s) {
	case "t", "true", "y", "yes", "1":
		return true, true
	case "f", "false", "n", "no", "0":
		return false, true
	}
	return false, false
}

// digits reads a whole number of at least one digit, blanks around allowed.
func digits(s string) (int, bool) {
	s = trimSpace(s)
	if s == "" || len(s) > 9 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// ParseDate reads yyyy[-[M]M[-[d]d]]; what follows a blank is ignored. A day the month does not
// have is refused.
func ParseDate(s string) (days int64, ok bool) {
	s = trimSpace(s)
	s, _, _ = strings.Cut(s, " ")
	parts := strings.SplitN(s, "-", 3)
	n := [3]int{1, 1, 1}
	for i, p := range parts {
		if n[i], ok = digits(p); !ok {
			return 0, false
		}
	}
	if n[0] > 9999 || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > DaysIn(n[0], n[1]) {
		return 0, false
	}
	return Days(n[0], n[1], n[2]), true
}

// ParseTime reads [H]H[:[m]m[:[s]s[.f]]] as nanoseconds of the day.
func ParseTime(s string) (ns int64, ok bool) {
	s = trimSpace(s)
	s, frac, point := strings.Cut(s, ".")
	parts := strings.Split(s, ":")
	if len(parts) > 3 || point && len(parts) < 3 {
		return 0, false
	}
	n := [3]int{}
	for i, p := range parts {
		if n[i], ok = digits(p); !ok {
			return 0, false
		}
	}
	nano := 0
	if point {
		if nano, ok = nanos(frac); !ok {
			return 0, false
		}
	}
	if n[0] > 23 || n[1] > 59 || n[2] > 59 {
		return 0, false
	}
	return int64(n[0]*3600+n[1]*60+n[2])*nsPerSecond + int64(nano), true
}

// nanos reads the digits after the point; beyond nine they are cut.
func nanos(frac string) (int, bool) {
	if len(frac) > 9 {
		frac = frac[:9]
	}
	n, ok := digits(frac)
	if !ok {
		return 0, frac == ""
	}
	return n * int(pow10[9-len(frac)]), true
}

// ParseTimestamp reads yyyy-[M]M-[d]d[ [H]H:[m]m:[s]s[.f]]. A day beyond the end of its month, up
// to 31, is its last day (2025-02-30 is 2025-02-28), as in Flink.
func ParseTimestamp(s string) (c Civil, ok bool) {
	s = trimSpace(s)
	date, clock, timed := strings.Cut(s, " ")
	parts := strings.Split(date, "-")
	if len(parts) != 3 || len(parts[0]) != 4 || len(parts[1]) > 2 || len(parts[2]) > 2 {
		return c, false
	}
	n := [3]int{}
	for i, p := range parts {
		if n[i], ok = digits(p); !ok || strings.ContainsAny(p, " \t") {
			return c, false
		}
	}
	if n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 {
		return c, false
	}
	c = Civil{Year: n[0], Month: n[1], Day: min(n[2], DaysIn(n[0], n[1]))}
	if !timed {
		return c, true
	}
	if strings.Count(clock, ":") != 2 {
		return c, false
	}
	if clock == "24:00:00" { // midnight at the end of the day
		y, m, d := CivilDate(Days(c.Year, c.Month, c.Day) + 1)
		return Civil{Year: y, Month: m, Day: d}, true
	}
	ns, ok := ParseTime(clock)
	if !ok || clock != trimSpace(clock) {
		return c, false
	}
	secs := int(ns / nsPerSecond)
	c.Hour, c.Minute, c.Second = secs/3600, secs/60%60, secs%60
	c.Nano = int(ns % nsPerSecond)
	return c, true
}
