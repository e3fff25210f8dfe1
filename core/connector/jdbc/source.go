package jdbc

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// Source reads a table once.
type Source struct {
	*place
	columns   []int
	where     []connector.Condition
	limit     int64
	by        int // column of the ranges, -1: one reader reads all
	ranges    int64
	low, high int64
	push      bool
}

var (
	_ connector.Source             = (*Source)(nil)
	_ connector.ProjectionPushDown = (*Source)(nil)
	_ connector.FilterPushDown     = (*Source)(nil)
	_ connector.LimitPushDown      = (*Source)(nil)
	_ connector.Clearing           = (*Source)(nil)
)

func newSource(t *connector.Table) (*Source, error) {
	p, err := newPlace(t)
	if err != nil {
		return nil, err
	}
	if p.name == "" {
		return nil, errs.Userf("table '%s': connector 'jdbc' needs the option 'table-name'", t.Name)
	}
	o := t.OptionReader()
	s := &Source{place: p, limit: -1, by: -1,
		push: o.Enum("filter.handling.policy", "always", "always", "never") == "always"}
	for i := range t.Schema.Fields {
		s.columns = append(s.columns, i)
	}
	names := []string{"scan.partition.column", "scan.partition.num", "scan.partition.lower-bound",
		"scan.partition.upper-bound"}
	set := 0
	for _, n := range names {
		if o.Has(n) {
			set++
		}
	}
	if set == 0 {
		return s, o.Err()
	}
	if set < len(names) {
		return nil, errs.Userf("table '%s': 'scan.partition.column', '.num', '.lower-bound' and "+
			"'.upper-bound' are set together or not at all", t.Name)
	}
	column := o.String(names[0], "")
	if s.by = t.Schema.Index(column); s.by < 0 {
		return nil, errs.Userf("table '%s': option 'scan.partition.column' = '%s' is no column",
			t.Name, column).Fix("%s", errs.DidYouMean(column, t.Schema.Names()))
	}
	if k := t.Schema.Fields[s.by].Type; !k.IsInteger() && k.Kind != types.Decimal &&
		k.Kind != types.Date && k.Kind != types.Timestamp {
		return nil, errs.Userf("table '%s': 'scan.partition.column' = '%s' is no number, date or "+
			"timestamp", t.Name, column)
	}
	s.ranges = o.Int(names[1], 1, 1)
	s.low, s.high = o.Int(names[2], 0, -1<<63), o.Int(names[3], 0, -1<<63)
	if s.low > s.high {
		o.Fail(names[2], "at most 'scan.partition.upper-bound'")
	}
	return s, o.Err()
}

// Schema implements connector.Source.
func (s *Source) Schema() *types.Schema { return connector.ProjectSchema(s.table.Schema, s.columns) }

// Bounded implements connector.Source.
func (s *Source) Bounded() bool { return true }

// Project implements connector.ProjectionPushDown.
func (s *Source) Project(columns []int) (connector.Source, error) {
	out := *s
	out.columns = connector.Picked(s.columns, columns)
	return &out, nil
}

// Filter implements connector.FilterPushDown.
func (s *Source) Filter(conditions []connector.Condition) (connector.Source, error) {
	if !s.push {
		return s, nil
	}
	out := *s
	out.where = slices.Clone(s.where)
	for _, c := range conditions {
		c.Column = s.columns[c.Column]
		out.where = append(out.where, c)
	}
	return &out, nil
}

// Limit implements connector.LimitPushDown.
func (s *Source) Limit(n int64) (connector.Source, error) {
	out := *s
	out.limit = n
	return &out, nil
}

// split is a range of the partition column and how many of its rows have been read.
type split struct {
	number    int64
	low, high int64
	done      int64
}

const splitVersion = 1

func (s *split) id() string { return fmt.Sprint("range-", s.number) }

func (s *split) encode() connector.Split {
	b := []byte{splitVersion}
	for _, v := range []int64{s.number, s.low, s.high, s.done} {
		b = binary.AppendVarint(b, v)
	}
	return connector.Split{ID: s.id(), State: b}
}

func decodeSplit(c connector.Split) (*split, error) {
	bad := errs.Corruptf("split '%s' of a database's table cannot be read", c.ID)
	if len(c.State) == 0 || c.State[0] != splitVersion {
		return nil, bad
	}
	s, b := &split{}, c.State[1:]
	for _, v := range []*int64{&s.number, &s.low, &s.high, &s.done} {
		var k int
		if *v, k = binary.Varint(b); k <= 0 {
			return nil, bad
		}
		b = b[k:]
	}
	return s, nil
}

// NewEnumerator implements connector.Source: ranges of equal width. Rows outside of the bounds are
// not read, as in Flink.
func (s *Source) NewEnumerator(
	_ *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	if s.by < 0 {
		return connector.NewListEnumerator([]connector.Split{(&split{}).encode()}, restored)
	}
	var splits []connector.Split
	width := uint64(s.high-s.low)/uint64(s.ranges) + 1
	from := s.low
	for i := range s.ranges {
		to := from + int64(width) - 1
		if to > s.high || to < from {
			to = s.high
		}
		splits = append(splits, (&split{number: i, low: from, high: to}).encode())
		if to == s.high {
			break
		}
		from = to + 1
	}
	return connector.NewListEnumerator(splits, restored)
}

// statement is the SELECT of a split. So that a restore goes on behind the rows that were read, rows
// have an order: that of the primary key, or of all columns. Batch jobs are not restored in the
// middle.
func (s *Source) statement(sp *split) (string, []any) {
	q := &query{place: s.place, columns: s.columns, where: s.where, limit: s.limit}
	if s.limit >= 0 {
		q.limit = max(s.limit-sp.done, 0)
	}
	if s.by >= 0 {
		f := s.table.Schema.Fields[s.by]
		q.clauses = append(q.clauses, s.dialect.quoteName(f.Name)+" BETWEEN "+
			q.arg(bound(f.Type, sp.low))+" AND "+q.arg(bound(f.Type, sp.high)))
	}
	q.conditions()
	var order []string
	if !s.table.BatchMode {
		if order = s.dialect.quoteAll(s.table.PrimaryKey); len(order) == 0 {
			order = q.names()
		}
	}
	text := q.text(order, sp.done)
	return text, q.args
}

// bound is a bound of a range: a number, days of a date, milliseconds of a timestamp.
func bound(t types.Type, v int64) any {
	switch t.Kind {
	case types.Date:
		return string(kernel.AppendDate(nil, v))
	case types.Timestamp:
		return string(kernel.AppendTimestamp(nil, v, 3, 3))
	}
	return v
}

// Clear implements connector.Clearing. What the source reads must be the whole table.
func (s *Source) Clear(ctx context.Context) error {
	if len(s.where) > 0 || s.limit >= 0 {
		return errs.Internalf("a part of table '%s' cannot be cleared", s.table.Name)
	}
	db, err := s.connect(ctx, 1, nil)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // the statement's own error counts
	if _, err := db.ExecContext(ctx, "DELETE FROM "+s.name); err != nil {
		return s.wrap("", err)
	}
	return nil
}
