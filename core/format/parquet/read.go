package parquet

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/memory"
	"github.com/apache/arrow/go/v16/parquet/file"
	"github.com/apache/arrow/go/v16/parquet/metadata"
	"github.com/apache/arrow/go/v16/parquet/pqarrow"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

// reader reads the row groups that begin in its byte range.
type reader struct {
	config *format.Config
	file   *file.Reader
	in     *pqarrow.FileReader
	source io.ReaderAt
	size   int   // rows decoded at a time
	leaves []int // columns of the file that are read
	from   []int // for each output column: position among the record's, -1: not in the file
	groups []int // left to read
	group  pqarrow.RecordReader
	due    int64        // rows of the group that the library has still to give
	rest   *batch.Batch // of the last record

	flat    []*column // by leaf; nil: the library decodes
	inGroup int64     // rows of the group that flat has not decoded
	tests   []tests   // on rows of flat
	keep    []int32
}

func open(c *format.Config, f fsys.Reader, from, to int64) (*reader, error) {
	if err := supported(c); err != nil {
		return nil, err
	}
	size := c.Options.Int("batch-size", 8192, 1)
	if err := c.Options.Err(); err != nil {
		return nil, err
	}
	pf, err := file.NewParquetReader(io.NewSectionReader(f, 0, f.Size()))
	if err != nil {
		return nil, errs.Dataf("not a readable Parquet file").Wrap(err)
	}
	forgetArrow(pf)
	r := &reader{config: c, file: pf, source: f, size: int(size)}
	r.in, err = pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{BatchSize: size},
		memory.DefaultAllocator)
	if err != nil {
		return nil, errs.Dataf("not a readable Parquet file").Wrap(err)
	}
	if err := r.columns(); err != nil {
		return nil, err
	}
	r.flat = r.flatColumns()
	r.tests = r.conditions()
	for i := range pf.NumRowGroups() {
		g := pf.MetaData().RowGroup(i)
		start, err := begin(g)
		if err != nil {
			return nil, err
		}
		if start >= from && start < to && r.mayMatch(i) {
			r.groups = append(r.groups, i)
		}
	}
	return r, nil
}

// forgetArrow hides what types the columns had in the memory of the program that wrote the file:
// those of Parquet itself say what the values are.
func forgetArrow(f *file.Reader) {
	for _, kv := range f.MetaData().KeyValueMetadata() {
		if kv.Key == "ARROW:schema" {
			kv.Key = ""
		}
	}
}

// begin is the first byte of a row group.
func begin(g *metadata.RowGroupMetaData) (int64, error) {
	if g.NumColumns() == 0 {
		return g.FileOffset(), nil
	}
	c, err := g.ColumnChunk(0)
	if err != nil {
		return 0, errs.Dataf("damaged Parquet file").Wrap(err)
	}
	if at := c.DictionaryPageOffset(); c.HasDictionaryPage() && at > 0 {
		return min(at, c.DataPageOffset()), nil
	}
	return c.DataPageOffset(), nil
}

// columns finds the table's columns in the file by name.
func (r *reader) columns() error {
	manifest := r.in.Manifest
	at := map[string]int{}
	for i := range manifest.Fields {
		at[manifest.Fields[i].Field.Name] = i
	}
	var fields []int
	for _, c := range r.config.Projection() {
		i, ok := at[r.config.Schema.Fields[c].Name]
		if !ok {
			r.from = append(r.from, -1)
			continue
		}
		r.from = append(r.from, len(fields))
		fields = append(fields, i)
	}
	r.leaves = []int{}
	order := map[int]int{}
	for k, i := range fields {
		order[i] = k
		r.leaves = appendLeaves(r.leaves, &manifest.Fields[i])
	}
	slices.Sort(r.leaves)
	// The record has its columns in the order of the leaves, which is the file's.
	rank := make([]int, len(fields))
	next := 0
	for i := range manifest.Fields {
		if k, ok := order[i]; ok {
			rank[k] = next
			next++
		}
	}
	for o, k := range r.from {
		if k >= 0 {
			r.from[o] = rank[k]
		}
	}
	return nil
}

