package kernel

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// JSONType marks STRINGs that hold JSON: results of JSON_OBJECT, JSON_ARRAY and JSON, which go
// into other JSON as they are. The mark is the type's Name.
func JSONType() types.Type {
	t := types.String()
	t.Name = "JSON"
	return t
}

// CanJSON says whether values of the type have a form in JSON.
func CanJSON(t types.Type) bool {
	switch t.Kind {
	case types.Date, types.Time, types.IntervalYM, types.IntervalDT, types.Object:
		return false
	case types.Map, types.Multiset:
		return t.Kind == types.Multiset || t.Key.IsString() && CanJSON(*t.Elem)
	case types.Array:
		return CanJSON(*t.Elem)
	case types.Row:
		for _, f := range t.Fields {
			if !CanJSON(f.Type) {
				return false
			}
		}
	}
	return true
}

// AppendValueJSON appends row i as JSON. raw says that a text is JSON already.
func AppendValueJSON(dst []byte, c *batch.Column, i int, raw bool) []byte {
	if c.IsNull(i) {
		return append(dst, "null"...)
	}
	switch t := c.Type; t.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, c.Bool(i))
	case types.Float:
		return appendJSONFloat(dst, float64(batch.Values[float32](c)[i]), 32)
	case types.Double:
		return appendJSONFloat(dst, batch.Values[float64](c)[i], 64)
	case types.Timestamp, types.TimestampLTZ:
		text := string(AppendTimestamp(nil, batch.Values[int64](c)[i], t.Unit(), t.Precision))
		text = strings.Replace(text, " ", "T", 1)
		if strings.Contains(text, ".") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
		if t.Kind == types.TimestampLTZ {
			text += "Z"
		}
		return AppendJSONText(dst, text, false)
	case types.Binary, types.Varbinary, types.Raw:
		if t.IsVariant() {
			return append(dst, c.Bytes(i)...)
		}
		return AppendJSONText(dst, base64.StdEncoding.EncodeToString(c.Bytes(i)), false)
	case types.Char, types.Varchar:
		if raw {
			return append(dst, c.Bytes(i)...)
		}
		return AppendJSONText(dst, c.Str(i), false)
	case types.Array, types.Map, types.Multiset, types.Row:
		return appendNestedJSON(dst, c, i)
	case types.Date, types.Time, types.IntervalYM, types.IntervalDT:
		return AppendJSONText(dst, string(AppendText(nil, c, i, nil)), false)
	}
	return AppendText(dst, c, i, nil)
}

// appendJSONFloat writes 1.0E+10 where Java's number to text writes 1.0E10.
func appendJSONFloat(dst []byte, f float64, bits int) []byte {
	text := string(AppendFloat(nil, f, bits))
	if at := strings.IndexByte(text, 'E'); at > 0 && text[at+1] != '-' {
		text = text[:at+1] + "+" + text[at+1:]
	}
	if f != f || f-f != 0 {
		return AppendJSONText(dst, text, false)
	}
	return append(dst, text...)
}

func appendNestedJSON(dst []byte, c *batch.Column, i int) []byte {
	if c.Type.Kind == types.Row {
		dst = append(dst, '{')
		for k, f := range c.Type.Fields {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(AppendJSONText(dst, f.Name, false), ':')
			dst = AppendValueJSON(dst, c.Child(k), i, false)
		}
		return append(dst, '}')
	}
	from, to := int(c.Offsets()[i]), int(c.Offsets()[i+1])
	open, end := byte('{'), byte('}')
	if c.Type.Kind == types.Array {
		open, end = '[', ']'
	}
	dst = append(dst, open)
	for k := from; k < to; k++ {
		if k > from {
			dst = append(dst, ',')
		}
		if c.Type.Kind == types.Array {
			dst = AppendValueJSON(dst, c.Child(0), k, false)
			continue
		}
		key := string(AppendText(nil, c.Child(0), k, nil))
		dst = append(AppendJSONText(dst, key, false), ':')
		dst = AppendValueJSON(dst, c.Child(1), k, false)
	}
	return append(dst, end)
}
