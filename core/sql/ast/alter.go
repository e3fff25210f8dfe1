package ast

// Alter is ALTER kind [IF EXISTS] name action; ALTER FUNCTION is a CreateFunction.
type Alter struct {
	Span
	Kind     ObjectKind
	IfExists bool
	Name     *Name
	Action   AlterAction
}

// AlterAction is what an Alter does.
type AlterAction interface {
	Node
	alterAction()
}

// Rename is RENAME TO name.
type Rename struct {
	Span
	To *Name
}

// RenameColumn is RENAME column TO name.
type RenameColumn struct {
	Span
	From *Name
	To   Ident
}

// SetOptions is SET ('key' = 'value', …).
type SetOptions struct {
	Span
	Options []Option
}

// ResetOptions is RESET ('key', …).
type ResetOptions struct {
	Span
	Keys []*String
}

// SetComment is COMMENT 'text' of ALTER CATALOG.
type SetComment struct {
	Span
	Comment *String
}

// AddElements is ADD or, with Modify, MODIFY of columns, constraints and watermarks. Parens says
// that they were written as a list.
type AddElements struct {
	Span
	Modify   bool
	Parens   bool
	Elements []TableElement
}

// AddDistribution is ADD or MODIFY DISTRIBUTION.
type AddDistribution struct {
	Span
	Modify       bool
	Distribution *Distribution
}

// DropColumns is DROP column or DROP (columns).
type DropColumns struct {
	Span
	Columns []*Name
}

// DropConstraint is DROP PRIMARY KEY (Name nil) or DROP CONSTRAINT name.
type DropConstraint struct {
	Span
	Name *Ident
}

// DropWatermark is DROP WATERMARK.
type DropWatermark struct{ Span }

// DropDistribution is DROP DISTRIBUTION.
type DropDistribution struct{ Span }

// PartitionSpec is PARTITION (…) [WITH (…)].
type PartitionSpec struct {
	Span
	Items   []PartitionItem
	Options []Option
}

// AddPartitions is ADD [IF NOT EXISTS] PARTITION ….
type AddPartitions struct {
	Span
	IfNotExists bool
	Partitions  []*PartitionSpec
}

// DropPartitions is DROP [IF EXISTS] PARTITION ….
type DropPartitions struct {
	Span
	IfExists   bool
	Partitions []*PartitionSpec
}

// SetQuery is AS query of ALTER VIEW and ALTER MATERIALIZED TABLE.
type SetQuery struct {
	Span
	Query *Query
}

// Suspend is SUSPEND of a materialized table.
type Suspend struct{ Span }

// Resume is RESUME [WITH (…)] of a materialized table.
type Resume struct {
	Span
	Options []Option
}

// Refresh is REFRESH [PARTITION (…)] of a materialized table.
type Refresh struct {
	Span
	Partition []PartitionItem
}

// SetFreshness is SET FRESHNESS = interval.
type SetFreshness struct {
	Span
	Freshness *Interval
}

// SetRefreshMode is SET REFRESH_MODE = FULL|CONTINUOUS.
type SetRefreshMode struct {
	Span
	Mode string
}

func (*Rename) alterAction()           {}
func (*RenameColumn) alterAction()     {}
func (*SetOptions) alterAction()       {}
func (*ResetOptions) alterAction()     {}
func (*SetComment) alterAction()       {}
func (*AddElements) alterAction()      {}
func (*AddDistribution) alterAction()  {}
func (*DropColumns) alterAction()      {}
func (*DropConstraint) alterAction()   {}
func (*DropWatermark) alterAction()    {}
func (*DropDistribution) alterAction() {}
func (*AddPartitions) alterAction()    {}
func (*DropPartitions) alterAction()   {}
func (*SetQuery) alterAction()         {}
func (*Suspend) alterAction()          {}
func (*Resume) alterAction()           {}
func (*Refresh) alterAction()          {}
func (*SetFreshness) alterAction()     {}
func (*SetRefreshMode) alterAction()   {}

func (*Alter) statement() {}

// Drop is DROP [TEMPORARY [SYSTEM]] kind [IF EXISTS] name [CASCADE|RESTRICT].
type Drop struct {
	Span
	Kind      ObjectKind
	Temporary bool
	System    bool
	IfExists  bool
	Name      *Name
	Cascade   bool
	Restrict  bool
}

func (*Drop) statement() {}
