package kernel

import (
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
)

// JSONPath is a compiled path: $.a.b, $['a'], $.a[0], $.a[*], $..a, $.a[1:3], $.a[0,2],
// $.a[?(@.b > 1)], with lax or strict in front.
type JSONPath struct {
	Lax   bool
	steps []pathStep
}

type pathStep struct {
	keys   []string // names
	nums   []int    // positions; negative ones count from the end
	slice  *[2]*int
	all    bool // *
	deep   bool // ..
	filter *pathFilter
}

// pathFilter is ?(@.path op literal), or ?(@.path) for existence.
type pathFilter struct {
	path *JSONPath
	op   string
	want *JSON
}

// many says whether the step may give several values.
func (s *pathStep) many() bool {
	return s.all || s.deep || s.slice != nil || s.filter != nil || len(s.keys)+len(s.nums) > 1
}

// JSONPath compiles a path, or finds the one compiled before.
func (c *Context) JSONPath(path string) (*JSONPath, error) {
	return cached(c, "jsonpath", path, compilePath)
}

func compilePath(text string) (*JSONPath, error) {
	p := &JSONPath{}
	s := strings.TrimSpace(text)
	word, rest, found := strings.Cut(s, " ")
	if found && (strings.EqualFold(word, "lax") || strings.EqualFold(word, "strict")) {
		p.Lax = strings.EqualFold(word, "lax")
		s = strings.TrimSpace(rest)
	}
	if !strings.HasPrefix(s, "$") && !strings.HasPrefix(s, "@") {
		return nil, badPath(text)
	}
	s = s[1:]
	for s != "" {
		var step pathStep
		if strings.HasPrefix(s, "..") {
			step.deep = true
			s = s[1:]
			if strings.HasPrefix(s, ".[") {
				s = s[1:]
			}
		}
		var ok bool
		if s, ok = step.parse(s); !ok {
			return nil, badPath(text)
		}
		p.steps = append(p.steps, step)
	}
	return p, nil
}

func badPath(text string) error {
	return errs.Userf("'%s' is not a JSON path", text).
		Fix("write it as 'lax $.name[0]' or 'strict $.name'")
}

// parse reads one step.
func (st *pathStep) parse(s string) (rest string, ok bool) {
	if s[0] == '.' {
		end := strings.IndexAny(s[1:], ".[")
		name := s[1:]
		if end >= 0 {
			name = s[1 : 1+end]
		}
		if name == "*" {
			st.all = true
		} else {
			st.keys = []string{name}
		}
		return s[1+len(name):], name != ""
	}
	if s[0] != '[' {
		return s, false
	}
	body, rest, ok := bracket(s)
	if !ok {
		return s, false
	}
	switch {
	case body == "*":
		st.all = true
	case strings.HasPrefix(body, "?"):
		st.filter, ok = parseFilter(strings.TrimSpace(body[1:]))
	case strings.HasPrefix(body, "'") || strings.HasPrefix(body, `"`):
		for _, part := range strings.Split(body, ",") {
			part = strings.TrimSpace(part)
			if len(part) < 2 || part[0] != part[len(part)-1] {
				return s, false
			}
			st.keys = append(st.keys, part[1:len(part)-1])
		}
	case strings.Contains(body, ":"):
		st.slice, ok = parseSlice(body)
	default:
		for _, part := range strings.Split(body, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(part))
			if err != nil {
				return s, false
			}
			st.nums = append(st.nums, n)
		}
	}
	return rest, ok
}

// bracket reads […], minding quotes and nesting.
func bracket(s string) (body, rest string, ok bool) {
	depth, quote := 0, byte(0)
	for i := range len(s) {
		c := s[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '[':
			depth++
		case c == ']':
			if depth--; depth == 0 {
				return strings.TrimSpace(s[1:i]), s[i+1:], true
			}
		}
	}
	return "", s, false
}

