package kernel

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/headrace/headrace/core/base/errs"
)

// DatePattern is a compiled pattern of Java's date formats ("yyyy-MM-dd HH:mm:ss").
type DatePattern struct {
	fields []dateField
}

// dateField is a run of one pattern letter, or (letter 0) text that stands for itself.
type dateField struct {
	letter byte
	count  int
	text   string
	next   bool // the next field is a number without anything between
}

// DatePattern compiles a pattern, or finds the one compiled before.
func (c *Context) DatePattern(pattern string) (*DatePattern, error) {
	return cached(c, "date", pattern, compileDatePattern)
}

const dateLetters = "GuyYMLwWDdFEeacgHkKhmsSnANzZXxQqB"

func compileDatePattern(pattern string) (*DatePattern, error) {
	p := &DatePattern{}
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			text, n := quotedText(pattern[i:])
			p.fields = append(p.fields, dateField{text: text})
			i += n
		case c < unicode.MaxASCII && unicode.IsLetter(rune(c)):
			n := 1
			for i+n < len(pattern) && pattern[i+n] == c {
				n++
			}
			if !strings.ContainsRune(dateLetters, rune(c)) {
				return nil, errs.Dataf("'%c' is no letter of a date pattern, in '%s'", c, pattern).
					Fix("put text in single quotes")
			}
			if c == 'B' && n != 1 && n != 4 && n != 5 {
				return nil, errs.Dataf("'%s' is no part of a date pattern, in '%s'", pattern[i:i+n],
					pattern).Fix("write B, BBBB or BBBBB for the part of the day")
			}
			if c == 'c' && n > 1 {
				return nil, errs.Dataf("'%s' is no part of a date pattern, in '%s'", pattern[i:i+n],
					pattern).Fix("write c or e for the number of the day of the week, EEE for its name")
			}
			p.fields = append(p.fields, dateField{letter: c, count: n})
			i += n
		case c == '[' || c == ']': // optional parts are all taken as present
			i++
		default:
			p.fields = append(p.fields, dateField{text: string(c)})
			i++
		}
	}
	for i := 0; i+1 < len(p.fields); i++ {
		p.fields[i].next = p.fields[i].numeric() && p.fields[i+1].numeric()
	}
	return p, nil
}

// quotedText reads 'text' and returns it with the number of bytes read; two quotes are one.
func quotedText(s string) (string, int) {
	var b strings.Builder
	if strings.HasPrefix(s, "''") {
		return "'", 2
	}
	i := 1
	for ; i < len(s); i++ {
		if s[i] == '\'' {
			if i+1 < len(s) && s[i+1] == '\'' {
				i++
			} else {
				i++
				break
			}
		}
		b.WriteByte(s[i])
	}
	return b.String(), i
}

func (f dateField) numeric() bool {
	switch f.letter {
	case 0, 'G', 'E', 'a', 'B', 'z', 'Z', 'X', 'x':
		return false
	case 'M', 'L':
		return f.count < 3
	}
	return true
}

// Span is how many seconds of local time, from a multiple of it on, are written alike: those of a
// day, an hour, a minute, or one; 0 where fractions of a second or the zone are written.
func (p *DatePattern) Span() int64 {
	span := int64(86400)
	for _, f := range p.fields {
		switch f.letter {
		case 0, 'G', 'u', 'y', 'Y', 'M', 'L', 'w', 'W', 'd', 'D', 'F', 'E', 'e', 'c', 'Q', 'q':
		case 'a', 'h', 'K', 'k', 'H':
			span = min(span, 3600)
		case 'm':
			span = min(span, 60)
		case 's':
			span = min(span, 1)
		default:
			return 0
		}
	}
	return span
}

// Format appends local time; off is the offset from UTC in seconds and zone its name.
func (p *DatePattern) Format(dst []byte, c Civil, off int, zone string) []byte {
	for _, f := range p.fields {
		if f.letter == 0 {
			dst = append(dst, f.text...)
			continue
		}
		dst = f.format(dst, c, off, zone)
	}
	return dst
}

func (f dateField) format(dst []byte, c Civil, off int, zone string) []byte {
	days := Days(c.Year, c.Month, c.Day)
	switch f.letter {
	case 'y', 'u', 'Y':
		y := c.Year
		if f.letter == 'Y' {
			y, _ = weekOfYear(days)
		}
		if f.count == 2 {
			return appendPadded(dst, y%100, 2)
		}
		return appendPadded(dst, y, f.count)
	case 'M', 'L':
		return appendName(dst, time.Month(c.Month).String(), c.Month, f.count)
	case 'Q', 'q':
		return appendQuarter(dst, (c.Month+2)/3, f.count)
	case 'E':
		return f.weekday(dst, days)
	case 'e':
		if f.count > 2 {
			return f.weekday(dst, days)
		}
	case 'G':
		return append(dst, map[bool]string{true: "AD", false: "BC"}[c.Year > 0]...)
	case 'a':
		return append(dst, map[bool]string{true: "PM", false: "AM"}[c.Hour >= 12]...)
	case 'B':
		return append(dst, partOfDay(c, f.count == 5)...)
	case 'S':
		frac := appendPadded(nil, c.Nano, 9)
		for len(frac) < f.count {
			frac = append(frac, '0')
		}
		return append(dst, frac[:f.count]...)
	case 'z':
		return append(dst, zone...)
	case 'Z', 'X', 'x':
		return appendOffset(dst, f, off)
	}
	return appendPadded(dst, f.number(c, days), f.count)
}

