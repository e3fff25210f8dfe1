package ast

// Null is the literal NULL; Unknown says that it was written UNKNOWN.
type Null struct {
	Span
	Unknown bool
}

// Bool is TRUE or FALSE.
type Bool struct {
	Span
	Value bool
}

// NumberKind tells exact from approximate numeric literals.
type NumberKind uint8

const (
	Integer     NumberKind = iota // 42: INT or BIGINT or DECIMAL by size
	Decimal                       // 4.2: DECIMAL
	Approximate                   // 4.2E0: DOUBLE
)

// Number is a numeric literal without sign; Text is as written.
type Number struct {
	Span
	Kind NumberKind
	Text string
}

// String is a character literal, its quotes and escapes resolved.
type String struct {
	Span
	Value string
}

// Bytes is a binary literal x'…'.
type Bytes struct {
	Span
	Value []byte
}

// DateTimeKind is the type a DateTime literal names.
type DateTimeKind uint8

const (
	DateKind DateTimeKind = iota
	TimeKind
	TimestampKind
	TimestampLTZKind
)

// DateTime is DATE '…', TIME '…', TIMESTAMP '…' or TIMESTAMP WITH LOCAL TIME ZONE '…'. The text
// is not checked: the binder does that when it knows the type.
type DateTime struct {
	Span
	Kind DateTimeKind
	Text string
}

// TimeUnit is a unit of time, upper case and singular: YEAR, QUARTER, MONTH, WEEK, DAY, HOUR,
// MINUTE, SECOND; EXTRACT, FLOOR and TIMESTAMPDIFF know more, as Symbol.
type TimeUnit string

// IntervalQualifier is the unit part of an interval literal or type. A precision of -1 was not
// given; To is "" for a single unit.
type IntervalQualifier struct {
	Span
	From          TimeUnit
	FromPrecision int
	To            TimeUnit
	ToPrecision   int
}

// Interval is INTERVAL [-]'…' unit [TO unit].
type Interval struct {
	Span
	Negative  bool
	Text      string
	Qualifier IntervalQualifier
}

// IntervalExpr is INTERVAL expr unit: an interval whose length is computed.
type IntervalExpr struct {
	Span
	Value     Expr
	Qualifier IntervalQualifier
}

// Param is a dynamic parameter ?, numbered from 0 in order of appearance.
type Param struct {
	Span
	Index int
}

// Default is the keyword DEFAULT where a value may stand.
type Default struct{ Span }

// Symbol is a keyword given as an argument: the DAY of TIMESTAMPDIFF(DAY, a, b), the LEADING of
// TRIM(LEADING …). Name is upper case.
type Symbol struct {
	Span
	Name string
}

func (*Null) expr()         {}
func (*Bool) expr()         {}
func (*Number) expr()       {}
func (*String) expr()       {}
func (*Bytes) expr()        {}
func (*DateTime) expr()     {}
func (*Interval) expr()     {}
func (*IntervalExpr) expr() {}
func (*Param) expr()        {}
func (*Default) expr()      {}
func (*Symbol) expr()       {}
