// Package redis writes rows to Redis as strings, hashes, lists, sets, streams and messages of
// channels, and looks strings and hashes up by key.
package redis

import (
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func init() {
	redis.SetLogger(silent{}) // the writer and the lookup join tell of their errors
	connector.Register(&connector.Factory{
		Name: "redis",
		Doc: "Redis, or a server that speaks its protocol. A table with 'structure' = 'string' or " +
			"'hash' has a PRIMARY KEY: each row is a value under the key that its key columns make, " +
			"new versions replace it and deletions delete it, so that what is written again after a " +
			"failure changes nothing; lookup joins find rows by those columns. Of the other " +
			"structures rows are added to the one key 'key', at least once.",
		Options:    slices.Concat(options, connector.BufferOptions, connector.LookupOptions),
		UsesFormat: true,
		NewSink:    func(t *connector.Table) (connector.Sink, error) { return newSink(t) },
		NewLookup:  func(t *connector.Table) (connector.LookupSource, error) { return newLookup(t) },
	})
}

var options = []connector.Option{
	{Name: "url", Type: "string", Required: true, Doc: "Address: 'redis://host:6379/0', with TLS " +
		"'rediss://host:6380/0'; the number is that of the database. Parameters as 'dial_timeout=5s' " +
		"may follow '?'."},
	{Name: "username", Type: "string", Doc: "User, where the server has more than one."},
	{Name: "password", Type: "string", Doc: "Password."},
	{Name: "tls.ca-file", Type: "string",
		Doc: "Certificates (PEM) that the server's is checked against; not set: the system's."},
	{Name: "tls.cert-file", Type: "string", Doc: "The client's own certificate (PEM)."},
	{Name: "tls.key-file", Type: "string", Doc: "Key of the client's certificate (PEM)."},
	{Name: "structure", Type: "enum(string|hash|list|set|stream|channel)", Default: "string",
		Doc: "What rows are: a string in the format 'format' (SET); a hash with a field a column " +
			"(HSET; a NULL has no field); or an entry in that format of a list (RPUSH), set (SADD) or " +
			"channel (PUBLISH); or an entry of a stream with a field a column (XADD)."},
	{Name: "format", Type: "string", Doc: "Format of a value; hashes and streams need none."},
	{Name: "key", Type: "string", Doc: "Key of the list, set or stream, or name of the channel."},
	{Name: "key.prefix", Type: "string", Doc: "Text in front of each key of strings and hashes."},
	{Name: "key.separator", Type: "string", Default: ":", Doc: "Text between the parts of a key of " +
		"several columns; inside of a part, it and '\\' come with '\\' in front."},
	{Name: "key.fields", Type: "list", Doc: "Columns of the key, between semicolons, where there " +
		"is no PRIMARY KEY: for sinks of a DataStream."},
	{Name: "value.fields-include", Type: "enum(ALL|EXCEPT_KEY)", Default: "ALL",
		Doc: "Whether values hold the key columns too."},
	{Name: "ttl", Type: "duration", Doc: "How long a value lives, from when it was written last; " +
		"not set: for ever."},
	{Name: "stream.max-length", Type: "int",
		Doc: "About how many entries of a stream are kept; not set: all."},
}

// layout is how the rows of a table lie in Redis.
type layout struct {
	table     *connector.Table
	client    client
	schema    *types.Schema
	structure string
	key       string
	prefix    string
	separator string
	keys      []int // columns of the key
	values    []int // columns of the value
	ttl       time.Duration
	maxLength int64
	format    *format.Format
	config    format.Config
}

func newLayout(t *connector.Table) (*layout, error) {
	o := t.OptionReader()
	l := &layout{table: t, key: o.String("key", ""), prefix: o.String("key.prefix", ""),
		separator: o.String("key.separator", ":"), ttl: o.Duration("ttl", 0),
		maxLength: o.Int("stream.max-length", 0, 1),
		structure: o.Enum("structure", "string", "string", "hash", "list", "set", "stream", "channel")}
	include := o.Enum("value.fields-include", "ALL", "ALL", "EXCEPT_KEY")
	var err error
	if err = l.client.read(t, o); err != nil {
		return nil, err
	}
	if l.schema, err = connector.Elements(t); err != nil {
		return nil, err
	}
	if err := l.place(o); err != nil {
		return nil, err
	}
	for i := range l.schema.Fields {
		if include == "ALL" || !slices.Contains(l.keys, i) {
			l.values = append(l.values, i)
		}
	}
	return l, l.form()
}

// keyed says whether each row has a key of its own.
func (l *layout) keyed() bool { return l.structure == "string" || l.structure == "hash" }

// place finds out under which keys the rows are.
func (l *layout) place(o *connector.Options) error {
	t := l.table
	if !l.keyed() {
		for _, name := range []string{"key.prefix", "key.separator", "key.fields",
			"value.fields-include"} {
			if o.Has(name) {
				return errs.Userf("table '%s': '%s' is for strings and hashes, not for 'structure' = '%s'",
					t.Name, name, l.structure)
			}
		}
		if l.key == "" {
			return errs.Userf("table '%s': 'structure' = '%s' needs the option 'key'", t.Name, l.structure)
		}
		if l.ttl > 0 {
			return errs.Userf("table '%s': 'ttl' is for strings and hashes", t.Name)
		}
		if l.maxLength > 0 && l.structure != "stream" {
			return errs.Userf("table '%s': 'stream.max-length' is for 'structure' = 'stream'", t.Name)
		}
		return nil
	}
	if l.key != "" || l.maxLength > 0 {
		return errs.Userf("table '%s': 'key' and 'stream.max-length' are for lists, sets, streams and "+
			"channels", t.Name).Fix("say with 'key.prefix' what keys begin with")
	}
	names := t.PrimaryKey
	if list := o.String("key.fields", ""); list != "" {
		if len(names) > 0 {
			return errs.Userf("table '%s': there are 'key.fields' and a PRIMARY KEY", t.Name)
		}
		names = strings.Split(list, ";")
	}
	if len(names) == 0 {
		return errs.Userf("table '%s': connector 'redis' needs a PRIMARY KEY for 'structure' = '%s'",
			t.Name, l.structure).Fix("of its columns the keys in Redis are made")
	}
	for _, n := range names {
		i := l.schema.Index(strings.TrimSpace(n))
		if i < 0 {
			return errs.Userf("table '%s': 'key.fields' names '%s', which is no column", t.Name, n).
				Fix("%s", errs.DidYouMean(n, l.schema.Names()))
		}
		if f := l.schema.Fields[i]; !flat(f.Type) {
			return errs.Userf("table '%s': column '%s' of type %s cannot be part of a key", t.Name, f.Name,
				f.Type)
		}
		l.keys = append(l.keys, i)
	}
	return nil
}

// form finds the format of the values.
func (l *layout) form() error {
	t := l.table
	if l.structure == "hash" || l.structure == "stream" {
		if _, ok := t.Options["format"]; ok {
			return errs.Userf("table '%s': 'structure' = '%s' has fields, and no 'format'", t.Name,
				l.structure)
		}
		for _, i := range l.values {
			if f := l.schema.Fields[i]; !flat(f.Type) {
				return errs.Userf("table '%s': column '%s' of type %s cannot be a field of a %s", t.Name,
					f.Name, f.Type, l.structure).Fix("set 'structure' = 'string' and 'format' = 'json'")
			}
		}
		return nil
	}
	f, o, err := format.Of(t, "format")
	if err != nil {
		return err
	}
	if f.Bulk() || f.Reads > connector.InsertOnly {
		return errs.Userf("table '%s': values cannot have the format '%s'", t.Name, f.Name).
			Fix("use one of records, such as json")
	}
	l.format = f
	l.config = format.Config{Table: t.Name, Options: o, Zone: t.Zone,
		Schema: connector.ProjectSchema(l.schema, l.values)}
	return nil
}

// flat says whether a type has a text that can be read back.
func flat(t types.Type) bool {
	switch t.Kind {
	case types.Boolean, types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.Float,
		types.Double, types.Decimal, types.Char, types.Varchar, types.Binary, types.Varbinary,
		types.Date, types.Time, types.Timestamp, types.TimestampLTZ:
		return true
	}
	return false
}

// appendText writes a value as a field or a part of a key: bytes as they are, an instant in UTC.
func appendText(dst []byte, c *batch.Column, i int) []byte {
	if c.Type.IsBytes() {
		return append(dst, c.Bytes(i)...)
	}
	return kernel.AppendText(dst, c, i, nil)
}

// appendKey writes the key of row i; cols are those of the key.
func (l *layout) appendKey(dst []byte, cols []*batch.Column, i int) ([]byte, error) {
	dst = append(dst, l.prefix...)
	for k, c := range cols {
		if c.IsNull(i) {
			return nil, errs.Dataf("table '%s': the key column '%s' is NULL", l.table.Name,
				l.schema.Fields[l.keys[k]].Name)
		}
		if k > 0 {
			dst = append(dst, l.separator...)
		}
		if len(cols) == 1 {
			return appendText(dst, c, i), nil
		}
		part := string(appendText(nil, c, i))
		part = strings.ReplaceAll(part, `\`, `\\`)
		if l.separator != "" && l.separator != `\` {
			part = strings.ReplaceAll(part, l.separator, `\`+l.separator)
		}
		dst = append(dst, part...)
	}
	return dst, nil
}
