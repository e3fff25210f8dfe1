package binder

import (
	"maps"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
)

var typeKinds = map[string]types.Kind{
	"BOOLEAN": types.Boolean, "TINYINT": types.TinyInt, "SMALLINT": types.SmallInt,
	"INT": types.Int, "BIGINT": types.BigInt, "FLOAT": types.Float, "DOUBLE": types.Double,
	"DECIMAL": types.Decimal, "CHAR": types.Char, "VARCHAR": types.Varchar,
	"STRING": types.Varchar, "BINARY": types.Binary, "VARBINARY": types.Varbinary,
	"BYTES": types.Varbinary, "DATE": types.Date, "TIME": types.Time,
	"TIMESTAMP": types.Timestamp, "TIMESTAMP_LTZ": types.TimestampLTZ, "ARRAY": types.Array,
	"MULTISET": types.Multiset, "MAP": types.Map, "ROW": types.Row, "RAW": types.Raw,
	"NULL": types.Null,
}

// dataType resolves a type as written.
func (b *binding) dataType(t *ast.Type) (types.Type, error) {
	out, err := b.typeRoot(t)
	if err != nil {
		return types.Type{}, b.at(t, err)
	}
	return out.Nullable(!t.NotNull), nil
}

func (b *binding) typeRoot(t *ast.Type) (types.Type, error) {
	if t.Name == "INTERVAL" {
		if err := precisions(*t.Interval); err != nil {
			return types.Type{}, err
		}
		switch t.Interval.From {
		case "YEAR", "MONTH", "QUARTER":
			return types.Of(types.IntervalYM), nil
		}
		return types.Of(types.IntervalDT), nil
	}
	kind, ok := typeKinds[t.Name]
	if !ok {
		return types.Type{}, errs.Userf("type %s is not supported", ast.Format(t)).
			Fix("%s", errs.DidYouMean(ast.Format(t), slices.Sorted(maps.Keys(typeKinds))))
	}
	out := types.Of(kind)
	switch t.Name {
	case "VARCHAR", "VARBINARY":
		out.Precision = 1
	case "RAW":
		out.Name = t.Class
	}
	if t.Precision >= 0 {
		out.Precision = t.Precision
	}
	if t.Scale >= 0 {
		out.Scale = t.Scale
	}
	if err := checkType(out); err != nil {
		return out, err
	}
	for p, nested := range map[**types.Type]*ast.Type{&out.Elem: t.Element, &out.Key: t.Key} {
		if nested != nil {
			n, err := b.dataType(nested)
			if err != nil {
				return out, err
			}
			*p = &n
		}
	}
	for _, f := range t.Fields {
		ft, err := b.dataType(f.Type)
		if err != nil {
			return out, err
		}
		field := types.Field{Name: f.Name.Name, Type: ft}
		if f.Comment != nil {
			field.Comment = f.Comment.Value
		}
		out.Fields = append(out.Fields, field)
	}
	return out, nil
}

func checkType(t types.Type) error {
	limit := func(what string, from, to, v int) error {
		if v < from || v > to {
			return errs.Userf("%s of %s must be between %d and %d, it is %d", what, t, from, to, v)
		}
		return nil
	}
	switch t.Kind {
	case types.Decimal:
		if err := limit("precision", 1, 38, t.Precision); err != nil {
			return err
		}
		return limit("scale", 0, t.Precision, t.Scale)
	case types.Time, types.Timestamp, types.TimestampLTZ:
		return limit("precision", 0, 9, t.Precision)
	case types.Char, types.Varchar, types.Binary, types.Varbinary:
		return limit("length", 1, types.MaxLen, t.Precision)
	}
	return nil
}
