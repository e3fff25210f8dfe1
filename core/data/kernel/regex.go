package kernel

import (
	"regexp"
	"strings"

	"github.com/dlclark/regexp2"

	"github.com/headrace/headrace/core/base/errs"
)

// Regex is a regular expression of Java's dialect. Most run on Go's linear-time engine; those
// with look-around, back references or possessive quantifiers on a backtracking one.
type Regex struct {
	fast *regexp.Regexp
	slow *regexp2.Regexp
	// walk searches in place of fast, as long as it is sure.
	walk *walker
}

// Regex compiles a pattern, or finds the one compiled before.
func (c *Context) Regex(pattern string) (*Regex, error) {
	return cached(c, "regex", pattern, compileRegex)
}

func compileRegex(pattern string) (*Regex, error) {
	if re, err := regexp.Compile(pattern); err == nil {
		return &Regex{fast: re, walk: newWalker(pattern)}, nil
	}
	java := javaRegex(pattern)
	if re, err := regexp.Compile(java); err == nil {
		return &Regex{fast: re, walk: newWalker(java)}, nil
	}
	re, err := regexp2.Compile(java, regexp2.None)
	if err != nil {
		return nil, errs.Dataf("'%s' is not a regular expression", pattern).Wrap(err)
	}
	return &Regex{slow: re}, nil
}

// Match says whether the expression is found anywhere in s.
func (r *Regex) Match(s string) bool {
	if r.fast != nil {
		if found, sure := r.walk.find(s); sure {
			return found
		}
		return r.fast.MatchString(s)
	}
	ok, _ := r.slow.MatchString(s)
	return ok
}

// Groups returns the first match: byte positions of the whole and of each group, in pairs, -1
// where a group took no part; they are valid until the next call. nil is no match.
func (r *Regex) Groups(s string) []int {
	if r.fast != nil {
		found, sure := r.walk.find(s)
		switch {
		case !sure:
			return r.fast.FindStringSubmatchIndex(s)
		case !found:
			return nil
		}
		return r.walk.caps
	}
	all := r.All(s, 1)
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// All returns up to limit (-1: all) matches as Groups does.
func (r *Regex) All(s string, limit int) [][]int {
	if r.fast != nil {
		if !strings.Contains(s, r.walk.must) {
			return nil
		}
		return r.fast.FindAllStringSubmatchIndex(s, limit)
	}
	offs := make([]int, 0, len(s)+1) // byte position of each rune
	for i := range s {
		offs = append(offs, i)
	}
	offs = append(offs, len(s))
	var out [][]int
	m, _ := r.slow.FindStringMatch(s)
	for ; m != nil && len(out) != limit; m, _ = r.slow.FindNextMatch(m) {
		var at []int
		for _, g := range m.Groups() {
			if len(g.Captures) == 0 {
				at = append(at, -1, -1)
			} else {
				at = append(at, offs[g.Index], offs[g.Index+g.Length])
			}
		}
		out = append(out, at)
	}
	return out
}

// NumGroups is the number of groups in parentheses.
func (r *Regex) NumGroups() int {
	if r.fast != nil {
		return r.fast.NumSubexp()
	}
	return len(r.slow.GetGroupNumbers()) - 1
}

// Replace puts text, as it is, in the place of every match.
func (r *Regex) Replace(s, text string) string {
	if r.fast != nil {
		return r.fast.ReplaceAllLiteralString(s, text)
	}
	var b strings.Builder
	from := 0
	for _, m := range r.All(s, -1) {
		b.WriteString(s[from:m[0]])
		b.WriteString(text)
		from = m[1]
	}
	b.WriteString(s[from:])
	return b.String()
}
