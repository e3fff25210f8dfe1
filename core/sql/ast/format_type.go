package ast

// typ writes a data type.
func (f *formatter) typ(t *Type) {
	switch t.Name {
	case "":
		if t.UserDefined != nil {
			f.name(t.UserDefined)
		}
	case "ARRAY", "MULTISET":
		f.add(t.Name, "<")
		f.typ(t.Element)
		f.add(">")
	case "MAP":
		f.add("MAP<")
		f.typ(t.Key)
		f.add(", ")
		f.typ(t.Element)
		f.add(">")
	case "ROW":
		f.add("ROW<")
		commaList(f, t.Fields, f.typeField)
		f.add(">")
	case "STRUCTURED":
		f.add("STRUCTURED<", QuoteString(t.Class))
		for _, field := range t.Fields {
			f.add(", ")
			f.typeField(field)
		}
		f.add(">")
	case "RAW":
		f.add("RAW(", QuoteString(t.Class), ", ", QuoteString(t.Serial), ")")
	case "INTERVAL":
		f.add("INTERVAL ")
		f.qualifier(t.Interval)
	default:
		f.add(t.Name)
		if t.Precision >= 0 {
			f.add("(")
			f.number(t.Precision)
			if t.Scale >= 0 {
				f.add(", ")
				f.number(t.Scale)
			}
			f.add(")")
		}
	}
	f.when(t.NotNull, " NOT NULL")
	f.when(t.Null, " NULL")
}

func (f *formatter) typeField(field *TypeField) {
	f.ident(field.Name)
	f.add(" ")
	f.typ(field.Type)
	if field.Comment != nil {
		f.add(" ")
		f.str(field.Comment)
	}
}

// qualifier writes unit [(p)] [TO unit [(p)]].
func (f *formatter) qualifier(q *IntervalQualifier) {
	f.add(string(q.From))
	if q.FromPrecision >= 0 {
		f.add("(")
		f.number(q.FromPrecision)
		if q.To == "" && q.ToPrecision >= 0 {
			f.add(", ")
			f.number(q.ToPrecision)
		}
		f.add(")")
	}
	if q.To != "" {
		f.add(" TO ", string(q.To))
		if q.ToPrecision >= 0 {
			f.add("(")
			f.number(q.ToPrecision)
			f.add(")")
		}
	}
}
