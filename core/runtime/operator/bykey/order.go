package bykey

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// ref is a row in memory. prefix is a part of its key, to compare fast.
type ref struct {
	prefix uint64
	batch  int32
	row    int32
}

const (
	refBytes = int(unsafe.Sizeof(ref{}))
	// prefixBytes of a key are in a prefix. Its lowest byte is how many there are, or goesOn.
	prefixBytes = 7
	goesOn      = prefixBytes + 1
	// compareMost is how many rows of one prefix are ordered by their keys as a whole, and
	// compareFrom behind how many equal bytes any number of them is.
	compareMost = 24
	compareFrom = 64
	// radixLeast is from how many rows on they are dealt out by the bytes of their prefixes.
	radixLeast = 1 << 10
)

// prefix is the part of a key from a byte on. Prefixes compare as what is left of the keys does; of
// equal ones that do not go on the keys are equal if they were up to there.
func prefix(key []byte, from int) uint64 {
	rest := key[min(from, len(key)):]
	if len(rest) > prefixBytes {
		return binary.BigEndian.Uint64(rest)&^0xff | goesOn
	}
	var p [8]byte
	p[prefixBytes] = byte(copy(p[:prefixBytes], rest))
	return binary.BigEndian.Uint64(p[:])
}

// keysOf are the keys that are their prefixes.
func keysOf(prefixes []uint64, t types.Type) *batch.Column {
	offs := batch.Uninit[int32](len(prefixes) + 1)
	data := batch.Uninit[byte](prefixBytes*len(prefixes) + 8)
	at := 0
	offs[0] = 0
	for i, p := range prefixes {
		binary.BigEndian.PutUint64(data[at:], p)
		at += int(p & 0xff)
		offs[i+1] = int32(at)
	}
	return batch.MakeBytes(t, offs, data[:at], nil)
}

func (f *buffer) key(r *ref) []byte { return f.batches[r.batch].Cols[keyBytes].Bytes(int(r.row)) }

// sort orders the rows by key, time, port and arrival.
func (f *buffer) sort() {
	if len(f.refs) >= radixLeast {
		f.makeRoom(len(f.refs))
	}
	f.sortFrom(f.refs, f.room, 0)
}

// makeRoom has there be room for n refs. It stays for the run that follows: memory that was never
// touched costs more than the pass that goes over it.
func (f *buffer) makeRoom(n int) {
	if n <= len(f.room) {
		return
	}
	n += n / 16 // runs differ a little in their number of rows
	f.account.Add(int64(refBytes * (n - len(f.room))))
	f.room = make([]ref, n)
}

// dropRefs gives back the memory of the refs and of the room beside them, once all rows are on disk.
func (f *buffer) dropRefs() {
	f.dropRoom()
	f.refs = nil
}

func (f *buffer) dropRoom() {
	f.account.Add(-int64(refBytes * len(f.room)))
	f.room = nil
}

// sortFrom orders rows whose keys are equal up to from, of which the prefixes are what follows, by
// way of room for as many.
func (f *buffer) sortFrom(refs, room []ref, from int) {
	if len(refs) < radixLeast {
		slices.SortFunc(refs, func(a, b ref) int {
			return cmp.Or(cmp.Compare(a.prefix, b.prefix), arrival(a, b))
		})
	} else {
		deal(refs, room)
	}
	for i, j := 0, 0; i < len(refs); i = j {
		p := refs[i].prefix
		for j = i + 1; j < len(refs) && refs[j].prefix == p; j++ {
			continue
		}
		same, next := refs[i:j], from+prefixBytes
		switch {
		case len(same) == 1:
		case p&0xff != goesOn:
			f.arrange(same)
		case len(same) <= compareMost || next >= compareFrom:
			slices.SortFunc(same, func(a, b ref) int {
				return cmp.Or(bytes.Compare(f.key(&a)[next:], f.key(&b)[next:]), f.compare(a, b))
			})
		default:
			for k := range same {
				same[k].prefix = prefix(f.key(&same[k]), next)
			}
			f.sortFrom(same, room, next)
		}
	}
}

// arrange orders rows of one key, which are in order of arrival.
func (f *buffer) arrange(refs []ref) {
	if f.timed || f.ports&(f.ports-1) != 0 {
		slices.SortFunc(refs, f.compare)
	}
}

// compare is the order of rows of one key.
func (f *buffer) compare(a, b ref) int {
	x, y := &f.batches[a.batch], &f.batches[b.batch]
	return cmp.Or(cmp.Compare(x.Time(int(a.row)), y.Time(int(b.row))), cmp.Compare(x.port, y.port),
		arrival(a, b))
}

func arrival(a, b ref) int {
	return cmp.Or(cmp.Compare(a.batch, b.batch), cmp.Compare(a.row, b.row))
}

// deal orders rows by their prefixes, those of equal ones as they come: byte by byte, the last one
// first, but for bytes that all have in common.
func deal(refs, room []ref) {
	var counts [8][256]int32
	for i := range refs {
		p := refs[i].prefix
		for k := range counts {
			counts[k][byte(p>>(8*k))]++
		}
	}
	from, to := refs, room[:len(refs)]
	for k := range counts {
		places := &counts[k]
		if int(places[byte(from[0].prefix>>(8*k))]) == len(from) {
			continue
		}
		at := int32(0)
		for i, n := range places {
			places[i] = at
			at += n
		}
		for i := range from {
			b := byte(from[i].prefix >> (8 * k))
			to[places[b]] = from[i]
			places[b]++
		}
		from, to = to, from
	}
	if &from[0] != &refs[0] {
		copy(refs, from)
	}
}
