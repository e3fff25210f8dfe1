package batch_test

import (
	"fmt"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// gathered are three columns of each type, sliced, some with nulls.
func gathered(t types.Type, nulls bool, put func(b *batch.Builder, i int)) []*batch.Column {
	var cols []*batch.Column
	for k := range 3 {
		b := batch.NewBuilder(t, 0)
		for i := range 5 + k {
			if nulls && (i+k)%3 == 0 {
				b.AppendNull()
			} else {
				put(b, 10*k+i)
			}
		}
		c := b.Finish()
		cols = append(cols, c.Slice(1, c.Len()))
	}
	return cols
}

func TestGatherGivesWhatRowByRowGives(t *testing.T) {
	row := types.Of(types.Row)
	row.Fields = []types.Field{types.F("n", types.Of(types.BigInt)), types.F("s", types.String())}
	list := types.Of(types.Array)
	elem := types.Of(types.Int)
	list.Elem = &elem
	cases := map[string]struct {
		typ types.Type
		put func(b *batch.Builder, i int)
	}{
		"tinyint":  {types.Of(types.TinyInt), func(b *batch.Builder, i int) { batch.Append(b, int8(i)) }},
		"smallint": {types.Of(types.SmallInt), func(b *batch.Builder, i int) { batch.Append(b, int16(i)) }},
		"int":      {elem, func(b *batch.Builder, i int) { batch.Append(b, int32(i)) }},
		"double":   {types.Of(types.Double), func(b *batch.Builder, i int) { batch.Append(b, float64(i)/4) }},
		"boolean":  {types.Of(types.Boolean), func(b *batch.Builder, i int) { b.AppendBool(i%2 == 0) }},
		"string":   {types.String(), func(b *batch.Builder, i int) { b.AppendString(fmt.Sprint(i, "x")) }},
		"row": {row, func(b *batch.Builder, i int) {
			batch.Append(b.Child(0), int64(i))
			if i%2 == 0 {
				b.Child(1).AppendNull()
			} else {
				b.Child(1).AppendString(fmt.Sprint("s", i))
			}
			b.AppendRow()
		}},
		"array": {list, func(b *batch.Builder, i int) {
			for k := range i % 4 {
				batch.Append(b.Child(0), int32(i+k))
			}
			b.CloseList()
		}},
	}
	which := []int32{2, 0, 1, 1, 0, 2, 2, 1}
	rows := []int32{5, 0, 3, 3, 2, 1, 0, 4}
	for name, c := range cases {
		for _, nulls := range []bool{false, true} {
			cols := gathered(c.typ, nulls, c.put)
			want := batch.NewBuilder(c.typ, len(rows))
			for i, r := range rows {
				want.AppendFrom(cols[which[i]], int(r))
			}
			w := want.Finish().Arrow().String()
			many := append([]*batch.Column{nil}, cols...) // more columns than rows
			for range len(rows) {
				many = append(many, nil)
			}
			next := make([]int32, len(which))
			for i, at := range which {
				next[i] = at + 1
			}
			for _, got := range []*batch.Column{batch.Gather(cols, which, rows),
				batch.Gather(many, next, rows)} {
				if got.Arrow().String() != w {
					t.Errorf("%s, nulls %v: %s, want %s", name, nulls, got.Arrow(), w)
				}
			}
		}
	}
}

func BenchmarkGather(b *testing.B) {
	const n, parts = 8192, 64
	var cols []*batch.Column
	for range parts {
		cols = append(cols, batch.MakeFixed(types.Of(types.BigInt), make([]int64, n), nil))
	}
	which, rows := make([]int32, n), make([]int32, n)
	for i := range rows {
		which[i], rows[i] = int32(i*31%parts), int32(i*7919%n)
	}
	b.SetBytes(8 * n)
	for b.Loop() {
		batch.Gather(cols, which, rows)
	}
}
