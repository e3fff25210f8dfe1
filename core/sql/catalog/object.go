// Package catalog holds what SQL statements name: catalogs, databases, tables, views, functions.
package catalog

import (
	"slices"
	"strings"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
)

// ColumnKind tells how a column's values come about.
type ColumnKind uint8

const (
	Physical ColumnKind = iota
	Computed
	Metadata
)

// Column is a column of a table.
type Column struct {
	Name    string
	Kind    ColumnKind
	Type    types.Type   // of Computed: set when the table is resolved
	Expr    ast.Expr     // Computed, from SQL
	ExprPB  *planpb.Expr // Computed, from the Table API
	ExprSQL string       // Computed: its text, for SHOW CREATE and DESCRIBE
	Key     string       // Metadata: key of the connector, "" is the column's name
	Virtual bool         // Metadata: only read
	Comment string
}

// Watermark is WATERMARK FOR Column AS Expr.
type Watermark struct {
	Column  string
	Expr    ast.Expr
	ExprPB  *planpb.Expr
	ExprSQL string
}

// Table is a table of a catalog, or a temporary one.
type Table struct {
	Path           Path
	Columns        []Column
	Watermark      *Watermark
	PrimaryKey     []string
	PrimaryKeyName string
	PartitionKeys  []string
	Distribution   string // text of DISTRIBUTED …, "" none
	Options        map[string]string
	Comment        string
	Temporary      bool
	// Source, when set, is where the rows come from: a collection that Python handed over.
	Source connector.Source
	// Statistics is what ANALYZE TABLE found; nil: it has not been asked.
	Statistics *Statistics
}

// Statistics is what is known of a table's rows. It may be out of date: results never depend on it.
type Statistics struct {
	Rows    int64                       `json:"rows"`
	Columns map[string]ColumnStatistics `json:"columns,omitempty"`
}

// ColumnStatistics is what is known of a column; Min and Max only when Ranged.
type ColumnStatistics struct {
	Distinct int64 `json:"distinct"`
	Nulls    int64 `json:"nulls,omitempty"`
	Ranged   bool  `json:"ranged,omitempty"`
	Min      int64 `json:"min,omitempty"`
	Max      int64 `json:"max,omitempty"`
}

// View is a named query.
type View struct {
	Path      Path
	Text      string // the query's SQL text, "" for a view of the Table API
	Rel       *planpb.Rel
	Program   *planpb.Program // streams that Rel reads
	Columns   []string        // names given in CREATE VIEW, nil: the query's
	Comment   string
	Temporary bool
	// Catalog and Database are what was current when the view was made: its names resolve there.
	Catalog, Database string
}

// Function is a user function.
type Function struct {
	Path      Path
	Spec      *planpb.Function
	Temporary bool
	System    bool // found without a path, before everything else
}

// Path names an object; Catalog and Database are empty for temporary system functions.
type Path struct{ Catalog, Database, Name string }

func (p Path) String() string {
	return types.Quote(p.Catalog) + "." + types.Quote(p.Database) + "." + types.Quote(p.Name)
}

// Dotted is the path without quotes, as error messages show it.
func (p Path) Dotted() string { return p.Catalog + "." + p.Database + "." + p.Name }

// Column returns a column by name, -1 if there is none.
func (t *Table) Column(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

// MetadataKey returns the connector's key of a metadata column.
func (c *Column) MetadataKey() string {
	if c.Key != "" {
		return c.Key
	}
	return c.Name
}

// folded is how functions are looked up: without regard to case.
func folded(name string) string { return strings.ToLower(name) }
