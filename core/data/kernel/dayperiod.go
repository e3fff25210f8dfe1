package kernel

import "strings"

// dayPeriod is a part of the day as the letter B of a date pattern writes it, in English: minutes
// from (inclusive) to to (exclusive) of the day, of which night lies around midnight.
type dayPeriod struct {
	name, narrow string
	from, to     int
	middle       int
}

// dayPeriods are in the order in which they are looked for: noon and midnight last one minute.
var dayPeriods = []dayPeriod{
	{"midnight", "mi", 0, 1, 0},
	{"noon", "n", 720, 721, 720},
	{"in the morning", "in the morning", 360, 720, 540},
	{"in the afternoon", "in the afternoon", 720, 1080, 900},
	{"in the evening", "in the evening", 1080, 1260, 1170},
	{"at night", "at night", 1260, 360, 90},
}

func (p *dayPeriod) includes(minute int) bool {
	if p.from > p.to {
		return minute >= p.from || minute < p.to
	}
	return minute >= p.from && minute < p.to
}

// partOfDay names the part of the day of c.
func partOfDay(c Civil, narrow bool) string {
	for i := range dayPeriods {
		if p := &dayPeriods[i]; p.includes(c.Hour*60 + c.Minute) {
			if narrow {
				return p.narrow
			}
			return p.name
		}
	}
	return ""
}

// readPeriod takes the name of a part of the day.
func (d *parsedDate) readPeriod(f dateField, s string) (rest string, ok bool) {
	for i := range dayPeriods {
		p := &dayPeriods[i]
		name := p.name
		if f.count == 5 {
			name = p.narrow
		}
		if rest, ok := strings.CutPrefix(s, name); ok {
			d.period = p
			return rest, true
		}
	}
	return s, false
}

// resolvePeriod settles which half of the day an hour of twelve is in; without an hour the time is
// the middle of the part of the day.
func (d *parsedDate) resolvePeriod() {
	switch {
	case d.period == nil:
	case d.half:
		d.pm = !d.period.includes(d.hour12*60 + d.Minute)
	case !d.hours:
		d.Hour, d.Minute = d.period.middle/60, d.period.middle%60
	}
}
