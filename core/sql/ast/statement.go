package ast

// ObjectKind is what a DDL statement creates, changes, drops or shows.
type ObjectKind string

const (
	TableObject        ObjectKind = "TABLE"
	ViewObject         ObjectKind = "VIEW"
	MaterializedObject ObjectKind = "MATERIALIZED TABLE"
	FunctionObject     ObjectKind = "FUNCTION"
	CatalogObject      ObjectKind = "CATALOG"
	DatabaseObject     ObjectKind = "DATABASE"
	ModelObject        ObjectKind = "MODEL"
	ConnectionObject   ObjectKind = "CONNECTION"
	JobObject          ObjectKind = "JOB" // DESCRIBE JOB only
)

// QueryStmt is a query as a statement.
type QueryStmt struct {
	Span
	Query *Query
}

// Explain is EXPLAIN [details | PLAN FOR] statement. Details are upper case: ESTIMATED_COST,
// CHANGELOG_MODE, JSON_EXECUTION_PLAN, PLAN_ADVICE.
type Explain struct {
	Span
	Details []string
	Stmt    Statement
}

// Execute is EXECUTE before a query or an insert.
type Execute struct {
	Span
	Stmt Statement
}

// StatementSet is STATEMENT SET BEGIN …; END as it stands in EXECUTE, EXPLAIN and COMPILE PLAN.
// A script's BEGIN STATEMENT SET; …; END; is folded into an Execute of a StatementSet by
// parser.Parse.
type StatementSet struct {
	Span
	Inserts []*Insert
}

// BeginStatementSet is BEGIN STATEMENT SET on its own, as parser.ParseStatement gives it.
type BeginStatementSet struct{ Span }

// EndStatementSet is END on its own.
type EndStatementSet struct{ Span }

// CompilePlan is COMPILE [AND EXECUTE] PLAN 'file' [IF NOT EXISTS] FOR insert or statement set.
type CompilePlan struct {
	Span
	File        string
	IfNotExists bool
	Execute     bool
	Stmt        Statement
}

// ExecutePlan is EXECUTE PLAN 'file'.
type ExecutePlan struct {
	Span
	File string
}

// Insert is INSERT INTO|OVERWRITE table [PARTITION (…)] [(columns)] query, or UPSERT INTO.
type Insert struct {
	Span
	Upsert    bool
	Overwrite bool
	Table     *Name
	Hints     []*Hint
	Partition []PartitionItem
	Columns   []*Name
	Query     *Query
	// OnConflict is NOTHING, ERROR or DEDUPLICATE of ON CONFLICT DO …; "" when not written.
	OnConflict string
}

// Assignment is column = value of UPDATE.
type Assignment struct {
	Span
	Column Ident
	Value  Expr
}

// Update is UPDATE table [AS alias] SET … [WHERE …].
type Update struct {
	Span
	Table *Name
	Hints []*Hint
	Alias *Ident
	Set   []*Assignment
	Where Expr
}

// Delete is DELETE FROM table [AS alias] [WHERE …].
type Delete struct {
	Span
	Table *Name
	Hints []*Hint
	Alias *Ident
	Where Expr
}

// Truncate is TRUNCATE TABLE table.
type Truncate struct {
	Span
	Table *Name
}

// Analyze is ANALYZE TABLE table [PARTITION (…)] COMPUTE STATISTICS [FOR COLUMNS … | FOR ALL
// COLUMNS].
type Analyze struct {
	Span
	Table      *Name
	Partition  []PartitionItem
	Columns    []Ident
	AllColumns bool
}

// CallProcedure is CALL procedure(…).
type CallProcedure struct {
	Span
	Call *Call
}

func (*QueryStmt) statement()         {}
func (*Explain) statement()           {}
func (*Execute) statement()           {}
func (*StatementSet) statement()      {}
func (*BeginStatementSet) statement() {}
func (*EndStatementSet) statement()   {}
func (*CompilePlan) statement()       {}
func (*ExecutePlan) statement()       {}
func (*Insert) statement()            {}
func (*Update) statement()            {}
func (*Delete) statement()            {}
func (*Truncate) statement()          {}
func (*Analyze) statement()           {}
func (*CallProcedure) statement()     {}
