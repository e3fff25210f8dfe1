package function

import (
	"fmt"
	"math"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

func mathScalar(name, syntax, doc, example string, list ...sig) *Scalar {
	return def(Scalar{Name: name, Category: "arithmetic", Syntax: syntax, Doc: doc,
		Example: example}, list...)
}

// real1 makes a kernel of a function of DOUBLE in a tight loop.
func real1(f func(float64) float64) Kernel {
	return func(_ *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		if args[0].AllNull() {
			return kernel.NullVec(t.Nullable(true)), nil
		}
		out := make([]float64, n)
		x := kernel.NumsOf[float64](args[0])
		for i := range out {
			out[i] = f(x.At(i))
		}
		return kernel.ColVec(batch.MakeFixed(t, out, kernel.Valid(n, args...))), nil
	}
}

func real2(f func(a, b float64) float64) Kernel {
	return func(_ *kernel.Context, args []kernel.Vec, n int, t types.Type) (kernel.Vec, error) {
		if args[0].AllNull() || args[1].AllNull() {
			return kernel.NullVec(t.Nullable(true)), nil
		}
		out := make([]float64, n)
		x, y := kernel.NumsOf[float64](args[0]), kernel.NumsOf[float64](args[1])
		for i := range out {
			out[i] = f(x.At(i), y.At(i))
		}
		return kernel.ColVec(batch.MakeFixed(t, out, kernel.Valid(n, args...))), nil
	}
}

// numeric makes a kernel that works on integers, floats and DECIMALs of the first argument alike;
// a second argument is an INT.
func numeric(ints func(v int64, k int) int64, floats func(v float64, bits, k int) float64,
	decimals func(d batch.Decimal, from, to types.Type, k int) batch.Decimal) Kernel {
	return rows(func(c *call, i int) error {
		k := 0
		if c.has(1) {
			k = c.int(1, i)
		}
		col, at := c.col(0), c.at(0, i)
		switch col.Type.Kind {
		case types.TinyInt:
			batch.Append(c.out, int8(ints(kernel.IntAt(col, at), k)))
		case types.SmallInt:
			batch.Append(c.out, int16(ints(kernel.IntAt(col, at), k)))
		case types.Int:
			batch.Append(c.out, int32(ints(kernel.IntAt(col, at), k)))
		case types.BigInt:
			batch.Append(c.out, ints(kernel.IntAt(col, at), k))
		case types.Float:
			batch.Append(c.out, float32(floats(float64(batch.Values[float32](col)[at]), 32, k)))
		case types.Double:
			batch.Append(c.out, floats(batch.Values[float64](col)[at], 64, k))
		default:
			batch.Append(c.out, decimals(batch.Values[batch.Decimal](col)[at], col.Type, c.t, k))
		}
		return nil
	})
}

func absInt(v int64, _ int) int64 {
	if v < 0 {
		return -v
	}
	return v
}

func signInt(v int64, _ int) int64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}

func signFloat(v float64, _, _ int) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return v
}

func floorKernel(up bool) Kernel {
	return numeric(func(v int64, _ int) int64 { return v },
		func(v float64, _, _ int) float64 {
			if up {
				return math.Ceil(v)
			}
			return math.Floor(v)
		},
		func(d batch.Decimal, from, _ types.Type, _ int) batch.Decimal {
			return kernel.FloorDecimal(d, from.Scale, up)
		})
}

// wholeType is the type without fraction digits; DECIMAL(12, 5) stays 12 digits long.
func wholeType(args []Arg) types.Type {
	t := args[0].Type
	if t.Kind == types.Decimal {
		t.Scale = 0
		if args[0].Value != nil {
			t = types.DecimalOf(max(t.Precision, 1), 0)
		}
	}
	return t
}

// roundType is the type of ROUND: DECIMAL(12, 5) to 2 digits is DECIMAL(10, 2).
func roundType(args []Arg) types.Type { return roundTo(args, 1) }

// truncType is the type of TRUNCATE, which needs no digit for a carry.
func truncType(args []Arg) types.Type { return roundTo(args, 1) }

