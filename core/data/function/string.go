package function

import (
	"strings"

	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// varying is the VARCHAR of the first argument's length.
func varying(args []Arg) types.Type {
	if args[0].Type.Precision == 0 {
		return stringT
	}
	return types.WithPrecision(types.Varchar, args[0].Type.Precision)
}

// strScalar declares a function of category "string".
func strScalar(name, syntax, doc, example string, list ...sig) *Scalar {
	return def(Scalar{Name: name, Category: "string", Syntax: syntax, Doc: doc, Example: example},
		list...)
}

func (f *Scalar) alias(names ...string) *Scalar {
	f.Aliases = append(f.Aliases, names...)
	return f
}

func (f *Scalar) raises() *Scalar {
	f.Raises = true
	return f
}

func caseKernel(upper bool) Kernel {
	return func(_ *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		return kernel.Case(args[0], n, upper, t), nil
	}
}

func concatKernel(_ *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
	return kernel.Concat(args, n, t), nil
}

// concatType adds the lengths of both sides; CHAR stays CHAR.
func concatType(args []Arg) types.Type {
	k, n := types.Char, 0
	for _, a := range args {
		if a.Type.Kind != types.Char {
			k = types.Varchar
		}
		n = min(n+a.Type.Precision, types.MaxLen)
	}
	return types.WithPrecision(k, max(n, 1))
}

const maxInt = int(^uint32(0) >> 1)

func substring(c *call, i int) error {
	n := maxInt
	if c.has(2) {
		if n = c.int(2, i); n < 0 {
			c.putNull()
			return nil
		}
	}
	c.putStr(kernel.Substring(c.str(0, i), c.int(1, i), n))
	return nil
}

// trimSet strips the characters of set.
func trimSet(left, right bool) func(c *call, i int) error {
	return func(c *call, i int) error {
		s, set := c.str(0, i), " "
		if c.has(1) {
			set = c.str(1, i)
		}
		if left {
			s = strings.TrimLeft(s, set)
		}
		if right {
			s = strings.TrimRight(s, set)
		}
		c.putStr(s)
		return nil
	}
}

// trim is TRIM(where, characters, text) as the parser gives it.
func trim(c *call, i int) error {
	set, s := c.str(1, i), c.str(2, i)
	if where := c.str(0, i); where != "TRAILING" {
		s = strings.TrimLeft(s, set)
		if where == "BOTH" {
			s = strings.TrimRight(s, set)
		}
	} else {
		s = strings.TrimRight(s, set)
	}
	c.putStr(s)
	return nil
}

func pad(left bool) func(c *call, i int) error {
	return func(c *call, i int) error {
		s, ok := kernel.Pad(c.str(0, i), c.int(1, i), c.str(2, i), left)
		if !ok {
			c.putNull()
			return nil
		}
		c.putStr(s)
		return nil
	}
}

// concatWs joins what is not null; a null separator gives null.
func concatWs(c *call, i int) error {
	if c.null(0, i) {
		c.putNull()
		return nil
	}
	var parts []string
	for k := 1; k < len(c.args); k++ {
		if !c.null(k, i) {
			parts = append(parts, c.str(k, i))
		}
	}
	c.putStr(strings.Join(parts, c.str(0, i)))
	return nil
}

// position is POSITION(part IN text FROM start) and LOCATE(part, text, start).
func position(c *call, i int) error {
	start := 1
	if c.has(2) {
		start = c.int(2, i)
	}
	if c.str(0, i) == "" { // found at once, wherever the search starts
		start = 1
	}
	c.putInt(kernel.Position(c.str(1, i), c.str(0, i), start))
	return nil
}

func instr(c *call, i int) error { // INSTR(text, part)
	c.putInt(kernel.Position(c.str(0, i), c.str(1, i), 1))
	return nil
}

func overlay(c *call, i int) error {
	n := kernel.RuneCount(c.str(1, i))
	if c.has(3) {
		n = c.int(3, i)
	}
	c.putStr(kernel.Overlay(c.str(0, i), c.str(1, i), c.int(2, i), n))
	return nil
}

// overlayType adds the lengths of both texts.
func overlayType(args []Arg) types.Type {
	return types.WithPrecision(types.Varchar,
		max(min(args[0].Type.Precision+args[1].Type.Precision, types.MaxLen), 1))
}

// trimType is the VARCHAR of the trimmed text's length.
func trimType(args []Arg) types.Type { return varying(args[2:]) }

func stringFunctions() []*Scalar {
	return []*Scalar{
		strScalar("||", "string1 || string2", "The texts joined.", "'ab' || 'c' → abc",
			on(str, str).returnsFn(concatType, concatKernel)),
		strScalar("CHAR_LENGTH", "CHAR_LENGTH(string)", "The number of characters (code points).",
			"CHAR_LENGTH('née') → 3", on(str).returns(intT, func(_ *kernel.Context, a []kernel.Vec,
				n int, t types.Type) (kernel.Vec, error) {
				return kernel.CharLength(a[0], n, t), nil
			})).alias("CHARACTER_LENGTH"),
		strScalar("UPPER", "UPPER(string)", "The text in upper case.", "UPPER('ab') → AB",
			on(str).returnsFn(first, caseKernel(true))),
		strScalar("LOWER", "LOWER(string)", "The text in lower case.", "LOWER('AB') → ab",
			on(str).returnsFn(first, caseKernel(false))),
		strScalar("POSITION", "POSITION(string1 IN string2)",
			"Where string1 stands in string2, from 1; 0 if it is not there.",
			"POSITION('b', 'abc') → 2", on(str, str, i32).optional(1).returns(intT, rows(position))),
		strScalar("TRIM", "TRIM([BOTH | LEADING | TRAILING] string1 FROM string2)",
			"string2 without the characters of string1 at its ends; blanks if string1 is not given.",
			"TRIM('BOTH', 'x', 'xax') → a", on(str, str, str).returnsFn(trimType, rows(trim))),
		strScalar("LTRIM", "LTRIM(string[, characters])",
			"The text without the characters (blanks) at its start.", "LTRIM('  a') → a",
			on(str).returnsFn(varying, rows(trimSet(true, false))),
			on(str, str).returns(stringT, rows(trimSet(true, false)))),
		strScalar("RTRIM", "RTRIM(string[, characters])",
			"The text without the characters (blanks) at its end.", "RTRIM('axx', 'x') → a",
			on(str).returnsFn(varying, rows(trimSet(false, true))),
			on(str, str).returns(stringT, rows(trimSet(false, true)))),
		strScalar("BTRIM", "BTRIM(string[, characters])",
			"The text without the characters (blanks) at both ends.", "BTRIM('xax', 'x') → a",
			on(str, str).optional(1).returns(stringT, rows(trimSet(true, true)))),
		strScalar("REPEAT", "REPEAT(string, n)", "The text n times.", "REPEAT('ab', 2) → abab",
			on(str, i32).returns(stringT, rows(func(c *call, i int) error {
				c.putStr(strings.Repeat(c.str(0, i), max(c.int(1, i), 0)))
				return nil
			}))),
	}
}

// editFunctions are those that cut, join and change texts.
func editFunctions() []*Scalar {
	one := func(f func(string) string) Kernel {
		return rows(func(c *call, i int) error { c.putStr(f(c.str(0, i))); return nil })
	}
	return []*Scalar{
		strScalar("OVERLAY", "OVERLAY(string1 PLACING string2 FROM start [FOR length])",
			"string1 with length characters from start on (counted from 1) replaced by string2; "+
				"length is that of string2 if not given.", "OVERLAY('abcd', 'xy', 2) → axyd",
			on(str, str, i32, i32).optional(1).returnsFn(overlayType, rows(overlay))),
		strScalar("STARTSWITH", "STARTSWITH(value, start)",
			"TRUE if the value begins with start.", "STARTSWITH('abc', 'ab') → TRUE",
			on(str, str).returns(boolT, rows(affix(strings.HasPrefix))),
			on(byt, byt).returns(boolT, rows(affix(strings.HasPrefix)))),
		strScalar("ENDSWITH", "ENDSWITH(value, end)", "TRUE if the value ends with end.",
			"ENDSWITH('abc', 'bc') → TRUE",
			on(str, str).returns(boolT, rows(affix(strings.HasSuffix))),
			on(byt, byt).returns(boolT, rows(affix(strings.HasSuffix)))),
		strScalar("SUBSTRING", "SUBSTRING(string FROM start [FOR length])",
			"length characters (all if not given) from position start on, counted from 1, from the "+
				"end if negative; 0 acts as 1.", "SUBSTRING('headrace', 2, 3) → ead",
			on(str, i32, i32).optional(1).with(nullable).returnsFn(varying, rows(substring))).
			alias("SUBSTR"),
		strScalar("REPLACE", "REPLACE(string1, string2, string3)",
			"string1 with string3 in the place of every string2.", "REPLACE('abc', 'b', 'x') → axc",
			on(str, str, str).returns(stringT, rows(func(c *call, i int) error {
				c.putStr(strings.ReplaceAll(c.str(0, i), c.str(1, i), c.str(2, i)))
				return nil
			}))),
		strScalar("TRANSLATE", "TRANSLATE(value, from, to)", "The value with each character of "+
			"from replaced by the one at its place in to, or dropped if there is none.",
			"TRANSLATE('abc', 'ab', 'x') → xc", on(str, str, str).returns(stringT, rowsN(translate))).
			alias("TRANSLATE3"),
		strScalar("INITCAP", "INITCAP(string)", "The text with the first letter of each word in "+
			"upper case and the others in lower case. Words are runs of ASCII letters and digits.",
			"INITCAP('foo BAR') → Foo Bar", on(str).returnsFn(first, one(kernel.InitCap))),
		strScalar("CONCAT", "CONCAT(string1, string2, …)", "The texts joined; NULL if one is.",
			"CONCAT('a', 'b', 'c') → abc", on(str).repeated().returns(stringT, concatKernel)),
		strScalar("CONCAT_WS", "CONCAT_WS(separator, string1, string2, …)",
			"The texts that are not NULL, joined with the separator.",
			"CONCAT_WS('-', 'a', NULL, 'b') → a-b",
			sig{params: []param{str, str}, rest: true, opt: 1, nulls: nullIfAny,
				result: func(args []Arg) types.Type { return stringT }, kernel: rowsN(concatWs)}),
		strScalar("LPAD", "LPAD(string, length, pad)", "The text brought to length characters: "+
			"cut, or with pad on its left; NULL for a negative length.", "LPAD('a', 3, 'xy') → xya",
			on(str, i32, str).returns(stringT, rows(pad(true)))),
		strScalar("RPAD", "RPAD(string, length, pad)", "The text brought to length characters: "+
			"cut, or with pad on its right; NULL for a negative length.",
			"RPAD('a', 3, 'xy') → axy", on(str, i32, str).returns(stringT, rows(pad(false)))),
		strScalar("INSTR", "INSTR(string1, string2)",
			"Where string2 stands first in string1, from 1; 0 if it is not there.",
			"INSTR('abcb', 'b') → 2", on(str, str).returns(intT, rows(instr))),
		strScalar("LEFT", "LEFT(string, n)", "The first n characters.", "LEFT('abc', 2) → ab",
			on(str, i32).with(nullable).returnsFn(varying, rows(func(c *call, i int) error {
				c.putStr(kernel.Substring(c.str(0, i), 1, c.int(1, i)))
				return nil
			}))),
		strScalar("RIGHT", "RIGHT(string, n)", "The last n characters.", "RIGHT('abc', 2) → bc",
			on(str, i32).with(nullable).returnsFn(varying, rows(func(c *call, i int) error {
				s, n := c.str(0, i), c.int(1, i)
				if n <= 0 {
					c.putStr("")
					return nil
				}
				c.putStr(kernel.Substring(s, max(kernel.RuneCount(s)-n, 0)+1, n))
				return nil
			}))),
		strScalar("LOCATE", "LOCATE(string1, string2[, start])",
			"Where string1 stands in string2 from position start on, from 1; 0 if it is not there.",
			"LOCATE('b', 'abcb', 3) → 4", on(str, str, i32).optional(1).returns(intT, rows(position))),
		strScalar("REVERSE", "REVERSE(string)", "The text read backwards.", "REVERSE('abc') → cba",
			on(str).with(nullable).returns(stringT, one(kernel.Reverse))),
	}
}

func affix(f func(s, part string) bool) func(c *call, i int) error {
	return func(c *call, i int) error { c.putBool(f(c.str(0, i), c.str(1, i))); return nil }
}

// translate leaves the value when from is NULL or empty; a NULL to acts as an empty one.
func translate(c *call, i int) error {
	switch {
	case c.null(0, i):
		c.putNull()
	case c.null(1, i):
		c.putStr(c.str(0, i))
	default:
		to := ""
		if !c.null(2, i) {
			to = c.str(2, i)
		}
		c.putStr(kernel.Translate(c.str(0, i), c.str(1, i), to))
	}
	return nil
}
