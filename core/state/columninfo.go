package state

// ColumnInfo is what a snapshot keeps about a state besides its values.
type ColumnInfo struct {
	Name string `json:"name"`
	// Type says what the encoded values are; "" for columns that are not Typed.
	Type string `json:"type,omitempty"`
}

// Typed is a Column whose encoded values have a type that may change between runs.
type Typed interface {
	// TypeDescriptor names the type of the values, e.g. "value(ROW<`a` INT>)".
	TypeDescriptor() string
	// Evolve returns how values encoded under another descriptor become ones of this column:
	// It returns an error that names the field when they cannot. It is not called for equal
	// descriptors.
	Evolve(from string) (Convert, error)
}

// Convert appends the new encoding of a value (or of a delta, for Incremental columns) to dst. It
// may be called from any goroutine.
type Convert func(dst, src []byte, delta bool) ([]byte, error)

// InfoOf describes a column.
func InfoOf(name string, c Column) ColumnInfo {
	info := ColumnInfo{Name: name}
	if t, ok := c.(Typed); ok {
		info.Type = t.TypeDescriptor()
	}
	return info
}

// Incremental is a Column that can tell a large value as what changed of it.
type Incremental interface {
	Column
	// EncodeDelta is Encode for a checkpoint: whole[i] false says that the bytes of slot i are to
	// be applied to its value at the last EncodeDelta (or Decode and Apply, whatever came last;
	// none: nothing changed). A slot that was cleared since then is encoded whole.
	EncodeDelta(slots []int32, dst []byte, ends []int32, whole []bool) ([]byte, []int32, []bool,
		error)
	// Apply changes each slot by a delta; none: it stays as it is.
	Apply(slots []int32, src []byte, ends []int32) error
}
