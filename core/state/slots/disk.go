package slots

import (
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
)

// Disk holds the keys that are not in memory (and older states of some that are). Bodies are those
// of package segment, without deltas.
type Disk interface {
	// Get calls found for those keys (of the positions at) that it holds; body is valid during
	// the call.
	Get(keys *state.Keys, at []int32, found func(i int32, body []byte) error) error
	// Put stores evicted keys.
	Put(keys []Evicted) error
	Delete(key []byte, group uint16) error
	// NextTimer returns the earliest time of a timer list (numbered as asked for) that Put wrote.
	NextTimer(list int) (time int64, ok bool)
	// TakeTimers removes up to limit entries of a time in order of (group, key) and calls found
	// for each; more says that some are left.
	TakeTimers(list int, time int64, limit int, found func(key []byte, group uint16)) (more bool,
		err error)
	// Scan returns every key in order.
	Scan() (src segment.Source, done func(), err error)
	// After appends to keys up to n of those that follow a position, in order, and returns the
	// position behind them, nil at the end.
	After(position []byte, n int, keys *state.Keys) (next []byte, err error)
	// Capture returns the keys that were put dirty since the last call.
	Capture() (DiskCapture, error)
}

// Evicted is a key on its way to the disk. Its slices are valid during Put.
type Evicted struct {
	Group  uint16
	Key    []byte
	Body   []byte
	Dirty  bool    // changed since the last capture
	Times  []int64 // of all timer lists, in order
	Counts []int   // how many of Times belong to each list
}

// DiskCapture is the state of dirty keys at a moment.
type DiskCapture interface {
	// Source reads them; done ends the reading.
	Source() (src segment.Source, done func(), err error)
	Close() error
}

// memory estimates what a table holds from a sample of its slots.
type memory struct {
	budget   *state.Budget
	counted  int64 // what the budget has been told
	perSlot  int64
	resolves int
	len      int // keys at the last estimate
}

// sampleSlots is how many slots an estimate looks at; it is made anew every sampleEvery Resolves.
const (
	sampleSlots = 256
	sampleEvery = 16
)

// WithBudget counts the table's memory against a budget.
func (t *Table) WithBudget(b *state.Budget) *Table {
	t.mem.budget = b
	return t
}

// WithDisk puts a disk behind the table. It must be done before the first use.
func (t *Table) WithDisk(d Disk) *Table {
	t.disk = d
	return t
}

// MemBytes estimates the memory of the table.
func (t *Table) MemBytes() int64 { return t.mem.counted }

// Account brings the estimate up to date.
func (t *Table) Account() {
	var sample []int32
	step := max(len(t.meta)/sampleSlots, 1)
	for i := t.mem.resolves % step; i < len(t.meta); i += step {
		if t.meta[i].flags&isLive != 0 {
			sample = append(sample, int32(i))
		}
	}
	if len(sample) > 0 {
		t.mem.perSlot = t.sizeOf(sample)/int64(len(sample)) + 56 // meta, index
	}
	now := t.mem.perSlot*int64(t.Len()) + int64(cap(t.arena))
	t.mem.budget.Add(now - t.mem.counted)
	t.mem.counted, t.mem.len = now, t.Len()
}

// Release gives the table's memory back to the budget when it is no longer used.
func (t *Table) Release() {
	t.mem.budget.Add(-t.mem.counted)
	t.mem.counted = 0
}

func (t *Table) sizeOf(slots []int32) int64 {
	n := int64(0)
	for _, c := range t.cols {
		n += c.col.SizeBytes(slots)
	}
	return n
}

// shrink evicts keys while the budget is over its limit. All slots are up for it.
func (t *Table) shrink() error {
	if t.mem.resolves++; t.mem.resolves%sampleEvery == 1 || t.Len() > t.mem.len+t.mem.len/4 {
		t.Account()
	}
	over := t.mem.budget.Over()
	if over <= 0 || t.Len() == 0 {
		return nil
	}
	if !t.evicts {
		t.evicts = true
		t.epoch++ // what was remembered may go
	}
	// A tenth more, so that not every call evicts.
	count := int((over+t.mem.counted/10)/max(t.mem.perSlot, 1)) + 1
	return t.evict(min(count, t.Len()))
}

