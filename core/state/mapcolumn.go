package state

import "github.com/headrace/headrace/core/base/errs"

// Grow implements Column.
func (c *Map) Grow(n int) {
	if n > len(c.maps) {
		c.maps = append(c.maps, make([]smallMap, n-len(c.maps))...)
	}
}

// Empty implements Emptied.
func (c *Map) Empty(slot int32) bool { return c.maps[slot].n == 0 }

// Encode implements Column.
func (c *Map) Encode(slots []int32, dst []byte, ends []int32) ([]byte, []int32, error) {
	for _, s := range slots {
		dst = c.maps[s].whole(dst)
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

func (m *smallMap) whole(dst []byte) []byte {
	if m.n == 0 {
		return dst
	}
	dst = append(dst, 0)
	if m.big == nil {
		return append(dst, m.blob...)
	}
	for _, chunk := range m.big.chunks {
		dst = append(dst, chunk...)
	}
	return dst
}

// EncodeDelta implements Incremental. Only maps in chunks are told as changes, until these come to
// half of the map.
func (c *Map) EncodeDelta(slots []int32, dst []byte, ends []int32, whole []bool) ([]byte, []int32,
	[]bool, error) {
	for _, s := range slots {
		m := &c.maps[s]
		if m.big == nil || !m.told || 2*m.big.since > m.big.size {
			dst = m.whole(dst)
			whole = append(whole, true)
			if m.big != nil {
				m.told, m.big.since, m.big.fresh = true, 0, nil
			}
		} else {
			from := len(dst)
			dst = c.changes(s, dst)
			whole = append(whole, false)
			m.big.since += len(dst) - from
			m.big.fresh = nil
		}
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, whole, nil
}

func (c *Map) changes(slot int32, dst []byte) []byte {
	for _, key := range sortedKeys(c.maps[slot].big.fresh) {
		value, ok := c.Get(slot, []byte(key))
		if !ok {
			dst = appendBytes(append(dst, 0), []byte(key))
			continue
		}
		dst = appendBytes(appendBytes(append(dst, 1), []byte(key)), value)
	}
	return dst
}

// Decode implements Column.
func (c *Map) Decode(slots []int32, src []byte, ends []int32) error {
	from := int32(0)
	for i, s := range slots {
		v := src[from:ends[i]]
		from = ends[i]
		m := smallMap{}
		if len(v) > 0 {
			m.blob = append([]byte(nil), v[1:]...)
			for rest := m.blob; len(rest) > 0; m.n++ {
				var err error
				if _, rest, err = cutBytes(rest); err == nil {
					_, rest, err = cutBytes(rest)
				}
				if err != nil {
					return err
				}
			}
			if len(m.blob) > chunkBytes {
				m.grow()
				m.told = true
			}
		}
		c.maps[s] = m
	}
	return nil
}

// Apply implements Incremental.
func (c *Map) Apply(slots []int32, src []byte, ends []int32) error {
	from := int32(0)
	for i, s := range slots {
		if err := c.apply(s, src[from:ends[i]]); err != nil {
			return err
		}
		from = ends[i]
	}
	return nil
}

func (c *Map) apply(slot int32, v []byte) error {
	size := len(v)
	for len(v) > 0 {
		put := v[0]
		key, rest, err := cutBytes(v[1:])
		if err != nil {
			return err
		}
		v = rest
		switch put {
		case 0:
			c.Delete(slot, key)
		case 1:
			value, rest, err := cutBytes(v)
			if err != nil {
				return err
			}
			c.Put(slot, key, value)
			v = rest
		default:
			return errs.Corruptf("a change of a map begins with %d", put)
		}
	}
	if m := &c.maps[slot]; m.big != nil {
		m.told, m.big.fresh = true, nil
		m.big.since += size
	}
	return nil
}

// Clear implements Column.
func (c *Map) Clear(slots []int32) {
	for _, s := range slots {
		c.maps[s] = smallMap{}
	}
}

// SizeBytes implements Column.
func (c *Map) SizeBytes(slots []int32) int64 {
	n := int64(48 * len(slots))
	for _, s := range slots {
		m := &c.maps[s]
		n += int64(cap(m.blob))
		if m.big != nil {
			for _, chunk := range m.big.chunks {
				n += int64(24 + cap(chunk))
			}
			n += int64(48 * len(m.big.fresh))
		}
	}
	return n
}

// TypeDescriptor implements Typed.
func (c *Map) TypeDescriptor() string { return c.describe("map") }

// Evolve implements Typed.
func (c *Map) Evolve(from string) (Convert, error) {
	convert, err := c.evolve("map", from)
	if convert == nil || err != nil {
		return nil, err
	}
	return func(dst, src []byte, delta bool) ([]byte, error) {
		if !delta && len(src) > 0 {
			dst, src = append(dst, 0), src[1:]
		}
		for len(src) > 0 {
			gone := false
			if delta {
				gone = src[0] == 0
				dst, src = append(dst, src[0]), src[1:]
			}
			key, rest, err := cutBytes(src)
			if err != nil {
				return dst, err
			}
			dst, src = appendBytes(dst, key), rest
			if gone {
				continue
			}
			value, rest, err := cutBytes(src)
			if err != nil {
				return dst, err
			}
			next, err := convert(nil, value)
			if err != nil {
				return dst, err
			}
			dst, src = appendBytes(dst, next), rest
		}
		return dst, nil
	}, nil
}
