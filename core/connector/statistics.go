package connector

// CountedSource is a Source that can say how much it will give, without reading it: the planner
// orders joins by it. It may be wrong; results never depend on it.
type CountedSource interface {
	// Statistics returns ok false when nothing is known.
	Statistics() (s Statistics, ok bool)
}

// Statistics is what is known of the rows of a source.
type Statistics struct {
	Rows int64
	// Columns has what is known of some columns, by position in the source's schema.
	Columns map[int]ColumnStatistics
}

// ColumnStatistics is what is known of a column of integers, dates or times in its physical type.
type ColumnStatistics struct {
	Min, Max int64
	Nulls    int64
}

// Add puts the statistics of more rows of the same columns to s.
func (s *Statistics) Add(o Statistics) {
	if s.Rows == 0 {
		*s = o
		return
	}
	s.Rows += o.Rows
	for c, x := range s.Columns {
		y, ok := o.Columns[c]
		if !ok {
			delete(s.Columns, c)
			continue
		}
		s.Columns[c] = ColumnStatistics{min(x.Min, y.Min), max(x.Max, y.Max), x.Nulls + y.Nulls}
	}
}
