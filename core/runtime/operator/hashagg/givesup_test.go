package hashagg

import (
	"math"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// drawn is how many distinct keys n rows have that were drawn at random from keys.
func drawn(keys, n int) int {
	k := float64(keys)
	return int(k * (1 - math.Exp(-float64(n)/k)))
}

func TestLocalAggregationIsGivenUpWhenKeysAreDistinct(t *testing.T) {
	for _, c := range []struct {
		name string
		keys func(n int) int
		give bool
	}{
		{"every row its own key", func(n int) int { return n }, true},
		{"a thousand keys", func(n int) int { return min(n, 1000) }, false},
		{"four rows a key", func(n int) int { return n / 4 }, false},
		{"200,000 keys at random", func(n int) int { return drawn(200_000, n) }, false},
		{"10 million keys at random", func(n int) int { return drawn(10_000_000, n) }, true},
	} {
		gave := false
		for n := 8192; n < 3_000_000; n += 8192 {
			gave = gave || givesUp(c.keys(n), n)
		}
		if gave != c.give {
			t.Errorf("%s: given up: %v", c.name, gave)
		}
	}
}

// TestLocalAggregationGoesOnWhereItIsThoughtToPay: with very many groups all of the first rows are
// new, and only the plan knows that more rows of them will come.
func TestLocalAggregationGoesOnWhereItIsThoughtToPay(t *testing.T) {
	big := types.Of(types.BigInt)
	in := types.NewSchema(types.F("k", big), types.F("v", big))
	for perGroup, early := range map[float64]bool{0: true, 2: true, 30: false} {
		op := &plan.GroupAggregate{Keys: []int{0}, Phase: plan.LocalPhase, PerGroup: perGroup,
			Aggs: []plan.AggCall{{Name: "SUM", Args: []int{1}, Filter: -1, Type: big}}}
		o := New(op, in, types.NewSchema(in.Fields[0], types.F("a", plan.PartialType)))
		ctx := &operator.Context{Memory: memory.New(1 << 30), FS: fsys.NewMem(), Dir: "/w"}
		if err := o.Open(ctx); err != nil {
			t.Fatal(err)
		}
		got := &counter{}
		for at := int64(0); at < 2*sampleRows; {
			b := batch.NewRowBuilder(in, 1000)
			for range 1000 {
				batch.Append(b.Cols[0], at)
				batch.Append(b.Cols[1], int64(1))
				at++
			}
			if err := o.Process(0, b.Finish(), got); err != nil {
				t.Fatal(err)
			}
		}
		if (got.rows > 0) != early {
			t.Errorf("%v rows a group: %d groups given on before the end", perGroup, got.rows)
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
