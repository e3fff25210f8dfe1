package kernel

import (
	"math"
	"strconv"

	"github.com/headrace/headrace/core/data/batch"
)

// RoundInt rounds (half away from zero) or cuts an integer to a power of ten; digits is negative.
func RoundInt(v int64, digits int, cut bool) int64 {
	if digits >= 0 {
		return v
	}
	if digits < -18 {
		return 0
	}
	p := pow10[-digits]
	r := v % p
	v -= r
	if !cut && r >= p-r && r > 0 {
		v += p
	}
	if !cut && r < 0 && -r >= p+r {
		v -= p
	}
	return v
}

// RoundFloat rounds or cuts through the shortest decimal text of the number, as Flink does:
// ROUND(1.005, 2) is 1.01.
func RoundFloat(f float64, bits, digits int, cut bool) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) || digits > 17 || math.Abs(f) >= 1e17 {
		return f
	}
	text := strconv.AppendFloat(nil, f, 'f', -1, bits)
	point := len(text)
	for i, c := range text {
		if c == '.' {
			point = i
		}
	}
	scale := max(len(text)-point-1, 0)
	if digits >= scale {
		return f
	}
	d, ok := ParseDecimal(string(text), 38, min(scale, 20))
	if !ok {
		return f
	}
	d, s := RoundDecimal(d, min(scale, 20), digits, cut)
	return DecimalToFloat(d, s)
}

// RoundDecimal rounds or cuts an unscaled value to digits after the point; the result has the
// scale max(digits, 0).
func RoundDecimal(d batch.Decimal, scale, digits int, cut bool) (batch.Decimal, int) {
	if digits >= scale {
		return d, scale
	}
	neg, u := split(d)
	u = u.scaleDown(min(scale-digits, 38), !cut)
	if digits < 0 {
		var ok bool
		if u, ok = u.scaleUp(-digits); !ok {
			return batch.Decimal{}, 0
		}
		return join(neg, u), 0
	}
	return join(neg, u), digits
}

// FloorDecimal is the greatest whole number below (or, up, the least above) an unscaled value.
func FloorDecimal(d batch.Decimal, scale int, up bool) batch.Decimal {
	neg, u := split(d)
	whole := u.scaleDown(scale, false)
	if back, _ := whole.scaleUp(scale); back != u && neg != up {
		whole = whole.add64(1)
	}
	return join(neg, whole)
}
