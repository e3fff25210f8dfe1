package rowcodec_test

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
)

func text(v ...string) *batch.Column {
	b := batch.NewBuilder(types.String(), len(v))
	for _, s := range v {
		if s == "NULL" {
			b.AppendNull()
		} else {
			b.AppendString(s)
		}
	}
	return b.Finish()
}

func fixed[T batch.Fixed](t types.Type, v ...T) *batch.Column {
	return batch.MakeFixed(t, v, nil)
}

// columns are two rows of every type: values, then nulls.
func columns() []*batch.Column {
	kinds := []types.Type{types.Of(types.Boolean), types.Of(types.TinyInt), types.Of(types.SmallInt),
		types.Of(types.Int), types.Of(types.BigInt), types.Of(types.Float), types.Of(types.Double),
		types.DecimalOf(38, 4), types.String(), types.Of(types.Varbinary), types.Of(types.Date),
		types.WithPrecision(types.Time, 3), types.WithPrecision(types.Time, 9),
		types.Of(types.Timestamp), types.Of(types.IntervalYM), types.Of(types.IntervalDT),
		types.ArrayOf(types.String()), types.MapOf(types.String(), types.Of(types.Int)),
		types.MultisetOf(types.String()), types.RowOf(types.F("a", types.Of(types.Int)),
			types.F("b", types.ArrayOf(types.Of(types.Double))))}
	var cols []*batch.Column
	for _, t := range kinds {
		b := batch.NewBuilder(t, 2)
		fill(b)
		b.AppendNull()
		cols = append(cols, b.Finish())
	}
	return cols
}

func fill(b *batch.Builder) {
	switch t := b.Type; t.Kind {
	case types.Boolean:
		b.AppendBool(true)
	case types.TinyInt:
		batch.Append(b, int8(-3))
	case types.SmallInt:
		batch.Append(b, int16(-300))
	case types.Float:
		batch.Append(b, float32(1.25))
	case types.Double:
		batch.Append(b, -2.5)
	case types.Decimal:
		batch.Append(b, batch.DecimalFromWords(-7, 12345))
	case types.Varchar, types.Varbinary:
		b.AppendString("häß\x00")
	case types.Array, types.Map, types.Multiset:
		for range 2 {
			fill(b.Child(0))
			if t.Kind != types.Array {
				fill(b.Child(1))
			}
		}
		if t.Kind == types.Array {
			b.Child(0).AppendNull()
		}
		b.CloseList()
	case types.Row:
		fill(b.Child(0))
		fill(b.Child(1))
		b.AppendRow()
	case types.Int, types.Date, types.IntervalYM:
		batch.Append(b, int32(-70000))
	case types.Time:
		if t.Unit() == 3 {
			batch.Append(b, int32(86399999))
			return
		}
		batch.Append(b, int64(86399999999999))
	default:
		batch.Append(b, int64(math.MinInt64+5))
	}
}

func TestRoundTrip(t *testing.T) {
	cols := columns()
	e, err := rowcodec.NewEncoder(cols)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]*batch.Builder, len(cols))
	for i, c := range cols {
		out[i] = batch.NewBuilder(c.Type, 2)
	}
	data, ends := e.AppendAll([]int32{0, 1}, nil, nil)
	if want := (len(cols) + 7) / 8; int(ends[1]-ends[0]) != want {
		t.Errorf("a row of nulls takes %d bytes, want %d", ends[1]-ends[0], want)
	}
	rest, err := rowcodec.Decode(data, out)
	if err != nil {
		t.Fatal(err)
	}
	if rest, err = rowcodec.Decode(rest, out); err != nil || len(rest) != 0 {
		t.Fatalf("rest % x, %v", rest, err)
	}
	for i, b := range out {
		got := b.Finish()
		if got.Arrow().String() != cols[i].Arrow().String() {
			t.Errorf("%s: got %s, want %s", got.Type, got.Arrow(), cols[i].Arrow())
		}
	}
	for n := range int(ends[0]) {
		for i, c := range cols {
			out[i] = batch.NewBuilder(c.Type, 1)
		}
		if _, err := rowcodec.Decode(data[:n], out); err == nil {
			t.Fatalf("%d bytes of %d decode", n, ends[0])
		}
	}
}

func TestSortKeysOrderAsRows(t *testing.T) {
	inf := math.Inf(1)
	cases := []struct {
		name string
		col  *batch.Column // in ascending order
	}{
		{"int", fixed(types.Of(types.Int), int32(math.MinInt32), -1, 0, 1, 256, math.MaxInt32)},
		{"double", fixed(types.Of(types.Double), -inf, -2, -1, math.Copysign(0, -1), 0, 1e-300, 1, 2,
			inf, math.NaN())},
		{"decimal", fixed(types.DecimalOf(38, 0), batch.DecimalFromWords(math.MinInt64, 0),
			batch.DecimalFromWords(-1, 5), batch.DecimalFromWords(0, 0),
			batch.DecimalFromWords(0, math.MaxUint64), batch.DecimalFromWords(1, 0))},
		{"string", text("", "\x00", "\x00\x00", "\x00a", "a", "a\x00", "ab", "b", "ä")},
	}
	// A second column must not disturb: it has the opposite order.
	for _, c := range cases {
		n := c.col.Len()
		second := make([]int32, n)
		for i := range second {
			second[i] = int32(n - i)
		}
		for _, o := range []rowcodec.Order{{}, {Descending: true}} {
			k, err := rowcodec.NewSortKey([]*batch.Column{c.col,
				fixed(types.Of(types.Int), second...)}, []rowcodec.Order{o, {}})
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				for j := range n {
					want := cmp.Compare(i, j)
					if o.Descending {
						want = -want
					}
					if got := bytes.Compare(k.Append(nil, i), k.Append(nil, j)); got != want {
						t.Errorf("%s %+v: rows %d and %d compare %d, want %d", c.name, o, i, j, got,
							want)
					}
				}
			}
		}
	}
	col := text("b", "NULL", "a")
	for _, c := range []struct {
		o    rowcodec.Order
		want string
	}{
		{rowcodec.Order{}, "NULL a b"}, {rowcodec.Order{Descending: true}, "NULL b a"},
		{rowcodec.Order{NullsLast: true}, "a b NULL"},
		{rowcodec.Order{Descending: true, NullsLast: true}, "b a NULL"},
	} {
		k, err := rowcodec.NewSortKey([]*batch.Column{col}, []rowcodec.Order{c.o})
		if err != nil {
			t.Fatal(err)
		}
		rows := []int{0, 1, 2}
		slices.SortFunc(rows, func(a, b int) int {
			return bytes.Compare(k.Append(nil, a), k.Append(nil, b))
		})
		var got []string
		for _, r := range rows {
			if col.IsNull(r) {
				got = append(got, "NULL")
			} else {
				got = append(got, col.Str(r))
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %v, want %s", c.o, got, c.want)
		}
	}
}

