package plan

import (
	"strconv"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
)

// The operators of SQL and the Table API. All work on typed batches with row kinds; columns are
// named by position in the input. "Retracting" says that -U/-D rows may arrive; UpdateBefore that
// consumers need -U rows (changelog-mode inference decides both). In batch mode an operator emits
// final results only.

// Calc filters, then projects. Python calls have been split out before.
type Calc struct {
	Condition expr.Expr // nil: all rows
	Exprs     []expr.Expr
}

// Kind implements Op.
func (*Calc) Kind() string { return "Calc" }

// PythonCalc appends the results of Python scalar functions to the columns of its input. Calls
// may use results of earlier ones: argument i < InputLen is an input column, else the result of
// call i-InputLen.
type PythonCalc struct {
	Calls    []PythonCall
	Keep     []int // input columns that stay
	Results  []int // calls whose results are appended
	InputLen int
	Async    bool
}

// PythonCall is one call of a scalar function.
type PythonCall struct {
	Function *planpb.Function
	Args     []PythonArg
	Type     types.Type
	Origin   string
}

// PythonArg is a column (see PythonCalc) or, when Literal is set, a constant.
type PythonArg struct {
	Column  int
	Literal expr.Expr
}

// Kind implements Op.
func (*PythonCalc) Kind() string { return "PythonCalc" }

// AggCall is one aggregate of an aggregation.
type AggCall struct {
	Name     string // function name; "" for a user function
	UDF      *planpb.Function
	Args     []int
	Consts   map[int]expr.Expr // arguments that are literals, by position
	Order    []SortKey         // WITHIN GROUP, ORDER BY inside the call
	Filter   int               // BOOLEAN column, -1 none
	Distinct bool
	Retract  bool // must be able to take rows back
	Type     types.Type
	OutName  string
	Origin   string
}

// GroupAggregate aggregates an unbounded table: output is the key columns, then one column a call
// (a table aggregate: the columns of its rows). Phase splits it in two: Local emits partial
// accumulators (BYTES columns) a batch, Global merges them. StateTTLMs 0 keeps state for ever.
type GroupAggregate struct {
	Keys         []int
	Aggs         []AggCall
	Retracting   bool
	UpdateBefore bool
	Phase        Phase
	StateTTLMs   int64
	MiniBatchMs  int64
	MiniBatchMax int64
	TableAgg     bool // user table aggregate: any number of rows a group
	// Together, in batch mode, says that rows of equal keys come one after the other.
	Together bool
	// PerGroup, in batch mode, is how many rows a group is thought to have; 0: nobody knows.
	PerGroup float64
	// Rows is what the local phase aggregates, for the global phase: its input is the keys and a
	// PartialType column a call.
	Rows *types.Schema
}

// PartialType is the type of partial results between the phases of an aggregation.
var PartialType = types.Of(types.Varbinary)

// Phase of a two-phase aggregation.
type Phase uint8

const (
	SinglePhase Phase = iota
	LocalPhase
	GlobalPhase
)

// Kind implements Op.
func (*GroupAggregate) Kind() string { return "GroupAggregate" }

// WindowKind tells windows apart.
type WindowKind uint8

const (
	Tumble WindowKind = iota
	Hop
	Cumulate
	Session
	CountTumble // of rows, processing time (Table API row-count windows)
	CountSlide
)

// Window is the assigner of a window; times in ms. Size is the gap of a session and the maximum
// size of CUMULATE, Slide its step.
type Window struct {
	Kind       WindowKind
	SizeMs     int64
	SlideMs    int64
	OffsetMs   int64
	TimeColumn int
	ProcTime   bool
	TimeLTZ    bool   // the time column is TIMESTAMP_LTZ: windows start in Zone's local time
	Zone       string // session time zone
	Partition  []int  // SESSION … PARTITION BY
}

// WindowTable is a window TVF on its own: the input's columns, then window_start, window_end
// (TIMESTAMP(3)) and window_time (row-time attribute). A row of several windows comes several times.
type WindowTable struct{ Window Window }

// Kind implements Op.
func (*WindowTable) Kind() string { return "WindowTableFunction" }

