package arrowbridge

/*
#include <stdlib.h>
#include "abi.h"
*/
import "C"

import (
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/headrace/headrace/core/data/types"
)

// ExportType fills the ArrowSchema at out with the Arrow type of t, as a field of that name. The
// consumer releases it. Callers keep what the consumer made of it instead of exporting it again
// with every array.
func ExportType(name string, t types.Type, out unsafe.Pointer) {
	exportField(arrow.Field{Name: name, Type: t.Arrow(), Nullable: !t.NotNull},
		(*C.struct_ArrowSchema)(out))
}

// ExportSchema fills the ArrowSchema at out with a schema, as a struct.
func ExportSchema(s *types.Schema, out unsafe.Pointer) {
	dt := arrow.StructOf(s.Arrow().Fields()...)
	exportField(arrow.Field{Type: dt}, (*C.struct_ArrowSchema)(out))
}

func exportField(f arrow.Field, out *C.struct_ArrowSchema) {
	format, name := C.CString(formatOf(f.Type)), C.CString(f.Name)
	defer C.free(unsafe.Pointer(format))
	defer C.free(unsafe.Pointer(name))
	var flags C.int64_t
	if f.Nullable {
		flags = C.ARROW_FLAG_NULLABLE
	}
	var fields []arrow.Field
	if n, ok := f.Type.(arrow.NestedType); ok {
		fields = n.Fields()
	}
	C.ab_new_schema(out, format, name, flags, C.int64_t(len(fields)))
	for i, c := range unsafe.Slice(out.children, len(fields)) {
		exportField(fields[i], c)
	}
}

var timeUnits = [...]string{"s", "m", "u", "n"} // indexed by arrow.TimeUnit

// formatOf is the format string of a type that Type.Arrow returns.
func formatOf(dt arrow.DataType) string {
	switch t := dt.(type) {
	case *arrow.Decimal128Type:
		return fmt.Sprintf("d:%d,%d", t.Precision, t.Scale)
	case *arrow.Time32Type:
		return "tt" + timeUnits[t.Unit]
	case *arrow.Time64Type:
		return "tt" + timeUnits[t.Unit]
	case *arrow.TimestampType:
		return "ts" + timeUnits[t.Unit] + ":" + t.TimeZone
	case *arrow.DurationType:
		return "tD" + timeUnits[t.Unit]
	}
	for format, plain := range plainFormats {
		if plain.ID() == dt.ID() {
			return format
		}
	}
	switch dt.ID() {
	case arrow.LIST:
		return "+l"
	case arrow.MAP:
		return "+m"
	case arrow.STRUCT:
		return "+s"
	}
	panic(fmt.Sprintf("arrowbridge: no C format for %s", dt))
}

var plainFormats = map[string]arrow.DataType{
	"n": arrow.Null, "b": arrow.FixedWidthTypes.Boolean,
	"c": arrow.PrimitiveTypes.Int8, "C": arrow.PrimitiveTypes.Uint8,
	"s": arrow.PrimitiveTypes.Int16, "S": arrow.PrimitiveTypes.Uint16,
	"i": arrow.PrimitiveTypes.Int32, "I": arrow.PrimitiveTypes.Uint32,
	"l": arrow.PrimitiveTypes.Int64, "L": arrow.PrimitiveTypes.Uint64,
	"e": arrow.FixedWidthTypes.Float16, "f": arrow.PrimitiveTypes.Float32,
	"g": arrow.PrimitiveTypes.Float64,
	"u": arrow.BinaryTypes.String, "z": arrow.BinaryTypes.Binary,
	"U": arrow.BinaryTypes.LargeString, "Z": arrow.BinaryTypes.LargeBinary,
	"vu": arrow.BinaryTypes.StringView, "vz": arrow.BinaryTypes.BinaryView,
	"tdD": arrow.PrimitiveTypes.Date32, "tdm": arrow.PrimitiveTypes.Date64,
	"tts": arrow.FixedWidthTypes.Time32s, "ttm": arrow.FixedWidthTypes.Time32ms,
	"ttu": arrow.FixedWidthTypes.Time64us, "ttn": arrow.FixedWidthTypes.Time64ns,
	"tDs": arrow.FixedWidthTypes.Duration_s, "tDm": arrow.FixedWidthTypes.Duration_ms,
	"tDu": arrow.FixedWidthTypes.Duration_us, "tDn": arrow.FixedWidthTypes.Duration_ns,
	"tiM": arrow.FixedWidthTypes.MonthInterval,
}

