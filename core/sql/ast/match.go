package ast

// MatchRecognize is input MATCH_RECOGNIZE (…) [AS alias].
type MatchRecognize struct {
	Span
	Input       TableRef
	PartitionBy []Expr
	OrderBy     []*OrderItem
	Measures    []*Measure
	// AllRows is ALL ROWS PER MATCH; RowsGiven says that either form was written.
	AllRows   bool
	RowsGiven bool
	Skip      *MatchSkip
	Pattern   Pattern
	// StrictStart and StrictEnd are ^ and $ around the pattern.
	StrictStart bool
	StrictEnd   bool
	Within      Expr // an interval; nil if not given
	Subsets     []*Subset
	Defines     []*Define
	Alias       *Alias
}

// Measure is expr AS name.
type Measure struct {
	Span
	// Semantics is RUNNING or FINAL in front of the whole expression, else "".
	Semantics string
	Expr      Expr
	Name      Ident
}

// SkipKind says where the search goes on after a match.
type SkipKind string

const (
	SkipPastLastRow SkipKind = "PAST LAST ROW"
	SkipToNextRow   SkipKind = "TO NEXT ROW"
	SkipToFirst     SkipKind = "TO FIRST"
	SkipToLast      SkipKind = "TO LAST" // also AFTER MATCH SKIP TO x
)

// MatchSkip is AFTER MATCH SKIP …; Variable is set for SkipToFirst and SkipToLast.
type MatchSkip struct {
	Span
	Kind     SkipKind
	Variable Ident
}

// Subset is name = (variables).
type Subset struct {
	Span
	Name      Ident
	Variables []Ident
}

// Define is variable AS condition.
type Define struct {
	Span
	Variable Ident
	Cond     Expr
}

// PatternVar is one pattern variable.
type PatternVar struct {
	Span
	Name string
}

// PatternConcat is a sequence of at least two patterns.
type PatternConcat struct {
	Span
	Items []Pattern
}

// PatternAlt is a | b with at least two items.
type PatternAlt struct {
	Span
	Items []Pattern
}

// PatternRepeat is item*, +, ? or {min,max}; Max is -1 without bound.
type PatternRepeat struct {
	Span
	Item      Pattern
	Min, Max  int
	Reluctant bool
}

// PatternExclude is {- item -}.
type PatternExclude struct {
	Span
	Item Pattern
}

// PatternPermute is PERMUTE(items).
type PatternPermute struct {
	Span
	Items []Pattern
}

func (*PatternVar) pattern()     {}
func (*PatternConcat) pattern()  {}
func (*PatternAlt) pattern()     {}
func (*PatternRepeat) pattern()  {}
func (*PatternExclude) pattern() {}
func (*PatternPermute) pattern() {}
