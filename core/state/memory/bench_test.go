package memory_test

import (
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/memory"
	"github.com/headrace/headrace/core/state/statetest"
)

const million = 1 << 20

// filled is a store of a million keys, each with 100 bytes and a count.
func filled(b *testing.B, files state.Files, restore []state.Handle) (state.Store, *state.Bytes,
	*state.Value[int64]) {
	b.Helper()
	store, err := memory.Backend{}.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{
		UID: "op", Parallelism: 1, MaxParallelism: 128}, Files: files}, restore)
	if err != nil {
		b.Fatal(err)
	}
	text, count := state.NewBytes(state.Evolution{}), state.NewValue[int64]("")
	for name, c := range map[string]state.Column{"text": text, "count": count} {
		if err := store.Keyed().Register(name, c); err != nil {
			b.Fatal(err)
		}
	}
	if restore == nil {
		value := make([]byte, 100)
		for i := 0; i < million; i += 8192 {
			slots := resolve(b, store, i, 1, 8192)
			for k, s := range slots {
				value[k%100]++
				text.Set(s, value)
				count.Set(s, 1)
			}
			store.Keyed().MarkDirty(slots)
		}
	}
	return store, text, count
}

var keys state.Keys
var slots []int32

// resolve resolves n keys from a number on, step apart, spread over the key space.
func resolve(b *testing.B, store state.Store, from, step, n int) []int32 {
	v := make([]int64, n)
	for i := range v {
		v[i] = int64(uint64(from+i*step)%million*0x9e3779b97f4a7c15) >> 3
	}
	col := []*batch.Column{batch.MakeFixed(types.Of(types.BigInt), v, nil)}
	if err := state.EncodeKeys(col, 128, &keys); err != nil {
		b.Fatal(err)
	}
	var err error
	if slots, err = store.Keyed().Resolve(&keys, slots); err != nil {
		b.Fatal(err)
	}
	return slots
}

func perKey(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/key")
}

// Encoding the keys of a batch and resolving them among a million.
func BenchmarkResolve(b *testing.B) {
	store, _, _ := filled(b, nil, nil)
	i := 0
	for b.Loop() {
		resolve(b, store, i, 7919, 8192)
		i += 31
	}
	perKey(b, 8192)
}

func BenchmarkResolveNew(b *testing.B) {
	for b.Loop() {
		filled(b, nil, nil)
	}
	perKey(b, million)
}

// One hundredth of a million keys changes between two snapshots; what is timed is the part that
// holds up the operator.
func BenchmarkCaptureOnePercent(b *testing.B) {
	files := statetest.NewFiles()
	store, _, count := filled(b, files, nil)
	snapshot(b, store, files)
	i, id := 0, int64(1)
	for b.Loop() {
		b.StopTimer()
		for range 2 {
			slots := resolve(b, store, i, 7919, 5243)
			for _, s := range slots {
				*count.At(s)++
			}
			store.Keyed().MarkDirty(slots)
			i += 17
		}
		b.StartTimer()
		id++
		if _, err := store.Capture(state.CaptureOptions{ID: id}); err != nil {
			b.Fatal(err)
		}
	}
	perKey(b, 10486)
}

func BenchmarkWriteAll(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		files := statetest.NewFiles()
		store, _, _ := filled(b, files, nil)
		b.StartTimer()
		snapshot(b, store, files)
	}
	perKey(b, million)
}

func snapshot(b *testing.B, store state.Store, files state.Files) state.Handle {
	c, err := store.Capture(state.CaptureOptions{ID: 1})
	if err != nil {
		b.Fatal(err)
	}
	h, err := c.Write(files)
	if err != nil {
		b.Fatal(err)
	}
	return h
}

func BenchmarkRestore(b *testing.B) {
	files := statetest.NewFiles()
	store, _, _ := filled(b, files, nil)
	h := snapshot(b, store, files)
	for b.Loop() {
		store, _, count := filled(b, files, []state.Handle{h})
		if s := resolve(b, store, 5, 1, 1); !count.Has(s[0]) {
			b.Fatal("the key is not there")
		}
	}
	perKey(b, million)
}
