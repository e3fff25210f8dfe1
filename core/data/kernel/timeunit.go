package kernel

// Extract is a part of a local time, as EXTRACT gives it; ok is false for an unknown unit.
// WEEK and ISOYEAR follow ISO 8601, DOW counts from Sunday = 1, ISODOW from Monday = 1.
func Extract(unit string, ticks int64, tickUnit int) (v int64, ok bool) {
	per := pow10[tickUnit]
	secs := floorDiv(ticks, per)
	days := floorDiv(secs, 86400)
	if v, ok := extractClock(unit, ticks, tickUnit, secs-days*86400); ok {
		return v, true
	}
	if unit == "EPOCH" {
		return secs, true
	}
	return extractDate(unit, days)
}

func extractClock(unit string, ticks int64, tickUnit int, secOfDay int64) (int64, bool) {
	frac := floorMod(ticks, pow10[tickUnit])
	switch unit {
	case "HOUR":
		return secOfDay / 3600, true
	case "MINUTE":
		return secOfDay / 60 % 60, true
	case "SECOND":
		return secOfDay % 60, true
	case "MILLISECOND":
		return ConvertUnit(frac, tickUnit, 3), true
	case "MICROSECOND":
		return ConvertUnit(frac, tickUnit, 6), true
	case "NANOSECOND":
		return ConvertUnit(frac, tickUnit, 9), true
	}
	return 0, false
}

func extractDate(unit string, days int64) (int64, bool) {
	y, m, d := CivilDate(days)
	switch unit {
	case "YEAR":
		return int64(y), true
	case "QUARTER":
		return int64(m+2) / 3, true
	case "MONTH":
		return int64(m), true
	case "DAY", "DAYOFMONTH":
		return int64(d), true
	case "DOY", "DAYOFYEAR":
		return days - Days(y, 1, 1) + 1, true
	case "DOW", "DAYOFWEEK":
		return floorMod(days+4, 7) + 1, true
	case "ISODOW":
		return floorMod(days+3, 7) + 1, true
	case "WEEK", "ISOYEAR":
		thursday := days - floorMod(days+3, 7) + 3
		year, _, _ := CivilDate(thursday)
		if unit == "ISOYEAR" {
			return int64(year), true
		}
		return (thursday-Days(year, 1, 1))/7 + 1, true
	case "DECADE":
		return floorDiv(int64(y), 10), true
	case "CENTURY":
		return ceilDiv(int64(y), 100), true
	case "MILLENNIUM":
		return ceilDiv(int64(y), 1000), true
	}
	return 0, false
}

func ceilDiv(a, b int64) int64 { return -floorDiv(-a, b) }

// unitSeconds are the units of fixed length.
var unitSeconds = map[string]int64{"DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1}

// TruncTime is FLOOR (or, up, CEIL) of a local time to a unit. Weeks begin on Sunday.
func TruncTime(unit string, ticks int64, tickUnit int, up bool) (v int64, ok bool) {
	per := pow10[tickUnit]
	step := unitSeconds[unit] * per
	switch unit {
	case "MILLISECOND":
		step = max(per/1000, 1)
	case "MICROSECOND":
		step = max(per/1_000_000, 1)
	case "NANOSECOND":
		step = 1
	}
	if step > 0 {
		if up {
			return ceilDiv(ticks, step) * step, true
		}
		return floorDiv(ticks, step) * step, true
	}
	day := 86400 * per
	days := floorDiv(ticks, day)
	from, ok := truncDate(unit, days)
	if up && from*day < ticks {
		from = nextDate(unit, from)
	}
	return from * day, ok
}

// truncDate is the first day of the unit that a day lies in.
func truncDate(unit string, days int64) (int64, bool) {
	y, m, _ := CivilDate(days)
	switch unit {
	case "WEEK":
		return days - floorMod(days+4, 7), true
	case "MONTH":
		return Days(y, m, 1), true
	case "QUARTER":
		return Days(y, (m-1)/3*3+1, 1), true
	case "YEAR":
		return Days(y, 1, 1), true
	case "DECADE":
		return Days(int(floorDiv(int64(y), 10))*10, 1, 1), true
	case "CENTURY":
		return Days(int(floorDiv(int64(y)-1, 100))*100+1, 1, 1), true
	case "MILLENNIUM":
		return Days(int(floorDiv(int64(y)-1, 1000))*1000+1, 1, 1), true
	}
	return 0, false
}

// unitMonths are the units counted in months.
var unitMonths = map[string]int64{"MONTH": 1, "QUARTER": 3, "YEAR": 12, "DECADE": 120,
	"CENTURY": 1200, "MILLENNIUM": 12000}

func nextDate(unit string, days int64) int64 {
	if unit == "WEEK" {
		return days + 7
	}
	return AddMonths(days, unitMonths[unit])
}

// monthsBetween is the number of whole months from day b to day a.
func monthsBetween(a, b int64) int64 {
	if a < b {
		return -monthsBetween(b, a)
	}
	for m := (a - b) / 31; ; m++ {
		if AddMonths(b, m) >= a || AddMonths(b, m+1) > a {
			return m
		}
	}
}

// TimestampDiff is the number of whole units from local time a to b, cut toward zero.
func TimestampDiff(unit string, a, b int64, tickUnit int) (v int64, ok bool) {
	per := pow10[tickUnit]
	switch unit {
	case "MONTH", "QUARTER", "YEAR":
		day := 86400 * per
		db, da := floorDiv(b, day), floorDiv(a, day)
		m := monthsBetween(db, da)
		if AddMonths(da, m) == db {
			rb, ra := b-db*day, a-da*day
			if m > 0 && rb < ra {
				m--
			} else if m < 0 && rb > ra {
				m++
			}
		}
		return m / unitMonths[unit], true
	case "WEEK":
		return (b - a) / (7 * 86400 * per), true
	case "MILLISECOND":
		return convertDiff(b-a, tickUnit, 3), true
	case "MICROSECOND":
		return convertDiff(b-a, tickUnit, 6), true
	case "NANOSECOND":
		return convertDiff(b-a, tickUnit, 9), true
	}
	step := unitSeconds[unit]
	if step == 0 {
		return 0, false
	}
	return (b - a) / (step * per), true
}

func convertDiff(d int64, from, to int) int64 {
	if to >= from {
		return d * pow10[to-from]
	}
	return d / pow10[from-to]
}
