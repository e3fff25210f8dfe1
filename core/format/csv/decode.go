package csv

import (
	"bytes"
	"fmt"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/format"
)

func lengthReason(want, got int) string {
	return fmt.Sprintf("%d fields expected but there are %d", want, got)
}

type decoder struct {
	config *format.Config
	scan   scanner
	fields []int // position of each column in the record
	cols   []column
	texts  bool // some of cols hold text
	rows   int
}

// column parses one field of every record of a block.
type column interface {
	parse(b *block, field int, f *fields) error
	finish() *batch.Column
}

// fields is what columns share: the dialect and a buffer to undo quotes in.
type fields struct {
	dialect
	scratch []byte
	name    string
	stride  int
	check   bool // some field may be no UTF-8
}

func newDecoder(c *format.Config) (*decoder, error) {
	d, err := readDialect(c)
	if err != nil {
		return nil, err
	}
	dec := &decoder{config: c, fields: c.Projection()}
	dec.scan.dialect, dec.scan.fields, dec.scan.drop = d, c.Schema.Len(), c.Drop
	for _, i := range dec.fields {
		t := c.Schema.Fields[i].Type
		dec.cols = append(dec.cols, newColumn(t))
		dec.texts = dec.texts || t.IsString() || t.Elem != nil || len(t.Fields) > 0
	}
	return dec, nil
}

// Framing implements format.Decoder.
func (d *decoder) Framing() format.Framing {
	return d.scan.framing()
}

// Decode implements format.Decoder.
func (d *decoder) Decode(data []byte, rows int) (int, error) {
	used, first := d.scan.scan(data, rows-d.rows)
	f := fields{dialect: d.scan.dialect, stride: d.scan.fields + 1,
		check: d.texts && !kernel.IsText(data[:used])}
	for i, col := range d.cols {
		f.name = d.config.Schema.Fields[d.fields[i]].Name
		first = format.Earlier(first, col.parse(&d.scan.block, d.fields[i], &f))
	}
	if first != nil {
		return 0, first
	}
	d.rows += d.scan.block.rows
	return used, nil
}

// DecodeOne implements format.Decoder.
func (d *decoder) DecodeOne(data []byte) error {
	data = bytes.TrimPrefix(data, []byte(format.ByteOrderMark))
	_, err := d.Decode(data, d.rows+1)
	return err
}

// Len implements format.Decoder.
func (d *decoder) Len() int { return d.rows }

// Finish implements format.Decoder.
func (d *decoder) Finish() *batch.Batch {
	cols := make([]*batch.Column, len(d.cols))
	for i, c := range d.cols {
		cols[i] = c.finish()
	}
	n := d.rows
	d.rows = 0
	return batch.New(d.config.Output(), cols, n)
}

// nulls remembers which rows of a column are null.
type nulls struct {
	n    int
	rows []int
}

func (v *nulls) null()  { v.rows = append(v.rows, v.n) }
func (v *nulls) clear() { v.n, v.rows = 0, v.rows[:0] }

func (v *nulls) bitmap() []byte {
	if len(v.rows) == 0 {
		return nil
	}
	bits := batch.NewValid(v.n)
	for _, r := range v.rows {
		batch.ClearBit(bits, r)
	}
	return bits
}

// each calls value for the field of every record, or null.
func (f *fields) each(b *block, field int, null func(), value func(text []byte) bool) error {
	for r, at := 0, field; r < b.rows; r, at = r+1, at+f.stride {
		from, end := b.ends[at], b.ends[at+1]
		if end&absentField != 0 {
			null()
			continue
		}
		text := b.text(from, end, &f.dialect, f.scratch)
		if end&quotedField != 0 {
			f.scratch = text[:0]
		}
		if f.hasNull && bytes.Equal(text, f.null) {
			null()
			continue
		}
		if !value(text) {
			if !f.lenient {
				return f.bad(b, r, text)
			}
			null()
		}
	}
	return nil
}

// bad is the error of a field; described says what it should be.
func (f *fields) bad(b *block, row int, text []byte) *format.RecordError {
	start := int(b.ends[row*f.stride]+1) & offsetMask
	return format.BadField("csv", start, f.name, text, "")
}
