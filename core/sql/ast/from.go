package ast

// Alias is [AS] name [(columns)] after an item of FROM.
type Alias struct {
	Span
	Name    Ident
	Columns []Ident
}

// TableName is a table or view by name, with hints and time travel.
type TableName struct {
	Span
	Name  *Name
	Hints []*Hint
	// AsOf is the expression of FOR SYSTEM_TIME AS OF; nil if not given.
	AsOf   Expr
	Sample *Sample
	Alias  *Alias
}

// Sample is TABLESAMPLE BERNOULLI|SYSTEM (percent) [REPEATABLE (seed)].
type Sample struct {
	Span
	Bernoulli bool
	Percent   Expr
	Seed      Expr
}

// DerivedTable is [LATERAL] (query) [AS alias].
type DerivedTable struct {
	Span
	Lateral bool
	Query   *Query
	Alias   *Alias
}

// TableFunction is [LATERAL] TABLE(f(…)) or plain f(…) in FROM.
type TableFunction struct {
	Span
	Lateral bool
	Call    *Call
	Alias   *Alias
}

// Unnest is [LATERAL] UNNEST(exprs) [WITH ORDINALITY].
type Unnest struct {
	Span
	Lateral    bool
	Exprs      []Expr
	Ordinality bool
	Alias      *Alias
}

// JoinKind is the kind of a join.
type JoinKind string

const (
	InnerJoin JoinKind = "INNER"
	LeftJoin  JoinKind = "LEFT"
	RightJoin JoinKind = "RIGHT"
	FullJoin  JoinKind = "FULL"
	CrossJoin JoinKind = "CROSS"
	CommaJoin JoinKind = ","
)

// Join is left [NATURAL] kind JOIN right [ON …|USING (…)].
type Join struct {
	Span
	Kind        JoinKind
	Natural     bool
	Left, Right TableRef
	On          Expr
	Using       []Ident
}

func (*TableName) tableRef()      {}
func (*DerivedTable) tableRef()   {}
func (*TableFunction) tableRef()  {}
func (*Unnest) tableRef()         {}
func (*Join) tableRef()           {}
func (*MatchRecognize) tableRef() {}
