package watermark

import (
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
	at, err := Millis(col)
	if err != nil {
		return nil, nil, err
	}
	for i, t := range at {
		if t == batch.NoTime || c.found && t <= c.max {
			continue
		}
		c.max, c.found = t, true
		if c.Every {
			marks = append(marks, batch.Mark{Row: i + 1, Time: t})
		}
	}
	return times, marks, nil
}

// Periodic implements Strategy.
func (c *Column) Periodic() (int64, bool, error) { return c.max, c.found, nil }

// Close implements Strategy.
func (c *Column) Close() error { return nil }

// Millis returns a timestamp column as milliseconds since 1970, rounded down, NoTime for nulls.
func Millis(c *batch.Column) ([]int64, error) {
	if c.Type.Kind == types.BigInt {
		return nullsToNoTime(c, append([]int64(nil), batch.Values[int64](c)...)), nil
	}
	if !c.Type.IsTimestamp() {
		return nil, errs.Internalf("an event time of type %s", c.Type)
	}
	src := batch.Values[int64](c)
	out := make([]int64, len(src))
	per := int64(1)
	for u := c.Type.Unit(); u > 3; u-- {
		per *= 10
	}
	for i, v := range src {
		ms := v / per
		if v%per < 0 {
			ms--
		}
		out[i] = ms
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
