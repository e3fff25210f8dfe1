package slots

import (
	"encoding/binary"
	"math/bits"
)

// index finds the slot of a key by a 64-bit fingerprint: open addressing with linear probing, at
// most 5/8 full, deletion by shifting back. Nine-byte keys (one integer or time) have an index of
// their own, whose fingerprint is the key: they need no look at the key's bytes.
type index struct {
	cells []cell
	shift uint8
	n     int
}

type cell struct {
	print uint64
	slot  int32 // 1 + slot; 0: free
}

func newIndex() index { return index{cells: make([]cell, 16), shift: 60} }

// isWord says whether a key belongs to the index of words: one integer (tag 3) and nothing else.
func isWord(key []byte) bool { return len(key) == 9 && key[0] == 3 }

// wordPrint maps the word of a key to a fingerprint, one to one.
func wordPrint(key []byte) uint64 {
	x := binary.LittleEndian.Uint64(key[1:])
	x ^= bits.RotateLeft64(x, 25) ^ bits.RotateLeft64(x, 50)
	x *= 0x9fb21c651e98df25
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	return x
}

func (x *index) grow() {
	old := x.cells
	x.cells = make([]cell, 2*len(old))
	x.shift--
	mask := len(x.cells) - 1
	for _, c := range old {
		if c.slot == 0 {
			continue
		}
		i := int(c.print >> x.shift)
		for x.cells[i].slot != 0 {
			i = (i + 1) & mask
		}
		x.cells[i] = c
	}
}

// put adds a key that is not there.
func (x *index) put(print uint64, slot int32) {
	if 8*(x.n+1) > 5*len(x.cells) {
		x.grow()
	}
	mask := len(x.cells) - 1
	i := int(print >> x.shift)
	for x.cells[i].slot != 0 {
		i = (i + 1) & mask
	}
	x.cells[i] = cell{print, slot + 1}
	x.n++
}

// remove deletes the entry of a slot.
func (x *index) remove(print uint64, slot int32) {
	mask := len(x.cells) - 1
	i := int(print >> x.shift)
	for x.cells[i].slot != slot+1 {
		i = (i + 1) & mask
	}
	x.n--
	for j := i; ; {
		j = (j + 1) & mask
		c := x.cells[j]
		if c.slot == 0 {
			break
		}
		home := int(c.print >> x.shift)
		if (j-home)&mask >= (j-i)&mask {
			x.cells[i] = c
			i = j
		}
	}
	x.cells[i] = cell{}
}

// find returns the slot of a word's fingerprint, -1 when absent.
func (x *index) find(print uint64) int32 {
	mask := len(x.cells) - 1
	for i := int(print >> x.shift); ; i = (i + 1) & mask {
		c := &x.cells[i]
		if c.slot == 0 {
			return -1
		}
		if c.print == print {
			return c.slot - 1
		}
	}
}

// findKey is find for keys that are compared by their bytes.
func (t *Table) findKey(print uint64, key []byte) int32 {
	x := &t.texts
	mask := len(x.cells) - 1
	for i := int(print >> x.shift); ; i = (i + 1) & mask {
		c := &x.cells[i]
		if c.slot == 0 {
			return -1
		}
		if c.print == print && string(t.key(c.slot-1)) == string(key) {
			return c.slot - 1
		}
	}
}
