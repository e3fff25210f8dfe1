package state

import (
	"encoding/binary"
	"math/bits"
)

const (
	hashSeed = 0x9e3779b97f4a7c15
	hashMul  = 0xd6e8feb86659fd93
	hashLast = 0xa0761d6478bd642f
	hashNine = hashSeed ^ (9*hashMul)&(1<<64-1) // the start for nine bytes
)

// Hash is the 64-bit hash of key bytes; its low 32 bits decide the key group, so it never changes
// while KeyVersion stays.
func Hash(b []byte) uint64 {
	h := hashSeed ^ uint64(len(b))*hashMul
	for len(b) >= 8 {
		h = fold(h^binary.LittleEndian.Uint64(b), hashMul)
		b = b[8:]
	}
	var tail uint64
	for i, c := range b {
		tail |= uint64(c) << (8 * i)
	}
	return fold(h^tail, hashLast)
}

// hashWord is Hash of the nine bytes that a tag and a big-endian word make.
func hashWord(tag byte, word uint64) uint64 {
	h := uint64(hashNine)
	le := bits.ReverseBytes64(word)
	h = fold(h^(le<<8|uint64(tag)), hashMul)
	return fold(h^le>>56, hashLast)
}

// fold multiplies to 128 bits and joins the halves, which spreads every bit over all others; the
// rotation keeps a zero product from losing what came before.
func fold(a, m uint64) uint64 {
	hi, lo := bits.Mul64(a, m)
	return hi ^ lo ^ bits.RotateLeft64(a, 29)
}