func appendLeaves(leaves []int, f *pqarrow.SchemaField) []int {
	if len(f.Children) == 0 {
		return append(leaves, f.ColIndex)
	}
	for i := range f.Children {
		leaves = appendLeaves(leaves, &f.Children[i])
	}
	return leaves
}

// Next implements format.FileReader.
func (r *reader) Next(rows int) (*batch.Batch, error) {
	for r.rest == nil || r.rest.Len() == 0 { // none of the rows may match
		if err := r.record(); err != nil {
			return nil, err
		}
	}
	b := r.rest
	if b.Len() <= rows {
		r.rest = nil
		return b, nil
	}
	r.rest = b.Slice(rows, b.Len())
	return b.Slice(0, rows), nil
}

// record reads the next record of the row group, or begins the next one.
func (r *reader) record() error {
	if r.inGroup > 0 {
		if len(r.tests) > 0 {
			return r.selectedRecord()
		}
		return r.flatRecord()
	}
	if r.group == nil {
		if len(r.groups) == 0 {
			return io.EOF
		}
		g := r.groups[0]
		r.groups = r.groups[1:]
		if len(r.leaves) == 0 { // only the number of rows counts
			n := int(r.file.MetaData().RowGroup(g).NumRows())
			return r.take(nil, n)
		}
		if r.beginFlat(r.file.MetaData().RowGroup(g)) {
			return nil
		}
		r.due = r.file.MetaData().RowGroup(g).NumRows()
		var err error
		if r.group, err = r.in.GetRecordReader(context.Background(), r.leaves, []int{g}); err != nil {
			return errs.Dataf("damaged Parquet file").Wrap(err)
		}
	}
	rec, err := r.group.Read()
	if errors.Is(err, io.EOF) {
		r.group.Release()
		r.group = nil
		if r.due != 0 { // it ends so where it does not know an encoding
			return errs.Dataf("a row group of the Parquet file cannot be read to its end").
				Fix("it is damaged, or has nested columns in an encoding that is not supported")
		}
		return nil
	}
	if err != nil {
		return errs.Dataf("damaged Parquet file").Wrap(err)
	}
	r.due -= rec.NumRows()
	return r.take(rec.Columns(), int(rec.NumRows()))
}

// flatRecord decodes the next rows of the group without the library.
func (r *reader) flatRecord() error {
	n := int(min(int64(r.size), r.inGroup))
	have := make([]arrow.Array, len(r.flat))
	for i, c := range r.flat {
		var err error
		if have[i], err = c.read(n); err != nil {
			return err
		}
	}
	r.inGroup -= int64(n)
	return r.take(have, n)
}

func (r *reader) take(have []arrow.Array, n int) error {
	return r.takeOf(have, n, func(_ int, c *batch.Column) *batch.Column { return c })
}

// takeOf makes a batch of n rows of arrays, of which f takes those.
func (r *reader) takeOf(
	have []arrow.Array, n int, f func(i int, c *batch.Column) *batch.Column,
) error {
	out := r.config.Output()
	cols := make([]*batch.Column, len(r.from))
	for i, at := range r.from {
		field := out.Fields[i]
		if at < 0 {
			cols[i] = batch.MakeNull(field.Type, n)
			continue
		}
		c, err := format.FromArrow(field.Name, field.Type, have[at])
		if err != nil {
			return err
		}
		cols[i] = f(at, c)
	}
	r.rest = batch.New(out, cols, n)
	return nil
}

// Skip implements format.FileReader: whole row groups are not read.
func (r *reader) Skip(n int64) error {
	for len(r.groups) > 0 {
		rows := r.file.MetaData().RowGroup(r.groups[0]).NumRows()
		if rows > n {
			break
		}
		n -= rows
		r.groups = r.groups[1:]
	}
	for n > 0 {
		b, err := r.Next(int(n))
		if err != nil {
			return err
		}
		n -= int64(b.Len())
	}
	return nil
}

// Close implements format.FileReader.
func (r *reader) Close() error {
	if r.group != nil {
		r.group.Release()
	}
	return nil
}
