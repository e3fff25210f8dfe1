package parquet

import (
	"bytes"
	"cmp"

	"github.com/apache/arrow/go/v16/parquet/metadata"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

// mayMatch says whether a row group can hold a row for which all conditions hold, as far as its
// statistics tell.
func (r *reader) mayMatch(group int) bool {
	g := r.file.MetaData().RowGroup(group)
	for _, c := range r.config.Conditions {
		f := r.config.Schema.Fields[c.Column]
		leaf := -1
		for i := range r.in.Manifest.Fields {
			if m := &r.in.Manifest.Fields[i]; m.Field.Name == f.Name && len(m.Children) == 0 {
				leaf = m.ColIndex
			}
		}
		if leaf < 0 {
			continue
		}
		chunk, err := g.ColumnChunk(leaf)
		if err != nil {
			continue
		}
		if set, err := chunk.StatsSet(); err != nil || !set {
			continue
		}
		stats, err := chunk.Statistics()
		if err != nil || stats == nil {
			continue
		}
		nulls, ranged := r.says(group, leaf)
		if !holds(c, f.Type, stats, g.NumRows(), nulls, ranged) {
			return false
		}
	}
	return true
}

// says tells what the statistics of a column chunk hold: the number of nulls, -1 when it is
// missing, and whether there are a smallest and a largest value. The library takes what is missing
// for zero.
func (r *reader) says(group, leaf int) (nulls int64, ranged bool) {
	s := r.file.MetaData().RowGroups[group].Columns[leaf].MetaData.Statistics
	if s == nil {
		return -1, false
	}
	nulls = -1
	if s.NullCount != nil {
		nulls = *s.NullCount
	}
	return nulls, s.MinValue != nil && s.MaxValue != nil || s.Min != nil && s.Max != nil
}

func holds(
	c connector.Condition, t types.Type, s metadata.TypedStatistics, rows, nulls int64, ranged bool,
) bool {
	switch c.Op {
	case connector.OpNull:
		return nulls != 0
	case connector.OpNotNull:
		return nulls < rows
	}
	if !ranged {
		return true
	}
	switch x := s.(type) {
	case *metadata.Int32Statistics:
		return t.IsInteger() && inRange(c, int64(x.Min()), int64(x.Max()), cmp.Compare) ||
			t.Kind == types.Date && inRange(c, int64(x.Min()), int64(x.Max()), cmp.Compare) ||
			!t.IsInteger() && t.Kind != types.Date
	case *metadata.Int64Statistics:
		return !t.IsInteger() || inRange(c, x.Min(), x.Max(), cmp.Compare)
	case *metadata.Float32Statistics:
		return inRange(c, float64(x.Min()), float64(x.Max()), cmp.Compare)
	case *metadata.Float64Statistics:
		return inRange(c, x.Min(), x.Max(), cmp.Compare)
	case *metadata.ByteArrayStatistics:
		return !t.IsString() || inRange(c, string(x.Min()), string(x.Max()),
			func(a, b string) int { return bytes.Compare([]byte(a), []byte(b)) })
	}
	return true
}

// inRange says whether a value between low and high can satisfy the condition.
func inRange[T any](c connector.Condition, low, high T, compare func(a, b T) int) bool {
	for _, v := range c.Values {
		x, ok := v.(T)
		if !ok {
			return true
		}
		switch a, b := compare(x, low), compare(x, high); c.Op {
		case connector.OpEq, connector.OpIn:
			if a >= 0 && b <= 0 {
				return true
			}
		case connector.OpLt:
			return a > 0
		case connector.OpLe:
			return a >= 0
		case connector.OpGt:
			return b < 0
		case connector.OpGe:
			return b <= 0
		default:
			return true
		}
	}
	return len(c.Values) == 0
}
