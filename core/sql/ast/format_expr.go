package ast

import (
	"encoding/hex"
	"strings"
)

// Binding powers, as in the parser: an operand that binds less than its place demands is put in
// parentheses.
const (
	powerMultiset  = 14
	powerMultisetI = 18
	powerOr        = 22
	powerAnd       = 24
	powerNot       = 26
	powerIs        = 28
	powerCompare   = 30
	powerLike      = 32
	powerAdd       = 40
	powerMul       = 60
	powerSign      = 80
	powerPrimary   = 100
)

// binaryPower is the binding power of a binary operator.
func binaryPower(op Op) int {
	switch op {
	case "OR":
		return powerOr
	case "AND":
		return powerAnd
	case "+", "-":
		return powerAdd
	case "*", "/", "%", "||":
		return powerMul
	}
	switch {
	case strings.HasPrefix(string(op), "MULTISET INTERSECT"):
		return powerMultisetI
	case strings.HasPrefix(string(op), "MULTISET"):
		return powerMultiset
	}
	return powerCompare
}

// power is how tight an expression holds together.
func power(x Expr) int {
	switch x := x.(type) {
	case *Binary:
		return binaryPower(x.Op)
	case *Unary:
		if x.Op == "NOT" {
			return powerNot
		}
		return powerSign
	case *Is, *IsDistinct, *FormatJSON:
		return powerIs
	case *Quantified:
		return powerCompare
	case *Between, *Like, *In:
		return powerLike
	}
	return powerPrimary
}

// operand writes x where something that binds at least as tight as least must stand.
func (f *formatter) operand(x Expr, least int) {
	if power(x) >= least {
		f.expr(x)
		return
	}
	f.add("(")
	f.expr(x)
	f.add(")")
}

// expr writes any expression.
func (f *formatter) expr(x Expr) {
	switch x := x.(type) {
	case *Call:
		f.call(x)
	case *ColumnRef:
		f.name(x.Name)
	case *Star:
		if x.Qualifier != nil {
			f.name(x.Qualifier)
			f.add(".")
		}
		f.add("*")
	case *Binary:
		p := binaryPower(x.Op)
		f.operand(x.Left, p)
		f.add(" ", string(x.Op), " ")
		f.operand(x.Right, p+1)
	case *Unary:
		f.unary(x)
	case *Is, *IsDistinct, *Between, *Like, *In, *Quantified:
		f.test(x)
	case *Case:
		f.caseExpr(x)
	case *Cast:
		f.add(map[bool]string{false: "CAST(", true: "TRY_CAST("}[x.Try])
		f.expr(x.X)
		f.add(" AS ")
		f.typ(x.Type)
		f.add(")")
	case *Field:
		f.fieldBase(x.X)
		f.add(".")
		f.ident(x.Name)
	case *Index:
		f.operand(x.X, powerPrimary)
		f.add("[")
		f.expr(x.Index)
		f.add("]")
	case *Exists:
		f.add(map[bool]string{false: "EXISTS (", true: "UNIQUE ("}[x.Unique])
		f.query(x.Query)
		f.add(")")
	case *Subquery:
		f.add("(")
		f.query(x.Query)
		f.add(")")
	case *RowExpr, *Period, *ArrayExpr, *MapExpr, *MultisetExpr, *CollectionQuery:
		f.collection(x)
	case *NamedArg, *TableArg, *ModelArg, *Descriptor, *NextValue, *Default, *Symbol, *Param:
		f.argument(x)
	case *JSONExists, *JSONValue, *JSONQuery, *JSONObject, *JSONArray, *JSONObjectAgg,
		*JSONArrayAgg, *FormatJSON:
		f.json(x)
	default:
		f.literal(x)
	}
}

// literal writes a constant.
func (f *formatter) literal(x Expr) {
	switch x := x.(type) {
	case *Null:
		f.add(map[bool]string{false: "NULL", true: "UNKNOWN"}[x.Unknown])
	case *Bool:
		f.add(map[bool]string{false: "FALSE", true: "TRUE"}[x.Value])
	case *Number:
		f.add(x.Text)
	case *String:
		f.str(x)
	case *Bytes:
		f.add("x'", hex.EncodeToString(x.Value), "'")
	case *DateTime:
		f.add([...]string{"DATE ", "TIME ", "TIMESTAMP ",
			"TIMESTAMP WITH LOCAL TIME ZONE "}[x.Kind], QuoteString(x.Text))
	case *Interval:
		f.add("INTERVAL ")
		f.when(x.Negative, "-")
		f.add(QuoteString(x.Text), " ")
		f.qualifier(&x.Qualifier)
	case *IntervalExpr:
		f.add("INTERVAL ")
		f.intervalValue(x.Value)
		f.add(" ")
		f.qualifier(&x.Qualifier)
	}
}

