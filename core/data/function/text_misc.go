package function

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// splitIndex is SPLIT_INDEX(text, separator, index from 0); empty parts count.
func splitIndex(c *call, i int) error {
	s, sep, k := c.str(0, i), "", c.int(2, i)
	if c.args[1].Type().IsString() {
		sep = c.str(1, i)
	} else {
		sep = string(rune(c.int(1, i)))
	}
	if k < 0 || s == "" {
		c.putNull()
		return nil
	}
	if sep == "" { // any white space separates
		s, sep = strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return ' '
			}
			return r
		}, s), " "
	}
	for ; k > 0; k-- {
		_, rest, ok := strings.Cut(s, sep)
		if !ok {
			c.putNull()
			return nil
		}
		s = rest
	}
	s, _, _ = strings.Cut(s, sep)
	c.putStr(s)
	return nil
}

// strToMap is STR_TO_MAP(text, pair separator, key separator); both are regular expressions. A
// pair without separator has a null value; of equal keys the last one counts.
func strToMap(c *call, i int) error {
	pairs, keys := ",", "="
	if c.has(2) {
		pairs, keys = c.str(1, i), c.str(2, i)
	}
	index := map[string]int{}
	var order []string
	var values []*string
	parts := regexSplit(c.ctx, c.str(0, i), pairs, -1)
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1] // as Java's split does
	}
	for _, pair := range parts {
		kv := regexSplit(c.ctx, pair, keys, 2)
		var v *string
		if len(kv) > 1 {
			v = &kv[1]
		}
		at, ok := index[kv[0]]
		if !ok {
			at = len(order)
			index[kv[0]] = at
			order, values = append(order, kv[0]), append(values, nil)
		}
		values[at] = v
	}
	for k, key := range order {
		c.out.Child(0).AppendString(key)
		if values[k] == nil {
			c.out.Child(1).AppendNull()
		} else {
			c.out.Child(1).AppendString(*values[k])
		}
	}
	c.out.CloseList()
	return nil
}

func regexSplit(ctx *kernel.Context, s, sep string, n int) []string {
	re, err := ctx.Regex(sep)
	if err != nil {
		return strings.SplitN(s, sep, n)
	}
	var out []string
	from := 0
	for _, m := range re.All(s, -1) {
		if m[1] == 0 || n > 0 && len(out) == n-1 {
			continue
		}
		out = append(out, s[from:m[0]])
		from = m[1]
	}
	return append(out, s[from:])
}

func split(c *call, i int) error {
	s, sep := c.str(0, i), c.str(1, i)
	for _, part := range strings.Split(s, sep) {
		if s == "" {
			break // no parts
		}
		c.out.Child(0).AppendString(part)
	}
	c.out.CloseList()
	return nil
}

// elt is ELT(index from 1, value…).
func elt(c *call, i int) error {
	if c.null(0, i) {
		c.putNull()
		return nil
	}
	k := c.int64(0, i)
	if k < 1 || k >= int64(len(c.args)) || c.null(int(k), i) {
		c.putNull()
		return nil
	}
	c.putFrom(c.col(int(k)), c.at(int(k), i))
	return nil
}

func inferElt(args []Arg) (Bound, error) {
	const syntax = "ELT(index, value1[, value2]*)"
	if len(args) < 2 || !args[0].Type.IsInteger() {
		return Bound{}, mismatch("ELT", syntax, args)
	}
	t, ok := commonOf(args[1:])
	if !ok || !t.IsString() && !t.IsBytes() {
		return Bound{}, mismatch("ELT", syntax, args)
	}
	b := Bound{Result: t.Nullable(true), Kernel: rowsN(elt),
		Args: []types.Type{bigintT.Nullable(!args[0].Type.NotNull)}}
	for _, a := range args[1:] {
		b.Args = append(b.Args, t.Nullable(!a.Type.NotNull))
	}
	return b, nil
}

func inetAton(c *call, i int) error {
	parts := strings.Split(c.str(0, i), ".")
	var v int64
	for k, p := range parts {
		n, err := strconv.ParseUint(p, 10, 32)
		last := k == len(parts)-1
		if err != nil || len(parts) > 4 || !last && n > 255 || last && n >= 1<<(8*(5-len(parts))) {
			c.putNull()
			return nil
		}
		if last {
			v = v<<(8*(5-len(parts))) | int64(n)
		} else {
			v = v<<8 | int64(n)
		}
	}
	c.putInt64(v)
	return nil
}

func inetNtoa(c *call, i int) error {
	v := c.int64(0, i)
	if v < 0 || v > 1<<32-1 {
		c.putNull()
		return nil
	}
	c.putStr(net.IPv4(byte(v>>24), byte(v>>16), byte(v>>8), byte(v)).String())
	return nil
}

// urlEncode leaves letters, digits and .-*_ and writes a blank as +, as Java does.
func urlEncode(s string) string {
	s = strings.ReplaceAll(url.QueryEscape(s), "~", "%7E")
	return strings.ReplaceAll(s, "%2A", "*")
}

func urlDecode(c *call, i int) error {
	s, err := url.QueryUnescape(c.str(0, i))
	if err != nil {
		c.putNull()
		return nil
	}
	c.putStr(s)
	return nil
}

// parseURL is PARSE_URL(url, part [, key of the query]).
func parseURL(c *call, i int) error {
	u, err := url.Parse(c.str(0, i))
	if err != nil || u.Scheme == "" || u.Opaque != "" {
		c.putNull()
		return nil
	}
	part, ok := urlPart(u, c.str(1, i))
	if c.has(2) {
		if c.str(1, i) != "QUERY" {
			c.putNull()
			return nil
		}
		ok = false
		for _, pair := range strings.Split(u.RawQuery, "&") {
			if k, v, found := strings.Cut(pair, "="); found && k == c.str(2, i) {
				part, ok = v, true
				break
			}
		}
	}
	if !ok {
		c.putNull()
		return nil
	}
	c.putStr(part)
	return nil
}

