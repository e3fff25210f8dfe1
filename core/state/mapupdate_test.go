package state

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// TestMapUpdate counts keys, few and many in a slot, and compares with a map of Go.
func TestMapUpdate(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	m := NewMap(Evolution{})
	m.Grow(2)
	want := [2]map[string]uint64{{}, {}}
	for range 20_000 {
		slot, key := int32(rng.IntN(2)), binary.BigEndian.AppendUint32(nil, rng.Uint32N(3000))
		if slot == 0 {
			key[2] = 0 // few keys, which stay in one blob
		}
		leave := rng.IntN(5) == 0
		m.Update(slot, key, func(old []byte, had bool) []byte {
			count, known := want[slot][string(key)]
			if had != known || had && binary.BigEndian.Uint64(old) != count {
				t.Fatalf("key %x had %x (%v), want %d (%v)", key, old, had, count, known)
			}
			if leave {
				return nil
			}
			want[slot][string(key)] = count + 1
			return binary.BigEndian.AppendUint64(nil, count+1)
		})
	}
	for slot, counts := range want {
		if n := m.Len(int32(slot)); n != len(counts) {
			t.Errorf("slot %d has %d entries, want %d", slot, n, len(counts))
		}
		for key, count := range counts {
			if v, ok := m.Get(int32(slot), []byte(key)); !ok || binary.BigEndian.Uint64(v) != count {
				t.Errorf("key %x has %x, want %d", key, v, count)
			}
		}
	}
}

// BenchmarkMapUpdate adds rows of 100 bytes to a slot of 3,000 in random order, as a join does.
func BenchmarkMapUpdate(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 5))
	keys := make([][]byte, 3000)
	for i := range keys {
		keys[i] = binary.BigEndian.AppendUint64(make([]byte, 0, 100), rng.Uint64())[:100]
	}
	value := make([]byte, 16)
	b.ReportAllocs()
	for b.Loop() {
		m := NewMap(Evolution{})
		m.Grow(1)
		for _, k := range keys {
			m.Update(0, k, func([]byte, bool) []byte { return value })
		}
	}
}

func TestReplaceGivesAllEntries(t *testing.T) {
	c := NewMap(Evolution{})
	c.Grow(1)
	long := bytes.Repeat([]byte("x"), 200)
	for n := range 60 {
		var entries []byte
		for i := range n {
			entries = AppendEntry(entries, []byte{byte(i)}, long)
		}
		if !c.Replace(0, entries, n) {
			if len(entries) < 8000 {
				t.Fatalf("%d entries of %d bytes are refused", n, len(entries))
			}
			break
		}
		i := 0
		c.Range(0, nil, nil, func(k, v []byte) bool {
			if k[0] != byte(i) || !bytes.Equal(v, long) {
				t.Errorf("entry %d of %d is %q, %q", i, n, k, v)
			}
			i++
			return true
		})
		if i != n || c.Len(0) != n {
			t.Errorf("%d of %d entries are there, Len is %d", i, n, c.Len(0))
		}
	}
	// Changes of single entries go on from there.
	before := c.Len(0)
	c.Put(0, []byte{3, 1}, []byte("new"))
	c.Delete(0, []byte{2})
	if v, ok := c.Get(0, []byte{3, 1}); !ok || string(v) != "new" || c.Len(0) != before {
		t.Errorf("got %q, %v of %d entries", v, ok, c.Len(0))
	}
	if c.Replace(0, nil, 0) {
		t.Error("a map in chunks is replaced")
	}
}
