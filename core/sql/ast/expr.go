package ast

// ColumnRef is a name in an expression: a column, table.column, or the way into a nested row. How
// many leading parts name the table is the binder's decision.
type ColumnRef struct {
	Span
	Name *Name
}

// Star is * or qualifier.*; Qualifier is nil for the bare star.
type Star struct {
	Span
	Qualifier *Name
}

// Field is access to a field of something that is not a plain name: f(x).a, (e).a, a[1].b.
type Field struct {
	Span
	X    Expr
	Name Ident
}

// Index is access to an element: array[i], map['k'].
type Index struct {
	Span
	X, Index Expr
}

// Op is an operator, spelt as in SQL: "+", "AND", "IS NOT TRUE", "MULTISET UNION ALL".
type Op string

// Unary is NOT x, -x or +x, with Op "NOT", "-" or "+".
type Unary struct {
	Span
	Op Op
	X  Expr
}

// Binary is left op right. The operators are
//
//	OR AND = <> < <= > >= + - * / % ||
//	OVERLAPS CONTAINS PRECEDES SUCCEEDS EQUALS IMMEDIATELY PRECEDES, IMMEDIATELY SUCCEEDS
//	MEMBER OF, SUBMULTISET OF (with NOT … in front), MULTISET UNION|INTERSECT|EXCEPT [ALL]
type Binary struct {
	Span
	Op          Op
	Left, Right Expr
}

// Is is x IS [NOT] NULL, TRUE, FALSE, UNKNOWN, A SET, EMPTY or JSON VALUE|OBJECT|ARRAY|SCALAR;
// What is that word or those words in upper case.
type Is struct {
	Span
	X    Expr
	Not  bool
	What string
}

// IsDistinct is left IS [NOT] DISTINCT FROM right.
type IsDistinct struct {
	Span
	Left, Right Expr
	Not         bool
}

// Between is x [NOT] BETWEEN [SYMMETRIC] low AND high.
type Between struct {
	Span
	X, Low, High Expr
	Not          bool
	Symmetric    bool
}

// LikeKind is the operator of a Like.
type LikeKind string

const (
	LikePattern LikeKind = "LIKE"
	LikeSimilar LikeKind = "SIMILAR TO"
	LikeCase    LikeKind = "ILIKE"
	LikeRegex   LikeKind = "RLIKE"
)

// Like is x [NOT] LIKE|ILIKE|RLIKE|SIMILAR TO pattern [ESCAPE escape].
type Like struct {
	Span
	Kind       LikeKind
	X, Pattern Expr
	Escape     Expr // nil if not given
	Not        bool
}

// In is x [NOT] IN (list) or x [NOT] IN (query): exactly one of List and Query is set.
type In struct {
	Span
	X     Expr
	Not   bool
	List  []Expr
	Query *Query
}

// Quantified is x op ANY|SOME|ALL (list or query); SOME is kept as ANY.
type Quantified struct {
	Span
	Op    Op
	X     Expr
	All   bool
	List  []Expr
	Query *Query
}

// Exists is EXISTS (query), or UNIQUE (query).
type Exists struct {
	Span
	Unique bool
	Query  *Query
}

// Subquery is a query as a value: one row, one column.
type Subquery struct {
	Span
	Query *Query
}

// Case is CASE [operand] WHEN … THEN … [ELSE …] END.
type Case struct {
	Span
	Operand Expr // nil for a searched CASE
	Whens   []*When
	Else    Expr // nil if not given
}

// When is one branch of a Case. A CASE with an operand may list several values; a searched one
// has exactly one condition.
type When struct {
	Span
	Values []Expr
	Then   Expr
}

// Cast is CAST(x AS type), TRY_CAST or SAFE_CAST (kept as TRY_CAST).
type Cast struct {
	Span
	Try  bool
	X    Expr
	Type *Type
}

// RowExpr is ROW(a, b) or, without the keyword, (a, b).
type RowExpr struct {
	Span
	Keyword bool
	Items   []Expr
}

// Period is PERIOD (start, end).
type Period struct {
	Span
	From, To Expr
}

// ArrayExpr is ARRAY[…].
type ArrayExpr struct {
	Span
	Items []Expr
}

// MapExpr is MAP[k1, v1, …]; Items alternate keys and values.
type MapExpr struct {
	Span
	Items []Expr
}

// MultisetExpr is MULTISET[…].
type MultisetExpr struct {
	Span
	Items []Expr
}

// CollectionQuery is ARRAY(query), MAP(query) or MULTISET(query); Kind is that word.
type CollectionQuery struct {
	Span
	Kind  string
	Query *Query
}

func (*ColumnRef) expr()       {}
func (*Star) expr()            {}
func (*Field) expr()           {}
func (*Index) expr()           {}
func (*Unary) expr()           {}
func (*Binary) expr()          {}
func (*Is) expr()              {}
func (*IsDistinct) expr()      {}
func (*Between) expr()         {}
func (*Like) expr()            {}
func (*In) expr()              {}
func (*Quantified) expr()      {}
func (*Exists) expr()          {}
func (*Subquery) expr()        {}
func (*Case) expr()            {}
func (*Cast) expr()            {}
func (*RowExpr) expr()         {}
func (*Period) expr()          {}
func (*ArrayExpr) expr()       {}
func (*MapExpr) expr()         {}
func (*MultisetExpr) expr()    {}
func (*CollectionQuery) expr() {}
