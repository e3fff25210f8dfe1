package hashagg

import (
	"math/rand/v2"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/base/memory"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

type counter struct{ rows int }

func (c *counter) Emit(_ int, b *batch.Batch) { c.rows += b.Len() }
func (c *counter) Watermark(int64)            {}
func (c *counter) Full() bool                 { return false }

// TestGroupsOfRowsInOrderAreGivenOn: keys that do not come again do not fill the table of the local
// phase; keys in any order stay.
func TestGroupsOfRowsInOrderAreGivenOn(t *testing.T) {
	big := types.Of(types.BigInt)
	in := types.NewSchema(types.F("k", big), types.F("v", big))
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		name  string
		key   func(i int) int64
		early bool
	}{
		{"in order", func(i int) int64 { return int64(i / 4) }, true},
		{"in order, with gaps", func(i int) int64 { return int64(i / 3 * 1000) }, true},
		{"in any order", func(int) int64 { return rng.Int64N(20_000) }, false},
		{"few keys", func(i int) int64 { return int64(i % 5000) }, false},
		{"a key a row", func(i int) int64 { return int64(i) }, false},
	} {
		op := &plan.GroupAggregate{Keys: []int{0}, Phase: plan.LocalPhase, Aggs: []plan.AggCall{
			{Name: "SUM", Args: []int{1}, Filter: -1, Type: big}}}
		out := types.NewSchema(in.Fields[0], types.F("a", plan.PartialType))
		o := New(op, in, out)
		ctx := &operator.Context{Memory: memory.New(1 << 30), FS: fsys.NewMem(), Dir: "/w",
			BatchRows: 1000}
		if err := o.Open(ctx); err != nil {
			t.Fatal(err)
		}
		got, keys, rows := &counter{}, map[int64]bool{}, 96_000
		for at := 0; at < rows; {
			b := batch.NewRowBuilder(in, 1000)
			for range 1000 {
				k := c.key(at)
				keys[k] = true
				batch.Append(b.Cols[0], k)
				batch.Append(b.Cols[1], int64(1))
				at++
			}
			if err := o.Process(0, b.Finish(), got); err != nil {
				t.Fatal(err)
			}
		}
		if early := got.rows > 0; early != c.early {
			t.Errorf("%s: groups given on before the end: %v", c.name, early)
		}
		if err := o.EndInput(0, got); err != nil {
			t.Fatal(err)
		}
		if most := len(keys) + rows/mostOrdered; got.rows < len(keys) || got.rows > most {
			t.Errorf("%s: %d groups came out, %d keys went in", c.name, got.rows, len(keys))
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
