package function

import (
	"fmt"
	"math"
	"strings"
	"unicode"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

func isLetter(r rune) bool { return unicode.IsLetter(r) }
func isDigit(r rune) bool  { return unicode.IsDigit(r) }

// printf formats as Java's String.format does: %[index$][flags][width][.precision]conversion. A
// format or argument that do not go together give null.
func printf(c *call, i int) error {
	if c.null(0, i) {
		c.putNull()
		return nil
	}
	var out strings.Builder
	f := c.str(0, i)
	next := 1
	for f != "" {
		at := strings.IndexByte(f, '%')
		if at < 0 {
			break
		}
		out.WriteString(f[:at])
		f = f[at+1:]
		end := strings.IndexFunc(f, func(r rune) bool { return unicode.IsLetter(r) || r == '%' })
		if end < 0 {
			c.putNull()
			return nil
		}
		spec, verb := f[:end], f[end]
		f = f[end+1:]
		switch verb {
		case '%':
			out.WriteByte('%')
			continue
		case 'n':
			out.WriteByte('\n')
			continue
		}
		k := next
		if n, rest, ok := strings.Cut(spec, "$"); ok {
			if _, err := fmt.Sscanf(n, "%d", &k); err != nil {
				c.putNull()
				return nil
			}
			spec = rest
		} else {
			next++
		}
		text, ok := "", k < len(c.args)
		if ok {
			text, ok = formatArg(c, k, i, spec, verb)
		}
		if !ok {
			c.putNull()
			return nil
		}
		out.WriteString(text)
	}
	out.WriteString(f)
	c.putStr(out.String())
	return nil
}

func formatArg(c *call, k, i int, spec string, verb byte) (string, bool) {
	col, row := c.col(k), c.at(k, i)
	t := col.Type
	upper := verb >= 'A' && verb <= 'Z'
	text, ok := "", true
	switch null := c.null(k, i); {
	case null || verb|0x20 == 's' || verb|0x20 == 'b':
		s := "null"
		if !null {
			s = string(kernel.AppendText(nil, col, row, nil))
		}
		if verb|0x20 == 'b' {
			s = fmt.Sprint(!null && (t.Kind != types.Boolean || col.Bool(row)))
		}
		text = fmt.Sprintf("%"+spec+"s", s)
	case verb == 'd' && t.IsInteger():
		grouped := strings.Contains(spec, ",")
		text = fmt.Sprintf("%"+strings.ReplaceAll(spec, ",", "")+"d", kernel.IntAt(col, row))
		if grouped {
			text = groupDigits(text)
		}
	case (verb|0x20 == 'x' || verb == 'o') && t.IsInteger():
		v := kernel.IntAt(col, row)
		u := uint64(v)
		if t.Kind != types.BigInt {
			u = uint64(uint32(v))
		}
		text = fmt.Sprintf("%"+spec+string(verb|0x20), u)
	case verb == 'f' || verb|0x20 == 'e' || verb|0x20 == 'g':
		text, ok = formatFloat(col, row, spec, verb|0x20)
	case verb|0x20 == 'c' && t.IsInteger():
		text = fmt.Sprintf("%"+spec+"c", rune(kernel.IntAt(col, row)))
	default:
		ok = false
	}
	if upper {
		text = strings.ToUpper(text)
	}
	return text, ok
}

func formatFloat(col *batch.Column, row int, spec string, verb byte) (string, bool) {
	var v float64
	switch col.Type.Kind {
	case types.Double:
		v = batch.Values[float64](col)[row]
	case types.Float:
		v = float64(batch.Values[float32](col)[row])
	case types.Decimal:
		v = kernel.DecimalToFloat(batch.Values[batch.Decimal](col)[row], col.Type.Scale)
	default:
		return "", false
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Sprintf("%"+strings.TrimLeft(spec, "0"), v), true
	}
	grouped := strings.Contains(spec, ",")
	spec = strings.ReplaceAll(spec, ",", "")
	if !strings.Contains(spec, ".") {
		spec += ".6"
	}
	text := fmt.Sprintf("%"+spec+string(verb), v)
	if grouped {
		text = groupDigits(text)
	}
	return text, true
}

// groupDigits puts commas between groups of three digits before the point.
func groupDigits(s string) string {
	from := strings.IndexFunc(s, unicode.IsDigit)
	if from < 0 {
		return s
	}
	to := from
	for to < len(s) && s[to] >= '0' && s[to] <= '9' {
		to++
	}
	var b strings.Builder
	b.WriteString(s[:from])
	for k := from; k < to; k++ {
		if k > from && (to-k)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(s[k])
	}
	b.WriteString(s[to:])
	return b.String()
}

func printfFunction() *Scalar {
	return strScalar("PRINTF", "PRINTF(format[, value]*)", "The values in a format of Java's "+
		"printf; NULL if they do not go together.", "PRINTF('%d %s %.2f', 12, 'a', 1.5) → 12 a 1.50",
		sig{params: []param{str, anyArg}, opt: 1, rest: true, nulls: nullable,
			result: func([]Arg) types.Type { return stringT }, kernel: rowsN(printf)})
}
