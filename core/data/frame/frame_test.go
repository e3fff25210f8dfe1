package frame

import (
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/colcodec"
	"github.com/headrace/headrace/core/data/types"
)

// sample has a column of every layout, with nulls, of n rows.
func sample(n int) *batch.Batch {
	elem, key := types.Of(types.BigInt), types.String()
	row := types.RowOf(types.F("a", types.Of(types.Int)), types.F("b", types.String()))
	s := types.NewSchema(types.F("n", types.Of(types.BigInt)), types.F("s", types.String()),
		types.F("b", types.Of(types.Boolean)), types.F("l", types.ArrayOf(elem)),
		types.F("m", types.MapOf(key, elem)), types.F("r", row),
		types.F("d", types.DecimalOf(38, 2)), types.F("z", types.Of(types.Null)))
	b := batch.NewRowBuilder(s, n)
	for i := range n {
		for c := range b.Cols {
			if i%5 == c%5 || c == 7 {
				b.Cols[c].AppendNull()
				continue
			}
			fill(b.Cols[c], c, i)
		}
	}
	out := b.Finish()
	out.Times = make([]int64, n)
	out.Kinds = make([]types.RowKind, n)
	for i := range n {
		out.Times[i], out.Kinds[i] = int64(i)*10, types.RowKind(i%4)
	}
	out.Marks = []batch.Mark{{Row: 0, Time: 5}, {Row: n, Time: 7}}
	return out
}

func fill(c *batch.Builder, column, i int) {
	text := strings.Repeat("é", i%7)
	switch column {
	case 0:
		batch.Append(c, int64(i)<<33)
	case 1:
		c.AppendString(text)
	case 2:
		c.AppendBool(i%3 == 0)
	case 3, 4:
		for k := range i % 4 {
			if column == 4 {
				c.Child(0).AppendString(text)
			}
			if kid := c.Child(column - 3); k == 1 {
				kid.AppendNull()
			} else {
				batch.Append(kid, int64(k-i))
			}
		}
		c.CloseList()
	case 5:
		batch.Append(c.Child(0), int32(i))
		c.Child(1).AppendString(text)
		c.AppendRow()
	case 6:
		batch.Append(c, decimal128.New(int64(i), uint64(i)))
	}
}

func equal(a, b *batch.Batch) bool {
	if a.Len() != b.Len() || !slices.Equal(a.Marks, b.Marks) {
		return false
	}
	for i := range a.Len() {
		if a.Time(i) != b.Time(i) || a.Kind(i) != b.Kind(i) {
			return false
		}
		for c := range a.Cols {
			if !batch.EqualAt(a.Cols[c], i, b.Cols[c], i) {
				return false
			}
		}
	}
	return true
}

func TestFramesGiveBackWhatWentIn(t *testing.T) {
	whole := sample(100)
	for _, b := range []*batch.Batch{whole, whole.Slice(13, 77), whole.Slice(0, 0), sample(1),
		sample(0)} {
		data, err := Append(nil, b, nil)
		if err != nil {
			t.Fatal(err)
		}
		if data, err = Append(data, whole, nil); err != nil {
			t.Fatal(err)
		}
		r := &colcodec.Reader{Data: data}
		got, err := Decode(r, b.Schema, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !equal(got, b) {
			t.Errorf("%d rows came back different", b.Len())
		}
		if got, err = Decode(r, b.Schema, nil); err != nil || r.More() || !equal(got, whole) {
			t.Errorf("the frame behind: %v, more: %v", err, r.More())
		}
	}
}

func TestFramesThatAreCutOffAreTold(t *testing.T) {
	b := sample(20)
	data, err := Append(nil, b, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(data); n += 8 {
		if _, err := Decode(&colcodec.Reader{Data: data[:n]}, b.Schema, nil); err == nil {
			t.Fatalf("%d of %d bytes are read without an error", n, len(data))
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	in := sample(1024)
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		out, _ = Append(out[:0], in, nil)
	}
	b.SetBytes(int64(len(out)))
}

func BenchmarkDecode(b *testing.B) {
	in := sample(1024)
	data, _ := Append(nil, in, nil)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(&colcodec.Reader{Data: data}, in.Schema, nil); err != nil {
			b.Fatal(err)
		}
	}
}
