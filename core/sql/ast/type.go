package ast

// Type is a data type as written.
//
// Name is the canonical upper-case name: BOOLEAN TINYINT SMALLINT INT BIGINT FLOAT DOUBLE DECIMAL
// CHAR VARCHAR STRING BINARY VARBINARY BYTES DATE TIME TIMESTAMP TIMESTAMP_LTZ INTERVAL ARRAY
// MULTISET MAP ROW STRUCTURED RAW VARIANT BITMAP NULL ANY, or "" for a user-defined type, named by
// UserDefined. Synonyms are folded (INTEGER, DEC, NUMERIC, REAL → FLOAT, DOUBLE PRECISION,
// CHARACTER [VARYING], BINARY VARYING, TIMESTAMP … WITH LOCAL TIME ZONE, t ARRAY, t MULTISET).
type Type struct {
	Span
	Name      string
	Precision int   // length of CHAR…, precision of DECIMAL, TIME, TIMESTAMP; -1: not given
	Scale     int   // of DECIMAL; -1: not given
	Element   *Type // of ARRAY, MULTISET; value of MAP
	Key       *Type // of MAP
	Fields    []*TypeField
	Interval  *IntervalQualifier // of INTERVAL
	Class     string             // of RAW and STRUCTURED
	Serial    string             // serialiser of RAW
	NotNull   bool
	Null      bool // NULL was written
	// UserDefined is the name of a type that is none of the above.
	UserDefined *Name
}

// TypeField is a field of a ROW or STRUCTURED type.
type TypeField struct {
	Span
	Name    Ident
	Type    *Type
	Comment *String // nil if not given
}

// TypeNames are the names a type may be written with, synonyms included, for the binder's
// "did you mean" about a Type that only has a UserDefined name.
func TypeNames() []string {
	return []string{
		"BOOLEAN", "TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "FLOAT", "REAL", "DOUBLE",
		"DECIMAL", "DEC", "NUMERIC", "CHAR", "CHARACTER", "VARCHAR", "STRING", "BINARY",
		"VARBINARY", "BYTES", "DATE", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ", "INTERVAL", "ARRAY",
		"MULTISET", "MAP", "ROW", "STRUCTURED", "RAW", "VARIANT", "BITMAP",
	}
}
