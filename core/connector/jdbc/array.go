package jdbc

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// arrayText is an array as PostgreSQL writes it: {1,NULL,"a,b"}.
func arrayText(c *batch.Column, i int) string {
	b := []byte{'{'}
	values := c.Child(0)
	for k := int(c.Offsets()[i]); k < int(c.Offsets()[i+1]); k++ {
		if len(b) > 1 {
			b = append(b, ',')
		}
		switch v := argument(values, k).(type) {
		case nil:
			b = append(b, "NULL"...)
		case bool:
			b = strconv.AppendBool(b, v)
		case int64:
			b = strconv.AppendInt(b, v, 10)
		case float64:
			if math.IsInf(v, 0) {
				b = append(b, map[bool]string{true: "Infinity", false: "-Infinity"}[v > 0]...)
				break
			}
			b = strconv.AppendFloat(b, v, 'g', -1, 64)
		case []byte:
			b = append(append(append(b, `"\\x`...), hex.EncodeToString(v)...), '"')
		case string:
			b = append(b, '"')
			b = append(b, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v)...)
			b = append(b, '"')
		}
	}
	return string(append(b, '}'))
}

// array reads such a text; ok false: it is none, or has more than one dimension.
func (s *scanner) array(text string) (ok bool) {
	if at := strings.Index(text, "={"); strings.HasPrefix(text, "[") && at > 0 {
		text = text[at+1:] // bounds other than from 1
	}
	text, ok = strings.CutPrefix(text, "{")
	if text, ok2 := strings.CutSuffix(text, "}"); ok && ok2 {
		element := scanner{field: types.F(s.field.Name, *s.field.Type.Elem), b: s.b.Child(0)}
		for len(text) > 0 {
			var v any
			if v, text, ok = arrayElement(text); !ok || !element.element(v) {
				return false
			}
		}
		s.b.CloseList()
		return true
	}
	return false
}

// element appends an element: text, nil for NULL.
func (s *scanner) element(v any) bool {
	if v == nil {
		s.b.AppendNull()
		return true
	}
	if text := v.(string); s.field.Type.IsBytes() {
		b, err := hex.DecodeString(strings.TrimPrefix(text, `\x`))
		if err == nil {
			s.b.AppendBytes(b)
		}
		return err == nil
	}
	return s.read(v)
}

// arrayElement cuts the first element and the comma behind it off.
func arrayElement(text string) (v any, rest string, ok bool) {
	if text[0] == '{' {
		return nil, "", false
	}
	if text[0] != '"' {
		word, rest, more := strings.Cut(text, ",")
		if more && rest == "" {
			return nil, "", false
		}
		if strings.EqualFold(word, "NULL") {
			return nil, rest, true
		}
		return word, rest, true
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i++; i < len(text) {
				b.WriteByte(text[i])
			}
		case '"':
			rest, more := strings.CutPrefix(text[i+1:], ",")
			return b.String(), rest, more == (rest != "")
		default:
			b.WriteByte(text[i])
		}
	}
	return nil, "", false
}
