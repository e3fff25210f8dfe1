package pulsar

import (
	"maps"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// layout says which columns of a table lie in a message's value, and which around it.
type layout struct {
	table   *connector.Table
	cluster *cluster
	topics  []string
	format  *format.Format
	config  format.Config
	columns []int          // of the table, one for each of config.Schema
	wrapped bool           // they are the fields of the one column, a ROW
	meta    map[int]string // columns that show or write metadata
}

func newLayout(t *connector.Table) (*layout, error) {
	o := t.OptionReader()
	l := &layout{table: t, meta: map[int]string{}}
	var err error
	if l.cluster, err = readCluster(t, o); err != nil {
		return nil, err
	}
	if l.topics, err = readTopics(t, o); err != nil {
		return nil, err
	}
	f, options, err := format.Of(t, "format")
	if err != nil {
		return nil, err
	}
	if f.Bulk() {
		return nil, errs.Userf("table '%s': format '%s' is for whole files, not for messages", t.Name,
			f.Name).Fix("use json, csv, avro, protobuf or raw")
	}
	var fields []types.Field
	for i, c := range t.Schema.Fields {
		key, ok := t.Metadata[c.Name]
		if !ok {
			l.columns, fields = append(l.columns, i), append(fields, c)
			continue
		}
		if _, ok := metadata[key]; !ok {
			names := slices.Sorted(maps.Keys(metadata))
			e := errs.Userf("table '%s': column '%s': connector 'pulsar' has no metadata '%s'", t.Name,
				c.Name, key)
			if hint := errs.DidYouMean(key, names); hint != "" {
				return nil, e.Fix("%s", hint)
			}
			return nil, e.Fix("it has %s", strings.Join(names, ", "))
		}
		l.meta[i] = key
	}
	if e := t.Schema.Fields[0].Type; t.Stream && e.Kind == types.Row && f.Name != "raw" {
		fields, l.wrapped = e.Fields, true
	}
	l.format = f
	l.config = format.Config{Table: t.Name, Schema: types.NewSchema(fields...), Options: options,
		Zone: t.Zone, Subject: "value"}
	if len(l.topics) > 0 {
		_, name, _ := cutLast(whole(l.topics[0]), "/")
		l.config.Subject = name + "-value"
	}
	return l, o.Err()
}