// ImportField reads the ArrowSchema at p, which stays the caller's.
func ImportField(p unsafe.Pointer) (arrow.Field, error) {
	s := (*C.struct_ArrowSchema)(p)
	f := arrow.Field{Name: C.GoString(s.name), Nullable: s.flags&C.ARROW_FLAG_NULLABLE != 0}
	kids := make([]arrow.Field, int(s.n_children))
	for i, c := range unsafe.Slice(s.children, len(kids)) {
		k, err := ImportField(unsafe.Pointer(c))
		if err != nil {
			return f, err
		}
		kids[i] = k
	}
	var err error
	if f.Type, err = parseFormat(C.GoString(s.format), kids); err != nil || s.dictionary == nil {
		return f, err
	}
	values, err := ImportField(unsafe.Pointer(s.dictionary))
	f.Type = &arrow.DictionaryType{IndexType: f.Type, ValueType: values.Type}
	return f, err
}

// ImportSchema reads the ArrowSchema of a struct, which stays the caller's.
func ImportSchema(p unsafe.Pointer) (*arrow.Schema, error) {
	f, err := ImportField(p)
	if err != nil {
		return nil, err
	}
	st, ok := f.Type.(*arrow.StructType)
	if !ok {
		return nil, fmt.Errorf("the data is an array of %s, not rows of columns", f.Type)
	}
	return arrow.NewSchema(st.Fields(), nil), nil
}

func parseFormat(format string, kids []arrow.Field) (arrow.DataType, error) {
	if dt, ok := plainFormats[format]; ok {
		return dt, nil
	}
	head, tail, _ := strings.Cut(format, ":")
	switch {
	case len(head) == 3 && strings.HasPrefix(head, "ts"):
		if unit := strings.IndexByte("smun", head[2]); unit >= 0 {
			return &arrow.TimestampType{Unit: arrow.TimeUnit(unit), TimeZone: tail}, nil
		}
	case head == "d":
		return parseDecimal(tail)
	case head == "w":
		n, err := strconv.Atoi(tail)
		return &arrow.FixedSizeBinaryType{ByteWidth: n}, err
	case head == "+s":
		return arrow.StructOf(kids...), nil
	case head == "+l" && len(kids) == 1:
		return arrow.ListOfField(kids[0]), nil
	case head == "+L" && len(kids) == 1:
		return arrow.LargeListOfField(kids[0]), nil
	case head == "+w" && len(kids) == 1:
		n, err := strconv.Atoi(tail)
		return arrow.FixedSizeListOfField(int32(n), kids[0]), err
	case head == "+m" && len(kids) == 1:
		if entry, ok := kids[0].Type.(*arrow.StructType); ok && entry.NumFields() == 2 {
			m := arrow.MapOf(entry.Field(0).Type, entry.Field(1).Type)
			m.SetItemNullable(entry.Field(1).Nullable)
			return m, nil
		}
	}
	return nil, fmt.Errorf("Arrow data of the format %q is not supported (cast it to another type)",
		format)
}

func parseDecimal(text string) (arrow.DataType, error) {
	var p, s, bits int32
	switch n, _ := fmt.Sscanf(text, "%d,%d,%d", &p, &s, &bits); {
	case n == 2, n == 3 && bits == 128:
		return &arrow.Decimal128Type{Precision: p, Scale: s}, nil
	case n == 3 && bits == 256:
		return &arrow.Decimal256Type{Precision: p, Scale: s}, nil
	}
	return nil, fmt.Errorf("Arrow data of the format \"d:%s\" is not supported (cast it to "+
		"decimal128)", text)
}

