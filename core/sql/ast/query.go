package ast

// Query is a complete query: [WITH …] body [ORDER BY …] [OFFSET …] [LIMIT …].
type Query struct {
	Span
	With    *With
	Body    QueryBody
	OrderBy []*OrderItem
	Offset  Expr // nil if not given
	Limit   Expr // nil if not given, or LIMIT ALL
}

// With is WITH [RECURSIVE] name [(columns)] AS (query), ….
type With struct {
	Span
	Recursive bool
	CTEs      []*CTE
}

// CTE is one common table expression.
type CTE struct {
	Span
	Name    Ident
	Columns []Ident
	Query   *Query
}

// Select is SELECT … FROM … WHERE … GROUP BY … HAVING … WINDOW … QUALIFY ….
type Select struct {
	Span
	Hints      []*Hint
	Stream     bool
	Quantifier Quantifier
	Items      []*SelectItem
	From       TableRef // nil without FROM; comma is a *Join of kind CommaJoin
	Where      Expr
	GroupBy    *GroupBy
	Having     Expr
	Windows    []*NamedWindow
	Qualify    Expr
}

// SelectItem is expr [AS alias]; Expr may be a *Star.
type SelectItem struct {
	Span
	Expr  Expr
	Alias *Ident
}

// GroupBy is GROUP BY [DISTINCT|ALL] items.
type GroupBy struct {
	Span
	Quantifier Quantifier
	Items      []GroupItem
}

// GroupExpr groups by one expression.
type GroupExpr struct {
	Span
	Expr Expr
}

// GroupSet is a parenthesised list, empty for the grand total ().
type GroupSet struct {
	Span
	Exprs []Expr
}

// GroupingKind is the word of a Grouping.
type GroupingKind string

const (
	GroupingSets GroupingKind = "GROUPING SETS"
	Rollup       GroupingKind = "ROLLUP"
	Cube         GroupingKind = "CUBE"
)

// Grouping is GROUPING SETS (…), ROLLUP (…) or CUBE (…).
type Grouping struct {
	Span
	Kind  GroupingKind
	Items []GroupItem
}

// NamedWindow is one name AS (…) of WINDOW.
type NamedWindow struct {
	Span
	Name   Ident
	Window *Window
}

// NullOrder is NULLS FIRST or NULLS LAST; "" when not written.
type NullOrder string

const (
	NullsFirst NullOrder = "NULLS FIRST"
	NullsLast  NullOrder = "NULLS LAST"
)

// OrderItem is one item of ORDER BY.
type OrderItem struct {
	Span
	Expr  Expr
	Desc  bool
	Nulls NullOrder
}

// SetOpKind is the word of a SetOp.
type SetOpKind string

const (
	Union     SetOpKind = "UNION"
	Intersect SetOpKind = "INTERSECT"
	Except    SetOpKind = "EXCEPT"
)

// SetOp is left UNION|INTERSECT|EXCEPT [ALL] right.
type SetOp struct {
	Span
	Kind        SetOpKind
	All         bool
	Left, Right QueryBody
}

// Values is VALUES row, row…. A row without parentheses is a RowExpr of one item.
type Values struct {
	Span
	Rows []*RowExpr
}

// TableQuery is TABLE t as a query.
type TableQuery struct {
	Span
	Name *Name
}

// Hint is one hint of /*+ … */: its arguments are either plain (BROADCAST(a, b)) or options
// (LOOKUP('table'='t')).
type Hint struct {
	Span
	Name    string
	Args    []HintArg
	Options []Option
}

// HintArg is an argument of a hint; Quoted says that it was a string literal.
type HintArg struct {
	Span
	Text   string
	Quoted bool
}

func (*Query) queryBody()      {}
func (*Select) queryBody()     {}
func (*SetOp) queryBody()      {}
func (*Values) queryBody()     {}
func (*TableQuery) queryBody() {}

func (*GroupExpr) groupItem() {}
func (*GroupSet) groupItem()  {}
func (*Grouping) groupItem()  {}
