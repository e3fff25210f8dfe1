package rowcodec

import (
	"encoding/json"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Descriptor is a row type as a checkpoint keeps it: state.Evolution's Type.
func Descriptor(row types.Type) string {
	b, err := json.Marshal(row)
	if err != nil {
		panic(err) // types are plain data
	}
	return string(b)
}

// Evolve returns how rows encoded under the type that from describes become rows of type to:
// fields are matched by name; one that is new must be nullable and is null; one that went is left
// out; integers and floats may become wider, and strings longer. Anything else is an error that
// names the field. It is state.Evolution's From.
func Evolve(from string, to types.Type) (func(dst, src []byte) ([]byte, error), error) {
	var old types.Type
	if err := json.Unmarshal([]byte(from), &old); err != nil {
		return nil, errs.Corruptf("the type of the kept rows does not decode").Wrap(err)
	}
	source := make([]int, len(to.Fields))
	for i, f := range to.Fields {
		source[i] = -1
		for k, o := range old.Fields {
			if o.Name == f.Name {
				source[i] = k
			}
		}
		if source[i] < 0 {
			if f.Type.NotNull {
				return nil, errs.Userf("field '%s' is new and NOT NULL: kept rows have no value for "+
					"it", f.Name).Fix("make it nullable")
			}
			continue
		}
		if was := old.Fields[source[i]].Type; !widens(was, f.Type) {
			return nil, errs.Userf("field '%s' was %s and cannot become %s", f.Name, was, f.Type).
				Fix("only fields may be added or dropped and numbers widened")
		}
	}
	return func(dst, src []byte) ([]byte, error) { return convertRow(dst, src, old, to, source) },
		nil
}

// Same says whether rows encoded under the type that from describes can be read as rows of type to
// as they are: the fields, in order, have the same types. Names may differ. The error names the
// first field that is not as it was.
func Same(from string, to types.Type) error {
	var old types.Type
	if err := json.Unmarshal([]byte(from), &old); err != nil {
		return errs.Corruptf("the type of the kept rows does not decode").Wrap(err)
	}
	changed := func(format string, a ...any) error {
		return errs.Userf(format, a...).Fix("keep the columns that reach this operator, or start it " +
			"without its state under another uid")
	}
	for i, f := range to.Fields {
		switch {
		case i >= len(old.Fields):
			return changed("field '%s' %s is new", f.Name, f.Type)
		case !old.Fields[i].Type.EqualIgnoringNull(f.Type):
			return changed("field %d was '%s' %s and is now '%s' %s", i+1, old.Fields[i].Name,
				old.Fields[i].Type, f.Name, f.Type)
		}
	}
	if n := len(to.Fields); n < len(old.Fields) {
		return changed("field '%s' %s is gone", old.Fields[n].Name, old.Fields[n].Type)
	}
	return nil
}

var integerRank = map[types.Kind]int{types.TinyInt: 1, types.SmallInt: 2, types.Int: 3,
	types.BigInt: 4}

// widens says whether every value of a type is one of another, in the same meaning.
func widens(from, to types.Type) bool {
	if to.NotNull && !from.NotNull {
		return false
	}
	switch {
	case from.EqualIgnoringNull(to):
		return true
	case from.IsInteger() && to.IsInteger():
		return integerRank[from.Kind] <= integerRank[to.Kind]
	case from.Kind == types.Float && to.Kind == types.Double:
		return true
	case from.IsString() && to.Kind == types.Varchar,
		from.IsBytes() && from.Kind != types.Raw && to.Kind == types.Varbinary:
		return from.Precision <= to.Precision
	case from.Kind == types.Decimal && to.Kind == types.Decimal:
		return from.Scale == to.Scale && from.Precision <= to.Precision
	}
	return false
}

func convertRow(dst, src []byte, old, to types.Type, source []int) ([]byte, error) {
	from := make([]*batch.Builder, len(old.Fields))
	for i, f := range old.Fields {
		from[i] = batch.NewBuilder(f.Type, 1)
	}
	if _, err := Decode(src, from); err != nil {
		return dst, err
	}
	had := make([]*batch.Column, len(from))
	for i, b := range from {
		had[i] = b.Finish()
	}
	cols := make([]*batch.Column, len(to.Fields))
	for i, f := range to.Fields {
		if k := source[i]; k < 0 {
			cols[i] = batch.MakeNull(f.Type, 1)
		} else {
			cols[i] = widen(had[k], f.Type)
		}
	}
	e, err := NewEncoder(cols)
	if err != nil {
		return dst, err
	}
	return e.Append(dst, 0), nil
}

// widen changes the representation of a column of one row.
func widen(c *batch.Column, to types.Type) *batch.Column {
	if c.IsNull(0) {
		return batch.MakeNull(to, 1)
	}
	if fixedWidth(c.Type) == fixedWidth(to) {
		return c.WithType(to)
	}
	b := batch.NewBuilder(to, 1)
	var v int64
	switch c.Type.Kind {
	case types.TinyInt:
		v = int64(batch.Values[int8](c)[0])
	case types.SmallInt:
		v = int64(batch.Values[int16](c)[0])
	case types.Int:
		v = int64(batch.Values[int32](c)[0])
	case types.Float:
		batch.Append(b, float64(batch.Values[float32](c)[0]))
		return b.Finish()
	}
	switch to.Kind {
	case types.SmallInt:
		batch.Append(b, int16(v))
	case types.Int:
		batch.Append(b, int32(v))
	default:
		batch.Append(b, v)
	}
	return b.Finish()
}
