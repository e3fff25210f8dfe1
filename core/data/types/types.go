// Package types holds Flink's logical types, schemas and row kinds.
package types

import (
	"fmt"
	"strings"
)

// Kind is the root of a logical type.
type Kind uint8

const (
	Null Kind = iota
	Boolean
	TinyInt
	SmallInt
	Int
	BigInt
	Float
	Double
	Decimal      // Precision, Scale
	Char         // Precision = length
	Varchar      // Precision = length, MaxLen is STRING
	Binary       // Precision = length
	Varbinary    // Precision = length, MaxLen is BYTES
	Date         // days since 1970-01-01, int32
	Time         // Precision = fractional digits; see Unit
	Timestamp    // without time zone; see Unit
	TimestampLTZ // an instant; see Unit
	IntervalYM   // months, int32
	IntervalDT   // milliseconds, int64
	Array        // Elem
	Map          // Key, Elem
	Multiset     // Elem; stored as a map from element to INT count
	Row          // Fields
	Raw          // opaque bytes
	Object       // live objects of the user's language; see batch.Objects
)

// MaxLen is the length of STRING and BYTES.
const MaxLen = 0x7fffffff

// TimeAttr marks a column that carries event or processing time through a plan.
type TimeAttr uint8

const (
	NoTime TimeAttr = iota
	RowTime
	ProcTime
)

// Type is a logical type. The zero value is NULL. Types are values; nested ones are shared and
// never changed once built.
type Type struct {
	Kind      Kind
	NotNull   bool
	Attr      TimeAttr
	Precision int
	Scale     int
	Key       *Type
	Elem      *Type
	Fields    []Field
	Name      string // class name of RAW, empty else
}

// Field is a named column of a schema or a ROW.
type Field struct {
	Name    string
	Type    Type
	Comment string
}

// Of makes a nullable type without parameters; precisions take Flink's defaults.
func Of(k Kind) Type {
	t := Type{Kind: k}
	switch k {
	case Decimal:
		t.Precision = 10
	case Char, Binary:
		t.Precision = 1
	case Varchar, Varbinary:
		t.Precision = MaxLen
	case Timestamp, TimestampLTZ:
		t.Precision = 6
	}
	return t
}

// String is the STRING type.
func String() Type { return Of(Varchar) }

// DecimalOf is DECIMAL(p, s).
func DecimalOf(p, s int) Type { return Type{Kind: Decimal, Precision: p, Scale: s} }

// WithPrecision makes a type whose only parameter is a precision or length.
func WithPrecision(k Kind, p int) Type { return Type{Kind: k, Precision: p} }

// ArrayOf is ARRAY<elem>.
func ArrayOf(elem Type) Type { return Type{Kind: Array, Elem: &elem} }

// MapOf is MAP<key, value>.
func MapOf(key, value Type) Type { return Type{Kind: Map, Key: &key, Elem: &value} }

// MultisetOf is MULTISET<elem>.
func MultisetOf(elem Type) Type { return Type{Kind: Multiset, Elem: &elem} }

// RowOf is ROW<fields>.
func RowOf(fields ...Field) Type { return Type{Kind: Row, Fields: fields} }

// Bitmap is BITMAP: a set of 32-bit numbers in Roaring's portable format, a RAW of that name.
func Bitmap() Type { return Type{Kind: Raw, Name: "BITMAP"} }

// Variant is VARIANT: a value of any shape as JSON text, a RAW of that name.
func Variant() Type { return Type{Kind: Raw, Name: "VARIANT"} }

// IsBitmap says whether t is BITMAP.
func (t Type) IsBitmap() bool { return t.Kind == Raw && t.Name == "BITMAP" }

// IsVariant says whether t is VARIANT.
func (t Type) IsVariant() bool { return t.Kind == Raw && t.Name == "VARIANT" }

// Nullable returns t with or without NOT NULL.
func (t Type) Nullable(yes bool) Type {
	t.NotNull = !yes
	return t
}

// WithAttr returns t as a time attribute.
func (t Type) WithAttr(a TimeAttr) Type {
	t.Attr = a
	return t
}

// Unit is the power of ten of ticks a second of TIME, TIMESTAMP and TIMESTAMP_LTZ: 3 (ms) up to
// precision 3, 6 (µs) up to 6, 9 (ns) above.
func (t Type) Unit() int {
	switch {
	case t.Precision <= 3:
		return 3
	case t.Precision <= 6:
		return 6
	}
	return 9
}

// Equal compares types with their nullability; comments and time attributes do not count.
func (t Type) Equal(o Type) bool { return t.NotNull == o.NotNull && t.EqualIgnoringNull(o) }

// EqualIgnoringNull compares types without the outer nullability.
func (t Type) EqualIgnoringNull(o Type) bool {
	if t.Kind != o.Kind || t.Precision != o.Precision || t.Scale != o.Scale ||
		len(t.Fields) != len(o.Fields) || (t.Key == nil) != (o.Key == nil) ||
		(t.Elem == nil) != (o.Elem == nil) {
		return false
	}
	if t.Key != nil && !t.Key.Equal(*o.Key) || t.Elem != nil && !t.Elem.Equal(*o.Elem) {
		return false
	}
	for i, f := range t.Fields {
		if f.Name != o.Fields[i].Name || !f.Type.Equal(o.Fields[i].Type) {
			return false
		}
	}
	return true
}