// weekday appends the name of the day: short, whole, or its first letter only.
func (f dateField) weekday(dst []byte, days int64) []byte {
	name := time.Weekday(floorMod(days+4, 7)).String()
	switch {
	case f.count < 4:
		name = name[:3]
	case f.count == 5:
		name = name[:1]
	}
	return append(dst, name...)
}

// number is the value of a field that is written as a plain number.
func (f dateField) number(c Civil, days int64) int {
	switch f.letter {
	case 'd':
		return c.Day
	case 'D':
		return int(days-Days(c.Year, 1, 1)) + 1
	case 'H':
		return c.Hour
	case 'k':
		return (c.Hour+23)%24 + 1
	case 'K':
		return c.Hour % 12
	case 'h':
		return (c.Hour+11)%12 + 1
	case 'm':
		return c.Minute
	case 's':
		return c.Second
	case 'n':
		return c.Nano
	case 'A', 'N':
		ns := (c.Hour*3600+c.Minute*60+c.Second)*1_000_000_000 + c.Nano
		if f.letter == 'A' {
			return ns / 1_000_000
		}
		return ns
	case 'w':
		_, w := weekOfYear(days)
		return w
	case 'F':
		return (c.Day-1)%7 + 1
	case 'W':
		first := floorMod(Days(c.Year, c.Month, 1)+4, 7)
		return (c.Day+int(first)-1)/7 + 1
	case 'e', 'c':
		return int(floorMod(days+4, 7)) + 1
	case 'g': // the modified Julian day
		return int(days) + 40587
	}
	return 0
}

// appendQuarter writes 2, 02, Q2 or 2nd quarter.
func appendQuarter(dst []byte, quarter, count int) []byte {
	switch count {
	case 3:
		return append(append(dst, 'Q'), byte('0'+quarter))
	case 4:
		ending := [...]string{"st", "nd", "rd", "th"}[quarter-1]
		return append(append(append(dst, byte('0'+quarter)), ending...), " quarter"...)
	}
	return appendPadded(dst, quarter, min(count, 2))
}

// weekOfYear counts weeks from Sunday; week 1 has January 1st (the rule of the United States).
func weekOfYear(days int64) (year, week int) {
	y, _, _ := CivilDate(days)
	start := func(y int) int64 {
		jan1 := Days(y, 1, 1)
		return jan1 - floorMod(jan1+4, 7)
	}
	if days >= start(y+1) {
		y++
	}
	return y, int(days-start(y))/7 + 1
}

func appendName(dst []byte, name string, number, count int) []byte {
	switch {
	case count < 3:
		return appendPadded(dst, number, count)
	case count == 3:
		name = name[:3]
	case count == 5:
		name = name[:1]
	}
	return append(dst, name...)
}

func appendOffset(dst []byte, f dateField, off int) []byte {
	if off == 0 && f.letter == 'X' {
		return append(dst, 'Z')
	}
	sign := byte('+')
	if off < 0 {
		sign, off = '-', -off
	}
	dst = appendPadded(append(dst, sign), off/3600, 2)
	if f.letter != 'Z' && f.count == 1 && off/60%60 == 0 {
		return dst
	}
	if f.letter != 'Z' && (f.count == 3 || f.count == 5) {
		dst = append(dst, ':')
	}
	return appendPadded(dst, off/60%60, 2)
}

// parsedDate collects fields on the way; hour12 and pm come together at the end.
type parsedDate struct {
	Civil
	offset       *int // of the zone that the text gives, in seconds
	dayOfYear    int
	hour12       int
	pm, am, half bool
	hours        bool // an hour of 24 was read
	period       *dayPeriod
}

// Parse reads local time. Lenient parsing (that of Java's older formats) lets fields run over
// (month 13 is January of the next year) and ignores text after the end; strict parsing cuts a day
// beyond its month to the last one, if that is 31 or less, and refuses the rest.
func (p *DatePattern) Parse(s string, lenient bool) (Civil, bool) {
	c, _, ok := p.ParseZoned(s, lenient)
	return c, ok
}

