package cassandra

import (
	"math/big"
	"time"

	"github.com/apache/cassandra-gocql-driver/v2"
	"gopkg.in/inf.v0"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// value is row i of a column as the driver takes it; what the column of Cassandra cannot hold is an
// error of the request.
func value(c *batch.Column, i int) any {
	if c.IsNull(i) {
		return nil
	}
	switch t := c.Type; t.Kind {
	case types.Boolean:
		return c.Bool(i)
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		return kernel.IntAt(c, i)
	case types.Float:
		return batch.Values[float32](c)[i]
	case types.Double:
		return batch.Values[float64](c)[i]
	case types.Decimal:
		text := string(kernel.AppendDecimal(nil, batch.Values[batch.Decimal](c)[i], t.Scale))
		d, _ := new(inf.Dec).SetString(text)
		return number{d}
	case types.Binary, types.Varbinary:
		return append([]byte{}, c.Bytes(i)...)
	case types.Char, types.Varchar:
		return c.Str(i)
	case types.Date:
		return time.Unix(int64(batch.Values[int32](c)[i])*86400, 0).UTC()
	case types.Time:
		if t.Unit() == 3 {
			return time.Duration(batch.Values[int32](c)[i]) * time.Millisecond
		}
		return time.Duration(batch.Values[int64](c)[i]) * unitOf(t)
	case types.Timestamp, types.TimestampLTZ:
		per := int64(time.Second / unitOf(t))
		ticks := batch.Values[int64](c)[i]
		seconds, rest := ticks/per, ticks%per
		return time.Unix(seconds, rest*int64(unitOf(t))).UTC()
	case types.Array:
		return elements(c.Child(0), c, i)
	case types.Map:
		return pairs{elements(c.Child(0), c, i), elements(c.Child(1), c, i)}
	case types.Row:
		r := row{values: make([]any, c.NumChildren())}
		for k := range r.values {
			r.names = append(r.names, t.Fields[k].Name)
			r.values[k] = nested(c.Child(k), i)
		}
		return r
	}
	return string(kernel.AppendText(nil, c, i, nil))
}

func unitOf(t types.Type) time.Duration {
	switch t.Unit() {
	case 3:
		return time.Millisecond
	case 6:
		return time.Microsecond
	}
	return time.Nanosecond
}

// null is a NULL of any type.
type null struct{}

// MarshalCQL implements gocql.Marshaler.
func (null) MarshalCQL(gocql.TypeInfo) ([]byte, error) { return nil, nil }

// nested is a value inside of another.
func nested(c *batch.Column, i int) any {
	if v := value(c, i); v != nil {
		return v
	}
	return null{}
}

func elements(values, of *batch.Column, i int) []any {
	out := []any{}
	for k := of.Offsets()[i]; k < of.Offsets()[i+1]; k++ {
		out = append(out, nested(values, int(k)))
	}
	return out
}

// bind gives the values of a statement, when its columns are known. The driver counts a tuple as
// its elements, but does not write them.
func (w *write) bind(info *gocql.QueryInfo) ([]any, error) {
	if len(info.Args) != len(w.args) {
		return nil, gocql.MarshalError("the statement has other parameters than there are columns")
	}
	out := make([]any, len(w.args))
	for i, v := range w.args {
		if info.Args[i].TypeInfo.Type() == gocql.TypeTuple {
			return nil, gocql.MarshalError("column '" + info.Args[i].Name + "' is a tuple, which cannot " +
				"be written: make it a user-defined type")
		}
		if out[i] = v; v == nil {
			out[i] = null{}
		}
	}
	return out, nil
}

// number is a decimal, also for a varint.
type number struct{ *inf.Dec }

// MarshalCQL implements gocql.Marshaler.
func (n number) MarshalCQL(t gocql.TypeInfo) ([]byte, error) {
	if t.Type() != gocql.TypeVarint {
		return gocql.Marshal(t, *n.Dec)
	}
	whole := new(inf.Dec).Round(n.Dec, 0, inf.RoundExact)
	if whole == nil {
		return nil, gocql.MarshalError("a number with decimals is no varint: " + n.String())
	}
	return gocql.Marshal(t, *new(big.Int).Set(whole.UnscaledBig()))
}

// pairs is a map; its keys may be anything.
type pairs struct{ keys, values []any }

// MarshalCQL implements gocql.Marshaler: a count, then keys and values, each behind its length.
func (p pairs) MarshalCQL(t gocql.TypeInfo) ([]byte, error) {
	of, ok := t.(gocql.CollectionType)
	if !ok || of.Key == nil {
		return nil, gocql.MarshalError("a map cannot be written to a column of another type")
	}
	out := appendLength(nil, len(p.keys))
	for i := range p.keys {
		for _, e := range []struct {
			t gocql.TypeInfo
			v any
		}{{of.Key, p.keys[i]}, {of.Elem, p.values[i]}} {
			b, err := gocql.Marshal(e.t, e.v)
			if err != nil {
				return nil, err
			}
			if b == nil {
				return nil, gocql.MarshalError("a map holds a NULL, which Cassandra's cannot")
			}
			out = append(appendLength(out, len(b)), b...)
		}
	}
	return out, nil
}

func appendLength(dst []byte, n int) []byte {
	return append(dst, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// row is a ROW: a user-defined type or, inside of another value, a tuple.
type row struct {
	names  []string
	values []any
}

// MarshalCQL implements gocql.Marshaler.
func (r row) MarshalCQL(t gocql.TypeInfo) ([]byte, error) {
	if t.Type() != gocql.TypeUDT {
		return gocql.Marshal(t, r.values)
	}
	fields := map[string]any{}
	for i, n := range r.names {
		fields[n] = r.values[i]
	}
	return gocql.Marshal(t, fields)
}
