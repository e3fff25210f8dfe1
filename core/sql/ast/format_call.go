package ast

import "strings"

// call writes a call in the syntax its name demands.
func (f *formatter) call(c *Call) {
	f.when(c.Semantics != "", c.Semantics+" ")
	if !f.special(c) {
		f.functionName(c)
		if !c.NoParens {
			f.arguments(c)
		}
	}
	f.when(c.Nulls != "", " "+string(c.Nulls))
	if c.WithinDistinct != nil {
		f.add(" WITHIN DISTINCT ")
		parenList(f, c.WithinDistinct, f.expr)
	}
	f.withinGroup(c.WithinGroup)
	f.filterOver(c.Filter, c.Over)
}

// functionName writes the name of a function. A reserved word is written as it is where the parser
// takes it for a function, and then only in upper case, as the parser reads it.
func (f *formatter) functionName(c *Call) {
	name := c.Name.Last().Name
	if c.NoParens {
		f.add(name)
		return
	}
	_, symbol := firstArg(c).(*Symbol)
	switch {
	case !c.Name.Simple() || !isWord(name):
	case ownSyntax(name):
		if name == strings.ToUpper(name) && (symbol || c.plain() && commaSyntax(c)) {
			f.add(name)
			return
		}
		f.add(QuoteIdent(name))
		return
	case keywordClass(name)&CallableWord != 0 && name == strings.ToUpper(name):
		f.add(name)
		return
	case f.builtin != nil && f.builtin(name):
		f.add(strings.ToUpper(name))
		return
	}
	f.name(c.Name)
}

// firstArg is the first argument, nil if there is none.
func firstArg(c *Call) Expr {
	if len(c.Args) == 0 {
		return nil
	}
	return c.Args[0]
}

// plain reports whether a call consists of name and arguments only.
func (c *Call) plain() bool {
	return c.Quantifier == "" && c.OrderBy == nil && c.Nulls == "" && c.WithinDistinct == nil &&
		c.WithinGroup == nil && c.Filter == nil && c.Over == nil
}

// ownSyntax reports whether the parser reads a function of this name in a syntax of its own.
func ownSyntax(name string) bool {
	switch strings.ToUpper(name) {
	case "EXTRACT", "TRIM", "POSITION", "SUBSTRING", "OVERLAY", "CEIL", "CEILING", "FLOOR",
		"CONVERT", "TRANSLATE", "TIMESTAMPADD", "TIMESTAMPDIFF", "DESCRIPTOR", "MAP":
		return true
	}
	return false
}

// commaSyntax reports whether that syntax is the ordinary one for the arguments of c.
func commaSyntax(c *Call) bool {
	if !commaArgs(c) {
		return false
	}
	switch c.Name.Last().Name {
	case "SUBSTRING":
		return len(c.Args) == 2 || len(c.Args) == 3
	case "CEIL", "FLOOR", "TRANSLATE":
		return len(c.Args) > 0
	}
	return false
}

// commaArgs reports whether all arguments of c are ordinary expressions.
func commaArgs(c *Call) bool {
	for _, arg := range c.Args {
		switch arg.(type) {
		case *NamedArg, *TableArg, *ModelArg, *Descriptor, *Default:
			return false
		}
	}
	return true
}

// isWord reports whether a name consists of ASCII letters, digits and _, the first no digit.
func isWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// arguments writes ([DISTINCT] arguments [ORDER BY …]).
func (f *formatter) arguments(c *Call) {
	f.add("(")
	f.when(c.Quantifier != "", string(c.Quantifier)+" ")
	commaList(f, c.Args, f.expr)
	f.orderBy(c.OrderBy)
	f.add(")")
}

// special writes the calls that Call's comment lists in their own syntax; false for others.
func (f *formatter) special(c *Call) bool {
	if !c.Name.Simple() || c.NoParens || len(c.Args) == 0 {
		return false
	}
	name, n := c.Name.Last().Name, len(c.Args)
	_, first := c.Args[0].(*Symbol)
	_, last := c.Args[n-1].(*Symbol)
	var words []string
	switch {
	case !c.plain():
	case name == "EXTRACT" && n == 2 && first:
		words = []string{" FROM "}
	case (name == "FLOOR" || name == "CEIL") && n == 2 && last:
		words = []string{" TO "}
	case name == "TRIM" && n == 3 && first:
		words = []string{" ", " FROM "}
	case name == "POSITION" && (n == 2 || n == 3) && commaArgs(c):
		words = []string{" IN ", " FROM "}
	case name == "OVERLAY" && (n == 3 || n == 4) && commaArgs(c):
		words = []string{" PLACING ", " FROM ", " FOR "}
	case name == "TRANSLATE" && n == 2 && last:
		words = []string{" USING "}
	}
	if words == nil {
		return false
	}
	f.add(name, "(")
	for i, arg := range c.Args {
		if i > 0 {
			f.add(words[i-1])
		}
		if name == "POSITION" && i == 0 {
			f.operand(arg, powerLike+1)
		} else {
			f.expr(arg)
		}
	}
	f.add(")")
	return true
}

func (f *formatter) withinGroup(items []*OrderItem) {
	if items != nil {
		f.add(" WITHIN GROUP (")
		f.add("ORDER BY ")
		commaList(f, items, f.orderItem)
		f.add(")")
	}
}

func (f *formatter) filterOver(filter Expr, over *Window) {
	if filter != nil {
		f.add(" FILTER (WHERE ")
		f.expr(filter)
		f.add(")")
	}
	if over != nil {
		f.add(" OVER ")
		f.window(over)
	}
}

