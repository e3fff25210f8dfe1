package watermark

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Column is the strategy of a typed stream: event time and watermark come from columns. With Every
// it gives a watermark after each row that raises it, without, one each period.
type Column struct {
	// Times returns the event-time column; nil: rows get no times.
	Times func(b *batch.Batch) (*batch.Column, error)
	// Watermarks returns a column with the watermark of each row.
	Watermarks func(b *batch.Batch) (*batch.Column, error)
	Every      bool

	max   int64
	found bool
}

var _ Strategy = (*Column)(nil)

// Assign implements Strategy.
func (c *Column) Assign(b *batch.Batch) (times []int64, marks []batch.Mark, err error) {
	if c.Times != nil {
		col, err := c.Times(b)
		if err != nil {
			return nil, nil, err
		}
		if times, err = Millis(col); err != nil {
			return nil, nil, err
		}
	}
	col, err := c.Watermarks(b)
	if err != nil {
		return nil, nil, err
	}
	marks, err = c.raise(col)
	return times, marks, err
}

// raise has the watermark follow those of a column's rows, and returns a mark for each row that
// raises it when there is one after every row.
func (c *Column) raise(col *batch.Column) (marks []batch.Mark, err error) {
	per, err := perMilli(col.Type)
	if err != nil {
		return nil, err
	}
	nulls := col.NullCount() > 0
	for i, t := range batch.Values[int64](col) {
		if per == 1 && c.found && t <= c.max {
			continue
		}
		if per != 1 {
			t = floorMillis(t, per)
		}
		if t == batch.NoTime || c.found && t <= c.max || nulls && col.IsNull(i) {
			continue
		}
		c.max, c.found = t, true
		if c.Every {
			marks = append(marks, batch.Mark{Row: i + 1, Time: t})
		}
	}
	return marks, nil
}

// Periodic implements Strategy.
func (c *Column) Periodic() (int64, bool, error) { return c.max, c.found, nil }

// Close implements Strategy.
func (c *Column) Close() error { return nil }

// perMilli is how many ticks of an event time's type a millisecond has.
func perMilli(t types.Type) (int64, error) {
	switch {
	case t.Kind == types.BigInt:
		return 1, nil
	case !t.IsTimestamp():
		return 0, errs.Internalf("an event time of type %s", t)
	case t.Unit() == 9:
		return 1_000_000, nil
	case t.Unit() == 6:
		return 1000, nil
	}
	return 1, nil
}

// floorMillis is a time in milliseconds, rounded down.
func floorMillis(t, per int64) int64 {
	ms := t / per
	if t%per < 0 {
		ms--
	}
	return ms
}

// Millis returns a timestamp column as milliseconds since 1970, rounded down, NoTime for nulls.
func Millis(c *batch.Column) ([]int64, error) {
	per, err := perMilli(c.Type)
	if err != nil {
		return nil, err
	}
	src := batch.Values[int64](c)
	if per == 1 {
		return nullsToNoTime(c, slices.Clone(src)), nil
	}
	out := make([]int64, len(src))
	for i, t := range src {
		out[i] = floorMillis(t, per)
	}
	return nullsToNoTime(c, out), nil
}

func nullsToNoTime(c *batch.Column, v []int64) []int64 {
	if c.NullCount() > 0 {
		for i := range v {
			if c.IsNull(i) {
				v[i] = batch.NoTime
			}
		}
	}
	return v
}

// Bounded is the strategy for rows at most DelayMs out of order: the watermark is the greatest
// time so far minus the delay minus 1, each period.
type Bounded struct {
	// Times returns the event times of the rows; nil: those that the rows have.
	Times   func(b *batch.Batch) ([]int64, error)
	DelayMs int64
	OnClose func() error

	max   int64
	found bool
}

var _ Strategy = (*Bounded)(nil)

// Assign implements Strategy.
func (s *Bounded) Assign(b *batch.Batch) (times []int64, marks []batch.Mark, err error) {
	times = b.Times
	if s.Times != nil {
		if times, err = s.Times(b); err != nil {
			return nil, nil, err
		}
	}
	for _, t := range times {
		if t != batch.NoTime && (!s.found || t > s.max) {
			s.max, s.found = t, true
		}
	}
	return times, nil, nil
}

// Periodic implements Strategy.
func (s *Bounded) Periodic() (int64, bool, error) { return s.max - s.DelayMs - 1, s.found, nil }

// Close implements Strategy.
func (s *Bounded) Close() error {
	if s.OnClose != nil {
		return s.OnClose()
	}
	return nil
}
