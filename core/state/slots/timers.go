package slots

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
)

// TimerState is the name under which the timers of a name are kept as state.
func TimerState(name string) string { return "timers:" + name }

// Timers implements state.Keyed.
func (t *Table) Timers(name string) state.Timers {
	for _, tm := range t.timers {
		if tm.name == name {
			return tm
		}
	}
	tm := &Timers{t: t, name: name, number: len(t.timers)}
	t.timers = append(t.timers, tm)
	// The name cannot be taken: operators' own states do not begin with "timers:".
	if err := t.Register(TimerState(name), &tm.lists); err != nil {
		panic(err)
	}
	return tm
}

// Timers are the timers of one name. The truth is lists: each key's times, kept as a column. The
// heap (and what the disk has in order of time) only says where to look: it holds every timer, and
// perhaps ones that are no more, which are passed over.
type Timers struct {
	t      *Table
	name   string
	number int
	lists  timerLists
	heap   []Timer
	stale  int // upper bound of the heap's entries that are no timers
	// equal are timers of time equalAt in order of (group, key), still to be handed out.
	equal   []int32
	equalAt int64
}

// Timer is an entry of the heap.
type Timer = state.Timer

var _ state.Timers = (*Timers)(nil)

// Register implements state.Timers.
func (tm *Timers) Register(slot int32, time int64) {
	if !tm.lists.add(slot, time) {
		return
	}
	tm.t.touch(slot)
	tm.push(Timer{Time: time, Slot: slot})
}

// Delete implements state.Timers.
func (tm *Timers) Delete(slot int32, time int64) {
	if !tm.lists.remove(slot, time) {
		return
	}
	tm.t.touch(slot)
	tm.stale++
	if tm.stale > 1024 && 2*tm.stale > len(tm.heap) {
		tm.rebuild()
	}
}

// rebuild makes the heap anew from the lists.
func (tm *Timers) rebuild() {
	live := tm.heap[:0]
	for _, e := range tm.heap {
		if tm.lists.has(e.Slot, e.Time) {
			live = append(live, e)
		}
	}
	slices.SortFunc(live, func(a, b Timer) int {
		if a.Time != b.Time {
			return compareInt(a.Time, b.Time)
		}
		return int(a.Slot - b.Slot)
	})
	tm.heap = slices.Compact(live) // a sorted slice is a heap
	tm.stale = 0
}

func compareInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// loaded tells that slots were filled from a snapshot or the disk.
func (tm *Timers) loaded(slots []int32) {
	for _, s := range slots {
		tm.lists.each(s, func(time int64) { tm.push(Timer{Time: time, Slot: s}) })
	}
}

// Next implements state.Timers.
func (tm *Timers) Next() (int64, bool) {
	if tm.t.begin() != nil {
		return math.MinInt64, true // Due reports the error
	}
	for len(tm.equal) > 0 && !tm.lists.has(tm.equal[0], tm.equalAt) {
		tm.equal = tm.equal[1:]
	}
	for len(tm.heap) > 0 && !tm.lists.has(tm.heap[0].Slot, tm.heap[0].Time) {
		tm.pop()
	}
	least, ok := int64(math.MaxInt64), false
	if len(tm.equal) > 0 {
		least, ok = tm.equalAt, true
	}
	if len(tm.heap) > 0 {
		least, ok = min(least, tm.heap[0].Time), true
	}
	if tm.t.disk != nil {
		if time, some := tm.t.disk.NextTimer(tm.number); some {
			least, ok = min(least, time), true
		}
	}
	return least, ok
}

// Due implements state.Timers.
func (tm *Timers) Due(until int64, limit int) ([]Timer, error) {
	t := tm.t
	if err := t.settle(); err != nil {
		return nil, err
	}
	if t.disk != nil {
		if err := t.shrink(); err != nil {
			return nil, err
		}
	}
	var due []Timer
	for len(due) < limit {
		time, ok := tm.Next()
		if !ok || time > until {
			break
		}
		if t.disk != nil {
			if err := tm.fetch(time, limit-len(due)); err != nil {
				return nil, err
			}
		}
		tm.gather(time)
		n := 0
		for _, s := range tm.equal {
			if len(due) == limit {
				break
			}
			n++
			if tm.lists.remove(s, time) {
				t.touch(s)
				due = append(due, Timer{Time: time, Slot: s})
			}
		}
		tm.equal = tm.equal[n:]
	}
	return due, nil
}

