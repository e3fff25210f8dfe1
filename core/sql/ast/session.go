package ast

// Show is SHOW what …. What is upper case and complete: TABLES, VIEWS, MATERIALIZED TABLES,
// COLUMNS, FUNCTIONS, USER FUNCTIONS, PROCEDURES, MODELS, CONNECTIONS, CATALOGS, DATABASES,
// CURRENT CATALOG, CURRENT DATABASE, CREATE TABLE (or another kind), PARTITIONS, MODULES,
// FULL MODULES, JARS, JOBS.
type Show struct {
	Span
	What      string
	Name      *Name // the object of CREATE …, COLUMNS and PARTITIONS
	From      *Name // of FROM or IN
	Partition []PartitionItem
	Like      *ShowLike
}

// ShowLike is [NOT] LIKE|ILIKE 'pattern'.
type ShowLike struct {
	Span
	Not     bool
	Kind    LikeKind
	Pattern string
}

// Describe is DESCRIBE|DESC [kind] [EXTENDED] name. Kind is TABLE also when not written, as for a
// view; Job is the id of DESCRIBE JOB 'id'.
type Describe struct {
	Span
	Kind     ObjectKind
	Extended bool
	Name     *Name
	Job      string
}

// Use is USE database, USE CATALOG catalog or, with Modules, USE MODULES a, b.
type Use struct {
	Span
	Kind    ObjectKind // DATABASE or CATALOG; "" for modules
	Name    *Name
	Modules []Ident
}

// Set is SET 'key' = 'value', or SET alone with a nil Option.
type Set struct {
	Span
	Option *Option
}

// Reset is RESET 'key', or RESET alone with a nil Key.
type Reset struct {
	Span
	Key *String
}

// LoadModule is LOAD MODULE name [WITH (…)].
type LoadModule struct {
	Span
	Name    Ident
	Options []Option
}

// UnloadModule is UNLOAD MODULE name.
type UnloadModule struct {
	Span
	Name Ident
}

// Jar is ADD JAR 'path' or REMOVE JAR 'path'.
type Jar struct {
	Span
	Remove bool
	Path   string
}

// StopJob is STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]].
type StopJob struct {
	Span
	Job       string
	Savepoint bool
	Drain     bool
}

func (*Show) statement()         {}
func (*Describe) statement()     {}
func (*Use) statement()          {}
func (*Set) statement()          {}
func (*Reset) statement()        {}
func (*LoadModule) statement()   {}
func (*UnloadModule) statement() {}
func (*Jar) statement()          {}
func (*StopJob) statement()      {}
