package operator

import (
	"math/bits"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/state"
)

// maxWords is of how many numbers a key that Known remembers may be made.
const maxWords = 3

// maxKnown is how many keys a Known remembers before it begins anew.
const maxKnown = 1 << 16

// Known remembers the slots of keys that are a few numbers (integers, times, windows), so that a
// key that was seen before is neither encoded nor looked up by its bytes. It is open addressing
// over the numbers themselves; all of it is forgotten when the state gives a slot back.
type Known struct {
	cells  []knownCell
	shift  uint8
	n      int
	epoch  uint64
	hashes []uint64
	misses []int32
	keys   state.Keys
	found  []int32
	trial  trial
}

// trial counts how many keys were remembered. Where most are not, remembering costs more than it
// saves: it is left off for a while, and then tried again.
type trial struct {
	tried, missed int
	off           int // keys for which it is left off
}

const (
	trialKeys = 1 << 16
	trialOff  = 1 << 18
)

// skips says whether to leave it off for n keys.
func (t *trial) skips(n int) bool {
	if t.off <= 0 {
		return false
	}
	t.off -= n
	return true
}

// note notes that of n keys some were not remembered.
func (t *trial) note(n, missed int) {
	t.tried, t.missed = t.tried+n, t.missed+missed
	if t.tried < trialKeys {
		return
	}
	if 2*t.missed > t.tried {
		t.off = trialOff
	}
	t.tried, t.missed = 0, 0
}

type knownCell struct {
	hash  uint64
	words [maxWords]int64
	slot  int32 // 1 + slot; 0: free
}

// Resolve returns the slots of n keys, valid as those of state.Keyed.Resolve; words are the columns
// of their numbers, at most maxWords. encode appends the bytes of the keys at some positions (nil:
// of all) for those that are not remembered.
func (k *Known) Resolve(keyed state.Keyed, words [][]int64, n int, slots []int32,
	encode func(at []int32, keys *state.Keys) error) ([]int32, error) {
	if cap(slots) < n {
		slots = make([]int32, n)
	}
	slots = slots[:n]
	if k.trial.skips(n) {
		return k.resolveAll(keyed, slots, encode)
	}
	steady, ok := keyed.(state.Steady)
	if ok {
		if err := steady.Settle(); err != nil {
			return nil, err
		}
		var epoch uint64
		if epoch, ok = steady.Epoch(); k.cells == nil || epoch != k.epoch || k.n >= maxKnown {
			k.reset(epoch)
		}
	}
	if !ok {
		return k.resolveAll(keyed, slots, encode)
	}
	k.find(words, slots)
	k.trial.note(n, len(k.misses))
	if len(k.misses) == 0 {
		return slots, nil
	}
	k.keys.Reset()
	if err := encode(k.misses, &k.keys); err != nil {
		return nil, err
	}
	var err error
	if k.found, err = keyed.Resolve(&k.keys, k.found); err != nil {
		return nil, err
	}
	if epoch, _ := steady.Epoch(); epoch != k.epoch {
		k.reset(epoch)
		return k.resolveAll(keyed, slots, encode)
	}
	for i, row := range k.misses {
		slots[row] = k.found[i]
		k.put(words, row, k.found[i])
	}
	return slots, nil
}

func (k *Known) resolveAll(keyed state.Keyed, slots []int32,
	encode func(at []int32, keys *state.Keys) error) ([]int32, error) {
	k.keys.Reset()
	if err := encode(nil, &k.keys); err != nil {
		return nil, err
	}
	return keyed.Resolve(&k.keys, slots)
}

func (k *Known) reset(epoch uint64) {
	if k.cells == nil || len(k.cells) > 1<<12 && k.n < len(k.cells)/16 {
		k.cells, k.shift = make([]knownCell, 256), 56
	} else {
		clear(k.cells)
	}
	k.n, k.epoch = 0, epoch
}

const (
	wordMul  = 0x9fb21c651e98df25
	wordMul2 = 0xd6e8feb86659fd93
)

// find sets the slots of keys that are remembered, lists the positions of the others and fills
// hashes, whose upper bits choose the cell.
func (k *Known) find(words [][]int64, slots []int32) {
	n := len(slots)
	k.misses = k.misses[:0]
	if cap(k.hashes) < n {
		k.hashes = make([]uint64, n)
	}
	k.hashes = k.hashes[:n]
	switch len(words) {
	case 0:
		clear(k.hashes)
	case 2:
		k.findPairs(words[0][:n], words[1][:n], slots)
		return
	default:
		k.hash(words)
	}
	mask := len(k.cells) - 1
	for i, hash := range k.hashes {
		at := int(hash >> k.shift)
		for k.cells[at].slot != 0 && !k.cells[at].is(hash, words, i) {
			at = (at + 1) & mask
		}
		if slots[i] = k.cells[at].slot - 1; slots[i] < 0 {
			k.misses = append(k.misses, int32(i))
		}
	}
}

