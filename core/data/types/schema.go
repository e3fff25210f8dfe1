package types

// Schema is the columns of a batch or a relation, in order.
type Schema struct {
	Fields []Field
}

// NewSchema makes a schema of the fields.
func NewSchema(fields ...Field) *Schema { return &Schema{Fields: fields} }

// F makes a field.
func F(name string, t Type) Field { return Field{Name: name, Type: t} }

// Len is the number of columns.
func (s *Schema) Len() int { return len(s.Fields) }

// Index returns the position of the named column, -1 if there is none. Names are case-sensitive.
func (s *Schema) Index(name string) int {
	for i, f := range s.Fields {
		if f.Name == name {
			return i
		}
	}
	return -1
}

// Names returns the column names.
func (s *Schema) Names() []string {
	names := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		names[i] = f.Name
	}
	return names
}

// HasObjects says whether a column holds live objects.
func (s *Schema) HasObjects() bool {
	for i := range s.Fields {
		if s.Fields[i].Type.Kind == Object {
			return true
		}
	}
	return false
}

// RowType is the schema as a ROW type.
func (s *Schema) RowType() Type { return RowOf(s.Fields...).Nullable(false) }

// Equal compares names and types.
func (s *Schema) Equal(o *Schema) bool { return s.RowType().Equal(o.RowType()) }
