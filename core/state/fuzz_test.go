package state_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/state"
)

// Whatever bytes are taken for a key of an integer, they decode to what encodes to them, or not at
// all.
func FuzzDecodeKey(f *testing.F) {
	f.Add([]byte{3, 0x80, 0, 0, 0, 0, 0, 0, 1, 6, 1, 'x', 9, 1, 0})
	f.Add([]byte{0, 0, 0})
	f.Fuzz(func(t *testing.T, key []byte) {
		b := batch.NewBuilder(types.Of(types.BigInt), 1)
		rest, err := state.DecodeKey(key, []*batch.Builder{b})
		if err != nil {
			return
		}
		keys := &state.Keys{}
		if err := state.EncodeKeys([]*batch.Column{b.Finish()}, 128, keys); err != nil {
			t.Fatal(err)
		}
		if string(keys.Key(0)) != string(key[:len(key)-len(rest)]) {
			t.Fatalf("% x becomes % x", key, keys.Key(0))
		}
	})
}

// Damaged lists and maps are refused, never read past their end.
func FuzzDecodeColumns(f *testing.F) {
	f.Add([]byte{0, 1, 'a', 1, 'b'}, []byte{1, 1, 'a', 2, 'b', 'c', 0, 1, 'a'})
	f.Fuzz(func(t *testing.T, whole, delta []byte) {
		slot := []int32{0}
		for _, c := range []state.Incremental{state.NewList(state.Evolution{}),
			state.NewMap(state.Evolution{})} {
			c.Grow(1)
			if err := c.Decode(slot, whole, []int32{int32(len(whole))}); err != nil {
				continue
			}
			if err := c.Apply(slot, delta, []int32{int32(len(delta))}); err != nil {
				continue
			}
			if _, _, err := c.Encode(slot, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
	})
}
