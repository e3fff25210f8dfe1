package slots

import (
	"math/bits"
	"sync"

	"github.com/headrace/headrace/core/state/segment"
)

// shelves hold captured records as a file has them. They come in one heap, which is quick while the
// operator waits. To be read in order they are first put apart by ranges of key groups, each of
// which is small enough to be sorted near the processor.
type shelves struct {
	heap      chunked
	all       []chunked // once they were put apart
	keys      int
	live      int // keys that have state
	bytes     int64
	low, high uint16 // groups
}

// chunked is records in chunks that none crosses.
type chunked struct {
	full [][]byte
	last []byte
}

// A range has at most about shelfKeys keys, unless that would make more than maxShelves.
const (
	shelfKeys  = 4096
	maxShelves = 256
	chunkBytes = 64 << 10
	leastBytes = 1 << 10 // of a chunk
)

var chunks = sync.Pool{New: func() any { return new([chunkBytes]byte) }}

func (c *shelves) add(r segment.Record) {
	if c.keys++; c.keys == 1 {
		c.low, c.high = r.Group, r.Group
	}
	if !r.Dead {
		c.live++
	}
	c.low, c.high = min(c.low, r.Group), max(c.high, r.Group)
	last := c.heap.room(segment.RecordBytes(r))
	from := len(*last)
	*last = segment.AppendRecord(*last, r)
	c.bytes += int64(len(*last) - from)
}

// room returns the last chunk, with room for n bytes.
func (c *chunked) room(n int) *[]byte {
	if cap(c.last)-len(c.last) >= n {
		return &c.last
	}
	size := max(n, leastBytes)
	if c.last != nil {
		c.full = append(c.full, c.last)
		size = max(n, chunkBytes)
	}
	if size == chunkBytes {
		c.last = chunks.Get().(*[chunkBytes]byte)[:0]
	} else {
		c.last = make([]byte, 0, size)
	}
	return &c.last
}

// each calls f with the chunks, in the order in which they were filled.
func (c *chunked) each(f func(chunk []byte)) {
	for _, chunk := range c.full {
		f(chunk)
	}
	if len(c.last) > 0 {
		f(c.last)
	}
}

func freeChunk(chunk []byte) {
	if cap(chunk) == chunkBytes {
		chunks.Put((*[chunkBytes]byte)(chunk[:chunkBytes]))
	}
}

// source reads the records in order.
func (c *shelves) source() segment.Source {
	if c.all == nil {
		c.split()
	}
	return &shelfSource{shelves: c}
}

// split puts the records apart.
func (c *shelves) split() {
	groups := int(c.high-c.low) + 1
	want := min(c.keys/shelfKeys+1, maxShelves, groups)
	if want == 1 {
		c.all, c.heap = []chunked{c.heap}, chunked{}
		return
	}
	// Widths are powers of two.
	shift := bits.Len(uint((groups+want-1)/want - 1))
	c.all = make([]chunked, (groups-1)>>shift+1)
	c.heap.each(func(chunk []byte) {
		for rest := chunk; len(rest) > 0; {
			r, next := segment.NextRecord(rest)
			raw := rest[:len(rest)-len(next)]
			last := c.all[(r.Group-c.low)>>shift].room(len(raw))
			*last = append(*last, raw...)
			rest = next
		}
		freeChunk(chunk)
	})
	c.heap = chunked{}
}

// free gives the chunks to captures to come.
func (c *shelves) free() {
	c.heap.each(freeChunk)
	for i := range c.all {
		c.all[i].each(freeChunk)
	}
	c.heap, c.all = chunked{}, []chunked{}
}
