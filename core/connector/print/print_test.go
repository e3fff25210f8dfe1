package print

import (
	"bytes"
	"testing"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func printed(t *testing.T, tbl connector.Table, ctx connector.WriterContext, b *batch.Batch) string {
	t.Helper()
	var out bytes.Buffer
	tbl.Stdout = &out
	s, err := newSink(&tbl)
	if err != nil {
		t.Fatal(err)
	}
	w := connectortest.Open(t, s, ctx, nil)
	w.Write(b)
	return out.String()
}

// The lines are what Flink 2.3 prints.
func TestRowsAsFlink(t *testing.T) {
	row := types.RowOf(types.F("x", types.Of(types.Int)), types.F("y", types.String()))
	schema := types.NewSchema(types.F("b", types.Of(types.Boolean)),
		types.F("d", types.Of(types.Double)), types.F("m", types.DecimalOf(38, 18)),
		types.F("t", types.WithPrecision(types.Time, 0)),
		types.F("ts", types.WithPrecision(types.Timestamp, 3)),
		types.F("l", types.WithPrecision(types.TimestampLTZ, 3)),
		types.F("y", types.Of(types.Varbinary)), types.F("a", types.ArrayOf(types.Of(types.Int))),
		types.F("mp", types.MapOf(types.String(), types.Of(types.Int))), types.F("r", row))
	b := batch.NewRowBuilder(schema, 2)
	c := b.Cols
	c[0].AppendBool(true)
	batch.Append(c[1], 1e10)
	batch.Append(c[2], batch.DecimalFromWords(0, 120000000000))
	batch.Append(c[3], int32(36_000_000))
	batch.Append(c[4], int64(1704067200500))
	batch.Append(c[5], int64(1704067200000))
	c[6].AppendString("xy")
	batch.Append(c[7].Child(0), int32(1))
	c[7].Child(0).AppendNull()
	c[7].CloseList()
	c[8].Child(0).AppendString("k")
	batch.Append(c[8].Child(1), int32(1))
	c[8].CloseList()
	batch.Append(c[9].Child(0), int32(1))
	c[9].Child(1).AppendString("q")
	c[9].AppendRow()
	for _, x := range c {
		x.AppendNull()
	}
	b.Kinds = []types.RowKind{types.Insert, types.UpdateBefore}
	want := "+I[true, 1.0E10, 1.20000000000E-7, 10:00, 2024-01-01T00:00:00.500, " +
		"2024-01-01T00:00:00Z, [120, 121], [1, null], {k=1}, +I[1, q]]\n" +
		"-U[null, null, null, null, null, null, null, null, null, null]\n"
	got := printed(t, connector.Table{}, connector.WriterContext{}, b.Finish())
	if got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestPrefixes(t *testing.T) {
	schema := types.NewSchema(types.F("value", types.String()))
	b := batch.NewRowBuilder(schema, 1)
	b.Cols[0].AppendString("a")
	rows := b.Finish()
	two := connector.WriterContext{Subtask: 1, Parallelism: 2}
	id := connector.Table{Options: map[string]string{"print-identifier": "id"}, Stream: true}
	for _, c := range []struct {
		tbl  connector.Table
		ctx  connector.WriterContext
		want string
	}{
		{connector.Table{}, two, "2> +I[a]\n"},
		{id, two, "id:2> a\n"},
		{id, connector.WriterContext{}, "id> a\n"},
	} {
		if got := printed(t, c.tbl, c.ctx, rows); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
