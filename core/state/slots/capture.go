package slots

import (
	"slices"

	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
)

// Captured is a copy of what changed in a table since the capture before. It belongs to whoever
// writes it.
type Captured struct {
	Number  int64 // of the table's captures
	Columns []state.ColumnInfo
	parts   []part
	graves  state.Keys // dropped for good since the last capture, and not in memory again then
	late    state.Keys // dropped in memory, whatever the disk says
	disk    DiskCapture
	bytes   int64
}

// part is the captured state of up to eachRows keys, a column at a time.
type part struct {
	keys state.Keys
	dead []bool
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
func (c *Captured) SizeBytes() int64 { return c.bytes }

// Empty says that nothing changed.
func (c *Captured) Empty() bool {
	return len(c.parts) == 0 && c.graves.Len() == 0 && c.late.Len() == 0 && c.disk == nil
}

// Close lets go of what the capture holds on disk.
func (c *Captured) Close() error {
	if c.disk == nil {
		return nil
	}
	disk := c.disk
	c.disk = nil
	return disk.Close()
}

// Capture copies the state of the keys that changed since the last capture, and forgets that they
// did. Slots stay valid.
func (t *Table) Capture() (*Captured, error) {
	if err := t.begin(); err != nil {
		return nil, err
	}
	t.captures++
	c := &Captured{Number: t.captures, Columns: t.Columns(), graves: t.graves}
	t.graves = state.Keys{}
	for _, s := range t.dropped {
		if m := &t.meta[s]; m.flags&(isDropped|isKept) == isDropped|isKept {
			c.late.Append(t.key(s), m.group)
			// buried as kept once more at the next Resolve, which tells it twice: harmless
		}
	}
	t.orderDirty()
	changed := t.dirty[:0]
	for _, s := range t.dirty {
		m := &t.meta[s]
		if m.flags&(isDirty|isDropped) == isDirty {
			changed = append(changed, s)
		}
		m.flags &^= isDirty
	}
	for rest := changed; len(rest) > 0; {
		n := t.portion(rest)
		p, err := t.capturePart(rest[:n])
		if err != nil {
			return nil, err
		}
		c.add(p)
		rest = rest[n:]
	}
	t.dirty = t.dirty[:0]
	if t.disk != nil {
		var err error
		if c.disk, err = t.disk.Capture(); err != nil {
			return nil, err
		}
	}
	c.bytes += int64(len(c.graves.Data))
	return c, nil
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

func (c *Captured) add(p part) {
	c.parts = append(c.parts, p)
	c.bytes += int64(len(p.keys.Data) + 8*p.keys.Len())
	for _, v := range p.cols {
		c.bytes += int64(len(v.data) + 4*len(v.ends))
	}
}

func (t *Table) capturePart(slots []int32) (part, error) {
	p := part{cols: make([]values, len(t.cols)), dead: make([]bool, len(slots))}
	size := 0
	for _, s := range slots {
		size += int(t.meta[s].len)
	}
	p.keys.Grow(len(slots), size)
	for _, s := range slots {
		p.keys.Append(t.key(s), t.meta[s].group)
	}
	for i, c := range t.cols {
		v := &p.cols[i]
		var err error
		if inc, ok := c.col.(state.Incremental); ok {
			v.data, v.ends, v.whole, err = inc.EncodeDelta(slots, nil, nil, nil)
		} else {
			// The last part says about how large this one is.
			v.data, v.ends, err = c.col.Encode(slots, make([]byte, 0, c.each*len(slots)),
				make([]int32, 0, len(slots)))
			t.cols[i].each = len(v.data)/len(slots) + 2
		}
		if err != nil {
			return p, err
		}
	}
	for i, s := range slots {
		m := &t.meta[s]
		p.dead[i] = p.isEmpty(i)
		if !p.dead[i] {
			m.flags |= isKept
		} else if m.flags&isDropped == 0 {
			// Nothing is left: the key goes as if it had been dropped, unless it is used again.
			m.flags |= isDropped
			t.dropped = append(t.dropped, s)
		}
	}
	return p, nil
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

// Source reads the captured keys in order; done ends the reading. It may be called again.
func (c *Captured) Source() (src segment.Source, done func(), err error) {
	if c.disk == nil {
		graves := state.Keys{}
		for _, from := range []*state.Keys{&c.graves, &c.late} {
			for i := range from.Len() {
				graves.Append(from.Key(i), from.Groups[i])
			}
		}
		return c.memorySource(0, graves), func() {}, nil
	}
	onDisk, done, err := c.disk.Source()
	if err != nil {
		return nil, nil, err
	}
	// A key that was dropped may have come back and gone to the disk, and what is in memory is
	// newer than what the disk has.
	return segment.NewMerge([]segment.Source{c.memorySource(len(c.parts), c.graves), onDisk,
		c.memorySource(0, c.late)}), done, nil
}

// Next skips the grave of a key that came back, which stands behind the key's state, and the
// second grave of one that went twice.
func (s *capturedSource) Next() bool {
	if s.at >= len(s.order) {
		return false
	}
	r := s.order[s.at]
	for s.at++; s.at < len(s.order) && s.compareKeys(r, s.order[s.at]) == 0; s.at++ {
		continue
	}
	s.rec = segment.Record{Group: r.group, Key: s.key(r), Dead: true}
	if r.part < 0 || s.c.parts[r.part].dead[r.row] {
		return true
	}
	s.rec.Dead = false
	s.body = s.body[:0]
	p := &s.c.parts[r.part]
	for i := range p.cols {
		v := &p.cols[i]
		delta := v.whole != nil && !v.whole[r.row]
		if b := v.value(int(r.row)); delta || len(b) > 0 {
			s.body = segment.AppendEntry(s.body, i, delta, b)
		}
	}
	s.rec.Body = s.body
	return true
}

func (s *capturedSource) Record() segment.Record { return s.rec }

func (s *capturedSource) Err() error { return nil }

// Changed is how many keys a capture would have, at most.
func (t *Table) Changed() int { return len(t.dirty) + t.graves.Len() }
