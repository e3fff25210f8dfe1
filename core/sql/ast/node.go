// Package ast is the syntax tree of headrace's SQL: what the parser read, before any name is
// looked up or type inferred.
//
// Every node embeds a Span, the byte range of the source it was read from; line and column are
// computed on demand with LineCol. Nodes are plain data: the binder switches over their types.
// Keywords that only choose a variant are kept as small typed constants, identifiers keep the
// case they were written in, and sugar that Flink itself removes (CEILING, DESC, !=) is
// normalised by the parser so that one meaning has one tree.
package ast

import (
	"strings"
	"unicode/utf8"
)

// Span is a half-open byte range [Start, Stop) of the source text.
type Span struct{ Start, Stop int }

// Pos is the offset of the first byte.
func (s Span) Pos() int { return s.Start }

// End is the offset just past the last byte.
func (s Span) End() int { return s.Stop }

// Text is the part of src the span covers. It is empty when the span lies outside of src.
func (s Span) Text(src string) string {
	if s.Start < 0 || s.Stop > len(src) || s.Start > s.Stop {
		return ""
	}
	return src[s.Start:s.Stop]
}

// Node is any part of the tree.
type Node interface {
	Pos() int
	End() int
}

// Statement is one complete SQL statement.
type Statement interface {
	Node
	statement()
}

// Expr is a value, a predicate, or one of the things that may only stand as a function argument
// (Star, NamedArg, TableArg, ModelArg, Descriptor, Symbol, Default).
type Expr interface {
	Node
	expr()
}

// QueryBody is what a Query orders and limits: *Select, *SetOp, *Values, *TableQuery or a
// parenthesised *Query.
type QueryBody interface {
	Node
	queryBody()
}

// TableRef is an item of FROM.
type TableRef interface {
	Node
	tableRef()
}

// GroupItem is an item of GROUP BY: *GroupExpr, *GroupSet or *Grouping.
type GroupItem interface {
	Node
	groupItem()
}

// Pattern is a part of the PATTERN of MATCH_RECOGNIZE.
type Pattern interface {
	Node
	pattern()
}

// TableElement is an item between the parentheses of CREATE TABLE or of ALTER TABLE ADD/MODIFY:
// *ColumnDef, *Watermark, *Constraint or, for CREATE TABLE … AS with a bare list, *ColumnName.
type TableElement interface {
	Node
	tableElement()
}

// LineCol converts a byte offset of src to a line and a column, both from 1; the column counts
// characters, not bytes.
func LineCol(src string, offset int) (line, col int) {
	offset = min(max(offset, 0), len(src))
	before := src[:offset]
	line = strings.Count(before, "\n") + 1
	return line, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
}

// Ident is one name as it is looked up: without quotes, in the case it was written in.
type Ident struct {
	Span
	Name string
}

// Name is a name of one or more parts: a column, table.column, catalog.database.table.
type Name struct {
	Span
	Parts []Ident
}

// Strings returns the parts as strings.
func (n *Name) Strings() []string {
	out := make([]string, len(n.Parts))
	for i, p := range n.Parts {
		out[i] = p.Name
	}
	return out
}

// Last is the last part; the name has at least one.
func (n *Name) Last() Ident { return n.Parts[len(n.Parts)-1] }

// Simple reports whether the name has one part only.
func (n *Name) Simple() bool { return len(n.Parts) == 1 }

// Option is one 'key' = 'value' of WITH (…), OPTIONS(…) or SET.
type Option struct {
	Span
	Key   string
	Value string
}

// PartitionItem is one item of PARTITION (col [= value]); Value is nil for a bare column.
type PartitionItem struct {
	Span
	Column Ident
	Value  Expr
}