// String is the type as Flink writes it: "DECIMAL(10, 2) NOT NULL", "ROW<`a` INT, `b` STRING>".
func (t Type) String() string {
	s := t.root()
	if t.NotNull {
		s += " NOT NULL"
	}
	return s
}

// Summary is String with the time attribute: "TIMESTAMP(3) *ROWTIME*".
func (t Type) Summary() string {
	s := t.root()
	if t.NotNull {
		s += " NOT NULL"
	}
	switch t.Attr {
	case RowTime:
		s += " *ROWTIME*"
	case ProcTime:
		s += " *PROCTIME*"
	}
	return s
}

var plainNames = map[Kind]string{
	Null: "NULL", Boolean: "BOOLEAN", TinyInt: "TINYINT", SmallInt: "SMALLINT", Int: "INT",
	BigInt: "BIGINT", Float: "FLOAT", Double: "DOUBLE", Date: "DATE",
	IntervalYM: "INTERVAL MONTH", IntervalDT: "INTERVAL SECOND(3)",
	Object: "OBJECT",
}

func (t Type) root() string { return t.text(Type.String, lengthName) }

// Serial is the type with the length of STRING and BYTES written out, as SHOW CREATE writes it.
func (t Type) Serial() string {
	s := t.text(Type.Serial, func(sized, _ string, n int) string {
		return fmt.Sprintf("%s(%d)", sized, n)
	})
	if t.NotNull {
		s += " NOT NULL"
	}
	return s
}

// text writes the type without its nullability, those inside with inner.
func (t Type) text(
	inner func(Type) string, length func(sized, unlimited string, n int) string,
) string {
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("DECIMAL(%d, %d)", t.Precision, t.Scale)
	case Char:
		return fmt.Sprintf("CHAR(%d)", t.Precision)
	case Varchar:
		return length("VARCHAR", "STRING", t.Precision)
	case Binary:
		return fmt.Sprintf("BINARY(%d)", t.Precision)
	case Varbinary:
		return length("VARBINARY", "BYTES", t.Precision)
	case Time:
		return fmt.Sprintf("TIME(%d)", t.Precision)
	case Timestamp:
		return fmt.Sprintf("TIMESTAMP(%d)", t.Precision)
	case TimestampLTZ:
		return fmt.Sprintf("TIMESTAMP_LTZ(%d)", t.Precision)
	case Array:
		return "ARRAY<" + inner(*t.Elem) + ">"
	case Map:
		return "MAP<" + inner(*t.Key) + ", " + inner(*t.Elem) + ">"
	case Multiset:
		return "MULTISET<" + inner(*t.Elem) + ">"
	case Row:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = Quote(f.Name) + " " + inner(f.Type)
			if f.Comment != "" {
				parts[i] += " '" + strings.ReplaceAll(f.Comment, "'", "''") + "'"
			}
		}
		return "ROW<" + strings.Join(parts, ", ") + ">"
	case Raw:
		if t.IsBitmap() || t.IsVariant() {
			return t.Name
		}
		return "RAW('" + t.Name + "')"
	}
	return plainNames[t.Kind]
}

func lengthName(sized, unlimited string, n int) string {
	if n == MaxLen {
		return unlimited
	}
	return fmt.Sprintf("%s(%d)", sized, n)
}

// Quote puts an identifier in back-quotes.
func Quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// IsString says whether values are UTF-8 text.
func (t Type) IsString() bool { return t.Kind == Char || t.Kind == Varchar }

// IsBytes says whether values are byte strings.
func (t Type) IsBytes() bool { return t.Kind == Binary || t.Kind == Varbinary || t.Kind == Raw }

// IsInteger says whether t is TINYINT to BIGINT.
func (t Type) IsInteger() bool { return t.Kind >= TinyInt && t.Kind <= BigInt }

// IsApprox says whether t is FLOAT or DOUBLE.
func (t Type) IsApprox() bool { return t.Kind == Float || t.Kind == Double }

// IsNumeric says whether t is an integer, approximate or DECIMAL type.
func (t Type) IsNumeric() bool { return t.Kind >= TinyInt && t.Kind <= Decimal }

// IsTimestamp says whether t is TIMESTAMP or TIMESTAMP_LTZ.
func (t Type) IsTimestamp() bool { return t.Kind == Timestamp || t.Kind == TimestampLTZ }

// IsTemporal says whether t is a date, time or timestamp.
func (t Type) IsTemporal() bool { return t.Kind >= Date && t.Kind <= TimestampLTZ }

// IsInterval says whether t is an interval.
func (t Type) IsInterval() bool { return t.Kind == IntervalYM || t.Kind == IntervalDT }
