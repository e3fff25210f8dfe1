package ast

// CreateTable is CREATE [OR REPLACE] [TEMPORARY] TABLE, REPLACE TABLE, CREATE TABLE … LIKE and
// CREATE TABLE … AS.
type CreateTable struct {
	Span
	OrReplace     bool // CREATE OR REPLACE
	Replace       bool // REPLACE TABLE without CREATE: the table must exist
	Temporary     bool
	IfNotExists   bool
	Name          *Name
	Elements      []TableElement
	Comment       *String
	Distribution  *Distribution
	PartitionedBy []Ident
	Options       []Option
	Like          *TableLike
	As            *Query
}

// ColumnName is a bare column in the list of CREATE TABLE t (a, b) AS …: an order, no type.
type ColumnName struct {
	Span
	Name Ident
}

// ColumnDef is a column: physical (Type only), metadata (Type and Metadata) or computed (Computed
// only).
type ColumnDef struct {
	Span
	Name        *Name // more than one part only in ALTER TABLE: a nested field
	Type        *Type
	Computed    Expr
	Metadata    bool
	MetadataKey *String // of METADATA FROM 'key'; nil: the column's name
	Virtual     bool
	Constraint  *Constraint // PRIMARY KEY or UNIQUE behind the type; its Columns are empty
	Comment     *String
	Position    *ColumnPosition // ALTER TABLE only
}

// ColumnPosition is FIRST, or AFTER a column.
type ColumnPosition struct {
	Span
	After *Name // nil: FIRST
}

// Watermark is WATERMARK FOR column AS expr.
type Watermark struct {
	Span
	Column *Name
	Expr   Expr
}

// Enforcement is ENFORCED or NOT ENFORCED; "" when not written.
type Enforcement string

const (
	Enforced    Enforcement = "ENFORCED"
	NotEnforced Enforcement = "NOT ENFORCED"
)

// Constraint is [CONSTRAINT name] PRIMARY KEY|UNIQUE (columns) [[NOT] ENFORCED].
type Constraint struct {
	Span
	Name        *Ident
	Unique      bool // else PRIMARY KEY
	Columns     []Ident
	Enforcement Enforcement
}

// Distribution is DISTRIBUTED [BY [HASH|RANGE] (columns)] [INTO n BUCKETS]; Buckets is -1 when
// not given.
type Distribution struct {
	Span
	Kind    string // HASH, RANGE or ""
	Columns []Ident
	Buckets int
}

// TableLike is LIKE table [(options)].
type TableLike struct {
	Span
	Table   *Name
	Options []LikeOption
}

// LikeOption is INCLUDING|EXCLUDING|OVERWRITING and ALL, CONSTRAINTS, DISTRIBUTION, GENERATED,
// METADATA, OPTIONS, PARTITIONS or WATERMARKS.
type LikeOption struct {
	Span
	Merge   string
	Feature string
}

// CreateView is CREATE [OR REPLACE] [TEMPORARY] VIEW. Query.Text(src) is the text to store.
type CreateView struct {
	Span
	OrReplace   bool
	Temporary   bool
	IfNotExists bool
	Name        *Name
	Columns     []Ident
	Comment     *String
	Query       *Query
}

// CreateMaterializedTable is CREATE [OR ALTER] MATERIALIZED TABLE … AS query.
type CreateMaterializedTable struct {
	Span
	OrAlter       bool
	IfNotExists   bool
	Name          *Name
	Elements      []TableElement
	Comment       *String
	Distribution  *Distribution
	PartitionedBy []Ident
	Options       []Option
	StartMode     *StartMode
	Freshness     *Interval
	RefreshMode   string // FULL, CONTINUOUS or ""
	Query         *Query
}

// StartMode is START_MODE = kind [(argument)]; Kind is upper case.
type StartMode struct {
	Span
	Kind string
	Arg  Expr
}

// CreateFunction is CREATE or ALTER [OR REPLACE] [TEMPORARY [SYSTEM]] FUNCTION name AS 'id'.
type CreateFunction struct {
	Span
	Alter       bool
	OrReplace   bool
	Temporary   bool
	System      bool
	IfNotExists bool // IF EXISTS when Alter
	Name        *Name
	Identifier  string // what AS names: module.attr, class
	Language    string // upper case: PYTHON, JAVA, SCALA, SQL; "" when not given
	Resources   []Resource
	Options     []Option
}

// Resource is JAR|ARTIFACT|FILE 'path' of USING.
type Resource struct {
	Span
	Kind string
	Path string
}

// CreateCatalog is CREATE CATALOG.
type CreateCatalog struct {
	Span
	IfNotExists bool
	Name        Ident
	Comment     *String
	Options     []Option
}

// CreateDatabase is CREATE DATABASE.
type CreateDatabase struct {
	Span
	IfNotExists bool
	Name        *Name
	Comment     *String
	Options     []Option
}

// CreateModel is CREATE [OR REPLACE] [TEMPORARY] MODEL.
type CreateModel struct {
	Span
	OrReplace   bool
	Temporary   bool
	IfNotExists bool
	Name        *Name
	Input       []*ColumnDef
	Output      []*ColumnDef
	Comment     *String
	Options     []Option
	As          *Query
}

// CreateConnection is CREATE [TEMPORARY [SYSTEM]] CONNECTION.
type CreateConnection struct {
	Span
	Temporary   bool
	System      bool
	IfNotExists bool
	Name        *Name
	Comment     *String
	Options     []Option
}

func (*CreateTable) statement()             {}
func (*CreateView) statement()              {}
func (*CreateMaterializedTable) statement() {}
func (*CreateFunction) statement()          {}
func (*CreateCatalog) statement()           {}
func (*CreateDatabase) statement()          {}
func (*CreateModel) statement()             {}
func (*CreateConnection) statement()        {}

func (*ColumnName) tableElement() {}
func (*ColumnDef) tableElement()  {}
func (*Watermark) tableElement()  {}
func (*Constraint) tableElement() {}