// intervalValue writes the value of a computed interval: an operand, or minus and an operand. A
// string needs parentheses, else it would be the text of an interval literal.
func (f *formatter) intervalValue(x Expr) {
	if u, ok := x.(*Unary); ok && u.Op == "-" {
		if _, nested := u.X.(*Unary); !nested {
			f.add("-")
			x = u.X
		}
	}
	if _, ok := x.(*String); ok {
		f.add("(")
		f.expr(x)
		f.add(")")
		return
	}
	f.operand(x, powerPrimary)
}

// unary writes NOT, - and +. Two signs are kept apart: -- begins a comment.
func (f *formatter) unary(x *Unary) {
	if x.Op == "NOT" {
		f.add("NOT ")
		f.operand(x.X, powerNot)
		return
	}
	f.add(string(x.Op))
	if _, ok := x.X.(*Unary); ok {
		f.add(" ")
	}
	f.operand(x.X, powerSign)
}

// fieldBase writes what a field is taken of; a name needs parentheses, else the field would be
// one more part of it.
func (f *formatter) fieldBase(x Expr) {
	switch x := x.(type) {
	case *ColumnRef, *Number:
		f.add("(")
		f.expr(x)
		f.add(")")
	default:
		f.operand(x, powerPrimary)
	}
}

// test writes the predicates made of words.
func (f *formatter) test(x Expr) {
	not := func(n bool) { f.when(n, "NOT ") }
	switch x := x.(type) {
	case *Is:
		f.operand(x.X, powerIs)
		f.add(" IS ")
		not(x.Not)
		f.add(x.What)
	case *IsDistinct:
		f.operand(x.Left, powerIs)
		f.add(" IS ")
		not(x.Not)
		f.add("DISTINCT FROM ")
		f.operand(x.Right, powerCompare+1)
	case *Between:
		f.operand(x.X, powerLike)
		f.add(" ")
		not(x.Not)
		f.add("BETWEEN ")
		f.when(x.Symmetric, "SYMMETRIC ")
		f.operand(x.Low, powerLike+1)
		f.add(" AND ")
		f.operand(x.High, powerLike+1)
	case *Like:
		f.operand(x.X, powerLike)
		f.add(" ")
		not(x.Not)
		f.add(string(x.Kind), " ")
		f.operand(x.Pattern, powerLike+1)
		if x.Escape != nil {
			f.add(" ESCAPE ")
			f.operand(x.Escape, powerLike+1)
		}
	case *In:
		f.operand(x.X, powerLike)
		f.add(" ")
		not(x.Not)
		f.add("IN ")
		f.listOrQuery(x.List, x.Query)
	case *Quantified:
		f.operand(x.X, powerCompare)
		f.add(" ", string(x.Op), map[bool]string{false: " ANY ", true: " ALL "}[x.All])
		f.listOrQuery(x.List, x.Query)
	}
}

func (f *formatter) listOrQuery(items []Expr, q *Query) {
	if q == nil {
		parenList(f, items, f.expr)
		return
	}
	f.add("(")
	f.query(q)
	f.add(")")
}

func (f *formatter) caseExpr(c *Case) {
	f.add("CASE")
	if c.Operand != nil {
		f.add(" ")
		f.expr(c.Operand)
	}
	for _, w := range c.Whens {
		f.add(" WHEN ")
		commaList(f, w.Values, f.expr)
		f.add(" THEN ")
		f.expr(w.Then)
	}
	if c.Else != nil {
		f.add(" ELSE ")
		f.expr(c.Else)
	}
	f.add(" END")
}

// collection writes the constructors of rows, arrays, maps and multisets.
func (f *formatter) collection(x Expr) {
	bracketed := func(word string, items []Expr) {
		f.add(word, "[")
		commaList(f, items, f.expr)
		f.add("]")
	}
	switch x := x.(type) {
	case *RowExpr:
		f.when(x.Keyword, "ROW")
		parenList(f, x.Items, f.expr)
	case *Period:
		f.add("PERIOD (")
		f.expr(x.From)
		f.add(", ")
		f.expr(x.To)
		f.add(")")
	case *ArrayExpr:
		bracketed("ARRAY", x.Items)
	case *MapExpr:
		bracketed("MAP", x.Items)
	case *MultisetExpr:
		bracketed("MULTISET", x.Items)
	case *CollectionQuery:
		f.add(x.Kind, "(")
		f.query(x.Query)
		f.add(")")
	}
}
