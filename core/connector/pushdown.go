package connector

import (
	"context"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/data/types"
)

// A Source that can read less has one or more of these abilities; each returns a new Source that
// reads only that, and leaves the old one as it was.

// ProjectionPushDown is a Source that reads some of its columns only.
type ProjectionPushDown interface {
	// Project keeps the columns at the positions, in that order.
	Project(columns []int) (Source, error)
}

// FilterPushDown is a Source that leaves out parts (files, row groups) that hold no matching row.
// Rows that do not match may still come: the engine filters again.
type FilterPushDown interface {
	// Filter takes conditions that are joined by AND, over the source's current columns.
	Filter(conditions []Condition) (Source, error)
}

// Narrowing is a Reader that can be told conditions that are known only while the job runs. It is
// told before its first split; the conditions are as FilterPushDown's.
type Narrowing interface {
	Narrow(conditions []Condition)
}

// LimitPushDown is a Source that need not give more than n rows a reader.
type LimitPushDown interface {
	Limit(n int64) (Source, error)
}

// WatermarkPushDown is a Source that makes watermarks itself in Flink: rows without an event time
// pass it, where the others stop the job at them.
type WatermarkPushDown interface{ PushWatermarks() }

// AggregatePushDown is a Source that can give parts of aggregates in place of rows, where it knows
// them without reading the rows.
type AggregatePushDown interface {
	// Aggregate returns a Source of other rows: the columns at the positions group, then one for
	// each aggregate, as PartField says. The aggregates of a group are those of its rows put
	// together, counts added; how many rows a group has is the source's choice. ok false: it would
	// have to read all rows anyhow.
	Aggregate(group []int, aggregates []Aggregate) (src Source, ok bool, err error)
}

// AggregateFunction is a function of an Aggregate.
type AggregateFunction string

// The functions.
const (
	Count AggregateFunction = "COUNT"
	Min   AggregateFunction = "MIN"
	Max   AggregateFunction = "MAX"
)

// Aggregate is a function of a column. A COUNT of column -1 is that of the rows.
type Aggregate struct {
	Function AggregateFunction
	Column   int
}

// PartField is the field of part i of an aggregate over rows of a schema.
func (a Aggregate) PartField(i int, of *types.Schema) types.Field {
	switch {
	case a.Function == Count && a.Column < 0:
		return types.F("count1$"+strconv.Itoa(i), types.Of(types.BigInt).Nullable(false))
	case a.Function == Count:
		return types.F("count$"+strconv.Itoa(i), types.Of(types.BigInt).Nullable(false))
	}
	name := strings.ToLower(string(a.Function)) + "$" + strconv.Itoa(i)
	return types.F(name, of.Fields[a.Column].Type.Nullable(true))
}

// PartitionPushDown is a Source in partitions by column values that can leave some out.
type PartitionPushDown interface {
	// Partitions lists the partitions as values of the partition keys, as text; ok false: unknown
	// before the job runs.
	Partitions() (parts []map[string]string, ok bool, err error)
	// Prune keeps the partitions for which keep holds.
	Prune(keep func(part map[string]string) bool) (Source, error)
}

// Clearing is a Source whose rows can be removed as a whole, with those partitions only that Prune
// left.
type Clearing interface {
	Clear(ctx context.Context) error
}

// Op is the comparison of a Condition.
type Op string

// The comparisons.
const (
	OpEq      Op = "="
	OpNe      Op = "<>"
	OpLt      Op = "<"
	OpLe      Op = "<="
	OpGt      Op = ">"
	OpGe      Op = ">="
	OpIn      Op = "IN"
	OpNull    Op = "IS NULL"
	OpNotNull Op = "IS NOT NULL"
)

// Condition compares a column with constants.
type Condition struct {
	Column int
	Op     Op
	// Values are the constants in the column's physical type: int64 for integers, dates, times
	// (in the column's unit) and timestamps, float64, string for text, []byte, bool; one for a
	// comparison, several for IN, none for the NULL tests.
	Values []any
}

// ProjectSchema returns the schema of the columns at the positions.
func ProjectSchema(s *types.Schema, columns []int) *types.Schema {
	fields := make([]types.Field, len(columns))
	for i, c := range columns {
		fields[i] = s.Fields[c]
	}
	return types.NewSchema(fields...)
}

// Picked returns what stands in columns at the positions: of a projection, what one of it keeps.
func Picked(columns, at []int) []int {
	out := make([]int, len(at))
	for i, c := range at {
		out[i] = columns[c]
	}
	return out
}
