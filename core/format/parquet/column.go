package parquet

import (
	"encoding/binary"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/memory"
	"github.com/apache/arrow/go/v16/parquet"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
)

// values gathers the values of a column: of one batch, from one or more pages.
type values interface {
	// dictionary takes a dictionary page of n values.
	dictionary(data []byte, n int) bool
	// begin starts a batch of n rows.
	begin(n int)
	// rows takes the next rows of the batch from a page; set has a 1 for each that is not null,
	// nil: none is. n is how many are not null.
	rows(p *dataOf, rows, n int, set []byte) bool
	// buffers are those of the batch, behind the validity.
	buffers() []*memory.Buffer
}

// dataOf is what is left of the values of a page.
type dataOf struct {
	coded bool   // numbers of dictionary entries
	plain []byte // otherwise
	bit   int    // of plain, for booleans
	codes hybrid
}

// column decodes one flat column, chunk by chunk.
type column struct {
	typ      arrow.DataType
	optional bool
	pages    pages
	left     int64 // rows of the chunk in pages not begun
	inPage   int
	levels   hybrid
	set      []byte
	data     dataOf
	values   values

	places []int32 // scratch of stored
	wanted []byte
}

// read decodes the next n rows of the chunk.
func (c *column) read(n int) (arrow.Array, error) {
	c.values.begin(n)
	var valid []byte
	nulls := 0
	for done := 0; done < n; {
		if err := c.ahead(); err != nil {
			return nil, err
		}
		rows := min(n-done, c.inPage)
		ones, set := rows, []byte(nil)
		if c.optional {
			if cap(c.set) < rows {
				c.set = make([]byte, n)
			}
			var ok bool
			if ones, ok = c.levels.flags(c.set[:rows]); !ok {
				return nil, damaged()
			}
			if ones < rows {
				set = c.set[:rows]
				if valid == nil {
					valid = batch.NewValid(n)
				}
				nulls += rows - ones
				for i, s := range set {
					if s == 0 {
						batch.ClearBit(valid, done+i)
					}
				}
			}
		}
		if !c.values.rows(&c.data, rows, ones, set) {
			return nil, damaged()
		}
		c.inPage -= rows
		done += rows
	}
	return c.array(n, valid, nulls), nil
}

// array makes the column of n rows whose values have been gathered.
func (c *column) array(n int, valid []byte, nulls int) arrow.Array {
	buffers := append([]*memory.Buffer{nil}, c.values.buffers()...)
	if valid != nil {
		buffers[0] = memory.NewBufferBytes(valid)
	}
	return array.MakeFromData(array.NewData(c.typ, n, buffers, nil, nulls, 0))
}

// page begins the next data page.
func (c *column) page() error {
	if c.left <= 0 {
		return damaged()
	}
	h, data, err := c.pages.next()
	if err != nil {
		return err
	}
	switch h.kind {
	case dictPage:
		if h.encoding != parquet.Encodings.Plain && h.encoding != parquet.Encodings.PlainDict ||
			!c.values.dictionary(data, h.values) {
			return damaged()
		}
		return nil
	case dataPage, dataPageV2:
	default: // an index page
		return nil
	}
	if data, err = c.definition(&h, data); err != nil {
		return err
	}
	c.inPage = h.values
	c.left -= int64(h.values)
	c.data = dataOf{plain: data}
	switch h.encoding {
	case parquet.Encodings.Plain:
		return nil
	case parquet.Encodings.PlainDict, parquet.Encodings.RLEDict:
		c.data.coded = true
		if len(data) == 0 { // of nulls alone
			return nil
		}
		if !c.data.codes.begin(data[1:], uint(data[0])) {
			return damaged()
		}
		return nil
	case byteStreamSplit:
		if v, ok := c.values.(interface{ stored() int }); ok && len(data)%v.stored() == 0 {
			c.data.plain = joined(data, v.stored())
			return nil
		}
	case parquet.Encodings.RLE: // of booleans, behind their length
		if _, ok := c.values.(*flags); ok && len(data) >= 4 {
			c.data.coded = true
			c.data.codes.begin(data[4:], 1)
			return nil
		}
	}
	return errs.Dataf("a page of encoding %s, which the column does not announce", h.encoding)
}