// evict moves n keys to the disk, those not used for longest first (second chance).
func (t *Table) evict(n int) error {
	victims := make([]int32, 0, min(n, eachRows))
	for looked := 0; n > 0 && looked < 2*len(t.meta); looked++ {
		if int(t.hand) >= len(t.meta) {
			t.hand = 0
		}
		s := t.hand
		t.hand++
		m := &t.meta[s]
		if m.flags&isLive == 0 {
			continue
		}
		if m.flags&wasUsed != 0 {
			m.flags &^= wasUsed
			continue
		}
		m.flags |= wasUsed // not to be met again in the second round
		victims = append(victims, s)
		n--
		if len(victims) == eachRows || n == 0 {
			if err := t.evictSlots(victims); err != nil {
				return err
			}
			victims = victims[:0]
		}
	}
	if err := t.evictSlots(victims); err != nil {
		return err
	}
	t.Account()
	return nil
}

func (t *Table) evictSlots(slots []int32) error {
	if len(slots) == 0 {
		return nil
	}
	if err := t.storeAll(slots, false); err != nil {
		return err
	}
	gone := make([]int32, 0, len(slots))
	for _, s := range slots {
		m := &t.meta[s]
		if m.flags&(isLive|isDropped) == isLive {
			gone = append(gone, s)
		}
	}
	t.stats.Evictions += int64(len(gone))
	t.release(gone)
	return t.settle()
}

// storeAll stores slots in portions.
func (t *Table) storeAll(slots []int32, stay bool) error {
	for len(slots) > 0 {
		n := t.portion(slots)
		if err := t.store(slots[:n], stay); err != nil {
			return err
		}
		slots = slots[n:]
	}
	return nil
}

// store writes to the disk those of the slots that differ from it. Slots without state are marked
// as dropped. Those that stay in memory stay dirty there, and are for the disk's next capture only
// when they are stored again: a change must not be captured on both sides.
func (t *Table) store(slots []int32, stay bool) error {
	stale := make([]int32, 0, len(slots))
	for _, s := range slots {
		if m := &t.meta[s]; m.flags&(isStale|isDropped) == isStale {
			stale = append(stale, s)
		}
	}
	if len(stale) == 0 {
		return nil
	}
	p := part{cols: make([]values, len(t.cols))}
	for i, c := range t.cols {
		v := &p.cols[i]
		var err error
		if v.data, v.ends, err = c.col.Encode(stale, nil, nil); err != nil {
			return err
		}
	}
	out := make([]Evicted, 0, len(stale))
	var bodies []byte
	var times []int64
	for i, s := range stale {
		m := &t.meta[s]
		if p.isEmpty(i) {
			m.flags |= isDropped
			t.dropped = append(t.dropped, s)
			continue
		}
		from, fromTime := len(bodies), len(times)
		for c := range p.cols {
			if v := p.cols[c].value(i); len(v) > 0 {
				bodies = segment.AppendEntry(bodies, c, false, v)
			}
		}
		e := Evicted{Group: m.group, Key: t.key(s), Dirty: m.flags&isDirty != 0 && !stay}
		for _, tm := range t.timers {
			tm.lists.each(s, func(time int64) { times = append(times, time) })
			e.Counts = append(e.Counts, int(tm.lists.count[s]))
		}
		// Growing leaves old slices where they are: both stay readable.
		e.Body, e.Times = bodies[from:], times[fromTime:]
		out = append(out, e)
		if m.flags |= onDisk; !stay || m.flags&isDirty == 0 {
			m.flags &^= isStale | isDirty
		}
	}
	t.stored = t.stored || len(out) > 0
	return t.disk.Put(out)
}

