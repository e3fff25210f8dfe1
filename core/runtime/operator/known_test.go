package operator

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestKnownKeysAreFoundByAllTheirNumbers remembers keys of up to three numbers, of which many differ
// in one alone, and looks for them and for others.
func TestKnownKeysAreFoundByAllTheirNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for width := range maxWords + 1 {
		var k Known
		k.reset(1)
		want, next := map[string]int32{}, int32(0)
		for range 200 {
			n := rng.IntN(50)
			words := make([][]int64, width)
			for w := range words {
				words[w] = make([]int64, n)
				for i := range n {
					words[w][i] = rng.Int64N(8) << (rng.IntN(2) * 61)
				}
			}
			slots := make([]int32, n)
			k.find(words, slots)
			missed := map[int32]bool{}
			for _, row := range k.misses {
				missed[row] = true
			}
			for i := range n {
				key := ""
				for _, w := range words {
					key += fmt.Sprint(w[i], " ")
				}
				slot, ok := want[key]
				if ok == missed[int32(i)] || ok && slots[i] != slot {
					t.Fatalf("key %s: slot %d, missed %v; want %d, %v", key, slots[i],
						missed[int32(i)], slot, !ok)
				}
			}
			for _, row := range k.misses { // as Resolve does: equal keys have one slot
				key := ""
				for _, w := range words {
					key += fmt.Sprint(w[row], " ")
				}
				if _, ok := want[key]; !ok {
					want[key] = next
					next++
				}
				k.put(words, row, want[key])
			}
		}
		if k.n != len(want) {
			t.Fatalf("%d numbers: %d keys are known, want %d", width, k.n, len(want))
		}
	}
}

// TestKeysThatDoNotComeBackAreNotRemembered: after a while of such keys remembering is left off, and
// tried again; keys that come back are.
func TestKeysThatDoNotComeBackAreNotRemembered(t *testing.T) {
	var x trial
	off, total := 0, 8*(trialKeys+trialOff)
	for range total / 1000 {
		if x.skips(1000) {
			off += 1000
			continue
		}
		x.note(1000, 900)
	}
	if off < total/2 || off > total-total/8 {
		t.Errorf("left off for %d of %d keys", off, total)
	}
	x = trial{}
	for range total / 1000 {
		if x.skips(1000) {
			t.Fatal("left off though most keys were remembered")
		}
		x.note(1000, 100)
	}
}
