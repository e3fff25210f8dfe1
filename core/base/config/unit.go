package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
)

var durationUnits = map[string]time.Duration{
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second,
	"seconds": time.Second,
	"ms":      time.Millisecond, "milli": time.Millisecond, "millis": time.Millisecond,
	"millisecond": time.Millisecond, "milliseconds": time.Millisecond, "": time.Millisecond,
	"us": time.Microsecond, "µs": time.Microsecond, "micro": time.Microsecond,
	"micros": time.Microsecond, "microsecond": time.Microsecond,
	"microseconds": time.Microsecond,
	"ns":           time.Nanosecond, "nano": time.Nanosecond, "nanos": time.Nanosecond,
	"nanosecond": time.Nanosecond, "nanoseconds": time.Nanosecond,
}

var memoryUnits = map[string]int64{
	"": 1, "b": 1, "byte": 1, "bytes": 1,
	"k": 1 << 10, "kb": 1 << 10, "kibibyte": 1 << 10, "kibibytes": 1 << 10,
	"m": 1 << 20, "mb": 1 << 20, "mebibyte": 1 << 20, "mebibytes": 1 << 20,
	"g": 1 << 30, "gb": 1 << 30, "gibibyte": 1 << 30, "gibibytes": 1 << 30,
	"t": 1 << 40, "tb": 1 << 40, "tebibyte": 1 << 40, "tebibytes": 1 << 40,
}

// ParseDuration reads '10 s', '1 min', '200ms', 'PT1M30S' or a bare number of milliseconds.
func ParseDuration(s string) (time.Duration, error) {
	if strings.HasPrefix(strings.ToUpper(s), "P") {
		return parseISO(s)
	}
	n, unit, err := split(s)
	if err != nil {
		return 0, err
	}
	u, ok := durationUnits[unit]
	if !ok {
		return 0, errs.Userf("unknown unit of time '%s'", unit).
			Fix("write one of d, h, min, s, ms, us, ns")
	}
	if n > int64(math.MaxInt64)/int64(u) {
		return 0, errs.Userf("longer than 292 years")
	}
	return time.Duration(n) * u, nil
}

// ParseMemory reads '64mb', '1 gb', '512 k' or a bare number of bytes; units are powers of 1024.
func ParseMemory(s string) (int64, error) {
	n, unit, err := split(s)
	if err != nil {
		return 0, err
	}
	u, ok := memoryUnits[unit]
	if !ok {
		return 0, errs.Userf("unknown unit of memory '%s'", unit).Fix("write one of b, kb, mb, gb, tb")
	}
	if n > math.MaxInt64/u {
		return 0, errs.Userf("more bytes than 64 bits can count")
	}
	return n * u, nil
}

func split(s string) (n int64, unit string, err error) {
	s = strings.TrimSpace(s)
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == 0 {
		return 0, "", fmt.Errorf("does not start with a whole number")
	}
	n, err = strconv.ParseInt(s[:i], 10, 64)
	return n, strings.ToLower(strings.TrimSpace(s[i:])), err
}

// parseISO reads a duration of ISO 8601 with days, hours, minutes and seconds.
func parseISO(s string) (time.Duration, error) {
	bad := errs.Userf("not an ISO 8601 duration").Fix("write it like 'PT1M30S' or '90 s'")
	rest, inTime := strings.ToUpper(s)[1:], false
	var total time.Duration
	parts := 0
	for rest != "" {
		if rest[0] == 'T' {
			rest, inTime = rest[1:], true
			continue
		}
		i := strings.IndexAny(rest, "DHMS")
		if i <= 0 || inTime == (rest[i] == 'D') {
			return 0, bad
		}
		v, err := strconv.ParseFloat(rest[:i], 64)
		if err != nil {
			return 0, bad
		}
		unit := durationUnits[strings.ToLower(rest[i:i+1])]
		total += time.Duration(math.Round(v * float64(unit)))
		rest = rest[i+1:]
		parts++
	}
	if parts == 0 {
		return 0, bad
	}
	return total, nil
}
