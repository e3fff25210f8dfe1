// Package slots is what the back ends share: keys in slots, the columns' registry, dirty keys,
// timers, and captures of what changed. The memory back end is a Table and nothing else; the
// pebble back end puts a Disk behind it.
package slots

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
)

// Table implements state.Keyed. It is used from one goroutine; Captured parts are free of it.
type Table struct {
	cols   []column
	byName map[string]int
	timers []*Timers

	words, texts index
	meta         []meta
	arena        []byte // key bytes
	garbage      int    // bytes of the arena that belong to no slot
	free         []int32
	room         int // slots that the columns have room for

	fresh   []int32 // made by the last Resolve; given back at the next one unless marked dirty
	dirty   []int32
	dropped []int32
	graves  state.Keys // dropped keys that a checkpoint may hold, since the last capture

	disk     Disk
	evicts   bool                 // keys have left for the disk
	stored   bool                 // the disk may hold something
	start    func(t *Table) error // fills the table with what was restored, before its first use
	stats    Stats
	captures int64
	epoch    uint64
	sweepAt  int   // number of keys at which the next sweep is due
	hand     int32 // of the clock that finds slots to evict
	mem      memory

	encoded part   // of captures
	body    []byte // of captures

	tour      []byte // how far Tour has come on the disk
	tourKeys  state.Keys
	tourSlots []int32
}

// Stats are figures of a table.
type Stats struct {
	Keys, Loads, Evictions int64
}

type column struct {
	name string
	col  state.Column
}

// meta is what is known of a slot.
type meta struct {
	off   int64
	len   int32
	group uint16
	flags uint16
}

const (
	isLive    = 1 << iota
	isDirty   // changed since the last capture
	isFresh   // made by the last Resolve and not marked dirty since
	isDropped // the operator dropped it and has not marked it dirty since
	isKept    // a checkpoint may hold the key: its removal must be told
	onDisk    // Disk may hold the key
	isStale   // differs from what Disk holds
	wasUsed   // resolved since the clock's hand passed
)

var (
	_ state.Keyed  = (*Table)(nil)
	_ state.Steady = (*Table)(nil)
	_ state.Toured = (*Table)(nil)
)

// New makes an empty table. start, when not nil, is called once, after all registrations and
// before anything is resolved: it calls Load for what a checkpoint held.
func New(start func(t *Table) error) *Table {
	return &Table{byName: map[string]int{}, words: newIndex(), texts: newIndex(), start: start}
}

// Register implements state.Keyed.
func (t *Table) Register(name string, c state.Column) error {
	if _, twice := t.byName[name]; twice {
		return errs.Userf("two states of one operator are named %q", name).
			Fix("give each state descriptor a name of its own")
	}
	t.byName[name] = len(t.cols)
	t.cols = append(t.cols, column{name: name, col: c})
	c.Grow(t.room)
	return nil
}

// Columns returns names and descriptors of the registered states, in the order of captures.
func (t *Table) Columns() []state.ColumnInfo {
	infos := make([]state.ColumnInfo, len(t.cols))
	for i, c := range t.cols {
		infos[i] = state.InfoOf(c.name, c.col)
	}
	return infos
}

// Column returns the registered column of a name, nil when there is none.
func (t *Table) Column(name string) state.Column {
	if i, ok := t.byName[name]; ok {
		return t.cols[i].col
	}
	return nil
}

// Len is the number of keys in memory.
func (t *Table) Len() int { return t.words.n + t.texts.n }

// Stats returns the table's figures.
func (t *Table) Stats() Stats {
	s := t.stats
	s.Keys = int64(t.Len())
	return s
}

func (t *Table) key(slot int32) []byte {
	m := &t.meta[slot]
	return t.arena[m.off : m.off+int64(m.len) : m.off+int64(m.len)]
}

// Key implements state.Keyed.
func (t *Table) Key(slot int32) ([]byte, uint16) { return t.key(slot), t.meta[slot].group }

// MarkDirty implements state.Keyed.
func (t *Table) MarkDirty(slots []int32) {
	for _, s := range slots {
		t.touch(s)
	}
}

func (t *Table) touch(s int32) {
	m := &t.meta[s]
	if m.flags&(isFresh|isDropped|isDirty|isStale) == isDirty|isStale {
		return
	}
	if m.flags&isDirty == 0 {
		t.dirty = append(t.dirty, s)
	}
	m.flags = m.flags&^(isFresh|isDropped) | isDirty | isStale
}