// window writes a window's name or its specification.
func (f *formatter) window(w *Window) {
	if !w.Inline {
		f.ident(*w.Ref)
		return
	}
	f.add("(")
	sep := ""
	part := func() {
		f.add(sep)
		sep = " "
	}
	if w.Ref != nil {
		part()
		f.ident(*w.Ref)
	}
	if w.PartitionBy != nil {
		part()
		f.add("PARTITION BY ")
		commaList(f, w.PartitionBy, f.expr)
	}
	if w.OrderBy != nil {
		part()
		f.add("ORDER BY ")
		commaList(f, w.OrderBy, f.orderItem)
	}
	if w.Frame != nil {
		part()
		f.frame(w.Frame)
	}
	f.add(")")
}

func (f *formatter) frame(fr *Frame) {
	f.add(map[bool]string{false: "RANGE ", true: "ROWS "}[fr.Rows])
	if fr.To == nil {
		f.bound(fr.From)
	} else {
		f.add("BETWEEN ")
		f.bound(fr.From)
		f.add(" AND ")
		f.bound(fr.To)
	}
	f.when(fr.NoPartial, " DISALLOW PARTIAL")
}

func (f *formatter) bound(b *Bound) {
	if b.Offset != nil {
		f.operand(b.Offset, powerLike+1)
	}
	f.add([...]string{"UNBOUNDED PRECEDING", " PRECEDING", "CURRENT ROW", " FOLLOWING",
		"UNBOUNDED FOLLOWING"}[b.Kind])
}

// orderBy writes [ ORDER BY items].
func (f *formatter) orderBy(items []*OrderItem) {
	if len(items) > 0 {
		f.add(" ORDER BY ")
		commaList(f, items, f.orderItem)
	}
}

func (f *formatter) orderItem(o *OrderItem) {
	f.expr(o.Expr)
	f.when(o.Desc, " DESC")
	f.when(o.Nulls != "", " "+string(o.Nulls))
}

// argument writes what may only stand between the parentheses of a call, and other single words.
func (f *formatter) argument(x Expr) {
	switch x := x.(type) {
	case *NamedArg:
		f.ident(x.Name)
		f.add(" => ")
		f.expr(x.Value)
	case *TableArg:
		if x.Query != nil {
			f.add("(")
			f.query(x.Query)
			f.add(")")
		} else {
			f.add("TABLE ")
			f.name(x.Table)
		}
		if x.PartitionBy != nil {
			f.add(" PARTITION BY ")
			parenList(f, x.PartitionBy, f.expr)
		}
		if x.OrderBy != nil {
			f.add(" ORDER BY ")
			parenList(f, x.OrderBy, f.orderItem)
		}
	case *ModelArg:
		f.add("MODEL ")
		f.name(x.Model)
	case *Descriptor:
		f.add("DESCRIPTOR")
		parenList(f, x.Columns, f.name)
	case *NextValue:
		f.add("NEXT VALUE FOR ")
		f.name(x.Sequence)
	case *Default:
		f.add("DEFAULT")
	case *Symbol:
		f.add(x.Name)
	case *Param:
		f.add("?")
	}
}

// json writes the JSON functions.
func (f *formatter) json(x Expr) {
	switch x := x.(type) {
	case *JSONExists:
		f.jsonPath("JSON_EXISTS(", x.Input, x.Path)
		f.jsonBehavior(x.OnError, " ON ERROR")
	case *JSONValue:
		f.jsonPath("JSON_VALUE(", x.Input, x.Path)
		f.jsonReturning(x.Returning)
		f.jsonBehavior(x.OnEmpty, " ON EMPTY")
		f.jsonBehavior(x.OnError, " ON ERROR")
	case *JSONQuery:
		f.jsonPath("JSON_QUERY(", x.Input, x.Path)
		f.jsonReturning(x.Returning)
		f.when(x.Wrapper != "", " "+x.Wrapper+" ARRAY WRAPPER")
		f.jsonBehavior(x.OnEmpty, " ON EMPTY")
		f.jsonBehavior(x.OnError, " ON ERROR")
	case *JSONObject:
		f.add("JSON_OBJECT(")
		commaList(f, x.Pairs, f.jsonPair)
		f.jsonNulls(x.Nulls)
	case *JSONArray:
		f.add("JSON_ARRAY(")
		commaList(f, x.Items, f.expr)
		f.jsonNulls(x.Nulls)
	case *JSONObjectAgg:
		f.add("JSON_OBJECTAGG(")
		f.jsonPair(x.Pair)
		f.jsonNulls(x.Nulls)
		f.add(")")
		f.filterOver(x.Filter, x.Over)
		return
	case *JSONArrayAgg:
		f.add("JSON_ARRAYAGG(")
		f.expr(x.Value)
		f.orderBy(x.OrderBy)
		f.jsonNulls(x.Nulls)
		f.add(")")
		f.filterOver(x.Filter, x.Over)
		return
	case *FormatJSON:
		f.operand(x.X, powerPrimary)
		f.add(" FORMAT JSON")
		return
	}
	f.add(")")
}

func (f *formatter) jsonPath(head string, input, path Expr) {
	f.add(head)
	f.expr(input)
	f.add(", ")
	f.expr(path)
}

func (f *formatter) jsonReturning(t *Type) {
	if t != nil {
		f.add(" RETURNING ")
		f.typ(t)
	}
}

func (f *formatter) jsonBehavior(b *JSONBehavior, suffix string) {
	if b == nil {
		return
	}
	f.add(" ", b.Kind)
	if b.Default != nil {
		f.add(" ")
		f.expr(b.Default)
	}
	f.add(suffix)
}

func (f *formatter) jsonNulls(n JSONNulls) { f.when(n != "", " "+string(n)) }

func (f *formatter) jsonPair(p *JSONPair) {
	f.add("KEY ")
	f.expr(p.Key)
	f.add(" VALUE ")
	f.expr(p.Value)
}
