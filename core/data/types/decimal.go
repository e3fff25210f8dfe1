package types

// MaxPrecision is the largest precision of a DECIMAL.
const MaxPrecision = 38

// minCutScale is how many fraction digits survive when a result type would need more than 38.
const minCutScale = 6

// AdjustDecimal makes DECIMAL(p, s), cutting the scale (not below 6, or s if smaller) when p is
// above 38.
func AdjustDecimal(p, s int) Type {
	if p > MaxPrecision {
		s = max(s-(p-MaxPrecision), min(s, minCutScale))
		p = MaxPrecision
	}
	return DecimalOf(p, s)
}

// AsDecimal is the DECIMAL that holds every value of an exact numeric type.
func AsDecimal(t Type) (Type, bool) {
	p := 0
	switch t.Kind {
	case Decimal:
		return t, true
	case TinyInt:
		p = 3
	case SmallInt:
		p = 5
	case Int:
		p = 10
	case BigInt:
		p = 19
	default:
		return t, false
	}
	return DecimalOf(p, 0).Nullable(!t.NotNull), true
}

// DecimalResult is the result type of a binary arithmetic operator ("+", "-", "*", "/", "%") on
// DECIMALs: (10,2) and (8,4) give (13,4) for + and -, (19,6) for *, (23,11) for /, (8,4) for %.
func DecimalResult(op string, a, b Type) Type {
	p1, s1, p2, s2 := a.Precision, a.Scale, b.Precision, b.Scale
	scale := max(s1, s2)
	switch op {
	case "*":
		return AdjustDecimal(p1+p2+1, s1+s2)
	case "/":
		scale = max(minCutScale, s1+p2+1)
		return AdjustDecimal(p1-s1+s2+scale, scale)
	case "%":
		return AdjustDecimal(min(p1-s1, p2-s2)+scale, scale)
	}
	return AdjustDecimal(max(p1-s1, p2-s2)+scale+1, scale)
}
