// Package clock is the only way to the time of day: the runtime takes a Clock, tests turn its
// hands.
package clock

import (
	"sort"
	"sync"
	"time"
)

// Clock tells the time and calls back at a later one.
type Clock interface {
	// NowMs is the time in milliseconds since 1970-01-01 UTC.
	NowMs() int64
	// NowNs is a monotonic reading in nanoseconds, for durations only.
	NowNs() int64
	// AfterFunc calls f once, after d, from a goroutine of its own (System) or from Advance
	// (Manual). The function returned stops it and says whether it had not yet run.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// System is the machine's clock.
type System struct{}

var _ Clock = System{}

var epoch = time.Now()

// NowMs implements Clock.
func (System) NowMs() int64 { return time.Now().UnixMilli() }

// NowNs implements Clock.
func (System) NowNs() int64 { return int64(time.Since(epoch)) }

// AfterFunc implements Clock.
func (System) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// Manual is a clock that moves only when told to.
type Manual struct {
	mu     sync.Mutex
	nowNs  int64
	nextID int
	alarms []alarm
}

type alarm struct {
	atNs int64
	id   int
	f    func()
}

var _ Clock = (*Manual)(nil)

// Stands says whether the clock moves only when told to.
func Stands(c Clock) bool {
	_, ok := c.(*Manual)
	return ok
}

// NewManual returns a clock that stands at the given milliseconds since 1970.
func NewManual(ms int64) *Manual { return &Manual{nowNs: ms * int64(time.Millisecond)} }

// NowMs implements Clock.
func (m *Manual) NowMs() int64 { return m.NowNs() / int64(time.Millisecond) }

// NowNs implements Clock.
func (m *Manual) NowNs() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.nowNs
}

// AfterFunc implements Clock.
func (m *Manual) AfterFunc(d time.Duration, f func()) func() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.nextID++
	id := m.nextID
	m.alarms = append(m.alarms, alarm{atNs: m.nowNs + int64(d), id: id, f: f})
	sort.Slice(m.alarms, func(i, j int) bool {
		a, b := m.alarms[i], m.alarms[j]
		return a.atNs < b.atNs || a.atNs == b.atNs && a.id < b.id
	})
	return func() bool { return m.cancel(id) }
}

// Advance moves the hands by d and runs, in order, every alarm that comes due on the way.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	end := m.nowNs + int64(d)
	for len(m.alarms) > 0 && m.alarms[0].atNs <= end {
		a := m.alarms[0]
		m.alarms = m.alarms[1:]
		m.nowNs = max(m.nowNs, a.atNs)
		m.mu.Unlock()
		a.f()
		m.mu.Lock()
	}
	m.nowNs = end
	m.mu.Unlock()
}

// NextAlarm returns how long it is to the next alarm; ok is false when there is none.
func (m *Manual) NextAlarm() (d time.Duration, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.alarms) == 0 {
		return 0, false
	}
	return time.Duration(m.alarms[0].atNs - m.nowNs), true
}

func (m *Manual) cancel(id int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, a := range m.alarms {
		if a.id == id {
			m.alarms = append(m.alarms[:i], m.alarms[i+1:]...)
			return true
		}
	}
	return false
}
