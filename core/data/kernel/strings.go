package kernel

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Strings count in code points: CHAR_LENGTH('😀') is 1.

// RuneCount is the number of code points.
func RuneCount(s string) int { return utf8.RuneCountInString(s) }

// runeAt is the byte position of code point n, len(s) beyond the end.
func runeAt(s string, n int) int {
	if n <= 0 {
		return 0
	}
	if n >= len(s) {
		if n == len(s) && RuneCount(s) == n {
			return n
		}
	}
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// Substring returns n code points from position start, counted from 1; 0 acts as 1, negative ones
// count from the end.
func Substring(s string, start, n int) string {
	switch {
	case n <= 0:
		return ""
	case start > 0:
		start--
	case start < 0:
		total := RuneCount(s)
		if start += total; start < 0 {
			return "" // as in Flink, even if n reaches into the text
		}
	}
	from := runeAt(s, start)
	s = s[from:]
	if n >= len(s) {
		return s
	}
	return s[:runeAt(s, n)]
}

// Position is where part stands in s, counted from 1, looking from position start on; 0 if it is
// not there.
func Position(s, part string, start int) int {
	if start < 1 {
		start = 1
	}
	from := runeAt(s, start-1)
	if start > 1 && start-1 > RuneCount(s) {
		return 0
	}
	i := strings.Index(s[from:], part)
	if i < 0 {
		return 0
	}
	return RuneCount(s[:from+i]) + 1
}

// Pad brings s to n code points with pad on the left or right; ok is false when n is negative or
// there is nothing to pad with.
func Pad(s string, n int, pad string, left bool) (string, bool) {
	if n < 0 {
		return "", false
	}
	have := RuneCount(s)
	if have >= n {
		return s[:runeAt(s, n)], true
	}
	if pad == "" {
		return "", false
	}
	width := RuneCount(pad)
	need := n - have
	fill := strings.Repeat(pad, need/width) + pad[:runeAt(pad, need%width)]
	if left {
		return fill + s, true
	}
	return s + fill, true
}

// Reverse turns the code points round.
func Reverse(s string) string {
	rs := []rune(s)
	for i, j := 0, len(rs)-1; i < j; i, j = i+1, j-1 {
		rs[i], rs[j] = rs[j], rs[i]
	}
	return string(rs)
}

// InitCap makes the first letter of each run of ASCII letters and digits upper case and the rest
// lower case.
func InitCap(s string) string {
	out := []byte(s)
	inside := false
	for i, c := range out {
		switch {
		case c >= 'a' && c <= 'z':
			if !inside {
				out[i] = c - 32
			}
			inside = true
		case c >= 'A' && c <= 'Z':
			if inside {
				out[i] = c + 32
			}
			inside = true
		default:
			inside = c >= '0' && c <= '9'
		}
	}
	return string(out)
}

// Overlay replaces n code points of s from position start (from 1) by text; a start outside s
// leaves it.
func Overlay(s, text string, start, n int) string {
	total := RuneCount(s)
	if start <= 0 || start > total {
		return s
	}
	from := runeAt(s, start-1)
	if n <= 0 || start-1+n >= total { // with no length Flink keeps nothing of the rest
		return s[:from] + text
	}
	return s[:from] + text + s[runeAt(s, start-1+n):]
}

// Translate puts the code points of to in the place of those of from; surplus ones are dropped.
func Translate(s, from, to string) string {
	targets := []rune(to)
	table := map[rune]rune{}
	for i, c := range []rune(from) {
		if _, ok := table[c]; ok {
			continue
		}
		table[c] = -1
		if i < len(targets) {
			table[c] = targets[i]
		}
	}
	return strings.Map(func(c rune) rune {
		if r, ok := table[c]; ok {
			return r
		}
		return c
	}, s)
}

// Upper and Lower follow Unicode's rules, as Java's root locale does.
func Upper(s string) string {
	if i := strings.IndexAny(s, "ßŉ"); i >= 0 {
		s = strings.NewReplacer("ß", "SS", "ŉ", "ʼN").Replace(s)
	}
	return strings.ToUpper(s)
}

// Lower is lower case; İ becomes i with a dot above.
func Lower(s string) string {
	if strings.ContainsRune(s, 'İ') {
		s = strings.ReplaceAll(s, "İ", "i̇")
	}
	if strings.ContainsRune(s, 'Σ') {
		s = finalSigma(s)
	}
	return strings.ToLower(s)
}

// finalSigma writes a capital sigma at the end of a word as ς.
func finalSigma(s string) string {
	rs := []rune(s)
	for i, c := range rs {
		if c == 'Σ' && i > 0 && unicode.IsLetter(rs[i-1]) &&
			(i+1 == len(rs) || !unicode.IsLetter(rs[i+1])) {
			rs[i] = 'ς'
		}
	}
	return string(rs)
}

// Case is UPPER or LOWER of a column: bytes are changed in place where all are ASCII.
func Case(v Vec, n int, upper bool, t types.Type) Vec {
	offs, data := v.Col.Offsets(), v.Col.Data()
	from, to := offs[0], offs[n]
	part := data[from:to]
	for _, c := range part {
		if c >= utf8.RuneSelf {
			return caseSlow(v, n, upper, t)
		}
	}
	out := make([]byte, len(part))
	lo, hi := byte('A'), byte('Z')
	if upper {
		lo, hi = 'a', 'z'
	}
	for i, c := range part {
		if c >= lo && c <= hi {
			c ^= 0x20
		}
		out[i] = c
	}
	moved := offs[:n+1]
	if from != 0 {
		moved = make([]int32, n+1)
		for i := range moved {
			moved[i] = offs[i] - from
		}
	}
	return ColVec(batch.MakeBytes(t, moved, out, Valid(n, v)))
}

func caseSlow(v Vec, n int, upper bool, t types.Type) Vec {
	b := batch.NewBuilder(t, n)
	for i := range n {
		switch {
		case v.Col.IsNull(i):
			b.AppendNull()
		case upper:
			b.AppendString(Upper(v.Col.Str(i)))
		default:
			b.AppendString(Lower(v.Col.Str(i)))
		}
	}
	return ColVec(b.Finish())
}

// plainASCII says that no byte is above 127.
func plainASCII(data []byte) bool {
	const high = 0x8080808080808080
	for ; len(data) >= 16; data = data[16:] {
		if (binary.LittleEndian.Uint64(data)|binary.LittleEndian.Uint64(data[8:]))&high != 0 {
			return false
		}
	}
	for _, c := range data {
		if c > 127 {
			return false
		}
	}
	return true
}

// CharLength is the number of code points of each row, INT.
func CharLength(v Vec, n int, t types.Type) Vec {
	offs, data := v.Col.Offsets(), v.Col.Data()
	out := batch.Uninit[int32](n)
	if n > 0 && plainASCII(data[offs[0]:offs[n]]) {
		for i := range out {
			out[i] = offs[i+1] - offs[i]
		}
		return ColVec(batch.MakeFixed(t, out, Valid(n, v)))
	}
	for i := range out {
		k := int32(0)
		for _, c := range data[offs[i]:offs[i+1]] {
			k += int32(b2(c&0xc0 != 0x80))
		}
		out[i] = k
	}
	return ColVec(batch.MakeFixed(t, out, Valid(n, v)))
}

// Concat joins the texts of each row; null if one is.
func Concat(args []Vec, n int, t types.Type) Vec {
	valid := Valid(n, args...)
	readers := make([]Strs, len(args))
	size := 0
	for k, a := range args {
		if a.AllNull() {
			return NullVec(t.Nullable(true))
		}
		readers[k] = StrsOf(a)
		if a.Const {
			size += n * len(readers[k].At(0))
		} else {
			size += int(readers[k].Offs[n] - readers[k].Offs[0])
		}
	}
	data := make([]byte, 0, size)
	offs := make([]int32, n+1)
	for i := range n {
		if valid == nil || batch.Bit(valid, i) {
			for _, r := range readers {
				data = append(data, r.At(i)...)
			}
		}
		offs[i+1] = int32(len(data))
	}
	return ColVec(batch.MakeBytes(t, offs, data, valid))
}