// ParseZoned is Parse that gives the offset from UTC that stands in the text, in seconds, as well;
// nil if there is none.
func (p *DatePattern) ParseZoned(s string, lenient bool) (c Civil, offset *int, ok bool) {
	d := parsedDate{Civil: Civil{Year: 1970, Month: 1, Day: 1}}
	for _, f := range p.fields {
		if f.letter == 0 {
			if s, ok = strings.CutPrefix(s, f.text); !ok {
				return Civil{}, nil, false
			}
			continue
		}
		if s, ok = d.read(f, s, lenient); !ok {
			return Civil{}, nil, false
		}
	}
	if s != "" && !lenient {
		return Civil{}, nil, false
	}
	c, ok = d.resolve(lenient)
	return c, d.offset, ok
}

// read takes a field from the front of s.
func (d *parsedDate) read(f dateField, s string, lenient bool) (rest string, ok bool) {
	switch {
	case f.letter == 'E':
		return cutLetters(s), true
	case f.letter == 'G' || f.letter == 'z':
		return cutLetters(s), true
	case f.letter == 'Z' || f.letter == 'X' || f.letter == 'x':
		return d.readZone(s)
	case f.letter == 'a':
		if len(s) < 2 {
			return s, false
		}
		d.pm, d.am = strings.EqualFold(s[:2], "PM"), strings.EqualFold(s[:2], "AM")
		return s[2:], d.pm || d.am
	case f.letter == 'B':
		return d.readPeriod(f, s)
	case (f.letter == 'M' || f.letter == 'L') && f.count > 2:
		return d.readMonth(s)
	}
	n := 0
	limit := 19
	if f.next || !lenient && f.count >= 2 && !(f.letter == 'y' && f.count > 2) || f.letter == 'S' {
		limit = f.count
	}
	if !lenient && f.letter == 'y' && f.count == 4 {
		limit = 4
	}
	for n < len(s) && n < limit && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n == 0 || !lenient && f.count >= 2 && n < f.count {
		return s, false
	}
	v, err := strconv.Atoi(s[:n])
	if err != nil {
		return s, false
	}
	d.set(f, v, n)
	return s[n:], true
}

func (d *parsedDate) readMonth(s string) (string, bool) {
	for m := time.January; m <= time.December; m++ {
		for _, name := range []string{m.String(), m.String()[:3]} {
			if len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) {
				d.Month = int(m)
				return s[len(name):], true
			}
		}
	}
	return s, false
}

func (d *parsedDate) set(f dateField, v, width int) {
	switch f.letter {
	case 'y', 'u', 'Y':
		if f.count == 2 && width == 2 {
			v += 2000
		}
		d.Year = v
	case 'M', 'L':
		d.Month = v
	case 'd':
		d.Day = v
	case 'D':
		d.dayOfYear = v
	case 'H', 'k':
		d.Hour, d.hours = v, true
		if f.letter == 'k' && v == 24 {
			d.Hour = 0
		}
	case 'h', 'K':
		d.hour12, d.half = v%12, true
	case 'm':
		d.Minute = v
	case 's':
		d.Second = v
	case 'S':
		if width <= 9 {
			d.Nano = v * int(pow10[9-width])
		}
	case 'n':
		d.Nano = v
	}
}

func (d *parsedDate) resolve(lenient bool) (Civil, bool) {
	d.resolvePeriod()
	if d.half {
		d.Hour = d.hour12
		if d.pm {
			d.Hour += 12
		}
	}
	if !lenient && (d.Month < 1 || d.Month > 12 || d.Day < 1 || d.Day > 31 || d.Hour > 23 ||
		d.Minute > 59 || d.Second > 59) {
		return Civil{}, false
	}
	if d.dayOfYear > 0 {
		d.Month, d.Day = 1, d.dayOfYear
	} else if !lenient {
		d.Day = min(d.Day, DaysIn(d.Year, d.Month))
	}
	y := d.Year + int(floorDiv(int64(d.Month-1), 12))
	m := int(floorMod(int64(d.Month-1), 12)) + 1
	days := Days(y, m, 1) + int64(d.Day-1)
	secs := int64(d.Hour*3600 + d.Minute*60 + d.Second)
	out := CivilOf(days*86400+secs, 0)
	out.Nano = d.Nano
	return out, true
}

func cutLetters(s string) string {
	return strings.TrimLeftFunc(s, unicode.IsLetter)
}

// readZone takes an offset: Z, +02, +0200, +02:00.
func (d *parsedDate) readZone(s string) (string, bool) {
	secs := 0
	rest, ok := strings.CutPrefix(s, "Z")
	if !ok {
		if s == "" || s[0] != '+' && s[0] != '-' {
			return s, false
		}
		rest = strings.TrimLeft(s[1:], "0123456789:")
		if secs, ok = offsetSeconds(s[:len(s)-len(rest)]); !ok {
			return s, false
		}
	}
	d.offset = &secs
	return rest, true
}
