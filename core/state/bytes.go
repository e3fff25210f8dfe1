package state

// Bytes is a column of one byte string a slot: an encoded row, an accumulator. All share an arena.
type Bytes struct {
	Evolution
	at      []span
	arena   []byte
	garbage int
}

// span is where a slot's bytes stand; set tells the empty string from none.
type span struct {
	off int64
	len int32
	cap int32
	set bool
}

var _ Column = (*Bytes)(nil)

// NewBytes makes a column; see Evolution for what may be said about the bytes.
func NewBytes(e Evolution) *Bytes { return &Bytes{Evolution: e} }

// Get returns the bytes of a slot, valid until the next change of the column; ok is false when it
// has none.
func (c *Bytes) Get(slot int32) (v []byte, ok bool) {
	a := &c.at[slot]
	return c.arena[a.off : a.off+int64(a.len) : a.off+int64(a.len)], a.set
}

// Set copies v into the slot.
func (c *Bytes) Set(slot int32, v []byte) {
	a := &c.at[slot]
	if int(a.cap) >= len(v) {
		a.len, a.set = int32(len(v)), true
		copy(c.arena[a.off:], v)
		return
	}
	c.garbage += int(a.cap)
	*a = span{off: int64(len(c.arena)), len: int32(len(v)), cap: int32(len(v)), set: true}
	c.arena = append(c.arena, v...)
	if c.garbage > 1<<16 && 2*c.garbage > len(c.arena) {
		c.compact()
	}
}

func (c *Bytes) compact() {
	arena := make([]byte, 0, len(c.arena)-c.garbage+len(c.arena)/8)
	for i := range c.at {
		a := &c.at[i]
		off := int64(len(arena))
		arena = append(arena, c.arena[a.off:a.off+int64(a.len)]...)
		a.off, a.cap = off, a.len
	}
	c.arena, c.garbage = arena, 0
}

// Grow implements Column.
func (c *Bytes) Grow(n int) {
	if n > len(c.at) {
		c.at = append(c.at, make([]span, n-len(c.at))...)
	}
}

// Empty implements Emptied.
func (c *Bytes) Empty(slot int32) bool { return !c.at[slot].set }

// Encode implements Column: a 1 and the bytes.
func (c *Bytes) Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	for _, s := range slots {
		if v, ok := c.Get(s); ok {
			dst = append(append(dst, 1), v...)
		}
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

// Decode implements Column.
func (c *Bytes) Decode(slots []int32, src []byte, ends []int32) error {
	from := int32(0)
	for i, s := range slots {
		if v := src[from:ends[i]]; len(v) > 0 {
			c.Set(s, v[1:])
		} else {
			c.clear(s)
		}
		from = ends[i]
	}
	return nil
}

func (c *Bytes) clear(slot int32) {
	c.garbage += int(c.at[slot].cap)
	c.at[slot] = span{}
}

// Clear implements Column.
func (c *Bytes) Clear(slots []int32) {
	for _, s := range slots {
		c.clear(s)
	}
}

// SizeBytes implements Column.
func (c *Bytes) SizeBytes(slots []int32) int64 {
	n := int64(24 * len(slots))
	for _, s := range slots {
		n += int64(c.at[s].cap)
	}
	return n
}

// TypeDescriptor implements Typed.
func (c *Bytes) TypeDescriptor() string { return c.describe("bytes") }

// Evolve implements Typed.
func (c *Bytes) Evolve(from string) (Convert, error) {
	convert, err := c.evolve("bytes", from)
	if convert == nil || err != nil {
		return nil, err
	}
	return func(dst, src []byte, _ bool) ([]byte, error) {
		if len(src) == 0 {
			return dst, nil
		}
		return convert(append(dst, 1), src[1:])
	}, nil
}
