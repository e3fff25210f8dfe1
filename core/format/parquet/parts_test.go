package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v16/parquet/file"
	"github.com/apache/arrow/go/v16/parquet/metadata"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// rewritten is a file with another footer.
func rewritten(t *testing.T, f fsys.Reader, change func(m *metadata.FileMetaData)) fsys.Reader {
	t.Helper()
	data, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size()))
	if err != nil {
		t.Fatal(err)
	}
	in, err := file.NewParquetReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	size := len(data) - 8 - int(binary.LittleEndian.Uint32(data[len(data)-8:]))
	out := bytes.NewBuffer(slices.Clone(data[:size]))
	change(in.MetaData())
	n, err := in.MetaData().WriteTo(out, nil)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(binary.LittleEndian.AppendUint32(nil, uint32(n)))
	out.WriteString("PAR1")
	return stored(t, out.Bytes())
}

// totals puts parts together: as text, and how many there were.
func totals(t *testing.T, c *format.Config, f fsys.Reader, skip int64) (total []string, parts int) {
	t.Helper()
	in, err := openParts(c, f, 0, f.Size())
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Skip(skip); err != nil {
		t.Fatal(err)
	}
	values := make([]any, len(c.Aggregates))
	for {
		b, err := in.Next(7)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		parts += b.Len()
		for r := range b.Len() {
			for i, a := range c.Aggregates {
				merge(&values[i], a, b.Cols[i], r)
			}
		}
	}
	for _, v := range values {
		total = append(total, fmt.Sprint(v))
	}
	return total, parts
}

func merge(into *any, a connector.Aggregate, c *batch.Column, r int) {
	if c.IsNull(r) {
		return
	}
	var v int64
	switch c.Type.Kind {
	case types.TinyInt:
		v = int64(batch.Values[int8](c)[r])
	case types.SmallInt:
		v = int64(batch.Values[int16](c)[r])
	case types.Int, types.Date, types.Time:
		v = int64(batch.Values[int32](c)[r])
	default:
		v = batch.Values[int64](c)[r]
	}
	old, ok := (*into).(int64)
	switch {
	case !ok:
		*into = v
	case a.Function == connector.Count:
		*into = old + v
	case a.Function == connector.Min:
		*into = min(old, v)
	default:
		*into = max(old, v)
	}
}

// TestPartsOfAggregates: statistics tell what they can, rows the rest, and both the same.
func TestPartsOfAggregates(t *testing.T) {
	const ddl = "a TINYINT, b SMALLINT, c INT, d BIGINT, e DATE, f TIMESTAMP(3), " +
		"g TIMESTAMP_LTZ(6), h TIME(0)"
	c := config(ddl+", missing INT", map[string]string{"parquet.block.size": "1"})
	wide := config(ddl, map[string]string{"parquet.block.size": "1"})
	s := wide.Schema
	b := rows(s, 40)
	nulls := batch.NewRowBuilder(s, 3)
	for range 3 {
		for _, col := range nulls.Cols {
			col.AppendNull()
		}
	}
	f := write(t, wide, b.Slice(0, 10), b.Slice(10, 40), nulls.Finish())
	c.Aggregates = []connector.Aggregate{{Function: connector.Count, Column: -1}}
	for i := range c.Schema.Fields {
		for _, fn := range []connector.AggregateFunction{connector.Count, connector.Min, connector.Max} {
			c.Aggregates = append(c.Aggregates, connector.Aggregate{Function: fn, Column: i})
		}
	}
	want, parts := totals(t, c, f, 0)
	if parts != 3 || want[0] != "43" || want[1] != "32" || want[7] != "32" || want[8] != "0" ||
		want[9] != "38" || want[12] != "38000" || want[25] != "0" || want[26] != "<nil>" {
		t.Fatalf("%d parts give %v", parts, want)
	}
	if rest, n := totals(t, c, f, 2); n != 1 || rest[0] != "3" || rest[1] != "0" {
		t.Errorf("behind two parts there are %d: %v", n, rest)
	}
	lost := map[string]func(col int, m *metadata.FileMetaData){
		"statistics": func(col int, m *metadata.FileMetaData) {
			m.RowGroups[1].Columns[col].MetaData.Statistics = nil
		},
		"the number of nulls": func(col int, m *metadata.FileMetaData) {
			m.RowGroups[1].Columns[col].MetaData.Statistics.NullCount = nil
		},
		"the smallest value": func(col int, m *metadata.FileMetaData) {
			x := m.RowGroups[1].Columns[col].MetaData.Statistics
			x.Min, x.MinValue = nil, nil
		},
		"the largest value": func(col int, m *metadata.FileMetaData) {
			x := m.RowGroups[1].Columns[col].MetaData.Statistics
			x.Max, x.MaxValue = nil, nil
		},
	}
	for what, lose := range lost {
		for col := range s.Fields {
			got, n := totals(t, c, rewritten(t, f, func(m *metadata.FileMetaData) { lose(col, m) }), 0)
			if n != 32 || !slices.Equal(got, want) {
				t.Errorf("without %s of column %d: %d parts give %v, want %v", what, col, n, got, want)
			}
		}
	}
}

// TestNullsWithoutTheirNumber: a row group that does not say how many nulls it has may have some.
func TestNullsWithoutTheirNumber(t *testing.T) {
	c := config("a INT", map[string]string{})
	f := rewritten(t, write(t, c, rows(c.Schema, 10)), func(m *metadata.FileMetaData) {
		m.RowGroups[0].Columns[0].MetaData.Statistics.NullCount = nil
	})
	for _, op := range []connector.Op{connector.OpNull, connector.OpNotNull} {
		c.Conditions = []connector.Condition{{Column: 0, Op: op}}
		in, err := open(c, f, 0, f.Size())
		if err != nil {
			t.Fatal(err)
		}
		if b, err := in.Next(100); err != nil || b.Len() != 10 {
			t.Errorf("%s: %v, %v", op, b, err)
		}
	}
}
