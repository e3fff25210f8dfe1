package filesystem

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/data/kernel"
)

// patternPart is a run of one pattern letter, or text (letter 0), of a date pattern.
type patternPart struct {
	letter byte
	n      int
	text   string
}

// parsePattern reads a Java date pattern of y, M, d, H, m, s and S; other text stands for itself.
func parsePattern(p string) []patternPart {
	var out []patternPart
	for i := 0; i < len(p); {
		c := p[i]
		switch {
		case strings.IndexByte("yuMdHmsS", c) >= 0:
			n := 1
			for i+n < len(p) && p[i+n] == c {
				n++
			}
			if c == 'u' {
				c = 'y'
			}
			out = append(out, patternPart{letter: c, n: n})
			i += n
		case c == '\'':
			end := strings.IndexByte(p[i+1:], '\'')
			if end < 0 {
				end = len(p) - i - 1
			}
			out = append(out, patternPart{text: p[i+1 : i+1+end]})
			i += end + 2
		default:
			out = append(out, patternPart{text: string(c)})
			i++
		}
	}
	return out
}

// formatTime writes a time (ms since 1970) by the pattern.
func formatTime(parts []patternPart, ms int64) string {
	c := kernel.CivilOf(ms, 3)
	var b strings.Builder
	for _, p := range parts {
		switch p.letter {
		case 0:
			b.WriteString(p.text)
		case 'S':
			b.WriteString(fmt.Sprintf("%09d", c.Nano)[:min(p.n, 9)])
		default:
			fmt.Fprintf(&b, "%0*d", p.n, *field(&c, p.letter))
		}
	}
	return b.String()
}

func field(c *kernel.Civil, letter byte) *int {
	switch letter {
	case 'y':
		return &c.Year
	case 'M':
		return &c.Month
	case 'd':
		return &c.Day
	case 'H':
		return &c.Hour
	case 'm':
		return &c.Minute
	}
	return &c.Second
}

// parseTime reads a time by the pattern; a text that ends after the day is midnight.
func parseTime(parts []patternPart, text string) (ms int64, ok bool) {
	c := kernel.Civil{Year: 1970, Month: 1, Day: 1}
	for _, p := range parts {
		if text == "" {
			break
		}
		if p.letter == 0 {
			if !strings.HasPrefix(text, p.text) {
				return 0, false
			}
			text = text[len(p.text):]
			continue
		}
		if len(text) < p.n {
			return 0, false
		}
		v, err := strconv.Atoi(text[:p.n])
		if err != nil {
			return 0, false
		}
		text = text[p.n:]
		if p.letter == 'S' {
			c.Nano = v
			for range 9 - p.n {
				c.Nano *= 10
			}
			continue
		}
		*field(&c, p.letter) = v
	}
	if text != "" || c.Month < 1 || c.Month > 12 || c.Day < 1 ||
		c.Day > kernel.DaysIn(c.Year, c.Month) {
		return 0, false
	}
	return c.Ticks(3)
}
