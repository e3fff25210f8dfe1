package runtimefilter

import (
	"reflect"
	"testing"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func TestSpansOfAllIntegers(t *testing.T) {
	column := func(kind types.Kind, put func(b *batch.Builder)) *batch.Column {
		b := batch.NewBuilder(types.Of(kind), 0)
		put(b)
		return b.Finish()
	}
	s := spans(3)
	for _, c := range []*batch.Column{
		column(types.TinyInt, func(b *batch.Builder) { batch.Append(b, int8(-3)); b.AppendNull() }),
		column(types.SmallInt, func(b *batch.Builder) { b.AppendNull(); batch.Append(b, int16(300)) }),
		column(types.Int, func(b *batch.Builder) { batch.Append(b, int32(-70000)) }),
		column(types.BigInt, func(b *batch.Builder) { batch.Append(b, int64(1)<<40) }),
	} {
		s[0].widen(c)
	}
	s[1].widen(column(types.Date, func(b *batch.Builder) { batch.Append(b, int32(19000)) }))
	s[2].widen(column(types.Double, func(b *batch.Builder) { batch.Append(b, 1.5) })) // has no bounds
	if want := (span{-70000, 1 << 40}); s[0] != want {
		t.Errorf("got %v, want %v", s[0], want)
	}
	merged := spans(3)
	if !mergeSpans(merged, encodeSpans(s)) || !reflect.DeepEqual(merged, s) {
		t.Errorf("sent as %v, read as %v", s, merged)
	}
	if mergeSpans(spans(2), encodeSpans(s)) {
		t.Error("bounds of other keys are taken")
	}
	got := conditions(merged, []int{-1, 4, -1})
	want := []connector.Condition{
		{Column: 4, Op: connector.OpGe, Values: []any{int64(19000)}},
		{Column: 4, Op: connector.OpLe, Values: []any{int64(19000)}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestBoundsWakeWhoWaitsAndGoWithTheirFilter(t *testing.T) {
	b, woken := NewBounds(), 0
	wake := func() { woken++ }
	if _, known := b.Get(1, wake); known {
		t.Fatal("known before they are set")
	}
	b.set(0, nil)
	if woken != 0 {
		t.Error("woken by another subtask")
	}
	b.set(1, []connector.Condition{})
	if _, known := b.Get(1, wake); !known || woken != 1 {
		t.Errorf("known %v, woken %d times", known, woken)
	}
	b.drop(1)
	if _, known := b.Get(1, wake); known {
		t.Error("known after the filter was closed")
	}
}
