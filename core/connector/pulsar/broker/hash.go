package broker

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
)

// Murmur is the hash by which keys are spread, 0 or more: Murmur3 of 32 bits without its sign.
func Murmur(key []byte) int32 {
	const c1, c2 = 0xcc9e2d51, 0x1b873593
	h := uint32(0)
	b := key
	for ; len(b) >= 4; b = b[4:] {
		h ^= bits.RotateLeft32(binary.LittleEndian.Uint32(b)*c1, 15) * c2
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
	}
	var rest uint32
	for i := len(b) - 1; i >= 0; i-- {
		rest = rest<<8 | uint32(b[i])
	}
	h ^= bits.RotateLeft32(rest*c1, 15) * c2
	h ^= uint32(len(key))
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return int32((h ^ h>>16) & 0x7fffffff)
}

// JavaHash is the hash of a Java string, without its sign.
func JavaHash(key []byte) int32 {
	h := int32(0)
	for _, c := range utf16.Encode([]rune(string(key))) {
		h = 31*h + int32(c)
	}
	return h & 0x7fffffff
}
