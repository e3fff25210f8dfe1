package kafka

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// layout says which columns of a table lie in the key, in the value and in the metadata of a
// record.
type layout struct {
	table   *connector.Table
	client  *properties
	upsert  bool
	topics  []string
	value   *part
	key     *part      // nil: none
	meta    []metaSlot // columns that show or write metadata of the record
	pair    bool       // the one column is a ROW of topic and element
	valueAt []metaSlot // columns that show metadata of the value's format
}

// part is the key or the value of records.
type part struct {
	format *format.Format
	config format.Config
	// columns are the table's columns, one for each of config.Schema; with wrapped they are the
	// fields of the table's one column.
	columns []int
	wrapped bool
	field   int // of the one ROW column that this part is, -1: the column as a whole
}

// metaSlot is a metadata column.
type metaSlot struct {
	column int
	key    string
}

func newLayout(t *connector.Table, upsert bool) (*layout, error) {
	o := t.OptionReader()
	l := &layout{table: t, upsert: upsert, topics: splitList(o.String("topic", ""))}
	var err error
	if l.client, err = readProperties(t); err != nil {
		return nil, err
	}
	physical, err := l.metadataColumns()
	if err != nil {
		return nil, err
	}
	l.pair = o.Bool("sink.topic-in-element", false)
	keys, err := l.keyColumns(o, physical)
	if err != nil {
		return nil, err
	}
	prefix := o.String("key.fields-prefix", "")
	except := o.Enum("value.fields-include", "ALL", "ALL", "EXCEPT_KEY") == "EXCEPT_KEY"
	if prefix != "" && !except {
		return nil, errs.Userf("table '%s': a key prefix needs 'value.fields-include' = "+
			"'EXCEPT_KEY', or the value would have the prefixed columns too", t.Name)
	}
	values := physical
	if except {
		values = slices.DeleteFunc(slices.Clone(physical),
			func(c int) bool { return slices.Contains(keys, c) })
	}
	if err := l.makeParts(o, keys, values, prefix); err != nil {
		return nil, err
	}
	return l, o.Err()
}

// metadataColumns finds the columns that are not in key or value.
func (l *layout) metadataColumns() (physical []int, err error) {
	t := l.table
	for i, f := range t.Schema.Fields {
		key, ok := t.Metadata[f.Name]
		switch {
		case !ok:
			physical = append(physical, i)
		case metadata[key].Kind != types.Null:
			l.meta = append(l.meta, metaSlot{i, key})
		case strings.HasPrefix(key, "value."):
			l.valueAt = append(l.valueAt, metaSlot{i, strings.TrimPrefix(key, "value.")})
		default:
			names := []string{metaTopic, metaPartition, metaHeaders, metaLeaderEpoch, metaOffset,
				metaTimestamp, metaTimestampType}
			e := errs.Userf("table '%s': column '%s': connector '%s' has no metadata '%s'", t.Name,
				f.Name, t.Options["connector"], key)
			return nil, e.Fix("it has %s, and 'value.' before those of the value's format",
				strings.Join(names, ", "))
		}
	}
	return physical, nil
}

func (l *layout) keyColumns(o *connector.Options, physical []int) ([]int, error) {
	t := l.table
	_, hasFormat := t.Options["key.format"]
	names := splitList(o.String("key.fields", ""))
	if l.upsert {
		names = t.PrimaryKey
		if len(names) == 0 {
			return nil, errs.Userf("table '%s': 'upsert-kafka' needs a PRIMARY KEY", t.Name).
				Fix("add PRIMARY KEY (…) NOT ENFORCED, or use connector 'kafka'")
		}
		if !hasFormat {
			return nil, errs.Userf("table '%s': 'upsert-kafka' needs the option 'key.format'", t.Name)
		}
	}
	switch {
	case t.Stream:
		return nil, nil
	case hasFormat && len(names) == 0:
		return nil, errs.Userf("table '%s': 'key.format' needs 'key.fields'", t.Name).
			Fix("name the columns of the key: 'key.fields' = 'a;b'")
	case !hasFormat && len(names) > 0:
		return nil, errs.Userf("table '%s': 'key.fields' needs 'key.format'", t.Name)
	}
	prefix := o.String("key.fields-prefix", "")
	keys := make([]int, len(names))
	for i, n := range names {
		keys[i] = t.Schema.Index(n)
		if !slices.Contains(physical, keys[i]) {
			e := errs.Userf("table '%s': 'key.fields' names '%s', which is no physical column",
				t.Name, n)
			return nil, e.Fix("%s", errs.DidYouMean(n, t.Schema.Names()))
		}
		if !strings.HasPrefix(n, prefix) {
			return nil, errs.Userf("table '%s': key column '%s' does not begin with the "+
				"'key.fields-prefix' '%s'", t.Name, n, prefix)
		}
	}
	return keys, nil
}

