package parquet

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func config(ddl string, options map[string]string) *format.Config {
	return &format.Config{Table: "t", Schema: types.NewSchema(
		types.MustParse("ROW<" + ddl + ">").Fields...),
		Options: connector.NewOptions("t", "parquet.", options)}
}

// rows makes n rows of the schema; every fifth is null.
func rows(s *types.Schema, n int) *batch.Batch {
	b := batch.NewRowBuilder(s, n)
	for i := range n {
		for _, c := range b.Cols {
			if i%5 == 4 {
				c.AppendNull()
				continue
			}
			put(c, i)
		}
	}
	return b.Finish()
}

func put(b *batch.Builder, i int) {
	switch b.Type.Kind {
	case types.Boolean:
		b.AppendBool(i%2 == 0)
	case types.TinyInt:
		batch.Append(b, int8(i))
	case types.SmallInt:
		batch.Append(b, int16(i))
	case types.Int, types.Date, types.Time:
		batch.Append(b, int32(i))
	case types.BigInt, types.Timestamp, types.TimestampLTZ:
		batch.Append(b, int64(i)*1000)
	case types.Float:
		batch.Append(b, float32(i)/2)
	case types.Double:
		batch.Append(b, float64(i)/4)
	case types.Decimal:
		batch.Append(b, batch.DecimalFromWords(0, uint64(i)))
	case types.Array:
		put(b.Child(0), i)
		b.Child(0).AppendNull()
		b.CloseList()
	case types.Map:
		put(b.Child(0), i)
		put(b.Child(1), i+1)
		b.CloseList()
	case types.Row:
		for k := range b.Type.Fields {
			put(b.Child(k), i)
		}
		b.AppendRow()
	default:
		b.AppendString(string(rune('a' + i%26)))
	}
}

func write(t *testing.T, c *format.Config, parts ...*batch.Batch) fsys.Reader {
	t.Helper()
	var buf bytes.Buffer
	w, err := create(c, &buf)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if err := w.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return stored(t, buf.Bytes())
}

func stored(t *testing.T, data []byte) fsys.Reader {
	t.Helper()
	fs := fsys.NewMem()
	if err := fsys.WriteFile(fs, "/f", data); err != nil {
		t.Fatal(err)
	}
	f, err := fs.Open("/f")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func read(t *testing.T, c *format.Config, f fsys.Reader, from, to int64) []string {
	t.Helper()
	r, err := open(c, f, from, to)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out []string
	for {
		b, err := r.Next(7)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, connectortest.Text(b)...)
	}
}

const all = "b BOOLEAN, t TINYINT, s SMALLINT, i INT, l BIGINT, f FLOAT, d DOUBLE, " +
	"m DECIMAL(10,2), m38 DECIMAL(38,18), v STRING, y BYTES, dt DATE, tm TIME(3), " +
	"ts TIMESTAMP(3), ts6 TIMESTAMP(6), ltz TIMESTAMP_LTZ(3), a ARRAY<INT>, " +
	"mp MAP<STRING, INT>, r ROW<x INT, y ROW<z STRING>>"

func TestEveryTypeComesBack(t *testing.T) {
	for _, codec := range []string{"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "BROTLI", "LZ4_RAW"} {
		c := config(all, map[string]string{"parquet.compression": codec})
		in := rows(c.Schema, 50)
		f := write(t, c, in)
		if got := read(t, c, f, 0, f.Size()); !slices.Equal(got, connectortest.Text(in)) {
			t.Fatalf("%s: %q", codec, got[:3])
		}
	}
}

func TestColumnsAreFoundByName(t *testing.T) {
	c := config(all, nil)
	in := rows(c.Schema, 10)
	f := write(t, c, in)
	other := config("v STRING, nope INT, i BIGINT, t INT, ts6 TIMESTAMP(3), r ROW<y ROW<z STRING>>", nil)
	got := read(t, other, f, 0, f.Size())
	if got[1] != "+I|b|NULL|1|1|1970-01-01 00:00:00.001|((b))" {
		t.Errorf("%q", got[1])
	}
	other.Columns = []int{2, 0}
	if got := read(t, other, f, 0, f.Size()); got[1] != "+I|1|b" {
		t.Errorf("projected %q", got[1])
	}
	other.Columns = []int{}
	if got := read(t, other, f, 0, f.Size()); len(got) != 10 {
		t.Errorf("%d rows without columns", len(got))
	}
}

func groups(t *testing.T) (*format.Config, fsys.Reader) {
	c := config("i INT, v STRING", map[string]string{"parquet.block.size": "1"})
	var parts []*batch.Batch
	for g := range 4 {
		b := batch.NewRowBuilder(c.Schema, 10)
		for i := range 10 {
			batch.Append(b.Cols[0], int32(g*10+i))
			b.Cols[1].AppendString(string(rune('a' + g)))
		}
		parts = append(parts, b.Finish())
	}
	return c, write(t, c, parts...)
}

func TestRowGroupsArePrunedBySplitAndCondition(t *testing.T) {
	c, f := groups(t)
	n := f.Size() / 3
	total := 0
	for i := range int64(3) {
		total += len(read(t, c, f, n*i, n*(i+1)+i/2*3))
	}
	if total != 40 {
		t.Errorf("%d rows over three splits, want 40", total)
	}
	for _, w := range []struct {
		cond connector.Condition
		rows int
	}{
		{connector.Condition{Column: 0, Op: connector.OpEq, Values: []any{int64(25)}}, 10},
		{connector.Condition{Column: 0, Op: connector.OpGe, Values: []any{int64(20)}}, 20},
		{connector.Condition{Column: 0, Op: connector.OpLt, Values: []any{int64(10)}}, 10},
		{connector.Condition{Column: 0, Op: connector.OpIn, Values: []any{int64(1), int64(39)}}, 20},
		{connector.Condition{Column: 0, Op: connector.OpNull}, 0},
		{connector.Condition{Column: 1, Op: connector.OpGt, Values: []any{"c"}}, 10},
		{connector.Condition{Column: 1, Op: connector.OpNe, Values: []any{"c"}}, 40},
	} {
		c.Conditions = []connector.Condition{w.cond}
		if got := read(t, c, f, 0, f.Size()); len(got) != w.rows {
			t.Errorf("%v: %d rows, want %d", w.cond, len(got), w.rows)
		}
	}
}

func TestSkipContinuesInTheMiddle(t *testing.T) {
	c, f := groups(t)
	want := read(t, c, f, 0, f.Size())
	for n := range int64(41) {
		r, err := open(c, f, 0, f.Size())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Skip(n); err != nil {
			t.Fatal(err)
		}
		var got []string
		for {
			b, err := r.Next(100)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, connectortest.Text(b)...)
		}
		if !slices.Equal(got, want[n:]) {
			t.Fatalf("skip %d: %d rows", n, len(got))
		}
	}
}

func FuzzOpen(f *testing.F) {
	c := config("i INT, v STRING", nil)
	var buf bytes.Buffer
	w, err := create(c, &buf)
	if err != nil {
		f.Fatal(err)
	}
	w.Write(rows(c.Schema, 20))
	w.Close()
	f.Add(buf.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		fs := fsys.NewMem()
		fsys.WriteFile(fs, "/f", data)
		file, err := fs.Open("/f")
		if err != nil {
			t.Fatal(err)
		}
		r, err := open(c, file, 0, file.Size())
		if err != nil {
			return
		}
		for range 100 {
			if _, err := r.Next(100); err != nil {
				break
			}
		}
	})
}