func urlPart(u *url.URL, part string) (string, bool) {
	switch part {
	case "HOST":
		return u.Hostname(), u.Host != ""
	case "PATH":
		return u.EscapedPath(), true
	case "QUERY":
		return u.RawQuery, u.RawQuery != ""
	case "REF":
		return u.EscapedFragment(), u.Fragment != ""
	case "PROTOCOL":
		return u.Scheme, true
	case "FILE":
		if u.RawQuery != "" {
			return u.EscapedPath() + "?" + u.RawQuery, true
		}
		return u.EscapedPath(), true
	case "AUTHORITY", "USERINFO":
		user := ""
		if u.User != nil {
			user = u.User.String()
		}
		if part == "USERINFO" {
			return user, user != ""
		}
		if user != "" {
			user += "@"
		}
		return user + u.Host, u.Host != ""
	}
	return "", false
}

// allRunes is IS_ALPHA and IS_DIGIT: every character is one of the kind, and there is one.
func allRunes(is func(r rune) bool) Kernel {
	return isText(func(s string) bool {
		ok := s != ""
		for _, r := range s {
			ok = ok && is(r)
		}
		return ok
	})
}

// isText tests a text; NULL gives FALSE.
func isText(is func(s string) bool) Kernel {
	return rowsN(func(c *call, i int) error {
		c.putBool(!c.null(0, i) && is(c.str(0, i)))
		return nil
	})
}

func textFunctions() []*Scalar {
	is := func(name, doc, example string, k Kernel) *Scalar {
		return def(Scalar{Name: name, Category: "conditional", Syntax: name + "(string)", Doc: doc,
			Example: example}, on(str).with(notNull).returns(boolT, k))
	}
	texts := types.ArrayOf(stringT)
	return []*Scalar{
		strScalar("SPLIT_INDEX", "SPLIT_INDEX(string, separator, index)",
			"The part with the index (from 0) between separators; NULL if there is none.",
			"SPLIT_INDEX('a,b', ',', 1) → b",
			on(str, str, i32).with(nullable).returns(stringT, rows(splitIndex)),
			on(str, i32, i32).with(nullable).returns(stringT, rows(splitIndex))),
		strScalar("STR_TO_MAP", "STR_TO_MAP(string[, pairs, keys])", "The map that the text "+
			"writes out, with the separator of pairs (',') and that of keys ('=').",
			"STR_TO_MAP('a=1,b=2') → {a=1, b=2}",
			on(str).with(nullable).returns(types.MapOf(stringT, stringT), rows(strToMap)),
			on(str, str, str).with(nullable).returns(types.MapOf(stringT, stringT), rows(strToMap))),
		{Name: "ELT", Category: "string", Syntax: "ELT(index, value1[, value2]*)",
			Doc:     "The value with the index, from 1; NULL if there is none.",
			Example: "ELT(2, 'a', 'b') → b", Infer: inferElt},
		strScalar("INET_ATON", "INET_ATON(string)", "An IPv4 address as a number; NULL if it is none.",
			"INET_ATON('1.2.3.4') → 16909060", on(str).with(nullable).returns(bigintT, rows(inetAton))),
		strScalar("INET_NTOA", "INET_NTOA(integer)", "A number as an IPv4 address.",
			"INET_NTOA(16909060) → 1.2.3.4", on(i64).with(nullable).returns(stringT, rows(inetNtoa))),
		strScalar("URL_ENCODE", "URL_ENCODE(string)", "The text as part of a form's URL.",
			"URL_ENCODE('a b') → a+b", on(str).with(nullable).returns(stringT,
				rows(func(c *call, i int) error { c.putStr(urlEncode(c.str(0, i))); return nil }))),
		strScalar("URL_DECODE", "URL_DECODE(string)", "The text behind a part of a URL; NULL if it "+
			"is malformed.", "URL_DECODE('a%20b+c') → a b c",
			on(str).with(nullable).returns(stringT, rows(urlDecode))),
		strScalar("PARSE_URL", "PARSE_URL(url, part[, key])", "A part of a URL (HOST, PATH, QUERY, "+
			"REF, PROTOCOL, AUTHORITY, FILE, USERINFO), or the value of a key of its QUERY.",
			"PARSE_URL('http://a.com/p?k=v', 'QUERY', 'k') → v",
			on(str, str, str).optional(1).with(nullable).returns(stringT, rows(parseURL))),
		{Name: "SPLIT", Category: "collection", Syntax: "SPLIT(string, delimiter)",
			Doc:     "The parts between delimiters; single characters for an empty delimiter.",
			Example: "SPLIT('a,b', ',') → [a, b]",
			Infer: sigs(on(str, str).returns(texts, rows(split)))("SPLIT",
				"SPLIT(string, delimiter)")},
		is("IS_ALPHA", "TRUE if the text has letters only.", "IS_ALPHA('abc') → TRUE",
			allRunes(isLetter)),
		is("IS_DIGIT", "TRUE if the text has digits only.", "IS_DIGIT('12') → TRUE",
			allRunes(isDigit)),
		is("IS_DECIMAL", "TRUE if the text is a number.", "IS_DECIMAL('1.2e3') → TRUE",
			isText(func(s string) bool {
				_, ok := kernel.ParseFloat(s, 64)
				return ok
			})),
	}
}