// WindowAggregate aggregates by keys and window and emits each window once, when the watermark
// passes its end (late rows only count in windows still open). Output is keys, aggregates, then
// the window properties asked for. When Attached, the input already has window columns (a cascade):
// StartColumn and EndColumn name them and Window is unused but for its kind.
type WindowAggregate struct {
	Window      Window
	Attached    bool
	StartColumn int
	EndColumn   int
	Keys        []int
	Aggs        []AggCall
	Retracting  bool
	Properties  []WindowProperty
	// Emit is of legacy group windows (GROUP BY TUMBLE(…), Table API windows) that are configured to
	// give results early or late; nil: once, at the end.
	Emit *Emit
}

// Emit says when a window gives results besides at its end: with each row (0) or so many
// milliseconds after it, by processing time; -1 is never. State is kept LatenessMs after the end.
type Emit struct{ EarlyMs, LateMs, LatenessMs int64 }

// WindowProperty is a column that a window aggregate appends.
type WindowProperty uint8

const (
	WindowStart WindowProperty = iota
	WindowEnd
	WindowTime // window_end - 1 ms, a row-time attribute
	WindowProcTime
)

// Kind implements Op.
func (*WindowAggregate) Kind() string { return "WindowAggregate" }

// JoinKind tells joins apart.
type JoinKind uint8

const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	SemiJoin
	AntiJoin
)

// Join is a regular join: equal keys and, over the concatenated columns, Condition. Semi and anti
// joins output the left columns only.
type Join struct {
	Type                  JoinKind
	LeftKeys, RightKeys   []int
	NullSafe              []bool // per key: IS NOT DISTINCT FROM
	Condition             expr.Expr
	LeftTTLMs, RightTTLMs int64
	UpdateBefore          bool
	// LeftAppends, RightAppends: rows of that side are never taken back.
	LeftAppends, RightAppends bool
	// Strategy in batch mode: "hash-left" and "hash-right" name the build side (without keys every
	// row of it meets every row of the other), or "sort-merge".
	Strategy string
}

// Kind implements Op.
func (*Join) Kind() string { return "Join" }

// MultiJoin joins several unbounded inputs of one key in one operator, which keeps the rows of the
// inputs and nothing of what part of them gives: Steps[i] joins input i+1 to the rows that those
// before give. Output is the columns of all inputs.
type MultiJoin struct {
	Keys  [][]int // of each input its columns of the key; NULL equals nothing
	Steps []MultiJoinStep
	TTLMs []int64 // of each input
}

// MultiJoinStep is INNER JOIN or LEFT JOIN with one more input.
type MultiJoinStep struct {
	Type JoinKind // InnerJoin or LeftJoin
	// With are the inputs whose keys the input's are compared with: one that a LEFT JOIN padded
	// equals none.
	With []int
	// Condition is what is asked besides, over the columns of all inputs up to this one; nil: nothing.
	Condition expr.Expr
}

// Kind implements Op.
func (*MultiJoin) Kind() string { return "MultiJoin" }

// IntervalJoin joins rows whose times are near: left.time between right.time+LowerMs and
// right.time+UpperMs.
type IntervalJoin struct {
	Type                JoinKind
	LeftKeys, RightKeys []int
	LeftTime, RightTime int
	LowerMs, UpperMs    int64
	ProcTime            bool
	Condition           expr.Expr
}

// Kind implements Op.
func (*IntervalJoin) Kind() string { return "IntervalJoin" }

// TemporalJoin joins each left row with the version of the right row in force at its time. The
// right side has a primary key and, for event time, a row-time column.
type TemporalJoin struct {
	Left                bool // LEFT JOIN
	LeftKeys, RightKeys []int
	LeftTime, RightTime int // RightTime -1: processing time, latest version
	Condition           expr.Expr
}

// Kind implements Op.
func (*TemporalJoin) Kind() string { return "TemporalJoin" }

// WindowJoin joins rows of equal windows (columns window_start, window_end on both sides).
type WindowJoin struct {
	Type                 JoinKind
	LeftKeys, RightKeys  []int
	LeftStart, LeftEnd   int
	RightStart, RightEnd int
	WindowZone           string // as in Rank
	Condition            expr.Expr
}

// Kind implements Op.
func (*WindowJoin) Kind() string { return "WindowJoin" }

// SortKey orders rows by a column.
type SortKey struct {
	Column    int
	Desc      bool
	NullsLast bool
}