func parseSlice(body string) (*[2]*int, bool) {
	lo, hi, _ := strings.Cut(body, ":")
	var out [2]*int
	for i, part := range []string{lo, hi} {
		if part = strings.TrimSpace(part); part != "" {
			n, err := strconv.Atoi(part)
			if err != nil {
				return nil, false
			}
			out[i] = &n
		}
	}
	return &out, true
}

func parseFilter(s string) (*pathFilter, bool) {
	if !strings.HasPrefix(s, "(") || !strings.HasSuffix(s, ")") {
		return nil, false
	}
	s = strings.TrimSpace(s[1 : len(s)-1])
	f := &pathFilter{}
	for _, op := range []string{"==", "!=", ">=", "<=", ">", "<"} {
		left, right, found := strings.Cut(s, op)
		if !found {
			continue
		}
		right = strings.TrimSpace(right)
		if len(right) > 1 && right[0] == '\'' && right[len(right)-1] == '\'' {
			f.want = &JSON{Kind: JSONText, Text: right[1 : len(right)-1]}
		} else if v, ok := ParseJSON(right); ok {
			f.want = v
		} else {
			return nil, false
		}
		f.op, s = op, strings.TrimSpace(left)
		break
	}
	path, err := compilePath(s)
	if err != nil {
		return nil, false
	}
	f.path = path
	return f, true
}

func (f *pathFilter) holds(j *JSON) bool {
	v, ok := f.path.Find(j)
	if !ok || v == nil {
		return false
	}
	if f.op == "" {
		return true
	}
	c := 0
	switch {
	case v.Kind != f.want.Kind:
		return f.op == "!="
	case v.Kind == JSONNumber:
		a, _ := strconv.ParseFloat(v.Text, 64)
		b, _ := strconv.ParseFloat(f.want.Text, 64)
		c = compareFloats(a, b)
	default:
		c = strings.Compare(string(v.AppendJSON(nil)), string(f.want.AppendJSON(nil)))
	}
	op := map[string]CmpOp{"==": Eq, "!=": Ne, ">": Gt, ">=": Ge, "<": Lt, "<=": Le}[f.op]
	return op.holds(c)
}

// Find evaluates the path. A path that may give several values (with *, .., a filter, a list or a
// slice) gives an array of them. Otherwise a place that is not there gives ok false, or, lax, nil.
func (p *JSONPath) Find(j *JSON) (v *JSON, ok bool) {
	at, several := []*JSON{j}, false
	for i := range p.steps {
		st := &p.steps[i]
		several = several || st.many()
		var next []*JSON
		for _, x := range at {
			next = st.apply(x, next)
		}
		if len(next) == 0 && !several {
			return nil, p.Lax
		}
		at = next
	}
	if several {
		return &JSON{Kind: JSONArray, Items: at}, true
	}
	return at[0], true
}

func (st *pathStep) apply(j *JSON, out []*JSON) []*JSON {
	if st.deep {
		one := *st
		one.deep = false
		out = one.apply(j, out)
		for _, kid := range j.Items {
			out = st.apply(kid, out)
		}
		return out
	}
	switch {
	case st.all:
		return append(out, j.Items...)
	case st.keys != nil:
		for _, k := range st.keys {
			if v := j.Get(k); v != nil {
				out = append(out, v)
			}
		}
	case j.Kind != JSONArray:
	case st.slice != nil:
		lo, hi := bound(st.slice[0], 0, len(j.Items)), bound(st.slice[1], len(j.Items), len(j.Items))
		for i := lo; i < hi; i++ {
			out = append(out, j.Items[i])
		}
	case st.filter != nil:
		for _, kid := range j.Items {
			if st.filter.holds(kid) {
				out = append(out, kid)
			}
		}
	default:
		for _, n := range st.nums {
			if n < 0 {
				n += len(j.Items)
			}
			if n >= 0 && n < len(j.Items) {
				out = append(out, j.Items[n])
			}
		}
	}
	return out
}

func bound(v *int, fallback, n int) int {
	if v == nil {
		return fallback
	}
	if *v < 0 {
		return max(*v+n, 0)
	}
	return min(*v, n)
}
