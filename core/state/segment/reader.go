package segment

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"math"
	"sort"

	"github.com/klauspost/compress/s2"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/state"
)

// Reader reads a file. Several iterators may run on it at a time.
type Reader struct {
	Header  Header
	Records int64

	name   string
	file   fsys.Reader
	blocks []block
}

type block struct {
	offset  int64
	size    int
	rawSize int
	crc     uint32
	group   uint16
	key     []byte
}

// Open reads the index of a file, which the Reader closes. name is for errors.
func Open(name string, file fsys.Reader) (*Reader, error) {
	r := &Reader{name: name, file: file}
	size := file.Size()
	if size < int64(footerSize+len(magic)) {
		return nil, r.corrupt("it has only %d bytes", size)
	}
	foot := make([]byte, footerSize)
	if err := r.readAt(foot, size-int64(footerSize)); err != nil {
		return nil, err
	}
	end := foot[footerSize-len(magic):]
	if string(end) != magic {
		if string(end[:len(magic)-1]) == magic[:len(magic)-1] {
			return nil, errs.Userf("state file %s has format version %d, this headrace reads %d",
				name, end[len(magic)-1], magic[len(magic)-1]).Fix("restore it with the version " +
				"that wrote it")
		}
		return nil, r.corrupt("its end is missing")
	}
	at, n := binary.BigEndian.Uint64(foot), int64(binary.BigEndian.Uint32(foot[8:]))
	if at > uint64(size) || int64(at)+n+int64(footerSize) != size {
		return nil, r.corrupt("its index is out of place")
	}
	index := make([]byte, n)
	if err := r.readAt(index, int64(at)); err != nil {
		return nil, err
	}
	if crc32.Checksum(index, castagnoli) != binary.BigEndian.Uint32(foot[12:]) {
		return nil, r.corrupt("the checksum of its index is wrong")
	}
	r.Records = int64(binary.BigEndian.Uint64(foot[16:]))
	return r, r.parse(index)
}

func (r *Reader) corrupt(format string, a ...any) error {
	return errs.Corruptf(format, a...).At("state file %s", r.name)
}

func (r *Reader) readAt(b []byte, at int64) error {
	if n, err := r.file.ReadAt(b, at); err != nil && (err != io.EOF || n < len(b)) {
		if err == io.EOF {
			return r.corrupt("it ends too early")
		}
		return errs.Transientf("reading state file %s", r.name).Wrap(err)
	}
	return nil
}

func (r *Reader) parse(index []byte) error {
	p := parser{b: index}
	if err := json.Unmarshal(p.bytes(), &r.Header); err != nil {
		return r.corrupt("its header does not decode: %v", err)
	}
	offset := int64(len(magic))
	for len(p.b) > 0 && !p.bad {
		b := block{offset: offset, size: p.uvarint(), rawSize: p.uvarint(), crc: p.uint32(),
			group: p.uint16(), key: p.bytes()}
		offset += int64(b.size)
		r.blocks = append(r.blocks, b)
	}
	if p.bad {
		return r.corrupt("its index does not decode")
	}
	if r.Header.KeyVersion > state.KeyVersion {
		return errs.Userf("state file %s has keys of version %d, this headrace reads %d", r.name,
			r.Header.KeyVersion, state.KeyVersion).Fix("restore it with a newer headrace")
	}
	return nil
}

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }

// Verify reads every block and checks its sum.
func (r *Reader) Verify() error {
	it := r.Iter(state.GroupRange{To: state.MaxKeyGroups})
	for it.Next() {
		continue
	}
	return it.Err()
}

// Iter returns the records of a range of key groups, in order.
func (r *Reader) Iter(groups state.GroupRange) *Iter {
	from := sort.Search(len(r.blocks), func(i int) bool {
		return int(r.blocks[i].group) >= groups.From
	})
	return &Iter{r: r, groups: groups, next: max(from-1, 0)}
}

// Seek returns the records from a key on.
func (r *Reader) Seek(group uint16, key []byte) *Iter {
	from := sort.Search(len(r.blocks), func(i int) bool {
		b := &r.blocks[i]
		return b.group > group || b.group == group && bytes.Compare(b.key, key) > 0
	})
	it := &Iter{r: r, groups: state.GroupRange{From: int(group), To: state.MaxKeyGroups},
		next: max(from-1, 0), low: key, lowGroup: group}
	return it
}

// Iter walks over records.
type Iter struct {
	r        *Reader
	groups   state.GroupRange
	next     int // block
	p        parser
	raw      []byte
	packed   []byte
	rec      Record
	err      error
	low      []byte
	lowGroup uint16
}

// Next goes to the next record; false at the end and after an error.
func (it *Iter) Next() bool {
	for it.err == nil {
		if len(it.p.b) == 0 {
			if it.next >= len(it.r.blocks) ||
				int(it.r.blocks[it.next].group) >= it.groups.To {
				return false
			}
			it.err = it.load(it.r.blocks[it.next])
			it.next++
			continue
		}
		group, key, size := it.p.uint16(), it.p.bytes(), it.p.uvarint()
		it.rec = Record{Group: group, Key: key, Dead: size&1 != 0, Body: it.p.take(size >> 1)}
		if it.p.bad {
			it.err = it.r.corrupt("a block does not decode")
			return false
		}
		if int(group) >= it.groups.To {
			return false
		}
		if int(group) >= it.groups.From && !(group == it.lowGroup && it.low != nil &&
			bytes.Compare(key, it.low) < 0) {
			return true
		}
	}
	return false
}

// Record returns the current record.
func (it *Iter) Record() Record { return it.rec }

// Err returns what ended the iteration early.
func (it *Iter) Err() error { return it.err }

func (it *Iter) load(b block) error {
	if cap(it.packed) < b.size {
		it.packed = make([]byte, b.size)
	}
	it.packed = it.packed[:b.size]
	if err := it.r.readAt(it.packed, b.offset); err != nil {
		return err
	}
	if crc32.Checksum(it.packed, castagnoli) != b.crc {
		return it.r.corrupt("the checksum of the block at byte %d is wrong", b.offset)
	}
	if it.packed[0] == plain {
		it.p = parser{b: it.packed[1:]}
		return nil
	}
	if cap(it.raw) < b.rawSize {
		it.raw = make([]byte, b.rawSize)
	}
	raw, err := s2.Decode(it.raw[:cap(it.raw)], it.packed[1:])
	if err != nil || len(raw) != b.rawSize {
		return it.r.corrupt("the block at byte %d does not decompress", b.offset)
	}
	it.p = parser{b: raw}
	return nil
}

// parser takes values off bytes; bad says that they ended too early.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) take(n int) []byte {
	if n < 0 || n > len(p.b) {
		p.bad, p.b = true, nil
		return nil
	}
	v := p.b[:n:n]
	p.b = p.b[n:]
	return v
}

func (p *parser) uvarint() int {
	v, n := binary.Uvarint(p.b)
	if n <= 0 || v > math.MaxInt64/2 {
		p.bad, p.b = true, nil
		return 0
	}
	p.b = p.b[n:]
	return int(v)
}

func (p *parser) bytes() []byte { return p.take(p.uvarint()) }

func (p *parser) uint16() uint16 {
	if v := p.take(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}

func (p *parser) uint32() uint32 {
	if v := p.take(4); v != nil {
		return binary.BigEndian.Uint32(v)
	}
	return 0
}
