package kernel

import (
	"encoding/binary"
	"math/bits"
)

// Bloom is a set of hashes that may say yes of one that is not in it, by 4 bits in one word each.
type Bloom struct {
	words []uint64
	shift uint
}

// bloomBits is how many bits there are for a hash: about one in a hundred is taken for a member.
const bloomBits = 16

// NewBloom makes an empty set for about n hashes.
func NewBloom(n int64) *Bloom {
	size := max(bits.Len64(uint64(max(n, 1))*bloomBits/64), 1)
	return &Bloom{words: make([]uint64, 1<<size), shift: uint(64 - size)}
}

func bloomMask(h uint64) uint64 {
	return 1<<(h&63) | 1<<(h>>6&63) | 1<<(h>>12&63) | 1<<(h>>18&63)
}

// Add adds hashes.
func (b *Bloom) Add(hashes []uint64) {
	for _, h := range hashes {
		b.words[h>>b.shift] |= bloomMask(h)
	}
}

// Filter appends the positions of the hashes that may be in the set.
func (b *Bloom) Filter(hashes []uint64, rows []int32) []int32 {
	for i, h := range hashes {
		if m := bloomMask(h); b.words[h>>b.shift]&m == m {
			rows = append(rows, int32(i))
		}
	}
	return rows
}

// Merge adds what the bytes of another set of the same size have; false: it has another size.
func (b *Bloom) Merge(data []byte) bool {
	if len(data) != 8*len(b.words) {
		return false
	}
	for i := range b.words {
		b.words[i] |= binary.LittleEndian.Uint64(data[8*i:])
	}
	return true
}

// Bytes are the set for Merge.
func (b *Bloom) Bytes() []byte {
	data := make([]byte, 0, 8*len(b.words))
	for _, w := range b.words {
		data = binary.LittleEndian.AppendUint64(data, w)
	}
	return data
}