// Drop implements state.Keyed. The slots stay the keys' until the next Resolve: an operator may
// meet a dropped key again further down its batch.
func (t *Table) Drop(slots []int32) {
	t.clear(slots)
	for _, s := range slots {
		m := &t.meta[s]
		if m.flags&isDropped == 0 {
			t.dropped = append(t.dropped, s)
		}
		m.flags = m.flags&^isFresh | isDropped
	}
}

func (t *Table) clear(slots []int32) {
	for _, c := range t.cols {
		c.col.Clear(slots)
	}
}

// add makes a slot for a key that has none.
func (t *Table) add(key []byte, group uint16, print uint64, flags uint16) int32 {
	var s int32
	if n := len(t.free); n > 0 {
		s = t.free[n-1]
		t.free = t.free[:n-1]
	} else {
		s = int32(len(t.meta))
		t.meta = append(t.meta, meta{})
		if len(t.meta) > t.room {
			t.room = max(64, 2*t.room)
			for _, c := range t.cols {
				c.col.Grow(t.room)
			}
		}
	}
	t.meta[s] = meta{off: int64(len(t.arena)), len: int32(len(key)), group: group,
		flags: flags | isLive | wasUsed}
	t.arena = append(t.arena, key...)
	if isWord(key) {
		t.words.put(print, s)
	} else {
		t.texts.put(print, s)
	}
	return s
}

// release gives slots back; their columns are cleared and their keys forgotten.
func (t *Table) release(slots []int32) {
	if len(slots) == 0 {
		return
	}
	t.epoch++
	t.clear(slots)
	for _, s := range slots {
		key := t.key(s)
		if isWord(key) {
			t.words.remove(wordPrint(key), s)
		} else {
			t.texts.remove(state.Hash(key), s)
		}
		t.garbage += len(key)
		t.meta[s] = meta{}
		t.free = append(t.free, s)
	}
}

// settle ends the life of the slots that the last calls returned: what was dropped, or made and
// never used, is given back.
func (t *Table) settle() error {
	if err := t.begin(); err != nil {
		return err
	}
	if len(t.dropped) > 0 {
		if err := t.bury(); err != nil {
			return err
		}
	}
	if len(t.fresh) > 0 {
		unused := t.fresh[:0]
		for _, s := range t.fresh {
			if t.meta[s].flags&isFresh != 0 {
				unused = append(unused, s)
			}
		}
		t.release(unused)
		t.fresh = t.fresh[:0]
	}
	if len(t.dirty) > 2*len(t.meta)+1024 {
		t.relistDirty()
	}
	if err := t.sweep(); err != nil {
		return err
	}
	if t.garbage > 1<<16 && 2*t.garbage > len(t.arena) {
		t.compact()
	}
	return nil
}

// Settle implements state.Steady.
func (t *Table) Settle() error {
	if err := t.settle(); err != nil || t.disk == nil || t.evicts {
		return err
	}
	return t.shrink() // no Resolve would do it where all keys are remembered
}

// Epoch implements state.Steady. Once keys leave for the disk, eviction must see what is used, and
// slots go at any time.
func (t *Table) Epoch() (uint64, bool) { return t.epoch, !t.evicts }

// relistDirty rids the list of slots that were given back since they were listed: without
// checkpoints nothing else does.
func (t *Table) relistDirty() {
	t.dirty = t.dirty[:0]
	for i := range t.meta {
		if t.meta[i].flags&isDirty != 0 {
			t.dirty = append(t.dirty, int32(i))
		}
	}
}

// bury gives dropped slots back and remembers the keys that a checkpoint or the disk holds.
func (t *Table) bury() error {
	gone := t.dropped[:0]
	for _, s := range t.dropped {
		m := &t.meta[s]
		if m.flags&isDropped == 0 {
			continue // written again, or buried already
		}
		m.flags &^= isDropped
		if m.flags&isKept != 0 {
			t.graves.Append(t.key(s), m.group)
		}
		if m.flags&onDisk != 0 {
			if err := t.disk.Delete(t.key(s), m.group); err != nil {
				return err
			}
		}
		gone = append(gone, s)
	}
	t.release(gone)
	t.dropped = t.dropped[:0]
	return nil
}

// compact rewrites the arena without the keys of released slots.
func (t *Table) compact() {
	arena := make([]byte, 0, len(t.arena)-t.garbage+len(t.arena)/4)
	for i := range t.meta {
		if m := &t.meta[i]; m.flags&isLive != 0 {
			key := t.key(int32(i))
			m.off = int64(len(arena))
			arena = append(arena, key...)
		}
	}
	t.arena, t.garbage = arena, 0
}
