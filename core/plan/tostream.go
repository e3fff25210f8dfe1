package plan

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