// byteStreamSplit has the first bytes of all values, then the second ones, and so on. The library
// has no name for it and ends such a column without an error.
const byteStreamSplit = parquet.Encoding(9)

// joined puts the bytes of values of a width that were split together.
func joined(data []byte, width int) []byte {
	n := len(data) / width
	out := make([]byte, len(data), len(data)+slack)
	for k := range width {
		for i, b := range data[k*n : (k+1)*n] {
			out[i*width+k] = b
		}
	}
	return out
}

// definition takes the definition levels off the front of a page.
func (c *column) definition(h *pageHeader, data []byte) ([]byte, error) {
	if !c.optional {
		return data[h.defBytes:], nil
	}
	n := h.defBytes
	if h.kind == dataPage {
		if len(data) < 4 || h.levels != parquet.Encodings.RLE {
			return nil, damaged()
		}
		size := binary.LittleEndian.Uint32(data)
		data = data[4:]
		if size > uint32(len(data)) {
			return nil, damaged()
		}
		n = int(size)
	}
	c.levels.begin(data[:n], 1)
	return data[n:], nil
}

// number are the values of a fixed-width column.
type number[T batch.Fixed] struct {
	dict  entries[T]
	codes []uint32
	out   []T
	at    int
	width int // of a stored value
	// plain decodes as many stored values as dst holds.
	plain func(dst []T, src []byte)
}

func (v *number[T]) dictionary(data []byte, n int) bool {
	if len(data)/v.width < n {
		return false
	}
	if v.dict == nil {
		v.dict = &whole[T]{plain: v.plain}
	}
	v.dict.take(data, n)
	return true
}

// stored is the width of a value in the file.
func (v *number[T]) stored() int { return v.width }

func (v *number[T]) begin(n int) { v.out, v.at = batch.Uninit[T](n), 0 }

func (v *number[T]) rows(p *dataOf, rows, n int, set []byte) bool {
	dst := v.out[v.at : v.at+rows]
	v.at += rows
	if p.coded {
		if !lookUp(&p.codes, v.dict, dst[:n]) {
			return false
		}
	} else {
		if len(p.plain)/v.width < n {
			return false
		}
		v.plain(dst[:n], p.plain)
		p.plain = p.plain[n*v.width:]
	}
	if set != nil {
		spread(dst, n, set)
	}
	return true
}

// spread moves the first n values to where set has its n ones.
func spread[T any](dst []T, n int, set []byte) {
	var zero T
	for i := len(dst) - 1; i >= 0; i-- {
		if set[i] == 0 {
			dst[i] = zero
			continue
		}
		n--
		dst[i] = dst[n]
	}
}

func (v *number[T]) buffers() []*memory.Buffer {
	return []*memory.Buffer{memory.NewBufferBytes(batch.BytesOf(v.out))}
}

// texts are the values of a string or bytes column.
type texts struct {
	dictOffs  []int32
	dictBytes []byte
	epoch     int  // counts dictionaries
	short     bool // no entry has more than shortText bytes
	offs      []int32
	bytes     []byte
	at        int
	codes     []uint32
}

func (v *texts) dictionary(data []byte, n int) bool {
	if len(data)/4 < n {
		return false
	}
	v.epoch++
	v.dictOffs, v.dictBytes = make([]int32, 1, n+1), make([]byte, 0, len(data)-4*n+shortText)
	v.short = true
	for range n {
		if len(data) < 4 {
			return false
		}
		size := binary.LittleEndian.Uint32(data)
		if data = data[4:]; size > uint32(len(data)) {
			return false
		}
		v.short = v.short && size <= shortText
		v.dictBytes = append(v.dictBytes, data[:size]...)
		v.dictOffs = append(v.dictOffs, int32(len(v.dictBytes)))
		data = data[size:]
	}
	v.dictBytes = append(v.dictBytes, make([]byte, shortText)...)
	return true
}

// shortText is up to how many bytes entries of a dictionary are copied without looking at their
// length; as many stand behind the last one.
const shortText = 16

// put writes an entry of the dictionary, behind which there is room for a short one; it returns
// where the next one goes.
func (v *texts) put(out []byte, at int, c uint32) int {
	from, to := v.dictOffs[c], v.dictOffs[c+1]
	if v.short {
		*(*[shortText]byte)(out[at:]) = *(*[shortText]byte)(v.dictBytes[from:])
		return at + int(to-from)
	}
	return at + copy(out[at:], v.dictBytes[from:to])
}

