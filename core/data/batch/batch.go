package batch

import (
	"math"

	"github.com/headrace/headrace/core/data/types"
)

// NoTime is the event time of a row that has none (Flink's Long.MIN_VALUE).
const NoTime = math.MinInt64

// MinWatermark and MaxWatermark are the first and last watermark of a stream.
const (
	MinWatermark = math.MinInt64
	MaxWatermark = math.MaxInt64
)

// Mark says that watermark Time is in force before row Row of its batch (and for the rows after
// it, up to the next mark). Row may equal the batch's length: in force after the last row.
type Mark struct {
	Row  int
	Time int64
}

// Batch is rows in columns with, optionally, what each row does to the table (Kinds), its event
// time (Times, ms since 1970, NoTime where unknown) and the watermarks in force between rows
// (Marks, ascending in both fields). Where results are decided by time, only Marks and the
// watermark elements between batches count, never where the stream was cut into batches.
type Batch struct {
	Schema *types.Schema
	Cols   []*Column
	Kinds  []types.RowKind // nil: all Insert
	Times  []int64         // nil: no row has one
	Marks  []Mark          // nil: no watermark inside the batch

	n int
}

// New makes a batch of n rows; it takes over the caller's references to the columns.
func New(schema *types.Schema, cols []*Column, n int) *Batch {
	return &Batch{Schema: schema, Cols: cols, n: n}
}

// Len is the number of rows.
func (b *Batch) Len() int { return b.n }

// Retain keeps the batch's foreign memory for one more user.
func (b *Batch) Retain() {
	for _, c := range b.Cols {
		c.Retain()
	}
}

// Release gives one use back.
func (b *Batch) Release() {
	for _, c := range b.Cols {
		c.Release()
	}
}

// Kind returns the row kind of row i.
func (b *Batch) Kind(i int) types.RowKind {
	if b.Kinds == nil {
		return types.Insert
	}
	return b.Kinds[i]
}

// Time returns the event time of row i, NoTime when it has none.
func (b *Batch) Time(i int) int64 {
	if b.Times == nil {
		return NoTime
	}
	return b.Times[i]
}

// WithColumns returns the rows of b under other columns (same row count, kinds, times, marks); it
// takes over the references to cols.
func (b *Batch) WithColumns(schema *types.Schema, cols []*Column) *Batch {
	return &Batch{Schema: schema, Cols: cols, Kinds: b.Kinds, Times: b.Times, Marks: b.Marks, n: b.n}
}

// Project returns the columns at the positions, retained.
func (b *Batch) Project(schema *types.Schema, positions []int) *Batch {
	cols := make([]*Column, len(positions))
	for i, p := range positions {
		cols[i] = b.Cols[p]
		cols[i].Retain()
	}
	return b.WithColumns(schema, cols)
}

// Slice returns rows [from, to) as a view. Marks at from stay, those at to go to the part that
// starts there, unless to is the end of the batch.
func (b *Batch) Slice(from, to int) *Batch {
	if from == 0 && to == b.n {
		b.Retain()
		return b
	}
	out := &Batch{Schema: b.Schema, Cols: make([]*Column, len(b.Cols)), n: to - from}
	for i, c := range b.Cols {
		out.Cols[i] = c.Slice(from, to)
	}
	if b.Kinds != nil {
		out.Kinds = b.Kinds[from:to]
	}
	if b.Times != nil {
		out.Times = b.Times[from:to]
	}
	for _, m := range b.Marks {
		if m.Row >= from && (m.Row < to || m.Row == b.n && to == b.n) {
			out.Marks = append(out.Marks, Mark{Row: m.Row - from, Time: m.Time})
		}
	}
	return out
}

// Take returns the rows at the ascending positions rows; marks keep their place between the rows
// that stay.
func (b *Batch) Take(rows []int32) *Batch {
	if len(rows) == b.n {
		b.Retain()
		return b
	}
	cols := make([]*Column, len(b.Cols))
	for i, c := range b.Cols {
		cols[i] = Take(c, rows)
	}
	return b.TakeWith(rows, b.Schema, cols)
}

// TakeWith returns the rows at the ascending positions rows under other columns, which have a value
// for each of these rows; it takes over the references to cols.
func (b *Batch) TakeWith(rows []int32, schema *types.Schema, cols []*Column) *Batch {
	if len(rows) == b.n {
		return b.WithColumns(schema, cols)
	}
	out := &Batch{Schema: schema, Cols: cols, n: len(rows)}
	if b.Kinds != nil {
		out.Kinds = make([]types.RowKind, len(rows))
		for i, r := range rows {
			out.Kinds[i] = b.Kinds[r]
		}
	}
	if b.Times != nil {
		out.Times = make([]int64, len(rows))
		for i, r := range rows {
			out.Times[i] = b.Times[r]
		}
	}
	at := 0
	for _, m := range b.Marks {
		for at < len(rows) && int(rows[at]) < m.Row {
			at++
		}
		if k := len(out.Marks); k > 0 && out.Marks[k-1].Row == at {
			out.Marks[k-1].Time = m.Time
			continue
		}
		out.Marks = append(out.Marks, Mark{Row: at, Time: m.Time})
	}
	return out
}

// MemBytes estimates the memory of the batch.
func (b *Batch) MemBytes() int64 {
	n := int64(len(b.Kinds) + 8*len(b.Times) + 16*len(b.Marks))
	for _, c := range b.Cols {
		n += c.MemBytes()
	}
	return n
}

// Segments calls f for each run of rows between watermarks, in order: first onMark for the
// watermark in force from there on, then onRows for [from, to).
func (b *Batch) Segments(onMark func(time int64) error, onRows func(from, to int) error) error {
	from := 0
	for _, m := range b.Marks {
		if m.Row > from {
			if err := onRows(from, m.Row); err != nil {
				return err
			}
			from = m.Row
		}
		if err := onMark(m.Time); err != nil {
			return err
		}
	}
	if from < b.n {
		return onRows(from, b.n)
	}
	return nil
}
