package parquet

import (
	"encoding/binary"

	"github.com/apache/arrow/go/v16/parquet"
)

// pageKind is the kind of a page, by its number in the format.
type pageKind int32

const (
	dataPage   pageKind = 0
	dictPage   pageKind = 2
	dataPageV2 pageKind = 3
)

// pageHeader is what stands in front of a page, as far as it is needed to decode it.
type pageHeader struct {
	kind       pageKind
	raw        int // bytes when decompressed
	stored     int // bytes in the file
	values     int
	encoding   parquet.Encoding
	levels     parquet.Encoding // of definition levels
	repBytes   int              // version 2: levels in front of the values, not compressed
	defBytes   int
	compressed bool
}

// parseHeader reads a header in Thrift's compact form at the start of b; n is its length, 0 when b
// ends before it does.
func parseHeader(b []byte) (h pageHeader, n int) {
	h.compressed = true
	t := thrift{b: b}
	t.fields(0, func(id int, kind byte) bool {
		switch id {
		case 1:
			h.kind = pageKind(t.integer())
		case 2:
			h.raw = int(t.integer())
		case 3:
			h.stored = int(t.integer())
		case 5, 7, 8:
			t.fields(1, func(field int, kind byte) bool { return h.detail(&t, id, field, kind) })
		default:
			return false
		}
		return true
	})
	if t.short {
		return h, 0
	}
	return h, t.at
}

// detail reads a field of the part of the header that belongs to the page's kind.
func (h *pageHeader) detail(t *thrift, part, field int, kind byte) bool {
	const v1, dict, v2 = 5, 7, 8
	switch {
	case field == 1:
		h.values = int(t.integer())
	case field == 2 && part != v2, field == 4 && part == v2:
		h.encoding = parquet.Encoding(t.integer())
	case field == 3 && part == v1:
		h.levels = parquet.Encoding(t.integer())
	case field == 5 && part == v2:
		h.defBytes = int(t.integer())
	case field == 6 && part == v2:
		h.repBytes = int(t.integer())
	case field == 7 && part == v2:
		h.compressed = kind == thriftTrue
	default:
		return false
	}
	return true
}

// sound says whether the numbers of a header can be.
func (h *pageHeader) sound() bool {
	const most = 1 << 30
	return h.raw >= 0 && h.raw < most && h.stored >= 0 && h.stored < most && h.values >= 0 &&
		h.repBytes == 0 && h.defBytes >= 0 && h.defBytes <= min(h.stored, h.raw)
}

// thrift reads Thrift's compact protocol. It never fails: past the end of b it is short.
type thrift struct {
	b     []byte
	at    int
	short bool
}

const (
	thriftTrue, thriftFalse    = 1, 2
	thriftByte, thriftDouble   = 3, 7
	thriftBinary, thriftStruct = 8, 12
	thriftList, thriftSet      = 9, 10
	thriftMap                  = 11
	thriftDepth                = 16 // of structs and lists in one another
)

func (t *thrift) byte() byte {
	if t.at >= len(t.b) {
		t.short = true
		return 0
	}
	t.at++
	return t.b[t.at-1]
}

func (t *thrift) varint() uint64 {
	v, n := binary.Uvarint(t.b[t.at:])
	if n <= 0 {
		t.short = true
		return 0
	}
	t.at += n
	return v
}

func (t *thrift) integer() int64 {
	v := t.varint()
	return int64(v>>1) ^ -int64(v&1)
}

func (t *thrift) skipBytes(n uint64) {
	if n > uint64(len(t.b)-t.at) {
		t.short = true
		return
	}
	t.at += int(n)
}

// fields reads a struct: read is asked for each field, and what it does not take is skipped.
func (t *thrift) fields(depth int, read func(id int, kind byte) bool) {
	id := 0
	for !t.short {
		head := t.byte()
		kind := head & 0x0f
		if kind == 0 {
			return
		}
		if delta := int(head >> 4); delta != 0 {
			id += delta
		} else {
			id = int(t.integer())
		}
		if !read(id, kind) {
			t.skip(kind, depth)
		}
	}
}

func (t *thrift) skip(kind byte, depth int) {
	if depth >= thriftDepth {
		t.short = true
	}
	if t.short {
		return
	}
	switch kind {
	case thriftTrue, thriftFalse:
	case thriftByte:
		t.skipBytes(1)
	case thriftDouble:
		t.skipBytes(8)
	case thriftBinary:
		t.skipBytes(t.varint())
	case thriftStruct:
		t.fields(depth+1, func(int, byte) bool { return false })
	case thriftList, thriftSet:
		head := t.byte()
		n := uint64(head >> 4)
		if n == 15 {
			n = t.varint()
		}
		t.items(n, depth, head&0x0f)
	case thriftMap:
		if n := t.varint(); n > 0 {
			kinds := t.byte()
			t.items(n, depth, kinds>>4, kinds&0x0f)
		}
	default:
		t.varint()
	}
}

// items skips n entries of a list or map; a boolean in one takes a byte.
func (t *thrift) items(n uint64, depth int, kinds ...byte) {
	for ; n > 0 && !t.short; n-- {
		for _, k := range kinds {
			if k == thriftTrue || k == thriftFalse {
				k = thriftByte
			}
			t.skip(k, depth+1)
		}
	}
}