func (v *texts) begin(n int) {
	v.offs, v.at = batch.Uninit[int32](n+1), 0
	v.offs[0], v.bytes = 0, nil
}

func (v *texts) rows(p *dataOf, rows, n int, set []byte) bool {
	offs := v.offs[v.at : v.at+rows+1]
	v.at += rows
	if !p.coded {
		return v.plain(p, offs, n, set)
	}
	if cap(v.codes) < n {
		v.codes = make([]uint32, max(n, 8192))
	}
	codes := v.codes[:n]
	if !p.codes.read(codes) {
		return false
	}
	entries, size := uint32(len(v.dictOffs)-1), 0
	for _, c := range codes {
		if len(v.dictOffs) == 0 || c >= entries {
			return false
		}
		size += int(v.dictOffs[c+1] - v.dictOffs[c])
	}
	if !v.grow(size + shortText) {
		return false
	}
	out, at, k := v.bytes[:cap(v.bytes)], len(v.bytes), 0
	for i := range rows {
		if set == nil || set[i] != 0 {
			c := codes[k]
			k++
			at = v.put(out, at, c)
		}
		offs[i+1] = int32(at)
	}
	v.bytes = out[:at]
	return true
}

// plain takes values that stand there with their lengths.
func (v *texts) plain(p *dataOf, offs []int32, n int, set []byte) bool {
	src, at := p.plain, 0
	for range n {
		if len(src)-at < 4 {
			return false
		}
		size := binary.LittleEndian.Uint32(src[at:])
		if at += 4; size > uint32(len(src)-at) {
			return false
		}
		at += int(size)
	}
	if !v.grow(at - 4*n) {
		return false
	}
	p.plain = src[at:]
	out, to := v.bytes[:cap(v.bytes)], len(v.bytes)
	for i := range len(offs) - 1 {
		if set == nil || set[i] != 0 {
			size := int(binary.LittleEndian.Uint32(src))
			to += copy(out[to:], src[4:4+size])
			src = src[4+size:]
		}
		offs[i+1] = int32(to)
	}
	v.bytes = out[:to]
	return true
}

// grow makes room for n more bytes; false: a batch cannot hold so many.
func (v *texts) grow(n int) bool {
	have := len(v.bytes)
	if have+n > 1<<31-1 {
		return false
	}
	if cap(v.bytes)-have < n {
		b := batch.Uninit[byte](have + n)
		copy(b, v.bytes)
		v.bytes = b[:have]
	}
	return true
}

func (v *texts) buffers() []*memory.Buffer {
	return []*memory.Buffer{memory.NewBufferBytes(batch.BytesOf(v.offs)),
		memory.NewBufferBytes(v.bytes)}
}

// flags are the values of a BOOLEAN column.
type flags struct {
	bits  []byte
	at    int
	coded []byte
}

func (v *flags) dictionary([]byte, int) bool { return false }

func (v *flags) begin(n int) { v.bits, v.at = make([]byte, (n+7)/8), 0 }

func (v *flags) rows(p *dataOf, rows, n int, set []byte) bool {
	src := p.plain
	if p.coded {
		if cap(v.coded) < n {
			v.coded = make([]byte, max(n, 8192))
		}
		if _, ok := p.codes.flags(v.coded[:n]); !ok {
			return false
		}
		src, p.bit = pack(v.coded[:n]), 0
	}
	if len(src)*8-p.bit < n {
		return false
	}
	for i := range rows {
		if set == nil || set[i] != 0 {
			if batch.Bit(src, p.bit) {
				batch.SetBit(v.bits, v.at+i)
			}
			p.bit++
		}
	}
	v.at += rows
	return true
}

// pack makes bits of bytes that are 0 or 1.
func pack(ones []byte) []byte {
	bits := make([]byte, (len(ones)+7)/8)
	for i, one := range ones {
		bits[i>>3] |= one << (i & 7)
	}
	return bits
}

func (v *flags) buffers() []*memory.Buffer {
	return []*memory.Buffer{memory.NewBufferBytes(v.bits)}
}
