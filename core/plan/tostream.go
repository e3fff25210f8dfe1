package plan

// KindField is the name of a TINYINT field of a stream's ROW that is no column: it says what each
// row does to the table (types.RowKind), where elements in columns have no kinds of their own.
const KindField = "$kind"

// FromStream turns the elements of a DataStream into rows: Columns names a field of the element's
// ROW by position, -1 is the whole element, -2 its timestamp (TIMESTAMP or TIMESTAMP_LTZ).
type FromStream struct{ Columns []int }

// Kind implements Op.
func (*FromStream) Kind() string { return "DataStreamScan" }

// ToStream turns rows into elements of a DataStream, a ROW each; the column RowTime (-1 none)
// becomes the record's timestamp.
type ToStream struct{ RowTime int }

// Kind implements Op.
func (*ToStream) Kind() string { return "ToDataStream" }
