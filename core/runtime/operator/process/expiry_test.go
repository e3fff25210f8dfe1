package process

import (
	"fmt"
	"testing"
	"time"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/memory"
	"github.com/headrace/headrace/core/udf"
)

func keysOf(from, n int) *state.Keys {
	keys := &state.Keys{}
	for i := range n {
		k := fmt.Appendf(nil, "key %d", from+i)
		keys.Append(k, state.GroupOf(k, 16))
	}
	return keys
}

func TestStatesOfKeysThatNobodyAsksForAreCleared(t *testing.T) {
	hands := clock.NewManual(0)
	store, err := memory.Backend{}.Open(&state.StoreContext{OperatorInfo: state.OperatorInfo{
		UID: "op", Parallelism: 1, MaxParallelism: 16}, Clock: hands}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := &operator.Context{Keyed: store.Keyed(), Clock: hands}
	short, long, ever := state.NewValue[int64](""), state.NewValue[int64](""), state.NewValue[int64]("")
	for name, c := range map[string]state.Column{"short": short, "long": long, "ever": ever} {
		if err := store.Keyed().Register(name, c); err != nil {
			t.Fatal(err)
		}
	}
	e, err := newExpiry(ctx, []udf.NamedState{{Name: "short", Column: short, TTLMs: 100},
		{Name: "long", Column: long, TTLMs: 1000}, {Name: "ever", Column: ever}})
	if err != nil {
		t.Fatal(err)
	}
	use := func(from, n int, columns ...*state.Value[int64]) []int32 {
		if err := e.sweep(); err != nil {
			t.Fatal(err)
		}
		slots, err := store.Keyed().Resolve(keysOf(from, n), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range slots {
			for _, c := range columns {
				c.Set(s, 1)
			}
		}
		e.written(slots)
		store.Keyed().MarkDirty(slots)
		return slots
	}
	use(0, 50, short, long)               // gone for good
	kept := use(50, 1, short, long, ever) // keeps one
	hands.Advance(600 * time.Millisecond)
	// used later; at the same time what is short of the first key is over
	if use(100, 10, short); short.Has(kept[0]) || !long.Has(kept[0]) {
		t.Errorf("after 600 ms: short %v, long %v", short.Has(kept[0]), long.Has(kept[0]))
	}
	hands.Advance(500 * time.Millisecond)
	last := use(200, 1, short)
	if long.Has(kept[0]) || !ever.Has(kept[0]) {
		t.Errorf("long %v, ever %v: one is over, the other never is", long.Has(kept[0]),
			ever.Has(kept[0]))
	}
	for id := int64(1); id <= 2; id++ { // a capture finds empty keys, the next call forgets them
		c, err := store.Capture(state.CaptureOptions{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		c.Discard()
		last = use(200, 1, short)
	}
	if n := store.Stats().Keys; n != 12 || !short.Has(last[0]) {
		t.Errorf("%d keys are left of 62, wanted are 12", n)
	}
}

func TestStatesWithoutATimeToLiveCostNothing(t *testing.T) {
	e, err := newExpiry(&operator.Context{}, []udf.NamedState{{Name: "ever"}})
	if e != nil || err != nil {
		t.Errorf("%v, %v", e, err)
	}
	if err := e.sweep(); err != nil {
		t.Error(err)
	}
	e.written(nil)
}
