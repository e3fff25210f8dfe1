package slots

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
)

// Captured is a copy of what changed in a table since the capture before. It belongs to whoever
// writes it.
type Captured struct {
	Number  int64 // of the table's captures
	Columns []state.ColumnInfo
	// changed are the keys that changed or were dropped in memory, whatever the disk says; gone,
	// where the disk has changes, those dropped for good that were not in memory again.
	changed, gone shelves
	disk          DiskCapture
	// Base says that it holds all keys, not only changed ones; Share is the part that changed.
	Base  bool
	Share float64
}

// part is the encoded state of up to eachRows keys, a column at a time.
type part struct {
	cols []values
}

type values struct {
	data  []byte
	ends  []int32
	whole []bool // nil: all
}

func (v *values) value(i int) []byte {
	from := int32(0)
	if i > 0 {
		from = v.ends[i-1]
	}
	return v.data[from:v.ends[i]]
}

// SizeBytes is the memory of the copy.
func (c *Captured) SizeBytes() int64 { return c.changed.bytes + c.gone.bytes }

// Live is how many keys of memory it has the state of.
func (c *Captured) Live() int { return c.changed.live }

// Empty says that nothing changed.
func (c *Captured) Empty() bool {
	return c.changed.bytes == 0 && c.gone.bytes == 0 && c.disk == nil && !c.Base
}

// Close lets go of what the capture holds, once nobody reads it.
func (c *Captured) Close() error {
	c.changed.free()
	c.gone.free()
	if c.disk == nil {
		return nil
	}
	disk := c.disk
	c.disk = nil
	return disk.Close()
}

// Capture copies the state of the keys that changed since the last capture, and forgets that they
// did. Slots stay valid.
func (t *Table) Capture() (*Captured, error) { return t.capture(false) }

// CaptureAll is Capture of all keys: what it returns stands for itself. All keys must be in memory.
func (t *Table) CaptureAll() (*Captured, error) {
	share, inMemory := t.ChangedShare()
	if !inMemory {
		return nil, errs.Internalf("keys on the disk are to be captured from memory")
	}
	c, err := t.capture(true)
	if err == nil {
		c.Base, c.Share = true, share
	}
	return c, err
}

// ChangedShare is about which part of the keys has changed since the last capture; inMemory says
// that none of the others is on the disk alone.
func (t *Table) ChangedShare() (share float64, inMemory bool) {
	return min(1, float64(len(t.dirty))/float64(max(t.Len(), 1))),
		t.start == nil && t.stats.Evictions == 0
}

func (t *Table) capture(all bool) (*Captured, error) {
	if err := t.begin(); err != nil {
		return nil, err
	}
	t.captures++
	c := &Captured{Number: t.captures, Columns: t.Columns()}
	dropped := t.dropped // without what the capture finds empty
	slots := t.listChanged
	if all {
		slots = t.listAll
	}
	for rest := slots(); len(rest) > 0; {
		n := t.portion(rest)
		if err := t.capturePart(rest[:n], all, &c.changed); err != nil {
			return nil, err
		}
		rest = rest[n:]
	}
	t.dirty = t.dirty[:0]
	if t.disk != nil {
		var err error
		if c.disk, err = t.disk.Capture(); err != nil {
			return nil, err
		}
	}
	t.captureGraves(dropped, c)
	return c, nil
}

// listChanged returns the changed slots, which then count as unchanged.
func (t *Table) listChanged() []int32 {
	t.orderDirty()
	changed := t.dirty[:0]
	for _, s := range t.dirty {
		m := &t.meta[s]
		if m.flags&(isDirty|isDropped) == isDirty {
			changed = append(changed, s)
		}
		m.flags &^= isDirty
	}
	return changed
}

// listAll returns the slots of all keys, which then count as unchanged.
func (t *Table) listAll() []int32 {
	all := make([]int32, 0, t.Len())
	for i := range t.meta {
		m := &t.meta[i]
		if m.flags&(isLive|isDropped|isFresh) == isLive {
			all = append(all, int32(i))
		}
		m.flags &^= isDirty
	}
	return all
}