func roundTo(args []Arg, carry int) types.Type {
	t := args[0].Type
	if t.Kind != types.Decimal {
		return t
	}
	digits := int64(0)
	if len(args) > 1 {
		var ok bool
		if digits, ok = args[1].Int(); !ok {
			return t
		}
	}
	if digits >= int64(t.Scale) {
		return t
	}
	whole := t.Precision - t.Scale
	if digits < 0 {
		return types.DecimalOf(min(types.MaxPrecision, whole+carry), 0)
	}
	return types.DecimalOf(min(types.MaxPrecision, whole+carry+int(digits)), int(digits))
}

func roundKernel(cut bool) Kernel {
	return numeric(func(v int64, k int) int64 { return kernel.RoundInt(v, k, cut) },
		func(v float64, bits, k int) float64 {
			if !cut {
				bits = 64 // as in Flink, ROUND sees a FLOAT as a DOUBLE, TRUNCATE as its text
			}
			return kernel.RoundFloat(v, bits, k, cut)
		},
		func(d batch.Decimal, from, to types.Type, k int) batch.Decimal {
			d, s := kernel.RoundDecimal(d, from.Scale, k, cut)
			out, _ := kernel.Rescale(d, s, types.MaxPrecision, to.Scale)
			return out
		})
}

// orFloor binds FLOOR and CEIL of a number, or of a time to a unit.
func orFloor(up bool) []sig {
	at := keep(ts3T, types.Type.IsTemporal)
	return []sig{
		on(num).returnsFn(wholeType, floorKernel(up)),
		on(at, symbol).returnsFn(func(args []Arg) types.Type {
			t := first(args).WithAttr(types.NoTime)
			if t.IsTimestamp() { // floors to at most milliseconds
				t.Precision = max(t.Precision, 0)
			}
			return t
		}, truncKernel(up)),
	}
}

