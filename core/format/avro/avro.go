// Package avro reads and writes Avro records, bare or with the id of their schema in a registry in
// front, as Confluent's clients do. The writer's schema drives the decoder: each field goes straight
// into the builder of the column of its name, or is skipped.
package avro

import (
	"encoding/json"
	"fmt"
	"io"

	upstream "github.com/twmb/avro"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func init() {
	format.Register(&format.Format{
		Name: "avro", Messages: true,
		Doc: "Avro. Messages are bare records, with the schema that follows from the columns. Files " +
			"are container files, which hold the schema of their writer: columns are found by name, " +
			"what it does not have is NULL. They are read by several readers each.",
		Options: []connector.Option{
			{Name: "encoding", Type: "enum(binary)", Default: "binary", Doc: "Binary is all there is."},
			{Name: "codec", Type: "enum(snappy|null|deflate|zstandard)", Default: "snappy",
				Doc: "How the blocks of files are compressed; bzip2 is read too."},
			legacy,
		},
		NewDecoder: func(c *format.Config) (format.Decoder, error) { return newDecoder(c, nil) },
		NewEncoder: func(c *format.Config) (format.Encoder, error) { return newEncoder(c, nil) },
		OpenFile: func(c *format.Config, f fsys.Reader, from, to int64) (format.FileReader, error) {
			return openContainer(c, f, from, to)
		},
		NewWriter: func(c *format.Config, w io.Writer) (format.FileWriter, error) {
			return createContainer(c, w)
		},
	})
	format.Register(&format.Format{
		Name: "avro-confluent", Messages: true,
		Doc: "Avro records with the id of their schema in front; a schema registry has it. Records " +
			"of any schema are read: columns are found by name, what a schema does not have is NULL.",
		Options: confluent,
		NewDecoder: func(c *format.Config) (format.Decoder, error) {
			r, err := newRegistry(c, "avro-confluent")
			if err != nil {
				return nil, err
			}
			return newDecoder(c, r)
		},
		NewEncoder: func(c *format.Config) (format.Encoder, error) {
			r, err := newRegistry(c, "avro-confluent")
			if err != nil {
				return nil, err
			}
			return newEncoder(c, r)
		},
	})
}

var legacy = connector.Option{Name: "timestamp_mapping.legacy", Type: "boolean", Default: "true",
	Doc: "TIMESTAMP is timestamp-millis or -micros and TIMESTAMP_LTZ is not there; else " +
		"those are local-timestamp-… and timestamp-…."}

// confluent are the options of formats with a registry.
var confluent = []connector.Option{
	{Name: "url", Type: "string", Required: true, Doc: "Address of the registry."},
	{Name: "subject", Type: "string",
		Doc: "Subject to register the schema under; not set: '<topic>-value' or '<topic>-key'."},
	{Name: "schema", Type: "string",
		Doc: "Schema to write with; not set: the one that follows from the columns."},
	{Name: "basic-auth.user-info", Type: "string", Doc: "user:password of the registry."},
	{Name: "basic-auth.credentials-source", Type: "string", Doc: "Accepted."},
	{Name: "bearer-auth.token", Type: "string", Doc: "Token of the registry."},
	{Name: "bearer-auth.credentials-source", Type: "string", Doc: "Accepted."},
	legacy,
}

// node is a type of a schema with names resolved.
type node struct {
	kind, logical string
	fields        []field
	items         *node // of an array or map
	branches      []*node
	symbols       []string
	size, scale   int
}

type field struct {
	name string
	node *node
}

// parse reads a schema.
func parse(text string) (*node, error) {
	s, err := upstream.Parse(text)
	if err != nil {
		return nil, err
	}
	return resolve(s.Root(), map[string]*node{}), nil
}

// builtin are the types that are no names, whatever a schema calls its own.
var builtin = map[string]bool{"null": true, "boolean": true, "int": true, "long": true,
	"float": true, "double": true, "bytes": true, "string": true, "record": true, "enum": true,
	"array": true, "map": true, "union": true, "fixed": true, "error": true}

func resolve(s *upstream.SchemaNode, known map[string]*node) *node {
	if n := known[s.Type]; n != nil && !builtin[s.Type] {
		return n
	}
	n := &node{kind: s.Type, logical: s.LogicalType, symbols: s.Symbols, size: s.Size, scale: s.Scale}
	if s.Name != "" {
		known[s.Name] = n
		if s.Namespace != "" {
			known[s.Namespace+"."+s.Name] = n
		}
	}
	for i := range s.Fields {
		n.fields = append(n.fields, field{s.Fields[i].Name, resolve(&s.Fields[i].Type, known)})
	}
	for i := range s.Branches {
		n.branches = append(n.branches, resolve(&s.Branches[i], known))
	}
	if s.Items != nil {
		n.items = resolve(s.Items, known)
	}
	if s.Values != nil {
		n.items = resolve(s.Values, known)
	}
	return n
}

// schemaOf is the schema that follows from columns, as Flink has it.
func schemaOf(c *format.Config) (string, error) {
	legacy := c.Options.Bool("timestamp_mapping.legacy", true)
	if err := c.Options.Err(); err != nil {
		return "", err
	}
	s, err := record("record", c.Schema.Fields, legacy)
	if err != nil {
		return "", errs.Userf("table '%s': %s", c.Table, err)
	}
	text, err := json.Marshal(s)
	return string(text), err
}

type object map[string]any

func record(name string, fields []types.Field, legacy bool) (any, error) {
	list := make([]any, len(fields))
	for i, f := range fields {
		t, err := typeOf(name+"_"+f.Name, f.Type, legacy)
		if err != nil {
			return nil, fmt.Errorf("column '%s': %w", f.Name, err)
		}
		o := object{"name": f.Name, "type": t}
		if !f.Type.NotNull {
			o["default"] = nil
		}
		list[i] = o
	}
	o := object{"type": "record", "name": name, "fields": list}
	if name == "record" {
		o["namespace"] = "org.apache.flink.avro.generated"
	}
	return o, nil
}

func typeOf(name string, t types.Type, legacy bool) (any, error) {
	inner, err := plain(name, t, legacy)
	if err != nil || t.NotNull {
		return inner, err
	}
	return []any{"null", inner}, nil
}

func plain(name string, t types.Type, legacy bool) (any, error) {
	logical := func(kind, logical string) (any, error) {
		return object{"type": kind, "logicalType": logical}, nil
	}
	switch t.Kind {
	case types.Boolean:
		return "boolean", nil
	case types.TinyInt, types.SmallInt, types.Int:
		return "int", nil
	case types.BigInt:
		return "long", nil
	case types.Float:
		return "float", nil
	case types.Double:
		return "double", nil
	case types.Char, types.Varchar:
		return "string", nil
	case types.Binary, types.Varbinary:
		return "bytes", nil
	case types.Decimal:
		return object{"type": "bytes", "logicalType": "decimal", "precision": t.Precision,
			"scale": t.Scale}, nil
	case types.Date:
		return logical("int", "date")
	case types.Time:
		if t.Precision <= 3 {
			return logical("int", "time-millis")
		}
	case types.Timestamp, types.TimestampLTZ:
		prefix := "timestamp-"
		if t.Kind == types.Timestamp && !legacy {
			prefix = "local-timestamp-"
		}
		if t.Precision <= 6 && (t.Kind == types.Timestamp || !legacy) {
			return logical("long", prefix+map[int]string{3: "millis", 6: "micros"}[t.Unit()])
		}
	case types.Array:
		items, err := typeOf(name, *t.Elem, legacy)
		return object{"type": "array", "items": items}, err
	case types.Map, types.Multiset:
		if t.Kind == types.Map && t.Key.IsString() {
			values, err := typeOf(name, *t.Elem, legacy)
			return object{"type": "map", "values": values}, err
		}
	case types.Row:
		return record(name, t.Fields, legacy)
	}
	return nil, fmt.Errorf("format avro cannot hold %s", t.Nullable(true))
}