// captureGraves tells which keys were dropped. They come behind the state of keys that have come
// back since.
func (t *Table) captureGraves(dropped []int32, c *Captured) {
	to := &c.changed
	if c.disk != nil {
		// A key that was dropped may have come back and gone to the disk.
		to = &c.gone
	}
	for i := range t.graves.Len() {
		to.add(segment.Record{Group: t.graves.Groups[i], Key: t.graves.Key(i), Dead: true})
	}
	t.graves = state.Keys{}
	for _, s := range dropped {
		if m := &t.meta[s]; m.flags&(isDropped|isKept) == isDropped|isKept {
			c.changed.add(segment.Record{Group: m.group, Key: t.key(s), Dead: true})
			// buried as kept once more at the next Resolve, which tells it twice: harmless
		}
	}
}

// orderDirty brings the changed slots into the order of memory: reading them at random takes much
// longer, while the operator waits.
func (t *Table) orderDirty() {
	if 8*len(t.dirty) > len(t.meta) {
		t.relistDirty()
		return
	}
	slices.Sort(t.dirty)
}

// portionBytes is about how much is encoded at once: offsets have 31 bits.
const portionBytes = 256 << 20

// portion is how many of the slots are encoded together.
func (t *Table) portion(slots []int32) int {
	n := min(len(slots), eachRows)
	for n > 1 && t.sizeOf(slots[:n]) > portionBytes {
		n /= 2
	}
	return n
}

// capturePart adds the state of slots. The columns' buffers serve again and again, so that what is
// encoded is still near the processor when it is put into records.
// whole says that no value is told as changes of what was told before.
func (t *Table) capturePart(slots []int32, whole bool, to *shelves) error {
	p := &t.encoded
	p.cols = slices.Grow(p.cols[:0], len(t.cols))[:len(t.cols)]
	for i, c := range t.cols {
		v := &p.cols[i]
		var err error
		inc, incremental := c.col.(state.Incremental)
		if incremental {
			v.data, v.ends, v.whole, err = inc.EncodeDelta(slots, v.data[:0], v.ends[:0],
				v.whole[:0])
		}
		if err == nil && (whole || !incremental) {
			v.whole = nil
			v.data, v.ends, err = c.col.Encode(slots, v.data[:0], v.ends[:0])
		}
		if err != nil {
			return err
		}
	}
	for i, s := range slots {
		m := &t.meta[s]
		if t.body = p.appendBody(t.body[:0], i); len(t.body) > 0 {
			m.flags |= isKept
		} else if m.flags&isDropped == 0 {
			// Nothing is left: the key goes as if it had been dropped, unless it is used again.
			m.flags |= isDropped
			t.dropped = append(t.dropped, s)
		}
		to.add(segment.Record{Group: m.group, Key: t.key(s), Dead: len(t.body) == 0,
			Body: t.body})
	}
	if cap(t.body) > portionKept {
		t.body = nil
	}
	p.shrink()
	return nil
}

// portionKept is the largest buffer that is kept from part to part.
const portionKept = 1 << 20

func (p *part) shrink() {
	for i := range p.cols {
		if cap(p.cols[i].data) > portionKept {
			p.cols[i].data = nil
		}
	}
}

// appendBody adds the body of the key at a position: nothing when it has no state.
func (p *part) appendBody(dst []byte, i int) []byte {
	for k := range p.cols {
		v := &p.cols[k]
		delta := v.whole != nil && !v.whole[i]
		if b := v.value(i); delta || len(b) > 0 {
			dst = segment.AppendEntry(dst, k, delta, b)
		}
	}
	return dst
}

func (p *part) isEmpty(i int) bool {
	for k := range p.cols {
		v := &p.cols[k]
		if len(v.value(i)) > 0 || v.whole != nil && !v.whole[i] {
			return false
		}
	}
	return true
}

// Source reads the captured keys in order; done ends the reading. It may be called again, once
// that before has ended.
func (c *Captured) Source() (src segment.Source, done func(), err error) {
	if c.disk == nil {
		return c.changed.source(), func() {}, nil
	}
	onDisk, done, err := c.disk.Source()
	if err != nil {
		return nil, nil, err
	}
	// What is in memory is newer than what the disk has.
	return segment.NewMerge([]segment.Source{c.gone.source(), onDisk,
		c.changed.source()}), done, nil
}

// Changed is how many keys a capture would have, at most.
func (t *Table) Changed() int { return len(t.dirty) + t.graves.Len() }
