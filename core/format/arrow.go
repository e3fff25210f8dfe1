package format

import (
	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// still is for casts that ask for no time.
var still = clock.NewManual(0)

// FromArrow makes a column of type t from an array that a file holds in a type of its own: the
// same values with other widths, units and scales. name is for the error.
func FromArrow(name string, t types.Type, a arrow.Array) (*batch.Column, error) {
	if arrow.TypeEqual(a.DataType(), t.Arrow()) {
		a.Retain()
		return batch.FromArrow(t, a, nil), nil
	}
	if x, ok := a.(*array.Dictionary); ok {
		values, err := FromArrow(name, t.Nullable(true), x.Dictionary())
		if err != nil {
			return nil, err
		}
		return lookedUp(values, x).WithType(t), nil
	}
	if x, ok := native(a); ok {
		return FromArrow(name, t, x)
	}
	own, ok := typeOf(a.DataType())
	if !ok {
		return nested(name, t, a)
	}
	if own.Kind == t.Kind && t.IsTemporal() || own.IsNumeric() && t.IsNumeric() ||
		own.IsString() && t.IsString() || own.IsBytes() && t.IsBytes() ||
		own.IsTimestamp() && t.IsTimestamp() || own.Kind == types.BigInt && t.IsTimestamp() {
		a.Retain()
		c := batch.FromArrow(own, a, nil)
		if own.Kind == types.BigInt && t.IsTimestamp() || own.IsTimestamp() {
			return convertTicks(c, own, t), nil
		}
		v, err := kernel.Cast(kernel.NewContext(still), kernel.ColVec(c), c.Len(),
			t.Nullable(true), false)
		if err != nil {
			return nil, err
		}
		return v.Col.WithType(t), nil
	}
	if t.IsString() && own.IsBytes() || t.IsBytes() && own.IsString() {
		c := batch.FromArrow(own, a, nil)
		valid, off := c.Validity()
		if off != 0 {
			valid = shift(valid, off, c.Len())
		}
		return batch.MakeBytes(t, c.Offsets(), c.Data(), valid), nil
	}
	return nil, mismatch(name, t, a)
}

func mismatch(name string, t types.Type, a arrow.Array) error {
	return errs.Dataf("column '%s' is %s in the file, which cannot be read as %s", name,
		a.DataType(), t).Fix("declare the column with the file's type")
}

// convertTicks brings a timestamp to another unit; a plain number counts in the wanted unit.
func convertTicks(c *batch.Column, from, to types.Type) *batch.Column {
	if from.Kind == types.BigInt {
		return c.WithType(to)
	}
	src := batch.Values[int64](c)
	out := make([]int64, len(src))
	for i, v := range src {
		out[i] = kernel.ConvertUnit(v, from.Unit(), to.Unit())
	}
	valid, off := c.Validity()
	if off != 0 {
		valid = shift(valid, off, c.Len())
	}
	return batch.MakeFixed(to, out, valid)
}

func shift(valid []byte, off, n int) []byte {
	if valid == nil {
		return nil
	}
	out := make([]byte, (n+7)/8)
	for i := range n {
		if batch.Bit(valid, off+i) {
			batch.SetBit(out, i)
		}
	}
	return out
}

// nested converts the children of lists, maps and rows; the fields of a row are found by name.
func nested(name string, t types.Type, a arrow.Array) (*batch.Column, error) {
	valid := shift(a.NullBitmapBytes(), a.Data().Offset(), a.Len())
	if a.NullN() == 0 {
		valid = nil
	}
	switch x := a.(type) {
	case *array.Struct:
		if t.Kind != types.Row {
			return nil, mismatch(name, t, a)
		}
		return structColumn(name, t, x, valid)
	case *array.Map:
		if t.Kind != types.Map && t.Kind != types.Multiset {
			return nil, mismatch(name, t, a)
		}
		kt, vt := t.Key, t.Elem
		if t.Kind == types.Multiset {
			count := types.Of(types.Int).Nullable(false)
			kt, vt = t.Elem, &count
		}
		keys, err := FromArrow(name+" key", *kt, x.Keys())
		if err != nil {
			return nil, err
		}
		values, err := FromArrow(name+" value", *vt, x.Items())
		if err != nil {
			return nil, err
		}
		return batch.MakeNested(t, x.Offsets()[x.Data().Offset():][:x.Len()+1],
			[]*batch.Column{keys, values}, valid), nil
	case *array.List:
		if t.Kind != types.Array {
			return nil, mismatch(name, t, a)
		}
		elem, err := FromArrow(name+" element", *t.Elem, x.ListValues())
		if err != nil {
			return nil, err
		}
		return batch.MakeNested(t, x.Offsets()[x.Data().Offset():][:x.Len()+1],
			[]*batch.Column{elem}, valid), nil
	}
	return nil, mismatch(name, t, a)
}

func structColumn(name string, t types.Type, x *array.Struct, valid []byte) (*batch.Column, error) {
	kids := make([]*batch.Column, len(t.Fields))
	have := x.DataType().(*arrow.StructType)
	for i, f := range t.Fields {
		at, ok := have.FieldIdx(f.Name)
		if !ok {
			kids[i] = batch.MakeNull(f.Type, x.Len())
			continue
		}
		var err error
		if kids[i], err = FromArrow(name+"."+f.Name, f.Type, x.Field(at)); err != nil {
			return nil, err
		}
	}
	return batch.MakeRow(t, x.Len(), kids, valid), nil
}

// typeOf is the logical type whose columns are stored as dt, for flat types.
func typeOf(dt arrow.DataType) (types.Type, bool) {
	switch d := dt.(type) {
	case *arrow.BooleanType:
		return types.Of(types.Boolean), true
	case *arrow.Int8Type:
		return types.Of(types.TinyInt), true
	case *arrow.Int16Type:
		return types.Of(types.SmallInt), true
	case *arrow.Int32Type:
		return types.Of(types.Int), true
	case *arrow.Int64Type:
		return types.Of(types.BigInt), true
	case *arrow.Float32Type:
		return types.Of(types.Float), true
	case *arrow.Float64Type:
		return types.Of(types.Double), true
	case *arrow.Decimal128Type:
		return types.DecimalOf(int(d.Precision), int(d.Scale)), true
	case *arrow.StringType:
		return types.String(), true
	case *arrow.BinaryType:
		return types.Of(types.Varbinary), true
	case *arrow.Date32Type:
		return types.Of(types.Date), true
	case *arrow.Time32Type:
		return types.WithPrecision(types.Time, 3), d.Unit == arrow.Millisecond
	case *arrow.Time64Type:
		return types.WithPrecision(types.Time, digitsOf(d.Unit)), true
	case *arrow.TimestampType:
		kind := types.Timestamp
		if d.TimeZone != "" {
			kind = types.TimestampLTZ
		}
		return types.WithPrecision(kind, digitsOf(d.Unit)), d.Unit != arrow.Second
	}
	return types.Type{}, false
}

func digitsOf(u arrow.TimeUnit) int {
	switch u {
	case arrow.Millisecond:
		return 3
	case arrow.Microsecond:
		return 6
	}
	return 9
}
