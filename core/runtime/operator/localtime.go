package operator

import (
	"time"

	"github.com/headrace/headrace/core/data/kernel"
)

// LocalTime turns times of a session zone, as window columns have them, into instants.
type LocalTime struct{ zone *kernel.Zone }

// NewLocalTime makes one; "" says that the times are instants already.
func NewLocalTime(zone string) (LocalTime, error) {
	if zone == "" || zone == "UTC" {
		return LocalTime{}, nil
	}
	loc, err := kernel.LoadLocation(zone)
	if err != nil || loc == time.UTC {
		return LocalTime{}, err
	}
	return LocalTime{kernel.NewZone(loc)}, nil
}

// Shifted says whether local times are something else than instants.
func (l LocalTime) Shifted() bool { return l.zone != nil }

// Instant returns the instant of a local time, both in ms.
func (l LocalTime) Instant(local int64) int64 {
	if l.zone == nil {
		return local
	}
	return l.zone.ToInstant(local, 3)
}

// Local returns the local time of an instant, both in ms.
func (l LocalTime) Local(instant int64) int64 {
	if l.zone == nil {
		return instant
	}
	return l.zone.ToLocal(instant, 3)
}

const hourMs = 3600_000

// Closing returns the instant, in ms, at which a window with a local end is over for a watermark:
// that of its last millisecond. If a clock change repeats that hour it is the second one, so that
// rows of both are in time; if one skips it, it is the change.
func (l LocalTime) Closing(end int64) int64 {
	if l.zone == nil {
		return end - 1
	}
	t := l.zone.ToInstant(end-1, 3)
	switch later := l.zone.ToInstant(end-1+hourMs, 3); {
	case later == t:
		return t - t%hourMs
	case later-t > hourMs:
		return t + hourMs
	}
	return t
}
