package kernel

import (
	"strconv"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
)

func loadZone(name string) (*Zone, error) {
	loc, err := LoadLocation(name)
	if err != nil {
		return nil, err
	}
	return NewZone(loc), nil
}

// LoadLocation finds a time zone by its IANA name, or by an offset as Java writes it: "+08:00",
// "GMT+8", "UTC-3:30", "Z".
func LoadLocation(name string) (*time.Location, error) {
	if name == "Z" || name == "UTC" || name == "GMT" {
		return time.UTC, nil
	}
	rest := strings.TrimPrefix(strings.TrimPrefix(name, "GMT"), "UTC")
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		if secs, ok := offsetSeconds(rest); ok {
			return time.FixedZone(name, secs), nil
		}
	}
	if name != "" && name != "Local" {
		if loc, err := time.LoadLocation(name); err == nil {
			return loc, nil
		}
	}
	return nil, errs.Userf("unknown time zone '%s'", name).
		Fix("use a name such as 'Europe/Berlin' or an offset such as 'GMT+08:00'")
}

func offsetSeconds(s string) (int, bool) {
	hs, ms, timed := strings.Cut(s[1:], ":")
	if !timed && len(hs) == 4 {
		hs, ms, timed = hs[:2], hs[2:], true
	}
	h, err := strconv.Atoi(hs)
	m := 0
	if err == nil && timed {
		m, err = strconv.Atoi(ms)
	}
	if err != nil || h > 18 || m > 59 {
		return 0, false
	}
	secs := h*3600 + m*60
	if s[0] == '-' {
		secs = -secs
	}
	return secs, true
}
