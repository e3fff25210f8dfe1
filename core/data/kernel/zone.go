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

// shortZones are the names of three letters that Java knows beside those of the database: some are
// places, three are offsets without summer time.
var shortZones = map[string]string{
	"ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires",
	"ART": "Africa/Cairo", "AST": "America/Anchorage", "BET": "America/Sao_Paulo",
	"BST": "Asia/Dhaka", "CAT": "Africa/Harare", "CNT": "America/St_Johns",
	"CST": "America/Chicago", "CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa",
	"ECT": "Europe/Paris", "EST": "-05:00", "HST": "-10:00",
	"IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo",
	"MIT": "Pacific/Apia", "MST": "-07:00", "NET": "Asia/Yerevan", "NST": "Pacific/Auckland",
	"PLT": "Asia/Karachi", "PNT": "America/Phoenix", "PRT": "America/Puerto_Rico",
	"PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
}

// LoadLocation finds a time zone by its IANA name, by one of Java's short names ("PST"), or by an
// offset as Java writes it: "+08:00", "GMT+8", "UTC-3:30", "Z".
func LoadLocation(name string) (*time.Location, error) {
	if name == "Z" || name == "UTC" || name == "GMT" {
		return time.UTC, nil
	}
	if long, ok := shortZones[name]; ok {
		name = long
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
