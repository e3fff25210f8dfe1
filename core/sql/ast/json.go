package ast

// JSONBehavior is what a JSON function gives on an empty or failed path: Kind is NULL, ERROR,
// TRUE, FALSE, UNKNOWN, EMPTY ARRAY, EMPTY OBJECT or DEFAULT (with Default set).
type JSONBehavior struct {
	Span
	Kind    string
	Default Expr
}

// JSONExists is JSON_EXISTS(input, path [behaviour ON ERROR]).
type JSONExists struct {
	Span
	Input, Path Expr
	OnError     *JSONBehavior
}

// JSONValue is JSON_VALUE(input, path [RETURNING type] [… ON EMPTY] [… ON ERROR]).
type JSONValue struct {
	Span
	Input, Path Expr
	Returning   *Type
	OnEmpty     *JSONBehavior
	OnError     *JSONBehavior
}

// JSONQuery is JSON_QUERY(input, path [RETURNING type] [wrapper WRAPPER] [… ON EMPTY]
// [… ON ERROR]). Wrapper is "", WITHOUT, WITH CONDITIONAL or WITH UNCONDITIONAL.
type JSONQuery struct {
	Span
	Input, Path Expr
	Returning   *Type
	Wrapper     string
	OnEmpty     *JSONBehavior
	OnError     *JSONBehavior
}

// JSONNulls is NULL ON NULL or ABSENT ON NULL; "" when not written.
type JSONNulls string

const (
	NullOnNull   JSONNulls = "NULL ON NULL"
	AbsentOnNull JSONNulls = "ABSENT ON NULL"
)

// JSONPair is one [KEY] k VALUE v, or k : v.
type JSONPair struct {
	Span
	Key, Value Expr
}

// JSONObject is JSON_OBJECT(pairs [NULL|ABSENT ON NULL]).
type JSONObject struct {
	Span
	Pairs []*JSONPair
	Nulls JSONNulls
}

// JSONArray is JSON_ARRAY(values [NULL|ABSENT ON NULL]).
type JSONArray struct {
	Span
	Items []Expr
	Nulls JSONNulls
}

// JSONObjectAgg is JSON_OBJECTAGG(pair [NULL|ABSENT ON NULL]).
type JSONObjectAgg struct {
	Span
	Pair   *JSONPair
	Nulls  JSONNulls
	Filter Expr
	Over   *Window
}

// JSONArrayAgg is JSON_ARRAYAGG(value [ORDER BY …] [NULL|ABSENT ON NULL]).
type JSONArrayAgg struct {
	Span
	Value   Expr
	OrderBy []*OrderItem
	Nulls   JSONNulls
	Filter  Expr
	Over    *Window
}

// FormatJSON is x FORMAT JSON: the text is JSON already.
type FormatJSON struct {
	Span
	X Expr
}

func (*JSONExists) expr()    {}
func (*JSONValue) expr()     {}
func (*JSONQuery) expr()     {}
func (*JSONObject) expr()    {}
func (*JSONArray) expr()     {}
func (*JSONObjectAgg) expr() {}
func (*JSONArrayAgg) expr()  {}
func (*FormatJSON) expr()    {}