// Rank is top-N by partition: rows whose rank is in [From, To]. Function is row_number, rank or
// dense_rank. WindowColumns, when set, name window_start and window_end: top-N a window, emitted
// when the window closes.
type Rank struct {
	Function      string
	Partition     []int
	Order         []SortKey
	From, To      int64
	OutputRank    bool
	Retracting    bool
	UpdateBefore  bool
	UniqueKey     []int // upsert key of the input, if any: updates replace the row
	WindowColumns []int
	WindowZone    string // the zone whose local times the window columns are; "": instants
	StateTTLMs    int64
	MiniBatchMs   int64 // of changes by ROW_NUMBER where nothing is taken back
	MiniBatchMax  int64
}

// Kind implements Op.
func (*Rank) Kind() string { return "Rank" }

// Deduplicate keeps the first or last row of each key by time.
type Deduplicate struct {
	Keys          []int
	KeepLast      bool
	TimeColumn    int // -1: processing time
	UpdateBefore  bool
	StateTTLMs    int64
	WindowColumns []int
	WindowZone    string // as in Rank
}

// Kind implements Op.
func (*Deduplicate) Kind() string { return "Deduplicate" }

// OverCall is one window function or aggregate of an OVER.
type OverCall struct {
	AggCall
	Offset      int64 // LAG, LEAD; NTILE's count
	Default     expr.Expr
	IgnoreNulls bool
}

// Frame is the frame of an OVER window: Lower and Upper are offsets before (negative) or after the
// current row, in rows, or in ms for Range; Unbounded… override them.
type Frame struct {
	Rows                           bool
	Lower, Upper                   int64
	UnboundedLower, UnboundedUpper bool
}

// Over appends the results of its calls to the input's columns. TimeColumn is the ascending order
// column in streaming (-1: processing time); Order is the full order, used in batch and, over a
// stream that is ordered by something else than time, when Updating: results are updated then.
type Over struct {
	Updating   bool
	Partition  []int
	Order      []SortKey
	TimeColumn int
	Frame      Frame
	Calls      []OverCall
	StateTTLMs int64
}

// Kind implements Op.
func (*Over) Kind() string { return "OverAggregate" }

// Sort orders the whole input: in streaming by row time first (rows leave when the watermark has
// passed them) or at the end of a bounded input.
type Sort struct {
	Keys       []SortKey
	TimeColumn int // streaming: the leading ascending row-time column; -1: at the end of input
	// Fetch, when positive, is how many rows are wanted at most: others may be left out.
	Fetch int64
}

// Kind implements Op.
func (*Sort) Kind() string { return "Sort" }

// Limit passes rows [Offset, Offset+Fetch) of an insert-only input; Fetch -1 is all.
type Limit struct{ Offset, Fetch int64 }

// Kind implements Op.
func (*Limit) Kind() string { return "Limit" }

// Union puts its inputs (ports 0…) together; they have equal schemas.
type Union struct{ Inputs int }

// Kind implements Op.
func (*Union) Kind() string { return "Union" }

// SetOp is INTERSECT or EXCEPT, keyed by all columns.
type SetOp struct {
	Except       bool
	All          bool
	UpdateBefore bool
}

// Kind implements Op.
func (*SetOp) Kind() string { return "SetOperation" }

// Expand repeats each row once a grouping set; each projection has one expression a column.
type Expand struct{ Projects [][]expr.Expr }

// Kind implements Op.
func (*Expand) Kind() string { return "Expand" }

// Correlate joins each row with the rows that a table function makes of it: UNNEST (Function nil,
// Unnest set) or a Python one. Output: input columns, then the function's.
type Correlate struct {
	Left       bool
	Unnest     expr.Expr
	Ordinality bool
	Function   *planpb.Function
	Args       []expr.Expr
	Condition  expr.Expr // over input and function columns
	FlatMap    bool      // only the function's columns (Table API flat_map)
	Origin     string
}

// Kind implements Op.
func (*Correlate) Kind() string { return "Correlate" }

// ChangelogNormalize turns an upsert stream into a full changelog by primary key.
type ChangelogNormalize struct {
	Keys         []int
	UpdateBefore bool
	StateTTLMs   int64
}

// Kind implements Op.
func (*ChangelogNormalize) Kind() string { return "ChangelogNormalize" }

// MarkDeletes makes every row a deletion of itself: DELETE FROM.
type MarkDeletes struct{}

// Kind implements Op.
func (*MarkDeletes) Kind() string { return "MarkDeletes" }

// DropUpdateBefore drops -U rows. With Key, that of a sink that takes none, only those whose +U
// comes at once: without one, as behind a condition that the new row does not meet, the row is gone,
// and -U becomes -D.
type DropUpdateBefore struct{ Key []int }

