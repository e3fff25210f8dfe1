package types

// Common returns the type that values of all the types convert to without loss: the type of a
// CASE, COALESCE, UNION column or comparison. Numbers widen (with DOUBLE when an approximate type
// meets a DECIMAL), CHAR and VARCHAR take the greater length, nested types go field by field.
// The result is nullable when any type is.
func Common(ts ...Type) (Type, bool) {
	if len(ts) == 0 {
		return Type{}, false
	}
	out, notNull := ts[0], ts[0].NotNull
	for _, t := range ts[1:] {
		notNull = notNull && t.NotNull
		var ok bool
		if out, ok = common2(out, t); !ok {
			return Type{}, false
		}
	}
	out.NotNull = notNull && out.Kind != Null
	if len(ts) > 1 {
		out.Attr = NoTime
	}
	return out, true
}

func common2(a, b Type) (Type, bool) {
	switch {
	case a.Kind == Null:
		return b, true
	case b.Kind == Null || a.EqualIgnoringNull(b):
		return a, true
	case a.IsNumeric() && b.IsNumeric():
		return commonNumeric(a, b), true
	case a.IsString() && b.IsString():
		return commonLength(a, b, Char, Varchar), true
	case a.IsBytes() && b.IsBytes() && a.Kind != Raw && b.Kind != Raw:
		return commonLength(a, b, Binary, Varbinary), true
	case a.IsTemporal() && b.IsTemporal():
		return commonTemporal(a, b)
	case a.Kind == b.Kind:
		return commonNested(a, b)
	}
	return Type{}, false
}

func commonNumeric(a, b Type) Type {
	switch {
	case a.Kind == Double || b.Kind == Double:
		return Of(Double)
	case a.Kind == Float && b.Kind == Float:
		return a
	case a.Kind == Float || b.Kind == Float:
		if a.Kind == Decimal || b.Kind == Decimal {
			return Of(Double)
		}
		return Of(Float)
	case a.Kind != Decimal && b.Kind != Decimal:
		return Of(max(a.Kind, b.Kind))
	}
	x, _ := AsDecimal(a)
	y, _ := AsDecimal(b)
	whole := max(x.Precision-x.Scale, y.Precision-y.Scale)
	s := min(max(x.Scale, y.Scale), MaxPrecision-whole) // no digit before the point is lost
	return DecimalOf(whole+s, s)
}

func commonLength(a, b Type, fixed, varying Kind) Type {
	k := varying
	if a.Kind == fixed && b.Kind == fixed && a.Precision == b.Precision {
		k = fixed
	}
	return WithPrecision(k, max(a.Precision, b.Precision))
}

func commonTemporal(a, b Type) (Type, bool) {
	if a.Kind == Time || b.Kind == Time {
		return WithPrecision(Time, max(a.Precision, b.Precision)), a.Kind == b.Kind
	}
	return WithPrecision(max(a.Kind, b.Kind), max(a.Precision, b.Precision)), true
}

func commonNested(a, b Type) (Type, bool) {
	out := Type{Kind: a.Kind, Precision: a.Precision, Scale: a.Scale, Name: a.Name}
	pair := func(x, y *Type) (*Type, bool) {
		if x == nil || y == nil {
			return nil, x == nil && y == nil
		}
		t, ok := Common(*x, *y)
		return &t, ok
	}
	var ok bool
	if out.Key, ok = pair(a.Key, b.Key); !ok {
		return out, false
	}
	if out.Elem, ok = pair(a.Elem, b.Elem); !ok {
		return out, false
	}
	if len(a.Fields) != len(b.Fields) {
		return out, false
	}
	for i, f := range a.Fields {
		t, ok := Common(f.Type, b.Fields[i].Type)
		if !ok {
			return out, false
		}
		out.Fields = append(out.Fields, Field{Name: f.Name, Type: t, Comment: f.Comment})
	}
	return out, a.Kind >= IntervalYM && a.Name == b.Name
}

// CanCoerce says whether a value of type from is converted to type to without a CAST being
// written: to a wider number, a longer string, a finer timestamp; NULL to anything.
func CanCoerce(from, to Type) bool {
	if from.Kind == Null {
		return true
	}
	switch {
	case from.IsNumeric() && to.IsNumeric():
		return to.IsApprox() || to.Kind >= from.Kind && !from.IsApprox()
	case from.IsString():
		return to.IsString()
	case from.IsBytes():
		return to.IsBytes()
	case from.IsTemporal() && to.IsTemporal():
		return from.Kind == to.Kind || to.IsTimestamp() && from.Kind != Time
	case from.Kind != to.Kind:
		return false
	}
	for i, f := range from.Fields {
		if i >= len(to.Fields) || !CanCoerce(f.Type, to.Fields[i].Type) {
			return false
		}
	}
	return len(from.Fields) == len(to.Fields) && coercePart(from.Key, to.Key) &&
		coercePart(from.Elem, to.Elem)
}

func coercePart(from, to *Type) bool {
	return from == nil && to == nil || from != nil && to != nil && CanCoerce(*from, *to)
}

// CanCast says whether CAST(from AS to) exists.
func CanCast(from, to Type) bool {
	switch {
	case from.Kind == Null || from.EqualIgnoringNull(to):
		return true
	case to.IsString():
		return from.Kind != Object
	case from.IsString():
		return to.Kind != Object && to.Kind != Multiset && to.Kind != Raw
	case from.IsBytes() && from.Kind != Raw:
		return to.IsBytes() || to.IsString()
	case from.IsNumeric():
		return to.IsNumeric() || to.Kind == Boolean || from.IsInteger() && to.IsInterval()
	case from.Kind == Boolean:
		return to.IsNumeric()
	case from.IsTemporal():
		return castTemporal(from, to)
	case from.IsInterval():
		return from.Kind == to.Kind || to.IsInteger()
	}
	return castNested(from, to)
}

func castTemporal(from, to Type) bool {
	if from.IsTimestamp() && to.IsNumeric() {
		return true
	}
	if !to.IsTemporal() {
		return false
	}
	if from.Kind == Date || from.Kind == Time {
		return from.Kind == to.Kind || to.IsTimestamp()
	}
	return true
}

func castNested(from, to Type) bool {
	if from.Kind != to.Kind || len(from.Fields) != len(to.Fields) {
		return false
	}
	for i, f := range from.Fields {
		if !CanCast(f.Type, to.Fields[i].Type) {
			return false
		}
	}
	part := func(a, b *Type) bool { return a == nil || b == nil || CanCast(*a, *b) }
	return part(from.Key, to.Key) && part(from.Elem, to.Elem) && from.Kind >= Array &&
		from.Kind <= Row
}