func mathFunctions() []*Scalar {
	f := func(name, doc, example string, g func(float64) float64) *Scalar {
		return mathScalar(name, name+"(numeric)", doc, example, on(f64).returns(doubleT, real1(g)))
	}
	constant := func(name, doc string, v float64) *Scalar {
		return mathScalar(name, name+"()", doc, fmt.Sprintf("%s() → %v", name, v),
			on().with(notNull).returns(doubleT, func(_ *kernel.Context, _ []kernel.Vec, _ int,
				t types.Type) (kernel.Vec, error) {
				return kernel.ConstVec(batch.MakeFixed(t, []float64{v}, nil)), nil
			}))
	}
	logBase := func(base, x float64) float64 { return naturalLog(x) / naturalLog(base) }
	return []*Scalar{
		mathScalar("POWER", "POWER(numeric1, numeric2)", "numeric1 to the power of numeric2.",
			"POWER(2, 3) → 8.0", on(f64, f64).returns(doubleT, real2(math.Pow))).alias("POW"),
		mathScalar("ABS", "ABS(numeric)", "The absolute value; the least integer stays itself.",
			"ABS(-5) → 5", on(num).returnsFn(first, numeric(absInt,
				func(v float64, _, _ int) float64 { return math.Abs(v) },
				func(d batch.Decimal, _, _ types.Type, _ int) batch.Decimal { return d.Abs() }))),
		f("SQRT", "The square root.", "SQRT(4) → 2.0", math.Sqrt),
		f("LN", "The natural logarithm.", "LN(1) → 0.0", naturalLog),
		f("LOG10", "The logarithm to base 10.", "LOG10(100) → 2.0", decimalLog),
		f("LOG2", "The logarithm to base 2.", "LOG2(8) → 3.0", math.Log2),
		mathScalar("LOG", "LOG(numeric2), LOG(numeric1, numeric2)",
			"The logarithm of numeric2 to the base numeric1 (e if not given).", "LOG(2, 8) → 3.0",
			on(f64).returns(doubleT, real1(naturalLog)),
			on(f64, f64).returns(doubleT, real2(logBase))),
		f("EXP", "e to the power of the number.", "EXP(0) → 1.0", math.Exp),
		mathScalar("CEIL", "CEIL(numeric), CEIL(time TO unit)", "The least whole number that is not "+
			"less, or the time moved on to the next start of a unit.", "CEIL(1.2) → 2",
			orFloor(true)...).alias("CEILING"),
		mathScalar("FLOOR", "FLOOR(numeric), FLOOR(time TO unit)", "The greatest whole number that "+
			"is not greater, or the start of the unit of time (weeks begin on Sunday).",
			"FLOOR(-1.2) → -2", orFloor(false)...),
		f("SIN", "The sine.", "SIN(0) → 0.0", math.Sin),
		f("SINH", "The hyperbolic sine.", "SINH(0) → 0.0", math.Sinh),
		f("COS", "The cosine.", "COS(0) → 1.0", math.Cos),
		f("TAN", "The tangent.", "TAN(0) → 0.0", math.Tan),
		f("TANH", "The hyperbolic tangent.", "TANH(0) → 0.0", math.Tanh),
		f("COT", "The cotangent.", "ROUND(COT(1), 10) → 0.6420926159",
			func(x float64) float64 { return math.Cos(x) / math.Sin(x) }),
		f("ASIN", "The arc sine.", "ASIN(0) → 0.0", math.Asin),
		f("ACOS", "The arc cosine.", "ACOS(1) → 0.0", math.Acos),
		f("ATAN", "The arc tangent.", "ATAN(0) → 0.0", math.Atan),
		mathScalar("ATAN2", "ATAN2(y, x)", "The angle of the point (x, y).", "ATAN2(0, 1) → 0.0",
			on(f64, f64).returns(doubleT, real2(math.Atan2))),
		f("COSH", "The hyperbolic cosine.", "COSH(0) → 1.0", math.Cosh),
		f("DEGREES", "Radians in degrees.", "DEGREES(0) → 0.0",
			func(x float64) float64 { return x * 180 / math.Pi }),
		f("RADIANS", "Degrees in radians.", "RADIANS(180) → 3.141592653589793",
			func(x float64) float64 { return x / 180 * math.Pi }),
		mathScalar("SIGN", "SIGN(numeric)", "-1, 0 or 1, of the number's type.", "SIGN(-2.5) → -1.0",
			on(num).returnsFn(first, numeric(signInt, signFloat,
				func(d batch.Decimal, from, _ types.Type, _ int) batch.Decimal {
					s, _ := kernel.IntToDecimal(int64(d.Sign()), types.MaxPrecision, from.Scale)
					return s
				}))),
		mathScalar("ROUND", "ROUND(numeric[, digits])", "The number rounded, half away from zero, "+
			"to digits after (or, negative, before) the point.", "ROUND(2.567, 2) → 2.57",
			on(num, i32).optional(1).returnsFn(roundType, roundKernel(false))),
		mathScalar("TRUNCATE", "TRUNCATE(numeric[, digits])",
			"The number cut to digits after the point.", "TRUNCATE(42.345, 2) → 42.34",
			on(num, i32).optional(1).returnsFn(truncType, roundKernel(true))),
		constant("PI", "π.", math.Pi),
		constant("E", "Euler's number.", math.E),
	}
}

// leastNormal is the least double with all its digits. The processor's logarithm of a smaller one
// is wrong (math.Log on amd64), so that it is made greater first.
const (
	leastNormal = 0x1p-1022
	toNormal    = 54 // binary places that make the least subnormal a normal one
)

func naturalLog(x float64) float64 {
	if x > 0 && x < leastNormal {
		return math.Log(math.Ldexp(x, toNormal)) - toNormal*math.Ln2
	}
	return math.Log(x)
}

func decimalLog(x float64) float64 {
	if x > 0 && x < leastNormal {
		return math.Log10(math.Ldexp(x, toNormal)) - toNormal*(math.Ln2/math.Ln10)
	}
	return math.Log10(x)
}
