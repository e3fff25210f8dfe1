package ast

import (
	"strconv"
	"strings"
)

// Format writes a node as SQL on one line. Parsing the text gives an equal tree again (see Equal),
// so names are quoted where they must be and operands put in parentheses where the tree would
// otherwise change. Comments and the original layout are lost; for the text as it was written use
// Span.Text.
func Format(n Node) string {
	var f formatter
	f.node(n)
	return f.String()
}

// FormatQuoted is Format with every name in backquotes, as SHOW CREATE writes them.
func FormatQuoted(n Node) string {
	f := formatter{quoteAll: true}
	f.node(n)
	return f.String()
}

// FormatDeclared is FormatQuoted with the names of built-in functions as they are, in upper case: how
// DESCRIBE and SHOW CREATE write the expressions of a table.
func FormatDeclared(n Node, builtin func(name string) bool) string {
	f := formatter{quoteAll: true, builtin: builtin}
	f.node(n)
	return f.String()
}

// formatter builds the text; every method writes one kind of node.
type formatter struct {
	strings.Builder
	quoteAll bool
	builtin  func(name string) bool // nil: none
}

// node writes any node.
func (f *formatter) node(n Node) {
	switch n := n.(type) {
	case Statement:
		f.statement(n)
	case Expr:
		f.expr(n)
	case *Query:
		f.query(n)
	case QueryBody:
		f.body(n, 0)
	case TableRef:
		f.tableRef(n)
	case GroupItem:
		f.groupItem(n)
	case Pattern:
		f.pattern(n, 0)
	case TableElement:
		f.element(n)
	case AlterAction:
		f.alterAction(n)
	case *Distribution:
		f.add("DISTRIBUTED")
		f.distribution(n)
	case *Type:
		f.typ(n)
	case *Name:
		f.name(n)
	case *Ident:
		f.ident(*n)
	case *Window:
		f.window(n)
	case *OrderItem:
		f.orderItem(n)
	case *SelectItem:
		f.selectItem(n)
	case *Hint:
		f.hint(n)
	}
}

// add writes the texts one after the other.
func (f *formatter) add(texts ...string) {
	for _, t := range texts {
		f.WriteString(t)
	}
}

// when writes text if the condition holds.
func (f *formatter) when(cond bool, text string) {
	if cond {
		f.WriteString(text)
	}
}

// commaList writes items separated by commas.
func commaList[T any](f *formatter, items []T, write func(T)) {
	for i, item := range items {
		if i > 0 {
			f.add(", ")
		}
		write(item)
	}
}

// parenList writes (items).
func parenList[T any](f *formatter, items []T, write func(T)) {
	f.add("(")
	commaList(f, items, write)
	f.add(")")
}

// QuoteIdent writes a name between backquotes.
func QuoteIdent(name string) string {
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

// QuoteString writes a string literal.
func QuoteString(value string) string {
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}

// ident writes a name, in backquotes where it would not be read as one without.
func (f *formatter) ident(id Ident) {
	if f.quoteAll || !isWord(id.Name) || IsReserved(id.Name) || ambiguous(id.Name) {
		f.add(QuoteIdent(id.Name))
		return
	}
	f.add(id.Name)
}

// ambiguous reports whether a word that is free as a name means something else in some place
// where a name may stand.
func ambiguous(word string) bool {
	switch strings.ToUpper(word) {
	case "MAP", "FINAL", "KEY", "MODEL", "DESCRIPTOR", "FORMAT", "FIRST", "LAST", "IGNORE",
		"RESPECT", "IMMEDIATELY", "TIMESTAMPADD", "TIMESTAMPDIFF", "UNBOUNDED", "CATALOG",
		"DATABASE", "CONNECTION", "JOB", "IF", "X", "N", "E", "U":
		return true
	}
	return word[0] == '_'
}

func (f *formatter) name(n *Name) {
	for i, p := range n.Parts {
		if i > 0 {
			f.add(".")
		}
		f.ident(p)
	}
}

func (f *formatter) idents(ids []Ident) { parenList(f, ids, f.ident) }

func (f *formatter) str(s *String) { f.add(QuoteString(s.Value)) }

func (f *formatter) number(n int) { f.add(strconv.Itoa(n)) }

// comment writes [ COMMENT 'text'].
func (f *formatter) comment(s *String) {
	if s != nil {
		f.add(" COMMENT ")
		f.str(s)
	}
}

func (f *formatter) option(o Option) { f.add(QuoteString(o.Key), " = ", QuoteString(o.Value)) }

// with writes [ WITH (options)].
func (f *formatter) with(options []Option) {
	if len(options) > 0 {
		f.add(" WITH ")
		parenList(f, options, f.option)
	}
}

// partition writes [ PARTITION (items)].
func (f *formatter) partition(items []PartitionItem) {
	if len(items) == 0 {
		return
	}
	f.add(" PARTITION ")
	parenList(f, items, func(item PartitionItem) {
		f.ident(item.Column)
		if item.Value != nil {
			f.add(" = ")
			f.expr(item.Value)
		}
	})
}

// hints writes [ /*+ hints */].
func (f *formatter) hints(hints []*Hint) {
	if len(hints) > 0 {
		f.add(" /*+ ")
		commaList(f, hints, f.hint)
		f.add(" */")
	}
}

func (f *formatter) hint(h *Hint) {
	f.ident(Ident{Name: h.Name})
	switch {
	case len(h.Options) > 0:
		parenList(f, h.Options, f.option)
	case len(h.Args) > 0:
		parenList(f, h.Args, func(a HintArg) {
			switch {
			case a.Quoted:
				f.add(QuoteString(a.Text))
			case a.Text[0] == '.' || a.Text[0] >= '0' && a.Text[0] <= '9':
				f.add(a.Text)
			default:
				f.ident(Ident{Name: a.Text})
			}
		})
	}
}