// Kind implements Op.
func (*DropUpdateBefore) Kind() string { return "DropUpdateBefore" }

// SinkMaterialize keeps the rows of each primary key in order of arrival, for a sink whose upsert
// key differs from the query's.
type SinkMaterialize struct {
	Keys       []int
	StateTTLMs int64
}

// Kind implements Op.
func (*SinkMaterialize) Kind() string { return "SinkUpsertMaterializer" }

// ConstraintEnforcer checks NOT NULL columns before a sink: error or drop.
type ConstraintEnforcer struct {
	NotNull []int
	Drop    bool
	// Lengths trims or pads CHAR/VARCHAR columns by position when enforced.
	Lengths map[int]types.Type
}

// Kind implements Op.
func (*ConstraintEnforcer) Kind() string { return "ConstraintEnforcer" }

// SingleRow fails when more than one row arrives (a scalar subquery), or more than one of a key.
type SingleRow struct{ Keys []int }

// Kind implements Op.
func (*SingleRow) Kind() string { return "SingleRow" }

// LookupJoin joins each row with the rows of an external table that have its key, as they are when
// it comes. Output is the input's columns, then Right's.
type LookupJoin struct {
	Left  bool
	Table connector.LookupSource // nil: Copy is read whole and asked instead
	Copy  connector.Source
	// Keys of the input, and the columns of the table that they equal, ascending.
	Keys, LookupKeys []int
	// Where and Right are over the table's columns: which rows count, and what is joined; Right nil:
	// the columns themselves.
	Where     expr.Expr
	Right     []expr.Expr
	Condition expr.Expr // over the input's columns and Right's
	Options   map[string]string
	Async     LookupAsync
	Retry     LookupRetry
}

// LookupAsync says how many lookups run at once; Concurrency 1: one after the other. Unordered
// results may overtake each other between two watermarks.
type LookupAsync struct {
	Concurrency int
	Unordered   bool
	TimeoutMs   int64
}

// LookupRetry looks a key up again for which there was no row; Attempts 0: never.
type LookupRetry struct {
	DelayMs  int64
	Attempts int
}

// Kind implements Op.
func (*LookupJoin) Kind() string { return "LookupJoin" }

// Match is MATCH_RECOGNIZE. Defines and Measures are expressions over the columns Refs, whose
// values a match (for Defines: a match so far that has just taken the row) gives. A variable
// without a Define takes every row. Output is the partition columns, then the measures.
type Match struct {
	Partition  []int
	TimeColumn int       // row time; -1: processing time, rows are taken as they come
	Order      []SortKey // of rows of one time
	Pattern    Pattern
	Refs       []MatchRef
	Defines    map[string]expr.Expr
	Measures   []Measure
	SkipTo     string // past-last-row, next-row, first, last
	SkipVar    string // of first and last
	WithinMs   int64  // a match spans less than this; 0: any time
}

// MatchRef is a value of a match: an input column of one of a variable's rows, counted from the
// first or the last one, or an aggregate of its rows. Var "" stands for all variables.
type MatchRef struct {
	Var    string
	Column int
	First  bool
	Offset int
	Agg    *AggCall // over input columns; nil: a column
	Type   types.Type
}

// Kind implements Op.
func (*Match) Kind() string { return "Match" }

// Pattern is a sequence of variables that rows follow without gaps.
type Pattern []PatternVar

// PatternVar is a variable with its quantifier.
type PatternVar struct {
	Var       string
	Min, Max  int // Max -1: no bound
	Reluctant bool
}

// Measure is one output column of MATCH_RECOGNIZE.
type Measure struct {
	Name string
	Expr expr.Expr
}

// String is the frame in SQL, offsets counted as in Frame.
func (f Frame) String() string {
	bound := func(unbounded bool, v int64, word string) string {
		switch {
		case unbounded:
			return "UNBOUNDED " + word
		case v == 0:
			return "CURRENT ROW"
		case v < 0:
			return strconv.FormatInt(-v, 10) + " PRECEDING"
		}
		return strconv.FormatInt(v, 10) + " FOLLOWING"
	}
	unit := "RANGE"
	if f.Rows {
		unit = "ROWS"
	}
	return unit + " BETWEEN " + bound(f.UnboundedLower, f.Lower, "PRECEDING") + " AND " +
		bound(f.UnboundedUpper, f.Upper, "FOLLOWING")
}
