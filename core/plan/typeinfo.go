package plan

import (
	"strconv"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
)

var basicTypes = map[string]types.Type{
	"STRING": types.String(), "CHAR": types.String(), "BOOLEAN": types.Of(types.Boolean),
	"BYTE": types.Of(types.TinyInt), "SHORT": types.Of(types.SmallInt), "INT": types.Of(types.Int),
	"LONG": types.Of(types.BigInt), "FLOAT": types.Of(types.Float),
	"DOUBLE":   types.Of(types.Double),
	"SQL_DATE": types.Of(types.Date), "SQL_TIME": types.WithPrecision(types.Time, 6),
	"SQL_TIMESTAMP": types.WithPrecision(types.Timestamp, 6),
	"INSTANT":       types.WithPrecision(types.TimestampLTZ, 9),
}

// ValueType returns the type of the "value" column of a stream with the TypeInfo: a columnar type
// where there is one, OBJECT for pickled and untyped elements and for what no column holds (BIG_INT,
// BIG_DEC, and anything made of them).
func ValueType(ti *planpb.TypeInfo) types.Type {
	if t, ok := columnar(ti); ok {
		return t
	}
	return types.Of(types.Object)
}

func columnar(ti *planpb.TypeInfo) (types.Type, bool) {
	if t, ok := basicTypes[ti.GetKind()]; ok {
		return t, true
	}
	kids := make([]types.Type, len(ti.GetChildren()))
	for i, c := range ti.GetChildren() {
		t, ok := columnar(c)
		if !ok {
			return types.Type{}, false
		}
		kids[i] = t
	}
	switch ti.GetKind() {
	case "ROW", "ROW_NAMED", "TUPLE":
		fields := make([]types.Field, len(kids))
		for i, t := range kids {
			fields[i] = types.F(FieldName(ti, i), t)
		}
		return types.RowOf(fields...), true
	case "LIST", "PRIMITIVE_ARRAY", "BASIC_ARRAY", "OBJECT_ARRAY":
		if len(kids) == 1 {
			return types.ArrayOf(kids[0]), true
		}
	case "MAP":
		if len(kids) == 2 {
			return types.MapOf(kids[0], kids[1]), true
		}
	}
	return types.Type{}, false
}

// FieldName is the name of field i of a ROW or TUPLE: the given one, else f0, f1, …
func FieldName(ti *planpb.TypeInfo, i int) string {
	if i < len(ti.GetNames()) {
		return ti.GetNames()[i]
	}
	return "f" + strconv.Itoa(i)
}

// StreamSchema is the schema of a stream of elements of the TypeInfo.
func StreamSchema(ti *planpb.TypeInfo) *types.Schema {
	return types.NewSchema(types.F(ValueColumn, ValueType(ti)))
}

// KeyedSchema is StreamSchema with the columns that a key_by adds.
func KeyedSchema(ti, key *planpb.TypeInfo) *types.Schema {
	return types.NewSchema(types.F(ValueColumn, ValueType(ti)), types.F(KeyColumn, ValueType(key)),
		types.F(KeyBytesColumn, types.Of(types.Varbinary).Nullable(false)))
}
