// Package formattest holds what tests of formats share.
package formattest

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// Mutate calls f with n damaged copies of each seed: bytes changed, inserted, left out, repeated, cut
// off. The copies are the same in each run. It is a short fuzzing that runs with every test.
func Mutate(t *testing.T, seeds [][]byte, n int, f func(data []byte)) {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 11))
	odd := []byte{0, 1, 0x7f, 0x80, 0xff, '"', '\\', '\n', '{', '[', ',', '-', '9', 'e'}
	for _, seed := range seeds {
		for range n {
			data := bytes.Clone(seed)
			for range 1 + r.IntN(3) {
				data = damage(r, data, odd)
			}
			func() {
				defer func() {
					if p := recover(); p != nil {
						t.Fatalf("%q: panic: %v", data, p)
					}
				}()
				f(data)
			}()
		}
	}
}

func damage(r *rand.Rand, data, odd []byte) []byte {
	if len(data) == 0 {
		return append(data, odd[r.IntN(len(odd))])
	}
	at := r.IntN(len(data))
	switch r.IntN(7) {
	case 0:
		data[at] ^= 1 << r.IntN(8)
	case 1:
		data[at] = odd[r.IntN(len(odd))]
	case 2:
		return slices.Insert(data, at, odd[r.IntN(len(odd))])
	case 3:
		return slices.Delete(data, at, min(at+1+r.IntN(4), len(data)))
	case 4:
		part := bytes.Clone(data[at:min(at+1+r.IntN(8), len(data))])
		return slices.Insert(data, at, part...)
	case 5:
		return data[:at]
	default:
		data[at] += byte(r.IntN(5)) - 2
	}
	return data
}
