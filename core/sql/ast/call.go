package ast

// Quantifier is DISTINCT or ALL where either may stand; "" when neither was written.
type Quantifier string

const (
	Distinct Quantifier = "DISTINCT"
	All      Quantifier = "ALL"
)

// Call is a function call, plain, aggregate or windowed.
//
// The special syntaxes are normalised to positional arguments: EXTRACT(u FROM x) is
// EXTRACT(Symbol u, x); FLOOR(x TO u) and CEIL are FLOOR(x, Symbol u); TRIM(BOTH c FROM x) is
// TRIM(Symbol BOTH, c, x) with String ' ' for a missing c; SUBSTRING(x FROM a FOR b) is
// SUBSTRING(x, a, b); OVERLAY(x PLACING y FROM a FOR b) is OVERLAY(x, y, a, b); POSITION(a IN b
// FROM c) is POSITION(a, b, c); TRANSLATE(x USING c) and CONVERT are TRANSLATE(x, Symbol c).
type Call struct {
	Span
	Name       *Name
	NoParens   bool // CURRENT_DATE and the other functions written without ()
	Quantifier Quantifier
	Args       []Expr
	OrderBy    []*OrderItem // inside the parentheses: ARRAY_AGG(x ORDER BY y)

	// What may follow the closing parenthesis, in this order.
	Nulls          NullTreatment
	WithinDistinct []Expr
	WithinGroup    []*OrderItem
	Filter         Expr
	Over           *Window // nil: not windowed
	// Semantics is RUNNING or FINAL in front of a call inside MATCH_RECOGNIZE.
	Semantics string
}

// NullTreatment is IGNORE NULLS or RESPECT NULLS, "" when not written.
type NullTreatment string

const (
	IgnoreNulls  NullTreatment = "IGNORE NULLS"
	RespectNulls NullTreatment = "RESPECT NULLS"
)

// NamedArg is name => value.
type NamedArg struct {
	Span
	Name  Ident
	Value Expr
}

// TableArg is TABLE t or a query given to a function, with PARTITION BY and ORDER BY; exactly one
// of Table and Query is set.
type TableArg struct {
	Span
	Table       *Name
	Query       *Query
	PartitionBy []Expr
	OrderBy     []*OrderItem
}

// ModelArg is MODEL m given to a function.
type ModelArg struct {
	Span
	Model *Name
}

// Descriptor is DESCRIPTOR(a, b).
type Descriptor struct {
	Span
	Columns []*Name
}

// BoundKind is the kind of a frame bound, in the order the kinds may appear in a frame.
type BoundKind uint8

const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// Bound is one end of a window frame; Offset is set for Preceding and Following.
type Bound struct {
	Span
	Kind   BoundKind
	Offset Expr
}

// Frame is ROWS|RANGE start or ROWS|RANGE BETWEEN start AND end; End is nil in the short form.
type Frame struct {
	Span
	Rows      bool
	From      *Bound
	To        *Bound
	NoPartial bool // DISALLOW PARTIAL
}

// Window is the specification after OVER or in WINDOW. Ref names another window: alone (OVER w,
// Inline false) or as its base (OVER (w ORDER BY …), Inline true).
type Window struct {
	Span
	Inline      bool
	Ref         *Ident
	PartitionBy []Expr
	OrderBy     []*OrderItem
	Frame       *Frame
}

// NextValue is NEXT VALUE FOR sequence.
type NextValue struct {
	Span
	Sequence *Name
}

func (*Call) expr()       {}
func (*NamedArg) expr()   {}
func (*TableArg) expr()   {}
func (*ModelArg) expr()   {}
func (*Descriptor) expr() {}
func (*NextValue) expr()  {}