// TypeOf returns the logical type in which the engine keeps data of an Arrow type.
func TypeOf(f arrow.Field) (types.Type, error) {
	t, err := typeOf(f.Type)
	return t.Nullable(f.Nullable), err
}

var plainTypes = map[arrow.Type]types.Type{
	arrow.NULL: types.Of(types.Null), arrow.BOOL: types.Of(types.Boolean),
	arrow.INT8: types.Of(types.TinyInt), arrow.UINT8: types.Of(types.SmallInt),
	arrow.INT16: types.Of(types.SmallInt), arrow.UINT16: types.Of(types.Int),
	arrow.INT32: types.Of(types.Int), arrow.UINT32: types.Of(types.BigInt),
	arrow.INT64: types.Of(types.BigInt), arrow.UINT64: types.DecimalOf(20, 0),
	arrow.FLOAT16: types.Of(types.Float), arrow.FLOAT32: types.Of(types.Float),
	arrow.FLOAT64: types.Of(types.Double),
	arrow.STRING:  types.String(), arrow.LARGE_STRING: types.String(),
	arrow.STRING_VIEW: types.String(), arrow.BINARY: types.Of(types.Varbinary),
	arrow.LARGE_BINARY: types.Of(types.Varbinary), arrow.BINARY_VIEW: types.Of(types.Varbinary),
	arrow.DATE32: types.Of(types.Date), arrow.DATE64: types.Of(types.Date),
	arrow.DURATION: types.Of(types.IntervalDT), arrow.INTERVAL_MONTHS: types.Of(types.IntervalYM),
}

func typeOf(dt arrow.DataType) (types.Type, error) {
	if t, ok := plainTypes[dt.ID()]; ok {
		return t, nil
	}
	switch t := dt.(type) {
	case *arrow.DictionaryType:
		return typeOf(t.ValueType)
	case *arrow.Decimal128Type:
		return types.DecimalOf(int(t.Precision), int(t.Scale)), nil
	case *arrow.FixedSizeBinaryType:
		return types.WithPrecision(types.Binary, t.ByteWidth), nil
	case *arrow.Time32Type:
		return types.WithPrecision(types.Time, 3*int(t.Unit)), nil
	case *arrow.Time64Type:
		return types.WithPrecision(types.Time, 3*int(t.Unit)), nil
	case *arrow.TimestampType:
		if t.TimeZone != "" {
			return types.WithPrecision(types.TimestampLTZ, 3*int(t.Unit)), nil
		}
		return types.WithPrecision(types.Timestamp, 3*int(t.Unit)), nil
	case *arrow.StructType:
		fields := make([]types.Field, t.NumFields())
		for i, f := range t.Fields() {
			ft, err := TypeOf(f)
			if err != nil {
				return ft, fmt.Errorf("field %s: %w", types.Quote(f.Name), err)
			}
			fields[i] = types.F(f.Name, ft)
		}
		return types.RowOf(fields...), nil
	case *arrow.MapType:
		key, err := TypeOf(t.KeyField())
		if err != nil {
			return key, err
		}
		value, err := TypeOf(t.ItemField())
		return types.MapOf(key, value), err
	case arrow.ListLikeType:
		elem, err := TypeOf(t.ElemField())
		return types.ArrayOf(elem), err
	}
	return types.Type{}, fmt.Errorf("Arrow data of type %s is not supported (cast it to another "+
		"type)", dt)
}

// SchemaOf returns the logical schema of an Arrow schema.
func SchemaOf(s *arrow.Schema) (*types.Schema, error) {
	fields := make([]types.Field, s.NumFields())
	for i, f := range s.Fields() {
		t, err := TypeOf(f)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", types.Quote(f.Name), err)
		}
		fields[i] = types.F(f.Name, t)
	}
	return types.NewSchema(fields...), nil
}