// resolveDisk finds or loads the slots of keys.
func (t *Table) resolveDisk(keys *state.Keys, slots []int32, makeNew bool) error {
	var missing []int32
	for i := range slots {
		s, _ := t.locate(keys.Key(i))
		slots[i] = s
		if s < 0 {
			missing = append(missing, int32(i))
		} else {
			t.meta[s].flags |= wasUsed
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if err := t.fill(keys, missing); err != nil {
		return err
	}
	for _, i := range missing {
		key := keys.Key(int(i))
		s, print := t.locate(key)
		if s < 0 && makeNew {
			s = t.add(key, keys.Groups[i], print, isFresh|isStale)
			t.fresh = append(t.fresh, s)
		}
		slots[i] = s
	}
	return nil
}

// fill loads those of the keys at the positions that are on the disk and not in memory.
func (t *Table) fill(keys *state.Keys, at []int32) error {
	var slots []int32
	var bodies []byte
	var ends []int32
	err := t.disk.Get(keys, at, func(i int32, body []byte) error {
		key := keys.Key(int(i))
		s, print := t.locate(key)
		if s >= 0 {
			return nil // the batch has the key twice
		}
		// A checkpoint may hold whatever was on disk once.
		slots = append(slots, t.add(key, keys.Groups[i], print, onDisk|isKept))
		bodies = append(bodies, body...)
		ends = append(ends, int32(len(bodies)))
		t.stats.Loads++
		if len(bodies) < portionBytes {
			return nil
		}
		err := t.decode(slots, bodies, ends)
		slots, bodies, ends = slots[:0], bodies[:0], ends[:0]
		return err
	})
	if err != nil {
		return err
	}
	return t.decode(slots, bodies, ends)
}

// eachDisk is Each over memory and disk together.
func (t *Table) eachDisk(f func(slots []int32) error) error {
	live := make([]int32, 0, eachRows)
	for i := range t.meta {
		if t.meta[i].flags&isLive != 0 {
			live = append(live, int32(i))
		}
		if len(live) == eachRows || i == len(t.meta)-1 {
			if err := t.storeAll(live, true); err != nil {
				return err
			}
			live = live[:0]
		}
	}
	if err := t.settle(); err != nil {
		return err
	}
	src, done, err := t.disk.Scan()
	if err != nil {
		return err
	}
	defer done()
	var keys state.Keys
	var slots []int32
	flush := func() error {
		if keys.Len() == 0 {
			return nil
		}
		slots = append(slots[:0], make([]int32, keys.Len())...)
		if err := t.resolveDisk(&keys, slots, false); err != nil {
			return err
		}
		keys.Reset()
		if err := f(slots); err != nil {
			return err
		}
		if err := t.settle(); err != nil {
			return err
		}
		return t.shrink()
	}
	for src.Next() {
		rec := src.Record()
		keys.Append(rec.Key, rec.Group)
		if keys.Len() == eachRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := src.Err(); err != nil {
		return err
	}
	return flush()
}

// Tour implements state.Toured: it goes through the keys on the disk, n at a time.
func (t *Table) Tour(n int) error {
	if t.disk == nil {
		return nil
	}
	if err := t.settle(); err != nil {
		return err
	}
	t.tourKeys.Reset()
	var err error
	if t.tour, err = t.disk.After(t.tour, n, &t.tourKeys); err != nil || t.tourKeys.Len() == 0 {
		return err
	}
	t.tourSlots = append(t.tourSlots[:0], make([]int32, t.tourKeys.Len())...)
	return t.resolveDisk(&t.tourKeys, t.tourSlots, false)
}

// fetch loads the keys that have a timer of this time on the disk only.
func (tm *Timers) fetch(time int64, limit int) error {
	t := tm.t
	for {
		if at, ok := t.disk.NextTimer(tm.number); !ok || at != time {
			return nil
		}
		var keys state.Keys
		more, err := t.disk.TakeTimers(tm.number, time, max(limit, eachRows),
			func(key []byte, group uint16) { keys.Append(key, group) })
		if err != nil {
			return err
		}
		slots := make([]int32, keys.Len())
		if err := t.resolveDisk(&keys, slots, false); err != nil {
			return err
		}
		for _, s := range slots {
			if s >= 0 {
				t.meta[s].flags |= isStale // the disk no longer has its timer
			}
		}
		if !more {
			return nil
		}
	}
}