// gather moves the timers of the earliest time from the heap to equal, in order.
func (tm *Timers) gather(time int64) {
	if tm.equalAt != time {
		// An earlier time came in between: the rest waits in the heap.
		for _, s := range tm.equal {
			tm.push(Timer{Time: tm.equalAt, Slot: s})
		}
		tm.equal = nil
	}
	tm.equalAt = time
	if len(tm.heap) == 0 || tm.heap[0].Time != time {
		return
	}
	live := append([]int32(nil), tm.equal...)
	for len(tm.heap) > 0 && tm.heap[0].Time == time {
		if s := tm.pop().Slot; tm.lists.has(s, time) {
			live = append(live, s)
		}
	}
	valid := live[:0]
	for _, s := range live {
		if tm.lists.has(s, time) {
			valid = append(valid, s)
		}
	}
	tm.t.order(valid)
	tm.equal = slices.Compact(valid)
}

func (tm *Timers) push(e Timer) {
	tm.heap = append(tm.heap, e)
	for i := len(tm.heap) - 1; i > 0; {
		up := (i - 1) / 4
		if tm.heap[up].Time <= e.Time {
			break
		}
		tm.heap[i], tm.heap[up] = tm.heap[up], e
		i = up
	}
}

func (tm *Timers) pop() Timer {
	top := tm.heap[0]
	last := len(tm.heap) - 1
	e := tm.heap[last]
	tm.heap = tm.heap[:last]
	for i := 0; last > 0; {
		least := i
		time := e.Time
		for c := 4*i + 1; c <= 4*i+4 && c < last; c++ {
			if tm.heap[c].Time < time {
				least, time = c, tm.heap[c].Time
			}
		}
		if least == i {
			tm.heap[i] = e
			break
		}
		tm.heap[i] = tm.heap[least]
		tm.heap[least] = e
		i = least
	}
	return top
}

// timerLists is the column of a key's times, ascending. Most keys have one.
type timerLists struct {
	count []int32
	one   []int64
	more  map[int32][]int64 // all times of slots with two or more
}

// Grow implements state.Column.
func (l *timerLists) Grow(n int) {
	l.count = append(l.count, make([]int32, n-len(l.count))...)
	l.one = append(l.one, make([]int64, n-len(l.one))...)
}

func (l *timerLists) times(s int32) []int64 {
	switch l.count[s] {
	case 0:
		return nil
	case 1:
		return l.one[s : s+1]
	}
	return l.more[s]
}

func (l *timerLists) has(s int32, time int64) bool {
	if int(s) >= len(l.count) {
		return false
	}
	_, found := slices.BinarySearch(l.times(s), time)
	return found
}

func (l *timerLists) each(s int32, f func(time int64)) {
	for _, time := range l.times(s) {
		f(time)
	}
}

func (l *timerLists) set(s int32, times []int64) {
	l.count[s] = int32(len(times))
	if len(times) == 1 {
		l.one[s] = times[0]
	}
	if len(times) > 1 {
		if l.more == nil {
			l.more = map[int32][]int64{}
		}
		l.more[s] = times
	} else if l.more != nil {
		delete(l.more, s)
	}
}

func (l *timerLists) add(s int32, time int64) bool {
	times := l.times(s)
	at, found := slices.BinarySearch(times, time)
	if found {
		return false
	}
	if len(times) == 1 {
		times = []int64{times[0]} // one is not to be grown into
	}
	l.set(s, slices.Insert(times, at, time))
	return true
}

func (l *timerLists) remove(s int32, time int64) bool {
	times := l.times(s)
	at, found := slices.BinarySearch(times, time)
	if !found {
		return false
	}
	if len(times) == 1 {
		l.count[s] = 0
		return true
	}
	l.set(s, slices.Delete(times, at, at+1))
	return true
}

// Encode implements state.Column.
func (l *timerLists) Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	for _, s := range slots {
		for _, time := range l.times(s) {
			dst = binary.LittleEndian.AppendUint64(dst, uint64(time))
		}
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

// Decode implements state.Column.
func (l *timerLists) Decode(slots []int32, src []byte, ends []int32) error {
	from := int32(0)
	for i, s := range slots {
		v := src[from:ends[i]]
		from = ends[i]
		if len(v)%8 != 0 {
			return errs.Corruptf("timers take %d bytes, not eight each", len(v))
		}
		times := make([]int64, 0, len(v)/8)
		for ; len(v) > 0; v = v[8:] {
			times = append(times, int64(binary.LittleEndian.Uint64(v)))
		}
		l.set(s, times)
	}
	return nil
}

// Clear implements state.Column.
func (l *timerLists) Clear(slots []int32) {
	for _, s := range slots {
		l.set(s, nil)
	}
}

// SizeBytes implements state.Column.
func (l *timerLists) SizeBytes(slots []int32) int64 {
	n := int64(0)
	for _, s := range slots {
		n += 12 + 16 // the column and the heap
		if c := l.count[s]; c > 1 {
			n += 24 * int64(c)
		}
	}
	return n
}
