package function

import (
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// likeKernel is LIKE or SIMILAR TO with an optional escape, which is a constant.
func likeKernel(match func(ctx *kernel.Context, a, b kernel.Vec, escape string, n int,
) (kernel.Vec, error), not bool) Kernel {
	return func(ctx *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		escape := ""
		if len(args) > 2 {
			if n > 0 && !args[2].IsNull(0) {
				escape = args[2].Col.Str(0)
			}
		}
		if args[0].AllNull() || args[1].AllNull() {
			return kernel.NullVec(t.Nullable(true)), nil
		}
		v, err := match(ctx, args[0], args[1], escape, n)
		if err == nil && not {
			v = kernel.Not(v, n)
		}
		return v, err
	}
}

// withRegex runs f with the compiled pattern of argument 1; a pattern that is none gives null.
func withRegex(f func(c *call, i int, re *kernel.Regex)) Kernel {
	return rows(func(c *call, i int) error {
		re, err := c.ctx.Regex(c.str(1, i))
		if err != nil {
			c.putNull()
			return nil
		}
		f(c, i, re)
		return nil
	})
}

// group is the text of a group of a match; ok is false where it took no part.
func group(s string, m []int, k int) (string, bool) {
	if m[2*k] < 0 {
		return "", false
	}
	return s[m[2*k]:m[2*k+1]], true
}

func regexExtract(c *call, i int, re *kernel.Regex) {
	k := 0
	if c.has(2) {
		k = c.int(2, i)
	}
	s := c.str(0, i)
	m := re.Groups(s)
	if m == nil || k < 0 || k > re.NumGroups() {
		c.putNull()
		return
	}
	if text, ok := group(s, m, k); ok {
		c.putStr(text)
		return
	}
	c.putNull()
}

func regexExtractAll(c *call, i int, re *kernel.Regex) {
	k := 1
	if c.has(2) {
		k = int(kernel.IntAt(c.col(2), c.at(2, i)))
	}
	if k < 0 || k > re.NumGroups() {
		c.putNull()
		return
	}
	s := c.str(0, i)
	for _, m := range re.All(s, -1) {
		if text, ok := group(s, m, k); ok {
			c.out.Child(0).AppendString(text)
		} else {
			c.out.Child(0).AppendNull()
		}
	}
	c.out.CloseList()
}

func regexFunctions() []*Scalar {
	like := func(name, doc, example string, k Kernel) *Scalar {
		f := def(Scalar{Name: name, Category: "comparison", Doc: doc, Example: example,
			Syntax: "string1 " + name + " string2 [ESCAPE char]"},
			on(str, str, str).optional(1).returns(boolT, k))
		return f.raises()
	}
	texts := types.ArrayOf(stringT)
	return []*Scalar{
		like("LIKE", "TRUE if string1 matches the pattern string2: % is any text, _ any character.",
			"'abc' LIKE 'a%' → TRUE", likeKernel(kernel.Like, false)),
		like("NOT LIKE", "The negation of LIKE.", "'abc' NOT LIKE 'a%' → FALSE",
			likeKernel(kernel.Like, true)),
		like("SIMILAR TO", "TRUE if string1 as a whole matches the SQL regular expression string2.",
			"'abc' SIMILAR TO 'a(b|x)c' → TRUE", likeKernel(kernel.Similar, false)),
		like("NOT SIMILAR TO", "The negation of SIMILAR TO.", "'abc' NOT SIMILAR TO 'a_c' → FALSE",
			likeKernel(kernel.Similar, true)),
		strScalar("REGEXP", "REGEXP(string1, string2)",
			"TRUE if the regular expression string2 is found in string1.",
			"REGEXP('abc1', '\\d') → TRUE", on(str, str).returns(boolT, rows(func(c *call, i int) error {
				if c.str(1, i) == "" {
					c.putBool(false)
					return nil
				}
				re, err := c.ctx.Regex(c.str(1, i))
				c.putBool(err == nil && re.Match(c.str(0, i)))
				return nil
			}))).alias("RLIKE"),
		strScalar("REGEXP_REPLACE", "REGEXP_REPLACE(string1, string2, string3)",
			"string1 with string3, as it is, in the place of every match of string2.",
			"REGEXP_REPLACE('foobar', 'oo|ar', '') → fb",
			on(str, str, str).returns(stringT, withRegex(func(c *call, i int, re *kernel.Regex) {
				c.putStr(re.Replace(c.str(0, i), c.str(2, i)))
			}))),
		strScalar("REGEXP_COUNT", "REGEXP_COUNT(string, regex)", "The number of matches.",
			"REGEXP_COUNT('aXbX', 'X') → 2", on(str, str).with(nullable).returns(intT,
				withRegex(func(c *call, i int, re *kernel.Regex) {
					c.putInt(len(re.All(c.str(0, i), -1)))
				}))),
		strScalar("REGEXP_EXTRACT", "REGEXP_EXTRACT(string1, string2[, group])",
			"The first match of string2 (or a group of it) in string1; NULL if there is none.",
			"REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2) → bar",
			on(str, str, i32).optional(1).with(nullable).returns(stringT, withRegex(regexExtract))),
		strScalar("REGEXP_EXTRACT_ALL", "REGEXP_EXTRACT_ALL(string, regex[, group])",
			"Group 1 (or the one given) of every match.",
			"REGEXP_EXTRACT_ALL('a1b2', '([a-z])([0-9])', 2) → [1, 2]",
			on(str, str, i32).optional(1).with(nullable).returns(texts, withRegex(regexExtractAll))),
		strScalar("REGEXP_INSTR", "REGEXP_INSTR(string, regex)",
			"Where the first match begins, from 1; 0 if there is none.",
			"REGEXP_INSTR('abc1', '[0-9]') → 4", on(str, str).with(nullable).returns(intT,
				withRegex(func(c *call, i int, re *kernel.Regex) {
					s := c.str(0, i)
					if m := re.Groups(s); m != nil {
						c.putInt(kernel.RuneCount(s[:m[0]]) + 1)
					} else {
						c.putInt(0)
					}
				}))),
		strScalar("REGEXP_SUBSTR", "REGEXP_SUBSTR(string, regex)", "The first match; NULL if none.",
			"REGEXP_SUBSTR('abc12', '[0-9]+') → 12", on(str, str).with(nullable).returns(stringT,
				withRegex(func(c *call, i int, re *kernel.Regex) {
					s := c.str(0, i)
					if m := re.Groups(s); m != nil {
						c.putStr(s[m[0]:m[1]])
					} else {
						c.putNull()
					}
				}))),
	}
}
