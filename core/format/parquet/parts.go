package parquet

import (
	"slices"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/memory"
	"github.com/apache/arrow/go/v16/parquet/metadata"
	"github.com/apache/arrow/go/v16/parquet/pqarrow"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// aggregates says which aggregates statistics can tell. Those of texts may be cut off, those of
// floating-point numbers leave out NaN, and neither the file nor the library below says so.
func aggregates(schema *types.Schema, list []connector.Aggregate) bool {
	return !slices.ContainsFunc(list, func(a connector.Aggregate) bool {
		if a.Function == connector.Count {
			return false
		}
		t := schema.Fields[a.Column].Type
		return !t.IsInteger() && !t.IsTemporal()
	})
}

// parts gives parts of aggregates: one row for each row group whose statistics tell them, and for
// the others one for each of their rows.
type parts struct {
	*reader
	schema *types.Schema
	told   *batch.Batch // of the row groups that tell; nil: given
	at     []int        // by aggregate: its column in the reader's batches, -1: none
}

func openParts(c *format.Config, f fsys.Reader, from, to int64) (*parts, error) {
	rows := *c
	rows.Columns = []int{}
	p := &parts{schema: &types.Schema{}}
	for i, a := range c.Aggregates {
		p.schema.Fields = append(p.schema.Fields, a.PartField(i, c.Schema))
		if a.Column < 0 {
			p.at = append(p.at, -1)
			continue
		}
		at := slices.Index(rows.Columns, a.Column)
		if at < 0 {
			at = len(rows.Columns)
			rows.Columns = append(rows.Columns, a.Column)
		}
		p.at = append(p.at, at)
	}
	var err error
	if p.reader, err = open(&rows, f, from, to); err != nil {
		return nil, err
	}
	told := batch.NewRowBuilder(p.schema, len(p.groups))
	p.groups = slices.DeleteFunc(p.groups, func(g int) bool {
		part, ok := p.tell(g)
		for i, c := range part {
			told.Cols[i].AppendFrom(c, 0)
		}
		return ok
	})
	p.told = told.Finish()
	return p, nil
}

// tell is the part of a row group from its statistics, a column of one row for each aggregate.
func (p *parts) tell(group int) ([]*batch.Column, bool) {
	rows := p.file.MetaData().RowGroup(group).NumRows()
	out := make([]*batch.Column, len(p.at))
	for i, a := range p.config.Aggregates {
		t := p.schema.Fields[i].Type
		if a.Column < 0 {
			out[i] = batch.MakeFixed(t, []int64{rows}, nil)
			continue
		}
		k, ok := p.known(group, p.at[i])
		switch f := p.config.Schema.Fields[a.Column]; {
		case !ok:
			return nil, false
		case a.Function == connector.Count:
			out[i] = batch.MakeFixed(t, []int64{rows - k.nulls}, nil)
		case k.nulls == rows:
			out[i] = batch.MakeNull(t, 1)
		default:
			c, err := format.FromArrow(f.Name, t, bound(k.stats, k.of, a.Function))
			if err != nil {
				return nil, false // reading says it
			}
			out[i] = c
		}
	}
	return out, true
}

// known is what statistics tell of a column of a row group.
type known struct {
	nulls int64
	stats metadata.TypedStatistics // nil where no value is asked for
	of    arrow.DataType           // of the column in the file
}

// known is false where the statistics do not tell all that is asked of the column.
func (p *parts) known(group, column int) (k known, ok bool) {
	g := p.file.MetaData().RowGroup(group)
	name := p.config.Schema.Fields[p.config.Columns[column]].Name
	fields := p.in.Manifest.Fields
	at := slices.IndexFunc(fields, func(f pqarrow.SchemaField) bool { return f.Field.Name == name })
	if at < 0 { // a column that the file has not is null
		return known{nulls: g.NumRows()}, true
	}
	f := &fields[at]
	if len(f.Children) > 0 || !f.IsLeaf() {
		return k, false
	}
	k.of = f.Field.Type
	ranged := false
	if k.nulls, ranged = p.says(group, f.ColIndex); k.nulls < 0 || k.nulls > g.NumRows() {
		return k, false
	}
	if k.nulls == g.NumRows() || !p.asked(column) {
		return k, true
	}
	chunk, err := g.ColumnChunk(f.ColIndex)
	if err != nil || !ranged {
		return k, false
	}
	if k.stats, err = chunk.Statistics(); err != nil || k.stats == nil {
		return k, false
	}
	return k, bound(k.stats, k.of, connector.Min) != nil
}

// asked says whether values of a column are asked for.
func (p *parts) asked(column int) bool {
	for i, a := range p.config.Aggregates {
		if p.at[i] == column && a.Function != connector.Count {
			return true
		}
	}
	return false
}

// bound is the smallest or largest value as the library below reads it, in an array of one row; nil
// for a type whose statistics are not to be relied on.
func bound(
	s metadata.TypedStatistics, of arrow.DataType, which connector.AggregateFunction,
) arrow.Array {
	var v int64
	switch s := s.(type) {
	case *metadata.Int32Statistics:
		v = int64(pick(which, s.Min(), s.Max()))
	case *metadata.Int64Statistics:
		v = pick(which, s.Min(), s.Max())
	default:
		return nil
	}
	var buf []byte
	switch of.ID() {
	case arrow.INT8:
		buf = batch.BytesOf([]int8{int8(v)})
	case arrow.INT16:
		buf = batch.BytesOf([]int16{int16(v)})
	case arrow.INT32, arrow.DATE32, arrow.TIME32:
		buf = batch.BytesOf([]int32{int32(v)})
	case arrow.INT64, arrow.TIME64, arrow.TIMESTAMP:
		buf = batch.BytesOf([]int64{v})
	default:
		return nil
	}
	return array.MakeFromData(array.NewData(of, 1,
		[]*memory.Buffer{nil, memory.NewBufferBytes(buf)}, nil, 0, 0))
}

func pick[T any](which connector.AggregateFunction, low, high T) T {
	if which == connector.Min {
		return low
	}
	return high
}

// Next implements format.FileReader.
func (p *parts) Next(rows int) (*batch.Batch, error) {
	if b := p.told; b != nil && b.Len() > 0 {
		n := min(rows, b.Len())
		p.told = b.Slice(n, b.Len())
		return b.Slice(0, n), nil
	}
	b, err := p.reader.Next(rows)
	if err != nil {
		return nil, err
	}
	cols := make([]*batch.Column, len(p.at))
	for i, a := range p.config.Aggregates {
		t := p.schema.Fields[i].Type
		if a.Function != connector.Count {
			cols[i] = b.Cols[p.at[i]].WithType(t)
			continue
		}
		ones := make([]int64, b.Len())
		for r := range ones {
			if a.Column < 0 || !b.Cols[p.at[i]].IsNull(r) {
				ones[r] = 1
			}
		}
		cols[i] = batch.MakeFixed(t, ones, nil)
	}
	return batch.New(p.schema, cols, b.Len()), nil
}

// Skip implements format.FileReader.
func (p *parts) Skip(n int64) error {
	if told := min(n, int64(p.told.Len())); told > 0 {
		p.told = p.told.Slice(int(told), p.told.Len())
		n -= told
	}
	return p.reader.Skip(n)
}
