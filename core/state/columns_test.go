package state_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/headrace/headrace/core/state"
)

func TestTTL(t *testing.T) {
	for _, c := range []struct {
		name           string
		config         state.TTLConfig
		expired, swept string
		readAt         int64
	}{
		{"write only", state.TTLConfig{TTLMs: 100}, "[0]", "[0]", 50},
		{"read too", state.TTLConfig{TTLMs: 100, OnRead: true}, "[]", "[]", 50},
		{"read too late", state.TTLConfig{TTLMs: 100, OnRead: true}, "[0]", "[0]", 100},
		{"until cleaned", state.TTLConfig{TTLMs: 100, ReturnExpired: true}, "[]", "[0]", 50},
	} {
		ttl := state.NewTTL(c.config)
		ttl.Grow(3)
		ttl.Written([]int32{0}, 0)
		ttl.Written([]int32{1}, 1)
		ttl.Read([]int32{0}, c.readAt, nil)
		if got := fmt.Sprint(ttl.Expired([]int32{0, 1, 2}, 100, nil)); got != c.expired {
			t.Errorf("%s: expired %s, want %s", c.name, got, c.expired)
		}
		if got := fmt.Sprint(ttl.Sweep(100, nil)); got != c.swept {
			t.Errorf("%s: swept %s, want %s", c.name, got, c.swept)
		}
	}
	ttl := state.NewTTL(state.TTLConfig{TTLMs: 1, SweepSlots: 2})
	ttl.Grow(5)
	ttl.Written([]int32{0, 1, 2, 3, 4}, 0)
	all := ttl.Sweep(10, nil) // makes up for new keys
	for range 3 {
		all = ttl.Sweep(10, all)
	}
	if fmt.Sprint(all) != "[0 1 2 3 4 0 1 2 3 4 0]" {
		t.Fatalf("swept in turn: %v", all)
	}
}

// Sorted maps against Go's, from small ones to many chunks and back to nothing.
func TestMapRanges(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 9))
	m := state.NewMap(state.Evolution{})
	m.Grow(1)
	want := map[string]string{}
	key := func() []byte { return fmt.Appendf(nil, "%05d", rnd.IntN(3000)) }
	for round := range 40 {
		for range 300 {
			k := key()
			if rnd.IntN(40) < round {
				_, had := want[string(k)]
				if m.Delete(0, k) != had {
					t.Fatalf("delete %s: %v expected", k, had)
				}
				delete(want, string(k))
				continue
			}
			v := bytes.Repeat([]byte("v"), rnd.IntN(30))
			m.Put(0, k, v)
			want[string(k)] = string(v)
		}
		from, to := key(), key()
		n, last := 0, ""
		m.Range(0, from, to, func(k, v []byte) bool {
			if string(k) <= last || want[string(k)] != string(v) {
				t.Fatalf("%s after %s: %q, want %q", k, last, v, want[string(k)])
			}
			n, last = n+1, string(k)
			return true
		})
		inRange, first, greatest := 0, "", ""
		for k := range want {
			if k >= string(from) && k < string(to) {
				inRange++
			}
			if first == "" || k < first {
				first = k
			}
			greatest = max(greatest, k)
		}
		a, _, _ := m.First(0)
		b, _, _ := m.Last(0)
		if n != inRange || m.Len(0) != len(want) || string(a) != first || string(b) != greatest {
			t.Fatalf("%d in range of %d, want %d of %d; first %s want %s, last %s want %s", n,
				m.Len(0), inRange, len(want), a, first, b, greatest)
		}
	}
	if n := m.DeleteRange(0, nil, nil); n != len(want) || m.Len(0) != 0 {
		t.Fatalf("deleted %d of %d, %d left", n, len(want), m.Len(0))
	}
	if _, _, ok := m.Last(0); ok {
		t.Fatal("an empty map has a last entry")
	}
	if n := m.Add(0, []byte("row"), 2); n != 2 {
		t.Fatalf("count %d", n)
	}
	if m.Add(0, []byte("row"), -2) != 0 || m.Len(0) != 0 {
		t.Fatal("a count of zero stays")
	}
}

// What a large map tells to a checkpoint follows the change, not the map.
func TestMapDeltasAreSmall(t *testing.T) {
	m, back := state.NewMap(state.Evolution{}), state.NewMap(state.Evolution{})
	m.Grow(1)
	back.Grow(1)
	slot := []int32{0}
	for i := range 10_000 {
		m.Put(0, fmt.Appendf(nil, "key%d", i), []byte("value"))
	}
	tell := func() int {
		data, ends, whole, err := m.EncodeDelta(slot, nil, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if whole[0] {
			err = back.Decode(slot, data, ends)
		} else {
			err = back.Apply(slot, data, ends)
		}
		if err != nil {
			t.Fatal(err)
		}
		a, _, _ := m.Encode(slot, nil, nil)
		b, _, _ := back.Encode(slot, nil, nil)
		if !bytes.Equal(a, b) {
			t.Fatalf("told %d entries, %d arrived", m.Len(0), back.Len(0))
		}
		return len(data)
	}
	all, most := tell(), 0
	for i := range 100 {
		m.Put(0, fmt.Appendf(nil, "key%d", i), []byte("other"))
		m.Delete(0, fmt.Appendf(nil, "key%d", 5000+i))
		most = max(most, tell())
	}
	if most*100 > all {
		t.Fatalf("a change of two entries took %d bytes of %d", most, all)
	}
}
