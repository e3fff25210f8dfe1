package json

import (
	"bytes"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/format"
)

// Decoder decodes records of JSON.
type Decoder struct {
	config *format.Config
	settings
	names names
	cols  []*column
	spans []span   // of the block: one a column and record
	row   []uint32 // start of each record of the block
	rows  int
}

// settings is what the parsers of values know.
type settings struct {
	name    string // of the format, for errors
	lenient bool
	missing bool // a missing field is an error
	times   format.TimeStandard
}

var _ format.Decoder = (*Decoder)(nil)

// NewDecoder makes a decoder; name is the format's, for errors.
func NewDecoder(c *format.Config, name string) (*Decoder, error) {
	o := c.Options
	d := &Decoder{config: c, settings: settings{name: name,
		lenient: o.Bool("ignore-parse-errors", false),
		missing: o.Bool("fail-on-missing-field", false)}}
	d.times.ISO = o.Enum("timestamp-format.standard", "SQL", "SQL", "ISO-8601") == "ISO-8601"
	if err := o.Err(); err != nil {
		return nil, err
	}
	if d.lenient && d.missing {
		return nil, errs.Userf("table '%s': fail-on-missing-field and ignore-parse-errors shouldn't "+
			"both be true", c.Table).Fix("set one of them to 'false'")
	}
	var list []string
	for _, i := range c.Projection() {
		f := c.Schema.Fields[i]
		if err := supported(c.Table, name, f.Name, f.Type); err != nil {
			return nil, err
		}
		list = append(list, f.Name)
		d.cols = append(d.cols, newColumn(&d.settings, f))
	}
	d.names = newNames(list)
	return d, nil
}

// Framing implements format.Decoder.
func (d *Decoder) Framing() format.Framing { return format.Framing{} }

// Decode implements format.Decoder: a line holds an object, an array of objects, or nothing.
func (d *Decoder) Decode(data []byte, rows int) (int, error) {
	d.spans, d.row = d.spans[:0], d.row[:0]
	pos := 0
	for pos < len(data) && d.rows+len(d.row) < rows {
		end := bytes.IndexByte(data[pos:], '\n')
		if end < 0 {
			end = len(data)
		} else {
			end += pos
		}
		if err := d.line(data[:end], pos); err != nil {
			return 0, format.Earlier(err, d.parse(data))
		}
		pos = min(end+1, len(data))
	}
	return pos, d.parse(data)
}

// DecodeOne implements format.Decoder.
func (d *Decoder) DecodeOne(data []byte) error {
	d.spans, d.row = d.spans[:0], d.row[:0]
	if err := d.line(data, 0); err != nil {
		return err
	}
	return d.parse(data)
}

// line finds the values of the record that begins at from and ends with data.
func (d *Decoder) line(data []byte, from int) error {
	s := scanner{data: data, pos: from}
	if bytes.HasPrefix(data[from:], []byte(format.ByteOrderMark)) {
		s.pos += len(format.ByteOrderMark)
	}
	first := s.space()
	if first == 0 {
		return nil
	}
	keepSpans, keepRows := len(d.spans), len(d.row)
	var ok bool
	switch first {
	case '{':
		ok = d.object(&s)
	case '[':
		ok = d.array(&s)
	case 'n':
		ok = s.literal("null") // no row
	default:
		ok = s.fail("an object is expected")
	}
	if ok && s.space() == ',' {
		s.pos++
	}
	if ok && s.space() != 0 {
		if ok = d.lenient; ok {
			d.config.Drop() // what follows; Flink keeps the row as well
		} else {
			s.what = "something follows the end of the object"
		}
	}
	if ok && !kernel.IsText(data[from:]) {
		ok = s.fail("it is not UTF-8")
	}
	if ok {
		return nil
	}
	d.spans, d.row = d.spans[:keepSpans], d.row[:keepRows]
	if d.lenient {
		d.config.Drop()
		return nil
	}
	return badRecord(d.name, from, data[from:], s.what)
}

func (d *Decoder) object(s *scanner) bool {
	d.row = append(d.row, uint32(s.pos))
	n := len(d.spans)
	for range d.cols {
		d.spans = append(d.spans, span{})
	}
	return s.object(&d.names, d.spans[n:], 0)
}

// array scans a line that is an array of objects; what is no object in it is an error, or left out.
func (d *Decoder) array(s *scanner) bool {
	s.pos++
	if s.space() == ']' {
		s.pos++
		return true
	}
	for {
		switch s.space() {
		case '{':
			if !d.object(s) {
				return false
			}
		default:
			if _, ok := s.value(0); !ok {
				return false
			}
			if !d.lenient {
				return s.fail("an array of objects is expected")
			}
			d.config.Drop()
		}
		switch s.space() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			return true
		default:
			return s.fail("',' or ']' is expected behind an object")
		}
	}
}

// parse turns the values found into columns.
func (d *Decoder) parse(data []byte) error {
	var first error
	for i, c := range d.cols {
		if bad := c.parse(data, d.spans, i, len(d.cols), len(d.row)); bad != nil {
			first = format.Earlier(first,
				format.BadField(d.name, int(d.row[bad.row]), bad.field, bad.value, bad.reason))
		}
	}
	d.rows += len(d.row)
	return first
}

// Offset is where record i of the last call of Decode or DecodeOne begins.
func (d *Decoder) Offset(i int) int { return int(d.row[i]) }

// Len implements format.Decoder.
func (d *Decoder) Len() int { return d.rows }

// Finish implements format.Decoder.
func (d *Decoder) Finish() *batch.Batch {
	cols := make([]*batch.Column, len(d.cols))
	for i, c := range d.cols {
		cols[i] = c.finish()
	}
	n := d.rows
	d.rows = 0
	return batch.New(d.config.Output(), cols, n)
}

// badValue says which value of a block is wrong.
type badValue struct {
	row    int
	field  string
	value  []byte
	reason string
}
