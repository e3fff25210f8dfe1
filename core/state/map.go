package state

import (
	"bytes"
	"encoding/binary"
	"slices"
	"sort"
)

// Map is a column of a map from byte strings to byte strings a slot, in ascending order of the
// keys: rows of a join with their counts, the rows of a rank by sort key, rows by time.
//
// Encoded: 0 and the entries, key and value each with its length as uvarint. A delta is a list of
// changes: 1, key, value for a new value, 0, key for one that went.
type Map struct {
	Evolution
	maps []smallMap
	// scratch is the blob being put together by a change.
	scratch []byte
}

// smallMap holds entries packed as they are encoded: in one blob while they are few, else in
// chunks of about chunkBytes, so that a change moves little.
type smallMap struct {
	blob []byte
	n    int32
	told bool // a checkpoint has a state of the slot
	big  *bigMap
}

type bigMap struct {
	chunks [][]byte
	size   int                 // bytes in chunks
	since  int                 // bytes told as deltas since all was told
	fresh  map[string]struct{} // keys changed since the newest capture; only when told
}

const chunkBytes = 2048

// chunkRoom is the memory of a chunk: it is split before most entries need more.
const chunkRoom = chunkBytes + chunkBytes/8

var _ Incremental = (*Map)(nil)

// NewMap makes a column; e speaks of the values. Keys keep their bytes.
func NewMap(e Evolution) *Map { return &Map{Evolution: e} }

// Len is the number of entries.
func (c *Map) Len(slot int32) int { return int(c.maps[slot].n) }

// entry returns the first entry of a blob and what follows; blobs are well-formed.
func entry(b []byte) (key, value, rest []byte) {
	size, n := uvarint(b)
	end := n + size
	key = b[n:end:end]
	b = b[end:]
	size, n = uvarint(b)
	end = n + size
	return key, b[n:end:end], b[end:]
}

// uvarint reads a length that is known to be well-formed and how many bytes it takes.
func uvarint(b []byte) (v, n int) {
	if b[0] < 0x80 {
		return int(b[0]), 1
	}
	if b[1] < 0x80 {
		return int(b[0]&0x7f) | int(b[1])<<7, 2
	}
	long, n := binary.Uvarint(b)
	return int(long), n
}

// locate returns where key stands in a blob: [from, to) is its entry, empty where it belongs when
// it is not there.
func locate(blob, key []byte) (from, to int, value []byte) {
	for rest := blob; len(rest) > 0; {
		k, v, next := entry(rest)
		at := len(blob) - len(rest)
		switch c := bytes.Compare(k, key); {
		case c == 0:
			return at, len(blob) - len(next), v
		case c > 0:
			return at, at, nil
		}
		rest = next
	}
	return len(blob), len(blob), nil
}

// chunkOf returns the chunk that a key belongs to.
func (b *bigMap) chunkOf(key []byte) int {
	i := sort.Search(len(b.chunks), func(i int) bool {
		first, _, _ := entry(b.chunks[i])
		return bytes.Compare(first, key) > 0
	})
	return max(i-1, 0)
}

// Get returns the value of a key, valid until the next change of the slot.
func (c *Map) Get(slot int32, key []byte) (value []byte, ok bool) {
	m := &c.maps[slot]
	blob := m.blob
	if m.big != nil {
		blob = m.big.chunks[m.big.chunkOf(key)]
	}
	from, to, value := locate(blob, key)
	return value, to > from
}

// Put sets the value of a key.
func (c *Map) Put(slot int32, key, value []byte) {
	c.Update(slot, key, func([]byte, bool) []byte { return value })
}

// Update sets the value of a key to what f makes of the old one; had is false where there is none,
// and nil leaves all as it is.
func (c *Map) Update(slot int32, key []byte, f func(old []byte, had bool) []byte) {
	m := &c.maps[slot]
	if m.big != nil {
		c.updateBig(m, key, f)
		return
	}
	from, to, old := locate(m.blob, key)
	value := f(old, to > from)
	if value == nil {
		return
	}
	if to > from && len(old) == len(value) {
		copy(old, value)
		return
	}
	if to == from {
		m.n++
	}
	m.blob = c.splice(m.blob, from, to, key, value)
	if len(m.blob) > chunkBytes {
		m.grow()
	}
}

// AppendEntry adds an entry to dst as Replace takes them.
func AppendEntry(dst, key, value []byte) []byte { return appendBytes(appendBytes(dst, key), value) }

// wholeBytes is up to where Replace serves: larger maps change entry by entry.
const wholeBytes = 4 * chunkBytes

// Replace gives a slot n entries, as AppendEntry put them one behind the other in ascending order of
// the keys. It does nothing and returns false where the map is, or would become, so large that
// changes of single entries cost less.
func (c *Map) Replace(slot int32, entries []byte, n int) bool {
	m := &c.maps[slot]
	if m.big != nil || len(entries) > wholeBytes {
		return false
	}
	if cap(m.blob) < len(entries) {
		m.blob = make([]byte, 0, len(entries))
	}
	m.blob, m.n = append(m.blob[:0], entries...), int32(n)
	return true
}

// splice puts an entry in the place of [from, to).
func (c *Map) splice(blob []byte, from, to int, key, value []byte) []byte {
	c.scratch = appendBytes(appendBytes(c.scratch[:0], key), value)
	return replaceBytes(blob, from, to, c.scratch)
}

// replaceBytes puts by in the place of b[from:to].
func replaceBytes(b []byte, from, to int, by []byte) []byte {
	old := len(b)
	if grow := len(by) - (to - from); grow > 0 {
		b = append(b, by[:grow]...) // only makes room
	}
	n := copy(b[from+len(by) : cap(b)][:old-to], b[to:old])
	copy(b[from:], by)
	return b[:from+len(by)+n]
}

