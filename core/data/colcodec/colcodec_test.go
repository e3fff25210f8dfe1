package colcodec_test

import (
	"encoding/binary"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/colcodec"
	"github.com/headrace/headrace/core/data/types"
)

const rows = 21

// fill appends a value that depends on i.
func fill(b *batch.Builder, i int) {
	if i%5 == 3 {
		b.AppendNull()
		return
	}
	switch t := b.Type; t.Kind {
	case types.Boolean:
		b.AppendBool(i%3 == 0)
	case types.TinyInt:
		batch.Append(b, int8(i))
	case types.SmallInt:
		batch.Append(b, int16(-i))
	case types.Int, types.Date:
		batch.Append(b, int32(i*70000))
	case types.Float:
		batch.Append(b, float32(i)/4)
	case types.Double:
		batch.Append(b, -float64(i)/4)
	case types.Decimal:
		batch.Append(b, batch.DecimalFromWords(int64(-i), uint64(i)))
	case types.Varchar, types.Varbinary:
		b.AppendString("häß\x00äöü"[:i%11])
	case types.Array, types.Map, types.Multiset:
		for k := range i % 4 {
			fill(b.Child(0), 5*k+i%3)
			if t.Kind != types.Array {
				fill(b.Child(1), 5*k+i%3)
			}
		}
		b.CloseList()
	case types.Row:
		fill(b.Child(0), i)
		fill(b.Child(1), i+1)
		b.AppendRow()
	default:
		batch.Append(b, int64(i)<<40)
	}
}

func columns() []*batch.Column {
	kinds := []types.Type{types.Of(types.Boolean), types.Of(types.TinyInt),
		types.Of(types.SmallInt), types.Of(types.Int), types.Of(types.BigInt),
		types.Of(types.Float), types.Of(types.Double), types.DecimalOf(38, 4), types.String(),
		types.Of(types.Varbinary), types.Of(types.Date), types.Of(types.Timestamp),
		types.ArrayOf(types.String()), types.MapOf(types.String(), types.Of(types.Int)),
		types.MultisetOf(types.String()), types.ArrayOf(types.ArrayOf(types.Of(types.BigInt))),
		types.RowOf(types.F("a", types.Of(types.Int)),
			types.F("b", types.ArrayOf(types.Of(types.Double)))), types.Of(types.Null)}
	cols := make([]*batch.Column, len(kinds))
	for k, t := range kinds {
		b := batch.NewBuilder(t, rows)
		for i := range rows {
			if t.Kind == types.Null {
				b.AppendNull()
				continue
			}
			fill(b, i)
		}
		cols[k] = b.Finish()
	}
	return cols
}

// Every type, whole and cut, in one message and read in place.
func TestRoundTrip(t *testing.T) {
	for _, cut := range [][2]int{{0, rows}, {0, 0}, {3, rows}, {9, 17}, {4, 5}} {
		var message []byte
		cols := columns()
		for i, c := range cols {
			cols[i] = c.Slice(cut[0], cut[1])
			var err error
			message = append(message, make([]byte, i%3)...) // nothing need stand aligned before
			if message, err = colcodec.Append(message, cols[i], nil); err != nil {
				t.Fatal(err)
			}
		}
		for _, copied := range []bool{false, true} {
			r := &colcodec.Reader{Data: append([]byte(nil), message...), Copy: copied}
			got := make([]*batch.Column, len(cols))
			for i, c := range cols {
				r.Copy = false
				r.Bytes(i % 3)
				r.Copy = copied
				var err error
				if got[i], err = r.Column(c.Type, c.Len()); err != nil {
					t.Fatalf("%v %s: %v", cut, c.Type, err)
				}
			}
			if r.More() || r.Err() != nil {
				t.Fatalf("%v: more %v, error %v", cut, r.More(), r.Err())
			}
			if copied {
				clear(r.Data)
			}
			for i, c := range cols {
				same(t, c, got[i])
			}
		}
	}
}

func same(t *testing.T, a, b *batch.Column) {
	t.Helper()
	if a.Len() != b.Len() || a.NullCount() != b.NullCount() {
		t.Fatalf("%s: %d rows, %d nulls, want %d, %d", a.Type, b.Len(), b.NullCount(), a.Len(),
			a.NullCount())
	}
	for i := range a.Len() {
		if !batch.EqualAt(a, i, b, i) {
			t.Errorf("%s: row %d is %s, want %s", a.Type, i, b.Arrow(), a.Arrow())
		}
	}
}

// A message that is cut short gives an error, never a panic.
func TestCutShort(t *testing.T) {
	for _, c := range columns() {
		message, err := colcodec.Append(nil, c, nil)
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(message) {
			r := &colcodec.Reader{Data: message[:n:n]}
			if _, err := r.Column(c.Type, c.Len()); err == nil && c.Type.Kind != types.Boolean &&
				r.Err() == nil && n < len(message)-7 {
				t.Fatalf("%s: %d of %d bytes are read", c.Type, n, len(message))
			}
		}
	}
}

// fake encodes live objects, which are numbers here, as their text.
type fake struct{}

func (fake) Encode(c *batch.Column, dst []byte, ends []int32) ([]byte, []int32, error) {
	for _, h := range batch.Values[uint64](c) {
		dst = append(binary.LittleEndian.AppendUint64(dst, h), '!')
		ends = append(ends, int32(len(dst)))
	}
	return dst, ends, nil
}

func (fake) Decode([]byte, []int32) (*batch.Column, error) { panic("not here") }

// Encoded objects keep their bytes through slices, takes and concatenations, beside live ones.
func TestObjects(t *testing.T) {
	encoded := batch.MakeEncoded([]byte("abcdefghijk"), []int32{3, 3, 11})
	live := batch.MakeObjects([]uint64{16, 32}, nil)
	s := types.NewSchema(types.F("value", types.Of(types.Object)))
	joined := batch.Concat([]*batch.Batch{batch.New(s, []*batch.Column{live}, 2),
		batch.New(s, []*batch.Column{encoded}, 3)}).Cols[0]
	mixed := batch.Take(joined.Slice(1, 5), []int32{3, 0, 2, 1})
	message, err := colcodec.Append([]byte{1}, mixed, fake{})
	if err != nil {
		t.Fatal(err)
	}
	r := &colcodec.Reader{Data: message}
	r.Bytes(1)
	got, err := r.Column(types.Of(types.Object), 4)
	if err != nil {
		t.Fatal(err)
	}
	clear(message)
	want := []string{"defghijk", " \x00\x00\x00\x00\x00\x00\x00!", "", "abc"}
	for i, h := range batch.Values[uint64](got) {
		raw, ok := batch.Encoded(h)
		if !ok || string(raw) != want[i] {
			t.Errorf("object %d is %q, %v, want %q", i, raw, ok, want[i])
		}
	}
	if !batch.AnyEncoded(mixed) || batch.AnyEncoded(live) {
		t.Error("encoded objects are not told from live ones")
	}
	if n := got.MemBytes(); n < 4*8+20 {
		t.Errorf("the column says that it takes %d bytes", n)
	}
}
