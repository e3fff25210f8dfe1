package types

// RowKind says what a row does to the table that the stream describes.
type RowKind uint8

const (
	Insert       RowKind = iota // +I
	UpdateBefore                // -U
	UpdateAfter                 // +U
	Delete                      // -D
)

func (k RowKind) String() string { return [...]string{"+I", "-U", "+U", "-D"}[k] }

// IsAdd says whether the kind adds a row (+I, +U) rather than takes one back (-U, -D).
func (k RowKind) IsAdd() bool { return k == Insert || k == UpdateAfter }