func TestEvolve(t *testing.T) {
	old := types.RowOf(types.F("id", types.Of(types.Int)), types.F("gone", types.String()),
		types.F("x", types.Of(types.Float)))
	to := types.RowOf(types.F("x", types.Of(types.Double)), types.F("new", types.String()),
		types.F("id", types.Of(types.BigInt)))
	e, err := rowcodec.NewEncoder([]*batch.Column{fixed(types.Of(types.Int), int32(-9)),
		text("bye"), fixed(types.Of(types.Float), float32(0.5))})
	if err != nil {
		t.Fatal(err)
	}
	convert, err := rowcodec.Evolve(rowcodec.Descriptor(old), to)
	if err != nil {
		t.Fatal(err)
	}
	row, err := convert([]byte("kept"), e.Append(nil, 0))
	if err != nil || !bytes.HasPrefix(row, []byte("kept")) {
		t.Fatalf("%q, %v", row, err)
	}
	out := make([]*batch.Builder, 3)
	for i, f := range to.Fields {
		out[i] = batch.NewBuilder(f.Type, 1)
	}
	if _, err := rowcodec.Decode(row[4:], out); err != nil {
		t.Fatal(err)
	}
	x, fresh, id := out[0].Finish(), out[1].Finish(), out[2].Finish()
	if batch.Values[float64](x)[0] != 0.5 || !fresh.IsNull(0) || batch.Values[int64](id)[0] != -9 {
		t.Fatalf("row (%s, %s, %s)", x.Arrow(), fresh.Arrow(), id.Arrow())
	}
	for _, c := range []struct {
		field types.Field
		want  string
	}{
		{types.F("id", types.Of(types.SmallInt)), "field 'id' was INT and cannot become SMALLINT"},
		{types.F("gone", types.Of(types.Int)), "field 'gone' was STRING"},
		{types.F("more", types.String().Nullable(false)), "field 'more' is new and NOT NULL"},
		{types.F("x", types.Of(types.Double).Nullable(false)), "field 'x' was FLOAT"},
	} {
		_, err := rowcodec.Evolve(rowcodec.Descriptor(old), types.RowOf(c.field))
		if err == nil || !strings.Contains(err.Error(), c.want) || errs.MarkOf(err) != errs.User {
			t.Errorf("%v does not say %q", err, c.want)
		}
	}
}

func TestSame(t *testing.T) {
	was := rowcodec.Descriptor(types.RowOf(types.F("id", types.Of(types.Int)),
		types.F("name", types.String())))
	id, name := types.F("id", types.Of(types.Int)), types.F("name", types.String())
	for _, c := range []struct {
		now  []types.Field
		want string
	}{
		{[]types.Field{id, name}, ""},
		{[]types.Field{types.F("key", types.Of(types.Int).Nullable(false)), name}, ""},
		{[]types.Field{id}, "field 'name' STRING is gone"},
		{[]types.Field{id, name, types.F("x", types.Of(types.Float))}, "field 'x' FLOAT is new"},
		{[]types.Field{types.F("id", types.Of(types.BigInt)), name},
			"field 1 was 'id' INT and is now 'id' BIGINT"},
	} {
		err := rowcodec.Same(was, types.RowOf(c.now...))
		if c.want == "" && err != nil || c.want != "" && (err == nil ||
			!strings.Contains(err.Error(), c.want) || errs.MarkOf(err) != errs.User) {
			t.Errorf("%v does not say %q", err, c.want)
		}
	}
}

func BenchmarkEncodeDecode(b *testing.B) {
	n := 1024
	ids, names := make([]int64, n), make([]string, n)
	for i := range ids {
		ids[i], names[i] = int64(i), "name of a customer"
	}
	cols := []*batch.Column{fixed(types.Of(types.BigInt), ids...), text(names...),
		fixed(types.Of(types.Timestamp), ids...)}
	e, err := rowcodec.NewEncoder(cols)
	if err != nil {
		b.Fatal(err)
	}
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	var data []byte
	var ends []int32
	for b.Loop() {
		data, ends = e.AppendAll(rows, data[:0], ends[:0])
		out := make([]*batch.Builder, len(cols))
		for i, c := range cols {
			out[i] = batch.NewBuilder(c.Type, n)
		}
		for rest := data; len(rest) > 0; {
			if rest, err = rowcodec.Decode(rest, out); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
}
