package format_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

func TestParseIntAgreesWithStrconv(t *testing.T) {
	texts := []string{"", "-", "+1", "0", "-0", "007", "9223372036854775807",
		"9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"18446744073709551616", "99999999999999999999999", "1234567a", "12345678a", ":2345678",
		"1/345678", "12345678", "1234567812345678", "123456781234567x", "_1", "1_0"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		texts = append(texts, strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10))
	}
	for _, s := range texts {
		want, err := strconv.ParseInt(s, 10, 64)
		got, ok := format.ParseInt([]byte(s))
		behind := []byte("-1234567890,12345," + s + ",99")
		if v, fast := format.IntAt(behind, 18, 18+len(s)); fast && (!ok || v != got) {
			t.Errorf("%q: %d, not %d, %v", s, v, got, ok)
		}
		if ok != (err == nil) || ok && got != want {
			t.Errorf("%q: %d %v, want %d %v", s, got, ok, want, err)
		}
	}
}

func TestParseFloatAgreesWithStrconv(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 20000 {
		s := fmt.Sprintf("%d.%0*d", r.Int64N(1<<(1+i%50)), 1+i%12, r.Int64N(1000))
		switch i % 4 {
		case 1:
			s = "-" + s
		case 2:
			s += fmt.Sprintf("e%d", r.IntN(60)-30)
		case 3:
			s = strconv.FormatFloat(math.Float64frombits(r.Uint64()), 'g', -1, 64)
		}
		for _, size := range []int{32, 64} {
			want, err := strconv.ParseFloat(s, size)
			got, ok := format.ParseFloat([]byte(s), size)
			if err == nil && (!ok || got != want && want == want) {
				t.Fatalf("%s as %d bits: %v %v, want %v", s, size, got, ok, want)
			}
		}
	}
	for _, s := range []string{"", ".", "-", "1.2.3", "1e", "x", "1x"} {
		if _, ok := format.ParseFloat([]byte(s), 64); ok {
			t.Errorf("%q is a number", s)
		}
	}
}

func TestTimes(t *testing.T) {
	sql, iso := format.TimeStandard{}, format.TimeStandard{ISO: true}
	for _, c := range []struct {
		s    format.TimeStandard
		text string
		zone bool
		want int64
		ok   bool
	}{
		{sql, "1970-01-01 00:00:01.5", false, 1500, true},
		{sql, "1970-01-01 00:00:01", true, 0, false},
		{sql, "1970-01-01 00:00:01Z", true, 1000, true},
		{sql, "1969-12-31 23:59:59.999", false, -1, true},
		{sql, "2023-02-29 00:00:00", false, 0, false},
		{sql, "1970-01-01T00:00:01", false, 0, false},
		{sql, "1970-01-01 24:00:00", false, 0, false},
		{sql, "1970-01-01 00:00", false, 0, false},
		{iso, "1970-01-01T00:01", false, 60000, true},
		{iso, "1970-01-01T00:00:00.1234567891", false, 0, false},
	} {
		got, ok := c.s.Parse([]byte(c.text), 3, c.zone)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s: %d %v, want %d %v", c.text, got, ok, c.want, c.ok)
		}
		if back := string(c.s.Append(nil, got, 3, 0, c.zone)); ok && len(c.text) > 16 && back != c.text {
			t.Errorf("%s comes back as %s", c.text, back)
		}
	}
}

func TestDecimalsAsJavaPrintsThem(t *testing.T) {
	for _, c := range []struct {
		v           int64
		scale       int
		strip, keep string
	}{
		{10000, 2, "1E+2", "100.00"},
		{1230, 2, "12.3", "12.30"},
		{-5, 3, "-0.005", "-0.005"},
		{0, 18, "0", "0E-18"},
		{120000000000, 18, "1.2E-7", "1.20000000000E-7"},
		{7, 0, "7", "7"},
	} {
		d := batch.DecimalFromWords(c.v>>63, uint64(c.v))
		strip := string(format.AppendNumber(nil, d, c.scale))
		keep := string(format.AppendBigDecimal(nil, d, c.scale))
		if strip != c.strip || keep != c.keep {
			t.Errorf("%d, %d: %s %s, want %s %s", c.v, c.scale, strip, keep, c.strip, c.keep)
		}
	}
}