func (l *layout) makeParts(o *connector.Options, keys, values []int, prefix string) error {
	t := l.table
	name := "value.format"
	if _, ok := t.Options["format"]; ok {
		if _, both := t.Options[name]; both {
			return errs.Userf("table '%s': 'format' and 'value.format' say the same", t.Name).
				Fix("leave one of them out")
		}
		name = "format"
	}
	var err error
	if l.value, err = l.newPart(name, values, "", int(o.Int("value.field-index", -1, 0))); err != nil {
		return err
	}
	for _, m := range l.valueAt {
		if _, ok := l.value.format.Metadata[m.key]; !ok {
			return errs.Userf("table '%s': format '%s' has no metadata '%s'", t.Name,
				l.value.format.Name, m.key)
		}
	}
	if l.upsert && (l.value.format.Reads > connector.InsertOnly ||
		l.value.format.Writes > connector.InsertOnly) {
		return errs.Userf("table '%s': 'upsert-kafka' needs a format of plain rows, not '%s'", t.Name,
			l.value.format.Name)
	}
	if _, ok := t.Options["key.format"]; !ok {
		return nil
	}
	l.key, err = l.newPart("key.format", keys, prefix, int(o.Int("key.field-index", -1, 0)))
	return err
}

func (l *layout) newPart(option string, columns []int, prefix string, field int) (*part, error) {
	t := l.table
	f, options, err := format.Of(t, option)
	if err != nil {
		return nil, err
	}
	if f.Bulk() {
		return nil, errs.Userf("table '%s': format '%s' is for whole files, not for records", t.Name,
			f.Name).Fix("use json, csv, avro, protobuf or raw")
	}
	p := &part{format: f, columns: columns, field: field}
	var fields []types.Field
	for _, c := range columns {
		fields = append(fields, t.Schema.Fields[c])
		fields[len(fields)-1].Name = strings.TrimPrefix(t.Schema.Fields[c].Name, prefix)
	}
	if t.Stream {
		fields = p.streamFields(l.element())
	}
	p.config = format.Config{Table: t.Name, Schema: types.NewSchema(fields...), Options: options,
		Zone: t.Zone}
	if option == "key.format" {
		p.config.Subject = "key"
	} else {
		p.config.Subject = "value"
	}
	if len(l.topics) > 0 {
		p.config.Subject = l.topics[0] + "-" + p.config.Subject
	}
	return p, nil
}

// element is the column whose values are the elements of a DataStream.
func (l *layout) element() types.Field {
	f := l.table.Schema.Fields[0]
	if l.pair && f.Type.Kind == types.Row && len(f.Type.Fields) == 2 {
		return f.Type.Fields[1]
	}
	return f
}

// streamFields are the columns that a format has for elements of a DataStream: the fields of a
// ROW, else the element.
func (p *part) streamFields(element types.Field) []types.Field {
	switch {
	case element.Type.Kind == types.Row && p.field >= 0 && p.field < len(element.Type.Fields):
		return []types.Field{element.Type.Fields[p.field]}
	case element.Type.Kind == types.Row && p.format.Name != "raw":
		p.wrapped = true
		return element.Type.Fields
	}
	return []types.Field{element}
}

// columnsOf returns the columns of b that the part's format writes, borrowed from b.
func (l *layout) columnsOf(p *part, b *batch.Batch) *batch.Batch {
	cols := make([]*batch.Column, 0, p.config.Schema.Len())
	if !l.table.Stream {
		for _, c := range p.columns {
			cols = append(cols, b.Cols[c])
		}
		return b.WithColumns(p.config.Schema, cols)
	}
	element := b.Cols[0]
	if l.pair {
		element = element.Child(1)
	}
	switch {
	case p.wrapped:
		for i := range element.NumChildren() {
			cols = append(cols, element.Child(i))
		}
	case p.field >= 0 && element.Type.Kind == types.Row:
		cols = append(cols, element.Child(p.field))
	default:
		cols = append(cols, element)
	}
	return b.WithColumns(p.config.Schema, cols)
}

func splitList(s string) []string {
	var out []string
	for _, p := range strings.Split(s, ";") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
