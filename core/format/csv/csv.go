// Package csv reads and writes delimited text, field by field as Flink does. Reading goes in two
// passes over a block: one finds the fields of all records, then each column is parsed in a loop
// of its own.
package csv

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

func init() {
	format.Register(&format.Format{
		Name: "csv",
		Doc:  "Delimited text, one record a line; fields may be quoted.",
		Options: []connector.Option{
			{Name: "field-delimiter", Type: "string", Default: ",",
				Doc: "Character between fields; '\\t' is a tab."},
			{Name: "disable-quote-character", Type: "boolean", Default: "false",
				Doc: "Fields are never quoted."},
			{Name: "quote-character", Type: "string", Default: "\"",
				Doc: "Character around fields that hold delimiters or line feeds."},
			{Name: "allow-comments", Type: "boolean", Default: "false",
				Doc: "Lines that start with '#' are left out."},
			{Name: "ignore-parse-errors", Type: "boolean", Default: "false",
				Doc: "A bad field becomes NULL; a record with too many fields is left out."},
			{Name: "array-element-delimiter", Type: "string", Default: ";",
				Doc: "String between the elements of an ARRAY and the fields of a ROW."},
			{Name: "escape-character", Type: "string", Doc: "Makes the next character ordinary."},
			{Name: "null-literal", Type: "string", Doc: "Text that stands for NULL."},
			{Name: "write-bigdecimal-in-scientific-notation", Type: "boolean", Default: "true",
				Doc: "DECIMAL 100 is written as 1E+2."},
		},
		NewDecoder: func(c *format.Config) (format.Decoder, error) { return newDecoder(c) },
		NewEncoder: func(c *format.Config) (format.Encoder, error) { return newEncoder(c) },
	})
}

// dialect is the options with their values.
type dialect struct {
	delimiter byte
	quote     byte // 0: none
	escape    byte // 0: none
	comments  bool
	lenient   bool
	element   string
	null      []byte
	hasNull   bool
	plain     bool // decimals without exponent
}

func readDialect(c *format.Config) (dialect, error) {
	o := c.Options
	d := dialect{
		delimiter: o.Char("field-delimiter", ','), quote: o.Char("quote-character", '"'),
		escape: o.Char("escape-character", 0), comments: o.Bool("allow-comments", false),
		lenient: o.Bool("ignore-parse-errors", false),
		element: o.String("array-element-delimiter", ";"),
		null:    []byte(o.String("null-literal", "")), hasNull: o.Has("null-literal"),
		plain: !o.Bool("write-bigdecimal-in-scientific-notation", true),
	}
	if o.Bool("disable-quote-character", false) {
		if o.Has("quote-character") {
			o.Fail("quote-character", "to be given together with 'csv.disable-quote-character'")
		}
		d.quote = 0
	}
	if d.element == "" {
		o.Fail("array-element-delimiter", "at least one character")
	}
	if err := o.Err(); err != nil {
		return d, err
	}
	for _, f := range c.Schema.Fields {
		if err := supported(c.Table, f.Name, f.Type, 0); err != nil {
			return d, err
		}
	}
	return d, nil
}

func (d *dialect) framing() format.Framing {
	return format.Framing{Quote: d.quote, Delimiter: d.delimiter, Escape: d.escape,
		Comments: d.comments, Mark: true}
}

// supported refuses types that have no form in a line of fields.
func supported(table, column string, t types.Type, depth int) error {
	bad := t.Kind == types.Map || t.Kind == types.Multiset || t.Kind == types.Object ||
		depth > 0 && (t.Kind == types.Array || t.Kind == types.Row)
	if bad {
		return errs.Userf("table '%s': column '%s': format csv cannot hold %s", table, column, t).
			Fix("use format json")
	}
	if t.Elem != nil {
		return supported(table, column, *t.Elem, depth+1)
	}
	for _, f := range t.Fields {
		if err := supported(table, column+"."+f.Name, f.Type, depth+1); err != nil {
			return err
		}
	}
	return nil
}
