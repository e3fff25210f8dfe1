// Package json reads and writes JSON objects, one a line, as Flink does. Reading goes in two
// passes over a block: one checks the syntax and finds the value of each field of all records,
// then each column is parsed in a loop of its own.
package json

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func init() {
	format.Register(&format.Format{
		Name:    "json",
		Doc:     "JSON objects, one a line (a line may be an array of them).",
		Options: append(DecodeOptions(), EncodeOptions()...),
		NewDecoder: func(c *format.Config) (format.Decoder, error) {
			return NewDecoder(c, "json")
		},
		NewEncoder: func(c *format.Config) (format.Encoder, error) { return NewEncoder(c) },
	})
}

// DecodeOptions are the options of reading, which the changelog formats share.
func DecodeOptions() []connector.Option {
	return []connector.Option{
		{Name: "ignore-parse-errors", Type: "boolean", Default: "false",
			Doc: "A bad field becomes NULL; a record that is no JSON is left out."},
		{Name: "timestamp-format.standard", Type: "enum(SQL|ISO-8601)", Default: "SQL",
			Doc: "2024-01-01 10:00:00.5 or 2024-01-01T10:00:00.5; instants end in Z."},
		{Name: "fail-on-missing-field", Type: "boolean", Default: "false",
			Doc: "A field that a record does not have is an error instead of NULL."},
		{Name: "decode.json-parser.enabled", Type: "boolean", Default: "true",
			Doc: "Accepted; there is one parser."},
	}
}

// EncodeOptions are the options of writing.
func EncodeOptions() []connector.Option {
	return []connector.Option{
		{Name: "map-null-key.mode", Type: "enum(FAIL|DROP|LITERAL)", Default: "FAIL",
			Doc: "What to do with a NULL key of a MAP."},
		{Name: "map-null-key.literal", Type: "string", Default: "null",
			Doc: "Key that stands for NULL in mode LITERAL."},
		{Name: "encode.decimal-as-plain-number", Type: "boolean", Default: "false",
			Doc: "DECIMAL 100.00 is written as 100.00, not 1E+2."},
		{Name: "encode.ignore-null-fields", Type: "boolean", Default: "false",
			Doc: "Fields that are NULL are not written."},
	}
}

// supported refuses types that JSON does not hold.
func supported(table, format, column string, t types.Type) error {
	bad := t.Kind == types.Object || t.Kind == types.Map && !t.Key.IsString() ||
		t.Kind == types.Multiset && !t.Elem.IsString()
	if bad {
		return errs.Userf("table '%s': column '%s': format %s cannot hold %s", table, column,
			format, t).Fix("keys of a MAP must be strings")
	}
	if t.Elem != nil && t.Kind != types.Multiset {
		if err := supported(table, format, column, *t.Elem); err != nil {
			return err
		}
	}
	for _, f := range t.Fields {
		if err := supported(table, format, column+"."+f.Name, f.Type); err != nil {
			return err
		}
	}
	return nil
}