// grow turns a blob into chunks.
func (m *smallMap) grow() {
	b := &bigMap{size: len(m.blob)}
	if m.told {
		// What changed since the last capture is not known: the next one tells all.
		m.told = false
	}
	m.big, m.blob = b, append([]byte(nil), m.blob...)
	b.chunks = split(m.blob)
	m.blob = nil
}

// split cuts a blob into halves, at least, of whole entries.
func split(blob []byte) [][]byte {
	var chunks [][]byte
	for rest := blob; len(rest) > 0; {
		at := 0
		for at < len(rest) && at < chunkBytes/2 {
			_, _, next := entry(rest[at:])
			at = len(rest) - len(next)
		}
		chunks = append(chunks, append(make([]byte, 0, max(at, chunkRoom)), rest[:at]...))
		rest = rest[at:]
	}
	return chunks
}

func (m *smallMap) changed(key []byte) {
	if m.told {
		if m.big.fresh == nil {
			m.big.fresh = map[string]struct{}{}
		}
		m.big.fresh[string(key)] = struct{}{}
	}
}

func (c *Map) updateBig(m *smallMap, key []byte, f func(old []byte, had bool) []byte) {
	b := m.big
	i := b.chunkOf(key)
	chunk := b.chunks[i]
	from, to, old := locate(chunk, key)
	value := f(old, to > from)
	if value == nil {
		return
	}
	m.changed(key)
	if to > from && len(old) == len(value) {
		copy(old, value)
		return
	}
	if to == from {
		m.n++
	}
	b.size -= len(chunk)
	chunk = c.splice(chunk, from, to, key, value)
	b.size += len(chunk)
	b.chunks[i] = chunk
	if len(chunk) > chunkBytes {
		if halves := split(chunk); len(halves) > 1 {
			b.chunks = slices.Replace(b.chunks, i, i+1, halves...)
		}
	}
}

// Delete removes a key; it says whether it was there.
func (c *Map) Delete(slot int32, key []byte) bool {
	m := &c.maps[slot]
	if m.big == nil {
		from, to, _ := locate(m.blob, key)
		if from == to {
			return false
		}
		m.blob = replaceBytes(m.blob, from, to, nil)
		m.n--
		return true
	}
	b := m.big
	i := b.chunkOf(key)
	from, to, _ := locate(b.chunks[i], key)
	if from == to {
		return false
	}
	m.changed(key)
	b.size -= to - from
	b.chunks[i] = replaceBytes(b.chunks[i], from, to, nil)
	m.n--
	if len(b.chunks[i]) == 0 {
		b.chunks = append(b.chunks[:i], b.chunks[i+1:]...)
	}
	if len(b.chunks) == 0 {
		*m = smallMap{}
	}
	return true
}

// DeleteRange removes the keys in [from, to); nil stands for no bound. It returns how many went.
func (c *Map) DeleteRange(slot int32, from, to []byte) int {
	var keys [][]byte
	c.Range(slot, from, to, func(k, _ []byte) bool {
		keys = append(keys, append([]byte(nil), k...))
		return true
	})
	for _, k := range keys {
		c.Delete(slot, k)
	}
	return len(keys)
}

// Add adds n to a value that is a little-endian 64-bit count, zero if the key is not there, and
// returns the sum. A count of zero removes the key.
func (c *Map) Add(slot int32, key []byte, n int64) int64 {
	var buf [8]byte
	if v, ok := c.Get(slot, key); ok && len(v) >= 8 {
		n += int64(binary.LittleEndian.Uint64(v))
	}
	if n == 0 {
		c.Delete(slot, key)
		return 0
	}
	binary.LittleEndian.PutUint64(buf[:], uint64(n))
	c.Put(slot, key, buf[:])
	return n
}

// Count reads a value that Add wrote.
func Count(value []byte) int64 { return int64(binary.LittleEndian.Uint64(value)) }

// Range calls f with the entries whose keys are in [from, to), nil standing for no bound, in
// ascending order until it returns false. Keys and values are valid until the next change of the
// slot; f must not change it.
func (c *Map) Range(slot int32, from, to []byte, f func(key, value []byte) bool) {
	m := &c.maps[slot]
	if m.big == nil {
		rangeBlob(m.blob, from, to, f)
		return
	}
	i := 0
	if from != nil {
		i = m.big.chunkOf(from)
	}
	for ; i < len(m.big.chunks); i++ {
		if !rangeBlob(m.big.chunks[i], from, to, f) {
			return
		}
	}
}

func rangeBlob(blob, from, to []byte, f func(key, value []byte) bool) bool {
	for len(blob) > 0 {
		k, v, rest := entry(blob)
		blob = rest
		if from != nil && bytes.Compare(k, from) < 0 {
			continue
		}
		if to != nil && bytes.Compare(k, to) >= 0 {
			return false
		}
		if !f(k, v) {
			return false
		}
	}
	return true
}

// First returns the entry with the least key.
func (c *Map) First(slot int32) (key, value []byte, ok bool) {
	c.Range(slot, nil, nil, func(k, v []byte) bool {
		key, value, ok = k, v, true
		return false
	})
	return key, value, ok
}

// Last returns the entry with the greatest key.
func (c *Map) Last(slot int32) (key, value []byte, ok bool) {
	m := &c.maps[slot]
	blob := m.blob
	if m.big != nil {
		blob = m.big.chunks[len(m.big.chunks)-1]
	}
	for len(blob) > 0 {
		key, value, blob = entry(blob)
		ok = true
	}
	return key, value, ok
}
