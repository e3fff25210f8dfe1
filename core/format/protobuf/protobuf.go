// Package protobuf reads and writes Protocol Buffers messages whose schema is known at run time: a
// .proto file or a descriptor set. Fields go from the wire straight into columns of their names.
package protobuf

import (
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/format"
)

const name = "protobuf"

const (
	fileOption     = "descriptor-file"
	classOption    = "message-class-name"
	importsOption  = "import-paths"
	lenientOption  = "ignore-parse-errors"
	defaultsOption = "read-default-values"
	literalOption  = "write-null-string-literal"
)

func init() {
	format.Register(&format.Format{
		Name: name, Messages: true,
		Doc: "Protocol Buffers, proto2, proto3 and editions. Columns are the fields of their names: " +
			"int32, uint32 and the like are INT, int64 and the like BIGINT (unsigned numbers keep " +
			"their bits), float FLOAT, double DOUBLE, bool BOOLEAN, string STRING, bytes BYTES, " +
			"repeated ARRAY, map MAP, a message ROW; an enum is STRING or a number. A field that is " +
			"not set, an empty list and an empty map are NULL. Written, NULL leaves a field unset; " +
			"inside of lists and maps, which hold none, it is the default value; of a oneof the last " +
			"column that is not NULL counts.",
		Options: []connector.Option{
			{Name: classOption, Type: "string", Required: true,
				Doc: "Message: its full name in the schema ('shop.Order', 'shop.Order.Line'), or the " +
					"Java class that protoc makes of it ('com.shop.Orders$Order')."},
			{Name: fileOption, Type: "string", Required: true,
				Doc: "Schema: a .proto file, or what 'protoc --include_imports " +
					"--descriptor_set_out' writes."},
			{Name: importsOption, Type: "list",
				Doc: "Folders in which the imports of a .proto file are, between semicolons; not " +
					"set: its own folder. Google's well-known types are built in."},
			{Name: lenientOption, Type: "boolean", Default: "false",
				Doc: "Leave out messages that cannot be read, instead of failing."},
			{Name: defaultsOption, Type: "boolean", Default: "false",
				Doc: "A field that is not set has its default value, instead of NULL. Scalars of " +
					"proto3 without 'optional' have it in any case: they do not say that they are unset."},
			{Name: literalOption, Type: "string", Default: "",
				Doc: "What is written for NULL strings in lists and maps."},
		},
		NewDecoder: func(c *format.Config) (format.Decoder, error) { return newDecoder(c) },
		NewEncoder: func(c *format.Config) (format.Encoder, error) { return newEncoder(c) },
	})
}