// is says whether a cell has the key of row i.
func (x *knownCell) is(hash uint64, words [][]int64, i int) bool {
	if x.hash != hash {
		return false
	}
	for k, w := range words {
		if x.words[k] != w[i] {
			return false
		}
	}
	return true
}

// findPairs is find for keys of two numbers, which are those of a column and a window.
func (k *Known) findPairs(a, b []int64, slots []int32) {
	cells, shift, hashes := k.cells, k.shift&63, k.hashes[:len(slots)]
	mask := len(cells) - 1
	a, b = a[:len(slots)], b[:len(slots)]
	for i := range slots {
		v, w := a[i], b[i]
		hash := mixed(bits.RotateLeft64(mixed(uint64(v)), 23) ^ uint64(w))
		hashes[i] = hash
		for at := int(hash >> shift); ; at++ {
			x := &cells[at&mask]
			if x.words[0] == v && x.words[1] == w && x.slot != 0 {
				slots[i] = x.slot - 1
				break
			}
			if x.slot == 0 {
				k.misses = append(k.misses, int32(i))
				break
			}
		}
	}
}

func mixed(x uint64) uint64 {
	x *= wordMul
	return (x ^ x>>32) * wordMul2
}

// hash fills hashes.
func (k *Known) hash(words [][]int64) {
	for i, w := range words[0][:len(k.hashes)] {
		k.hashes[i] = mixed(uint64(w))
	}
	for _, column := range words[1:] {
		for i, w := range column[:len(k.hashes)] {
			k.hashes[i] = mixed(bits.RotateLeft64(k.hashes[i], 23) ^ uint64(w))
		}
	}
}

// put remembers the key of a row unless a row before had the same.
func (k *Known) put(words [][]int64, row, slot int32) {
	if 8*(k.n+1) > 5*len(k.cells) {
		k.grow()
	}
	mask := len(k.cells) - 1
	var key [maxWords]int64
	for i, w := range words {
		key[i] = w[row]
	}
	at := int(k.hashes[row] >> k.shift)
	for k.cells[at].slot != 0 {
		if k.cells[at].words == key {
			return
		}
		at = (at + 1) & mask
	}
	k.cells[at] = knownCell{hash: k.hashes[row], words: key, slot: slot + 1}
	k.n++
}

func (k *Known) grow() {
	old := k.cells
	k.cells = make([]knownCell, 2*len(old))
	k.shift--
	mask := len(k.cells) - 1
	for _, x := range old {
		if x.slot == 0 {
			continue
		}
		at := int(x.hash >> k.shift)
		for k.cells[at].slot != 0 {
			at = (at + 1) & mask
		}
		k.cells[at] = x
	}
}

// Words returns key columns as numbers that are equal exactly when the keys are; ok is false when
// they are no numbers, too many, or NULL here and there.
func Words(cols []*batch.Column, room int) (words [][]int64, ok bool) {
	if len(cols) > room {
		return nil, false
	}
	for _, c := range cols {
		if c.NullCount() > 0 {
			return nil, false
		}
		w, ok := wordsOf(c)
		if !ok {
			return nil, false
		}
		words = append(words, w)
	}
	return words, true
}

func wordsOf(c *batch.Column) ([]int64, bool) {
	switch c.Type.Kind {
	case types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		return batch.Values[int64](c), true
	case types.Int, types.Date, types.IntervalYM:
		return widen(batch.Values[int32](c)), true
	case types.SmallInt:
		return widen(batch.Values[int16](c)), true
	case types.TinyInt:
		return widen(batch.Values[int8](c)), true
	}
	return nil, false
}

func widen[T int8 | int16 | int32](v []T) []int64 {
	out := make([]int64, len(v))
	for i, x := range v {
		out[i] = int64(x)
	}
	return out
}

// EncodeKeys appends the keys of the rows at some positions (nil: of all) of key columns.
func EncodeKeys(
	cols []*batch.Column, at []int32, maxParallelism int, keys *state.Keys,
) error {
	if at == nil {
		return state.EncodeKeys(cols, maxParallelism, keys)
	}
	part := make([]*batch.Column, len(cols))
	for i, c := range cols {
		part[i] = batch.Take(c, at)
	}
	return state.EncodeKeys(part, maxParallelism, keys)
}
