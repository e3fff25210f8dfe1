// Package logical is the bound relational tree: names are resolved to column positions, every
// expression is typed. The binder makes it, rules rewrite it, the physical planner turns it into
// core/plan. Nodes are never changed once built; a rule builds new ones (WithInputs).
package logical

import (
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/catalog"
)

// Rel is a relation.
type Rel interface {
	Schema() *types.Schema
	Inputs() []Rel
	WithInputs(inputs []Rel) Rel
	// Explain is the node on one line, as EXPLAIN shows it: "LogicalFilter(condition=[…])".
	Explain() string
}

// Scan reads a table: physical and metadata columns first, computed ones are a Project above it.
type Scan struct {
	Table   *catalog.Table
	Options map[string]string // with those of an OPTIONS hint
	Columns []int             // of Table.Columns, none computed
	Out     *types.Schema
	// Source replaces the table's connector: rows that Python handed over.
	Source connector.Source
	// Pushed says what the connector does itself, for EXPLAIN.
	Pushed []string
	// PushedSource is the source after push-downs; nil: made from the table at translation.
	PushedSource connector.Source
	Changelog    plan.ChangelogMode
	UpsertKey    []int // of an upsert source: primary key columns of Out
	// Placed gives an error the place where the statement names the table; nil: there is none.
	Placed func(error) error
}

// At gives an error about the table the place where the statement names it.
func (r *Scan) At(err error) error {
	if r.Placed == nil || err == nil {
		return err
	}
	return r.Placed(err)
}

// StreamScan reads a DataStream node that is lowered already.
type StreamScan struct {
	Node      *plan.Node
	Out       *types.Schema
	RowTime   int // column that takes the record's timestamp, -1
	Changelog plan.ChangelogMode
	UpsertKey []int
	// Columns says where each column of Out comes from: a field of "value", by position; -1 is
	// the whole value, -2 the record's timestamp.
	Columns []int
}

// Values is constant rows.
type Values struct {
	Rows [][]expr.Expr
	Out  *types.Schema
}

// Project computes columns.
type Project struct {
	Input Rel
	Exprs []expr.Expr
	Out   *types.Schema
}

// Filter keeps the rows for which Condition is TRUE.
type Filter struct {
	Input     Rel
	Condition expr.Expr
}

// Watermark marks Column as the row-time attribute and gives the watermark of each row.
type Watermark struct {
	Input  Rel
	Column int
	Expr   expr.Expr
	Out    *types.Schema
}

// Join joins; Condition is over the columns of both, left first. Time-dependent joins are
// recognised by rules.
type Join struct {
	Kind        plan.JoinKind
	Left, Right Rel
	Condition   expr.Expr // nil: TRUE
	Hints       []Hint
	Out         *types.Schema
}

// MultiJoin joins several relations that have a key in common, in one operator: Steps[i] joins
// relation i+1 to what those before give. A rule makes it of a chain of joins, last of all.
type MultiJoin struct {
	Rels  []Rel
	Keys  [][]int // of each relation, its columns of the common key
	Steps []JoinStep
	Hints [][]Hint // of each relation; a STATE_TTL is that of ""
	Out   *types.Schema
}

// JoinStep is INNER JOIN or LEFT JOIN with one more relation.
type JoinStep struct {
	Kind plan.JoinKind
	// With are the relations before whose keys are compared with the relation's; Condition is what is
	// asked besides, over the columns of all relations up to it, nil: TRUE.
	With      []int
	Condition expr.Expr
}

// Snapshot is FOR SYSTEM_TIME AS OF on the right side of a join; Period is over the left's columns.
type Snapshot struct {
	// Placed gives an error the place of FOR SYSTEM_TIME AS OF.
	Placed func(error) error
	Input  Rel
	Period expr.Expr
	// Keyed: a temporal table function names the key of versions, the input need not.
	Keyed bool
}

// At gives an error the place of FOR SYSTEM_TIME AS OF.
func (r *Snapshot) At(err error) error {
	if r.Placed == nil {
		return err
	}
	return r.Placed(err)
}

// Correlate joins each left row with what a table function makes of it; Args are over the left's
// columns. A nil Function is UNNEST of Args[0].
type Correlate struct {
	Input      Rel
	Left       bool
	Function   *planpb.Function
	Args       []expr.Expr
	Ordinality bool
	Condition  expr.Expr // over both
	FlatMap    bool      // only the function's columns come out
	Columns    []types.Field
	Origin     string
	Out        *types.Schema
}

// Aggregate groups by input columns. Sets, when there are several, are positions in Keys: the
// grouping sets. Window is a legacy group window; its properties follow the aggregates.
type Aggregate struct {
	Input      Rel
	Keys       []int
	Sets       [][]int
	Aggs       []plan.AggCall
	Window     *plan.Window
	Properties []plan.WindowProperty
	TableAgg   bool
	Hints      []Hint
	Out        *types.Schema
}

// WindowTable is a window TVF: the input's columns, window_start, window_end, window_time.
type WindowTable struct {
	Input  Rel
	Window plan.Window
	Out    *types.Schema
}

// Over appends window functions; calls of one node share partition and order.
type Over struct {
	Input     Rel
	Partition []int
	Order     []plan.SortKey
	Frame     plan.Frame
	Calls     []plan.OverCall
	Out       *types.Schema
}

// Rank is top-N, made by a rule from an Over with ROW_NUMBER and a Filter.
type Rank struct {
	Input      Rel
	Function   string
	Partition  []int
	Order      []plan.SortKey
	From, To   int64
	OutputRank bool
	Out        *types.Schema
}

// SetOp is UNION, INTERSECT or EXCEPT.
type SetOp struct {
	Kind string // UNION, INTERSECT, EXCEPT
	All  bool
	Rels []Rel
	Out  *types.Schema
}

// Distinct removes duplicate rows.
type Distinct struct{ Input Rel }

// Sort orders and limits; Fetch -1 is no limit.
type Sort struct {
	Input         Rel
	Keys          []plan.SortKey
	Offset, Fetch int64
}

// Match is MATCH_RECOGNIZE.
type Match struct {
	Input Rel
	Spec  plan.Match
	Out   *types.Schema
}

// SingleRow fails at run time when its input has more than one row, and gives a row of nulls when
// it has none: a scalar subquery. With keys, one row of each is right, and nothing is added.
type SingleRow struct {
	Input Rel
	Keys  []int
}

// Sink writes to a table.
type Sink struct {
	Input     Rel
	Table     *catalog.Table
	Options   map[string]string
	Columns   []int // of Table.Columns, in the order of the input's columns
	Partition map[string]string
	Overwrite bool
	Deletes   bool // the rows are to be removed
	// OnConflict says that the statement has ON CONFLICT: it is for sinks that take updates.
	OnConflict bool
}

// Hint is a query hint that stays with its node.
type Hint struct {
	Name    string
	Args    []string
	Options map[string]string
}
