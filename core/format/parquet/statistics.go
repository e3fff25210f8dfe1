package parquet

import (
	"io"

	"github.com/apache/arrow/go/v16/parquet/file"
	"github.com/apache/arrow/go/v16/parquet/metadata"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/format"
)

// statistics reads a file's footer. Columns count in the format's schema.
func statistics(c *format.Config, f fsys.Reader) (s connector.Statistics, err error) {
	defer func() { // a damaged footer brings the library to a panic; the scan says so later
		if p := recover(); p != nil {
			err = errs.Dataf("damaged Parquet file")
		}
	}()
	pf, err := file.NewParquetReader(io.NewSectionReader(f, 0, f.Size()))
	if err != nil {
		return s, errs.Dataf("not a readable Parquet file").Wrap(err)
	}
	s.Rows = pf.NumRows()
	s.Columns = map[int]connector.ColumnStatistics{}
	root := pf.MetaData().Schema.Root()
	for i, field := range c.Schema.Fields {
		if !field.Type.IsInteger() && !field.Type.IsTemporal() {
			continue
		}
		at := root.FieldIndexByName(field.Name)
		if at < 0 {
			continue
		}
		leaf := pf.MetaData().Schema.ColumnIndexByName(field.Name)
		if leaf < 0 {
			continue
		}
		if col, ok := columnStatistics(pf.MetaData(), leaf); ok {
			s.Columns[i] = col
		}
	}
	return s, nil
}

// columnStatistics puts the statistics of all row groups together.
func columnStatistics(m *metadata.FileMetaData, leaf int) (connector.ColumnStatistics, bool) {
	var out connector.ColumnStatistics
	for g := range m.RowGroups {
		chunk, err := m.RowGroup(g).ColumnChunk(leaf)
		if err != nil {
			return out, false
		}
		if set, err := chunk.StatsSet(); err != nil || !set {
			return out, false
		}
		stats, err := chunk.Statistics()
		if err != nil || stats == nil || !stats.HasMinMax() {
			return out, false
		}
		var low, high int64
		switch x := stats.(type) {
		case *metadata.Int32Statistics:
			low, high = int64(x.Min()), int64(x.Max())
		case *metadata.Int64Statistics:
			low, high = x.Min(), x.Max()
		default:
			return out, false
		}
		if g == 0 {
			out.Min, out.Max = low, high
		}
		out.Min, out.Max = min(out.Min, low), max(out.Max, high)
		out.Nulls += stats.NullCount()
	}
	return out, len(m.RowGroups) > 0
}
