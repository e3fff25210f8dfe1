package kernel

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestBitmapReadsBack(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	for _, n := range []int{0, 1, 100, 4096, 4097, 70_000} {
		var v []uint32
		for range n {
			v = append(v, uint32(rnd.IntN(200_000)))
		}
		slices.Sort(v)
		v = slices.Compact(v)
		got, ok := ReadBitmap(AppendBitmap(nil, v))
		if !ok || !slices.Equal(got, v) {
			t.Errorf("%d numbers: %d came back, %v", len(v), len(got), ok)
		}
	}
}

// The bytes are those of the portable format: a set of Roaring's own, and one with a run.
func TestBitmapFormat(t *testing.T) {
	const want = "3a30000001000000000002001000000001000200ff00"
	if got := hex.EncodeToString(AppendBitmap(nil, []uint32{1, 2, 255})); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	run, _ := hex.DecodeString("3b30" + "0000" + "01" + "00000300" + "0100" + "05000300")
	if got, ok := ReadBitmap(run); !ok || fmt.Sprint(got) != "[5 6 7 8]" {
		t.Errorf("run: %v %v", got, ok)
	}
	for n := range run {
		if _, ok := ReadBitmap(run[:n]); ok {
			t.Errorf("%d of %d bytes read", n, len(run))
		}
	}
}

func FuzzReadBitmap(f *testing.F) {
	f.Add(AppendBitmap(nil, []uint32{1, 70_000}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, ok := ReadBitmap(b); ok && !slices.IsSorted(v) {
			t.Error("not sorted")
		}
	})
}
