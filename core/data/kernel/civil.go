package kernel

import (
	"time"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

const (
	msPerDay    = 86_400_000
	nsPerSecond = 1_000_000_000
)

// Civil is a date and time of day in the proleptic Gregorian calendar.
type Civil struct {
	Year, Month, Day     int
	Hour, Minute, Second int
	Nano                 int
}

// CivilDate splits days since 1970-01-01.
func CivilDate(days int64) (y, m, d int) {
	z := days + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = int(doy - (153*mp+2)/5 + 1)
	m = int(mp + 3)
	if m > 12 {
		m -= 12
	}
	y = int(yoe + era*400)
	if m <= 2 {
		y++
	}
	return y, m, d
}

// Days is the number of days from 1970-01-01 to a date.
func Days(y, m, d int) int64 {
	if m <= 2 {
		y--
	}
	era := floorDiv(int64(y), 400)
	yoe := int64(y) - era*400
	mp := int64(m+9) % 12
	doy := (153*mp+2)/5 + int64(d) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// DaysIn is the length of a month.
func DaysIn(y, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }

// pow10 are the powers of ten that fit an int64.
var pow10 = [...]int64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13,
	1e14, 1e15, 1e16, 1e17, 1e18}

// CivilOf splits ticks since 1970 (10^unit a second).
func CivilOf(ticks int64, unit int) Civil {
	per := pow10[unit]
	secs := floorDiv(ticks, per)
	nano := (ticks - secs*per) * pow10[9-unit]
	days := floorDiv(secs, 86400)
	rest := int(secs - days*86400)
	c := Civil{Hour: rest / 3600, Minute: rest / 60 % 60, Second: rest % 60, Nano: int(nano)}
	c.Year, c.Month, c.Day = CivilDate(days)
	return c
}

// Ticks is the inverse of CivilOf; fractions finer than the unit are cut. ok is false where the
// result does not fit 64 bits.
func (c Civil) Ticks(unit int) (ticks int64, ok bool) {
	secs := Days(c.Year, c.Month, c.Day)*86400 + int64(c.Hour*3600+c.Minute*60+c.Second)
	per := pow10[unit]
	if secs > (1<<63-1)/per-1 || secs < -(1<<63-1)/per+1 {
		return 0, false
	}
	return secs*per + int64(c.Nano)/pow10[9-unit], true
}

// ConvertUnit brings ticks of one unit to another; finer digits are cut toward the past.
func ConvertUnit(ticks int64, from, to int) int64 {
	if to >= from {
		return ticks * pow10[to-from]
	}
	return floorDiv(ticks, pow10[from-to])
}

// cutPrecision drops fraction digits below the precision, toward the past.
func cutPrecision(ticks int64, unit, precision int) int64 {
	if precision >= unit {
		return ticks
	}
	p := pow10[unit-precision]
	return floorDiv(ticks, p) * p
}

// Zone converts between instants and local times of one time zone. It remembers the period of the
// last answer, so it is cheap on times that lie together; it belongs to one goroutine.
type Zone struct {
	loc        *time.Location
	from, till int64 // seconds; the offset holds in [from, till)
	off        int64
}

// NewZone makes a Zone; nil is UTC.
func NewZone(loc *time.Location) *Zone {
	z := &Zone{loc: loc}
	if loc == nil || loc == time.UTC || loc.String() == "UTC" {
		z.loc = nil
		z.from, z.till = -1<<63, 1<<63-1
	}
	return z
}

// Offset is the offset in seconds at an instant in seconds.
func (z *Zone) Offset(secs int64) int64 {
	if secs >= z.from && secs < z.till || z.loc == nil {
		return z.off
	}
	t := time.Unix(secs, 0).In(z.loc)
	_, off := t.Zone()
	start, end := t.ZoneBounds()
	z.off, z.from, z.till = int64(off), -1<<63, 1<<63-1
	if !start.IsZero() {
		z.from = start.Unix()
	}
	if !end.IsZero() {
		z.till = end.Unix()
	}
	return z.off
}

// ToLocal turns an instant into local time, both in ticks of the unit.
func (z *Zone) ToLocal(ticks int64, unit int) int64 {
	if z.loc == nil {
		return ticks
	}
	return ticks + z.Offset(floorDiv(ticks, pow10[unit]))*pow10[unit]
}

// ToInstant turns local time into an instant. A time that a clock change skips is moved on by the
// length of the gap; of a time that comes twice the first is meant.
func (z *Zone) ToInstant(ticks int64, unit int) int64 {
	if z.loc == nil {
		return ticks
	}
	local := floorDiv(ticks, pow10[unit])
	before := z.Offset(local - 86400)
	if z.Offset(local-before) == before {
		return ticks - before*pow10[unit]
	}
	after := z.Offset(local + 86400)
	if z.Offset(local-after) == after {
		return ticks - after*pow10[unit]
	}
	return ticks - before*pow10[unit]
}

// zone is the session's time zone.
func (c *Context) zone() *Zone {
	if c.sessionZone == nil {
		c.sessionZone = NewZone(c.Zone)
	}
	return c.sessionZone
}

// Ticks reads a timestamp, DATE or TIME column of any width as int64.
func Ticks(v Vec, n int) []int64 {
	if v.Const {
		n = 1
	}
	switch t := v.Type(); {
	case t.Kind == types.Date, t.Kind == types.Time && t.Unit() == 3, t.Kind == types.IntervalYM:
		out := make([]int64, n)
		for i, x := range batch.Values[int32](v.Col)[:n] {
			out[i] = int64(x)
		}
		return out
	}
	return batch.Values[int64](v.Col)[:n]
}

// ToLocal turns an instant into local time of the session's zone, in ticks of the unit.
func (c *Context) ToLocal(ticks int64, unit int) int64 { return c.zone().ToLocal(ticks, unit) }

// ToInstant turns local time of the session's zone into an instant; see Zone.ToInstant.
func (c *Context) ToInstant(ticks int64, unit int) int64 { return c.zone().ToInstant(ticks, unit) }

// ZoneNamed finds a time zone by its name ("Europe/Berlin", "UTC", "GMT+8", "+08:00").
func (c *Context) ZoneNamed(name string) (*Zone, error) { return cached(c, "zone", name, loadZone) }
