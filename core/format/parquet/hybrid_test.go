package parquet

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
)

// packed is a bit-packed run of numbers, without its head; behind it is the slack.
func packed(numbers []uint32, width uint) []byte {
	out := make([]byte, (len(numbers)*int(width)+7)/8, (len(numbers)*int(width)+7)/8+slack)
	for i, x := range numbers {
		for k := range width {
			if x>>k&1 == 1 {
				at := i*int(width) + int(k)
				out[at>>3] |= 1 << (at & 7)
			}
		}
	}
	return out
}

// TestPackedNumbersOfAllWidths reads runs in pieces of all sizes, and looks them up.
func TestPackedNumbersOfAllWidths(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for width := uint(0); width <= 32; width++ {
		want := make([]uint32, 8*30)
		for i := range want {
			want[i] = rng.Uint32() & uint32(uint64(1)<<width-1)
		}
		data := packed(want, width)
		head := []byte{30<<1 | 1}
		page := append(make([]byte, 0, 1+len(data)+slack), append(head, data...)...)
		var h hybrid
		h.begin(page, width)
		var got []uint32
		for len(got) < len(want) {
			part := make([]uint32, min(1+rng.IntN(11), len(want)-len(got)))
			if !h.read(part) {
				t.Fatalf("width %d: the run ends after %d", width, len(got))
			}
			got = append(got, part...)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("width %d: %v, want %v", width, got, want)
		}
		if width > 10 {
			continue
		}
		dict := &words{values: make([]int64, 1<<width)}
		for i := range dict.values {
			dict.values[i] = int64(i) - 100
		}
		h.begin(page, width)
		found := make([]batch.Decimal, len(want))
		if !lookUp(&h, entries[batch.Decimal](dict), found) {
			t.Fatalf("width %d: not all are found", width)
		}
		for i, d := range found {
			if v := int64(want[i]) - 100; d != batch.DecimalFromWords(v>>63, uint64(v)) {
				t.Fatalf("width %d: entry %d is %v, want %d", width, i, d, v)
			}
		}
		h.begin(page, width)
		dict.values = dict.values[:slices.Max(want)]
		if lookUp(&h, entries[batch.Decimal](dict), found) {
			t.Fatalf("width %d: a number beyond the dictionary is taken", width)
		}
	}
}

func BenchmarkUnpack(b *testing.B) {
	numbers := make([]uint32, 4096)
	for _, width := range []uint{3, 12, 18} {
		data := packed(numbers, width)
		b.Run(string(rune('0'+width/10))+string(rune('0'+width%10)), func(b *testing.B) {
			for b.Loop() {
				h := hybrid{data: data, width: width, packed: len(numbers)}
				h.unpack(numbers)
			}
		})
	}
}
