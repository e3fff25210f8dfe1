package slots_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/slots"
)

// A table of many keys, words and texts, against a map: keys come, go and come back.
func TestManyKeys(t *testing.T) {
	table := slots.New(nil)
	column := state.NewValue[int64]("")
	must(t, table.Register("n", column))
	want := map[string]int64{}
	rnd := rand.New(rand.NewPCG(4, 4))
	keys := &state.Keys{}
	var got []int32
	for round := range 400 {
		keys.Reset()
		for range 500 {
			n := rnd.IntN(30_000)
			k := []byte{3, 0x80, 0, 0, 0, 0, 0, byte(n >> 8), byte(n)}
			if n%2 == 0 {
				k = fmt.Appendf(nil, "a longer key %d", n)
			}
			keys.Append(k, state.GroupOf(k, 128))
		}
		var err error
		got, err = table.Resolve(keys, got)
		must(t, err)
		drop := round%3 == 2
		for i, s := range got {
			k := string(keys.Key(i))
			if n, ok := column.Get(s); ok != (want[k] > 0) || n != want[k] {
				t.Fatalf("round %d: %x is %d, want %d", round, k, n, want[k])
			}
			if drop {
				table.Drop([]int32{s})
				delete(want, k)
				continue
			}
			*column.At(s)++
			want[k]++
		}
		if !drop {
			table.MarkDirty(got)
		}
	}
	n := 0
	must(t, table.Each(func(slots []int32) error {
		for _, s := range slots {
			k, _ := table.Key(s)
			if v, _ := column.Get(s); v != want[string(k)] {
				t.Fatalf("%x is %d, want %d", k, v, want[string(k)])
			}
			n++
		}
		return nil
	}))
	if n != len(want) || table.Len() != len(want) {
		t.Fatalf("%d keys, %d counted, want %d", table.Len(), n, len(want))
	}
}

// What a table remembers of keys that came and went does not grow with their number.
func TestDroppedKeysAreForgotten(t *testing.T) {
	table := slots.New(nil)
	column := state.NewValue[int64]("")
	must(t, table.Register("n", column))
	for round := range 500 {
		keys := &state.Keys{}
		for i := range 100 {
			keys.Append(fmt.Appendf(nil, "key%d-%d", round, i), 0)
		}
		got, err := table.Resolve(keys, nil)
		must(t, err)
		for _, s := range got {
			column.Set(s, 1)
		}
		table.MarkDirty(got)
		table.Drop(got)
	}
	if n := table.Changed(); n > 2000 {
		t.Fatalf("%d changes are remembered of %d keys in memory", n, table.Len())
	}
}

// Keys that are resolved and not used take no room.
func TestUnusedKeysGo(t *testing.T) {
	table := slots.New(nil)
	must(t, table.Register("n", state.NewValue[int64]("")))
	keys := &state.Keys{}
	for i := range 10 {
		keys.Reset()
		keys.Append(fmt.Appendf(nil, "k%d", i), 0)
		_, err := table.Resolve(keys, nil)
		must(t, err)
	}
	if table.Len() != 1 {
		t.Fatalf("%d keys", table.Len())
	}
	keys.Append([]byte("unknown"), 0)
	s, err := table.Lookup(keys, nil)
	must(t, err)
	if s[0] >= 0 || s[1] >= 0 {
		t.Fatalf("slots %v of keys without state", s)
	}
}

