package kernel

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Hash constants: odd numbers without structure, as in wyhash.
const (
	hash0 = 0xa0761d6478bd642f
	hash1 = 0xe7037ed1a0b428db
	hash2 = 0x8ebc6af09c88c6e3
)

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// HashInt hashes 64 bits.
func HashInt(v uint64) uint64 { return mix(v^hash0, hash1) }

// HashBytes hashes a byte string.
func HashBytes(b []byte) uint64 {
	h := uint64(len(b)) ^ hash0
	for ; len(b) >= 16; b = b[16:] {
		h = mix(binary.LittleEndian.Uint64(b)^hash1, binary.LittleEndian.Uint64(b[8:])^h)
	}
	if len(b) >= 8 {
		h = mix(binary.LittleEndian.Uint64(b)^hash2, h)
		b = b[8:]
	}
	var tail uint64
	for i, c := range b {
		tail |= uint64(c) << (8 * i)
	}
	return mix(mix(tail^hash1, h^hash2), hash0)
}

// nullHash is the hash of NULL.
const nullHash = 0x2545f4914f6cdd1d

// Hash folds the hashes of n rows of the columns, one after the other, into out (reused if large
// enough), which starts from zero. Equal values, nulls included, hash alike; -0.0 and 0.0 are
// equal, all NaNs are. The function is the same in every process, but no part of a stored format.
func Hash(cols []*batch.Column, n int, out []uint64) []uint64 {
	if cap(out) < n {
		out = make([]uint64, n)
	}
	out = out[:n]
	clear(out)
	for _, c := range cols {
		hashColumn(c, out)
	}
	return out
}

func hashFixed[T int8 | int16 | int32 | int64 | uint64](c *batch.Column, out []uint64) {
	v := batch.Values[T](c)[:len(out)]
	if c.NullCount() == 0 {
		for i, x := range v {
			out[i] = mix(uint64(x)^hash0, out[i]^hash1)
		}
		return
	}
	for i, x := range v {
		h := uint64(x) ^ hash0
		if c.IsNull(i) {
			h = nullHash
		}
		out[i] = mix(h, out[i]^hash1)
	}
}

func hashColumn(c *batch.Column, out []uint64) {
	switch c.Type.Kind {
	case types.TinyInt:
		hashFixed[int8](c, out)
	case types.SmallInt:
		hashFixed[int16](c, out)
	case types.Int, types.Date, types.IntervalYM:
		hashFixed[int32](c, out)
	case types.BigInt, types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		hashFixed[int64](c, out)
	case types.Object:
		hashFixed[uint64](c, out)
	case types.Char, types.Varchar, types.Binary, types.Varbinary, types.Raw:
		for i := range out {
			h := uint64(nullHash)
			if !c.IsNull(i) {
				h = HashBytes(c.Bytes(i))
			}
			out[i] = mix(h, out[i]^hash1)
		}
	default:
		hashSlow(c, out)
	}
}

// hashSlow hashes the encoded value.
func hashSlow(c *batch.Column, out []uint64) {
	var buf []byte
	for i := range out {
		h := uint64(nullHash)
		switch {
		case c.IsNull(i):
		case c.Type.Kind == types.Double:
			h = HashInt(floatBits(batch.Values[float64](c)[i]))
		case c.Type.Kind == types.Float:
			h = HashInt(floatBits(float64(batch.Values[float32](c)[i])))
		default:
			buf = AppendValue(buf[:0], c, i)
			h = HashBytes(buf)
		}
		out[i] = mix(h, out[i]^hash1)
	}
}

func floatBits(f float64) uint64 {
	switch {
	case f != f:
		return math.Float64bits(math.NaN())
	case f == 0:
		return 0
	}
	return math.Float64bits(f)
}
