package types

import (
	"fmt"

	"github.com/apache/arrow/go/v16/arrow"
)

// Arrow returns the Arrow type in which columns of t are stored. DECIMAL is decimal128, TIME and
// timestamps are counted in Unit, TIMESTAMP_LTZ carries the zone UTC, a MULTISET is a map from
// element to int32, IntervalYM an int32, RAW binary, and OBJECT uint64 handles.
func (t Type) Arrow() arrow.DataType {
	switch t.Kind {
	case Null:
		return arrow.Null
	case Boolean:
		return arrow.FixedWidthTypes.Boolean
	case TinyInt:
		return arrow.PrimitiveTypes.Int8
	case SmallInt:
		return arrow.PrimitiveTypes.Int16
	case Int, IntervalYM:
		return arrow.PrimitiveTypes.Int32
	case BigInt:
		return arrow.PrimitiveTypes.Int64
	case Float:
		return arrow.PrimitiveTypes.Float32
	case Double:
		return arrow.PrimitiveTypes.Float64
	case Decimal:
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}
	case Char, Varchar:
		return arrow.BinaryTypes.String
	case Binary, Varbinary, Raw:
		return arrow.BinaryTypes.Binary
	case Date:
		return arrow.PrimitiveTypes.Date32
	case Time:
		return arrowTime(t.Unit())
	case Timestamp:
		return &arrow.TimestampType{Unit: arrowUnit(t.Unit())}
	case TimestampLTZ:
		return &arrow.TimestampType{Unit: arrowUnit(t.Unit()), TimeZone: "UTC"}
	case IntervalDT:
		return arrow.FixedWidthTypes.Duration_ms
	case Array:
		return arrow.ListOfField(t.Elem.arrowField("item"))
	case Map:
		return arrowMap(*t.Key, *t.Elem)
	case Multiset:
		return arrowMap(*t.Elem, Of(Int).Nullable(false))
	case Row:
		fields := make([]arrow.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = f.Type.arrowField(f.Name)
		}
		return arrow.StructOf(fields...)
	case Object:
		return arrow.PrimitiveTypes.Uint64
	}
	panic(fmt.Sprintf("types: no Arrow type for kind %d", t.Kind))
}

func (t Type) arrowField(name string) arrow.Field {
	return arrow.Field{Name: name, Type: t.Arrow(), Nullable: !t.NotNull}
}

func arrowMap(key, value Type) arrow.DataType {
	m := arrow.MapOf(key.Arrow(), value.Arrow())
	m.SetItemNullable(!value.NotNull)
	return m
}

func arrowUnit(unit int) arrow.TimeUnit {
	switch unit {
	case 3:
		return arrow.Millisecond
	case 6:
		return arrow.Microsecond
	}
	return arrow.Nanosecond
}

func arrowTime(unit int) arrow.DataType {
	switch unit {
	case 3:
		return arrow.FixedWidthTypes.Time32ms
	case 6:
		return arrow.FixedWidthTypes.Time64us
	}
	return arrow.FixedWidthTypes.Time64ns
}

// Arrow returns the schema for Arrow.
func (s *Schema) Arrow() *arrow.Schema {
	fields := make([]arrow.Field, len(s.Fields))
	for i, f := range s.Fields {
		fields[i] = f.Type.arrowField(f.Name)
	}
	return arrow.NewSchema(fields, nil)
}