// A job without checkpoints whose keys come, are counted and cleared again, but never dropped,
// keeps those that have state.
func TestEmptyKeysGo(t *testing.T) {
	table := slots.New(nil)
	column := state.NewValue[int64]("")
	must(t, table.Register("n", column))
	timers := table.Timers("event")
	keys := &state.Keys{}
	const rows, rounds = 4096, 200
	var resolved []int32
	most := 0
	for round := range rounds {
		keys.Reset()
		for i := range rows {
			keys.Append(fmt.Appendf(nil, "key%d", round*rows+i), uint16(i%128))
		}
		var err error
		resolved, err = table.Resolve(keys, resolved)
		must(t, err)
		for _, s := range resolved[1:] {
			timers.Register(s, int64(round))
		}
		column.Set(resolved[0], int64(round))
		table.MarkDirty(resolved)
		for {
			due, err := timers.Due(int64(round), rows)
			must(t, err)
			if len(due) == 0 {
				break
			}
		}
		most = max(most, table.Len())
	}
	if most > 1<<17+rows {
		t.Fatalf("%d keys were kept of %d, %d of which have state", most, rows*rounds, rounds)
	}
	n := 0
	must(t, table.Each(func(slots []int32) error {
		for _, s := range slots {
			if v, ok := column.Get(s); ok {
				if k, _ := table.Key(s); string(k) != fmt.Sprintf("key%d", v*rows) {
					t.Fatalf("%s has %d", k, v)
				}
				n++
			}
		}
		return nil
	}))
	if n != rounds {
		t.Fatalf("%d keys have state, want %d", n, rounds)
	}
}

// All windows of a million keys end at once.
func BenchmarkTimers(b *testing.B) {
	table := slots.New(nil)
	timers := table.Timers("event")
	keys := &state.Keys{}
	var resolved []int32
	const n = 1 << 18
	now := int64(0)
	for b.Loop() {
		now += 1000
		for from := 0; from < n; from += 4096 {
			keys.Reset()
			for i := from; i < from+4096; i++ {
				x := uint32(i) * 0x9e3779b1
				k := []byte{3, 0x80, 0, 0, 0, byte(x >> 24), byte(x >> 16), byte(x >> 8), byte(x)}
				keys.Append(k, uint16(x>>8)%128)
			}
			var err error
			if resolved, err = table.Resolve(keys, resolved); err != nil {
				b.Fatal(err)
			}
			for _, s := range resolved {
				timers.Register(s, now)
			}
		}
		for fired := 0; fired < n; {
			due, err := timers.Due(now, 4096)
			if err != nil || len(due) == 0 {
				b.Fatal(err, fired)
			}
			fired += len(due)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/timer")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Keys whose columns have become empty without being dropped are forgotten, whether a column can
// say so at once or has to be encoded.
func TestEmptyKeysAreForgotten(t *testing.T) {
	for name, encoded := range map[string]bool{"at once": false, "encoded": true} {
		t.Run(name, func(t *testing.T) {
			table := slots.New(nil)
			count, list := state.NewValue[int64](""), state.NewList(state.Evolution{})
			must(t, table.Register("n", count))
			if encoded {
				must(t, table.Register("list", struct{ state.Column }{list}))
			} else {
				must(t, table.Register("list", list))
			}
			keys, got := &state.Keys{}, []int32(nil)
			for n := range 1 << 17 {
				keys.Append(fmt.Appendf(nil, "key %d", n), state.GroupOf([]byte{byte(n)}, 128))
				if n%512 < 511 {
					continue
				}
				var err error
				got, err = table.Resolve(keys, got)
				must(t, err)
				for i, s := range got {
					switch {
					case i%16 == 0: // stays
						count.Set(s, 1)
					case i%16 == 1: // stays
						list.Append(s, []byte("element"))
					default:
						count.Set(s, 1)
						count.Clear([]int32{s})
					}
				}
				table.MarkDirty(got)
				keys.Reset()
			}
			if n := table.Len(); n < 1<<14 || n > 3<<15 {
				t.Errorf("%d keys are left of %d, of which an eighth is not empty", n, 1<<17)
			}
			n := 0
			must(t, table.Each(func(slots []int32) error {
				for _, s := range slots {
					if count.Has(s) || list.Len(s) > 0 {
						n++
					}
				}
				return nil
			}))
			if n != 1<<14 {
				t.Errorf("%d keys with values are left, want %d", n, 1<<14)
			}
		})
	}
}
