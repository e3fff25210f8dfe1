package kernel

import (
	"math/big"
	"math/bits"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// u128 is the absolute value of an unscaled decimal.
type u128 struct{ hi, lo uint64 }

// split returns sign and absolute value.
func split(d batch.Decimal) (neg bool, u u128) {
	if d.HighBits() < 0 {
		d = d.Negate()
		neg = true
	}
	return neg, u128{uint64(d.HighBits()), d.LowBits()}
}

// join makes a decimal; u must be below 2^127.
func join(neg bool, u u128) batch.Decimal {
	d := decimal128.New(int64(u.hi), u.lo)
	if neg {
		return d.Negate()
	}
	return d
}

func (u u128) less(v u128) bool { return u.hi < v.hi || u.hi == v.hi && u.lo < v.lo }

// mul64 multiplies; ok is false above 2^127.
func (u u128) mul64(m uint64) (u128, bool) {
	c, lo := bits.Mul64(u.lo, m)
	over, hi := bits.Mul64(u.hi, m)
	hi, carry := bits.Add64(hi, c, 0)
	return u128{hi, lo}, over == 0 && carry == 0 && hi>>63 == 0
}

// divRound64 divides, rounding half up or (not round) down.
func (u u128) divRound64(d uint64, round bool) u128 {
	qhi, r := u.hi/d, u.hi%d
	qlo, r := bits.Div64(r, u.lo, d)
	if round && r >= d-r {
		var c uint64
		qlo, c = bits.Add64(qlo, 1, 0)
		qhi += c
	}
	return u128{qhi, qlo}
}

var pow10s = func() (p [39]u128) {
	p[0] = u128{0, 1}
	for i := 1; i < len(p); i++ {
		p[i], _ = p[i-1].mul64(10)
	}
	return
}()

var bigPow10s = func() (p [80]*big.Int) {
	p[0] = big.NewInt(1)
	for i := 1; i < len(p); i++ {
		p[i] = new(big.Int).Mul(p[i-1], big.NewInt(10))
	}
	return
}()

// scaleUp multiplies by 10^k; ok is false above 2^127.
func (u u128) scaleUp(k int) (u128, bool) {
	for ; k > 18; k -= 18 {
		var ok bool
		if u, ok = u.mul64(pow10s[18].lo); !ok {
			return u, false
		}
	}
	return u.mul64(pow10s[k].lo)
}

// scaleDown divides by 10^k, rounding half up or down.
func (u u128) scaleDown(k int, round bool) u128 {
	if k <= 19 {
		return u.divRound64(pow10s[k].lo, round)
	}
	b := bigRound(u.big(), bigPow10s[min(k, len(bigPow10s)-1)], round)
	return u128{new(big.Int).Rsh(b, 64).Uint64(), b.Uint64()}
}

func (u u128) big() *big.Int {
	b := new(big.Int).SetUint64(u.hi)
	return b.Lsh(b, 64).Or(b, new(big.Int).SetUint64(u.lo))
}

// bigRound divides positive numbers, rounding half up or down.
func bigRound(a, d *big.Int, round bool) *big.Int {
	q, r := new(big.Int).QuoRem(a, d, new(big.Int))
	if round && r.Lsh(r, 1).Cmp(d) >= 0 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

// fit makes a DECIMAL(p, …) of a sign and an absolute value; ok is false when it has more digits.
func fit(neg bool, u u128, p int) (batch.Decimal, bool) {
	return join(neg, u), u.less(pow10s[p])
}

func fitBig(neg bool, b *big.Int, p int) (batch.Decimal, bool) {
	if b.Cmp(bigPow10s[p]) >= 0 {
		return batch.Decimal{}, false
	}
	return fit(neg, u128{new(big.Int).Rsh(b, 64).Uint64(), b.Uint64()}, p)
}

// Rescale converts an unscaled value of scale from to DECIMAL(p, s), rounding half up; ok is
// false when it does not fit.
func Rescale(d batch.Decimal, from, p, s int) (batch.Decimal, bool) {
	neg, u := split(d)
	if s >= from {
		v, ok := u.scaleUp(s - from)
		if !ok {
			return d, false
		}
		return fit(neg, v, p)
	}
	return fit(neg, u.scaleDown(from-s, true), p)
}

// CompareDecimals compares unscaled values of any scales.
func CompareDecimals(a batch.Decimal, sa int, b batch.Decimal, sb int) int {
	if sa == sb {
		return a.Cmp(b)
	}
	if sa > sb {
		return -CompareDecimals(b, sb, a, sa)
	}
	neg, u := split(a)
	if v, ok := u.scaleUp(sb - sa); ok {
		return join(neg, v).Cmp(b)
	}
	if neg { // larger in size than any 38 digits
		return -1
	}
	return 1
}

// small says that a value is far from the limits of DECIMAL(38): the sum of two such fits.
func small(d batch.Decimal) bool {
	const limit = 1 << 60
	return d.HighBits() < limit && d.HighBits() >= -limit
}

// AddDecimals adds (or subtracts) exactly and rounds to DECIMAL(p, s).
func AddDecimals(a batch.Decimal, sa int, b batch.Decimal, sb int, sub bool, p, s int,
) (batch.Decimal, bool) {
	if sub {
		b = b.Negate()
	}
	if sa == s && sb == s && p == types.MaxPrecision && small(a) && small(b) {
		return a.Add(b), true
	}
	na, ua := split(a)
	nb, ub := split(b)
	scale := max(sa, sb)
	va, ok1 := ua.scaleUp(scale - sa)
	vb, ok2 := ub.scaleUp(scale - sb)
	if ok1 && ok2 && va.hi>>62 == 0 && vb.hi>>62 == 0 {
		sum := join(na, va).Add(join(nb, vb))
		return Rescale(sum, scale, p, s)
	}
	x := signedBig(na, ua)
	x.Mul(x, bigPow10s[scale-sa])
	y := signedBig(nb, ub)
	x.Add(x, y.Mul(y, bigPow10s[scale-sb]))
	return roundBig(x, scale, p, s)
}

func signedBig(neg bool, u u128) *big.Int {
	b := u.big()
	if neg {
		b.Neg(b)
	}
	return b
}

// roundBig brings an unscaled value of scale from to DECIMAL(p, s), rounding half up.
func roundBig(x *big.Int, from, p, s int) (batch.Decimal, bool) {
	neg := x.Sign() < 0
	x.Abs(x)
	if s >= from {
		return fitBig(neg, x.Mul(x, bigPow10s[s-from]), p)
	}
	return fitBig(neg, bigRound(x, bigPow10s[from-s], true), p)
}

// MulDecimals multiplies exactly and rounds to DECIMAL(p, s).
func MulDecimals(a batch.Decimal, sa int, b batch.Decimal, sb int, p, s int,
) (batch.Decimal, bool) {
	na, ua := split(a)
	nb, ub := split(b)
	if ua.hi == 0 || ub.hi == 0 {
		if ub.hi != 0 {
			ua, ub = ub, ua
		}
		if v, ok := ua.mul64(ub.lo); ok {
			return Rescale(join(na != nb, v), sa+sb, p, s)
		}
	}
	x := signedBig(na != nb, ua)
	return roundBig(x.Mul(x, ub.big()), sa+sb, p, s)
}

// DivDecimals divides and rounds half up to DECIMAL(p, s); b is not zero.
func DivDecimals(a batch.Decimal, sa int, b batch.Decimal, sb int, p, s int,
) (batch.Decimal, bool) {
	na, ua := split(a)
	nb, ub := split(b)
	k := s - sa + sb
	if k >= 0 && ub.hi == 0 {
		if v, ok := ua.scaleUp(k); ok {
			return fit(na != nb, v.divRound64(ub.lo, true), p)
		}
	}
	x, y := ua.big(), ub.big()
	if k >= 0 {
		x.Mul(x, bigPow10s[k])
	} else {
		y.Mul(y, bigPow10s[-k])
	}
	return fitBig(na != nb, bigRound(x, y, true), p)
}

// ModDecimals is the remainder with the sign of a, as DECIMAL(p, s); b is not zero.
func ModDecimals(a batch.Decimal, sa int, b batch.Decimal, sb int, p, s int,
) (batch.Decimal, bool) {
	na, ua := split(a)
	_, ub := split(b)
	scale := max(sa, sb)
	x, y := ua.big(), ub.big()
	x.Mul(x, bigPow10s[scale-sa])
	y.Mul(y, bigPow10s[scale-sb])
	x.Rem(x, y)
	if na {
		x.Neg(x)
	}
	return roundBig(x, scale, p, s)
}

func arithDecimals(op ArithOp, a, b Vec, n int, t types.Type) (*batch.Column, error) {
	x, y := NumsOf[batch.Decimal](a), NumsOf[batch.Decimal](b)
	sa, sb := a.Type().Scale, b.Type().Scale
	p, s := t.Precision, t.Scale
	out := batch.Uninit[batch.Decimal](n)
	valid := Valid(n, a, b)
	fast, short := newWords(op, sa, sb, p, s)
	for i := 0; i < n; i++ {
		if short {
			if i = fast.run(x, y, out, i); i == n {
				break
			}
		}
		if valid != nil && !batch.Bit(valid, i) {
			out[i] = batch.Decimal{}
			continue
		}
		u, v := x.At(i), y.At(i)
		var r batch.Decimal
		var ok bool
		switch op {
		case Add, Sub:
			r, ok = AddDecimals(u, sa, v, sb, op == Sub, p, s)
		case Mul:
			r, ok = MulDecimals(u, sa, v, sb, p, s)
		default:
			if v.Sign() == 0 {
				return nil, errs.Dataf("Division by zero")
			}
			if op == Div {
				r, ok = DivDecimals(u, sa, v, sb, p, s)
			} else {
				r, ok = ModDecimals(u, sa, v, sb, p, s)
			}
		}
		out[i] = r
		if !ok {
			if valid == nil {
				valid = batch.NewValid(n)
			}
			batch.ClearBit(valid, i)
		}
	}
	return batch.MakeFixed(t, out, valid), nil
}

// AppendDecimal appends the plain text of an unscaled value: "-0.05".
func AppendDecimal(dst []byte, d batch.Decimal, scale int) []byte {
	neg, u := split(d)
	if neg {
		dst = append(dst, '-')
	}
	var digits []byte
	if u.hi == 0 {
		digits = strconv.AppendUint(make([]byte, 0, 40), u.lo, 10)
	} else {
		digits = u.big().Append(make([]byte, 0, 40), 10)
	}
	if len(digits) <= scale {
		dst = append(dst, '0')
		if scale > 0 {
			dst = append(dst, '.')
		}
		for range scale - len(digits) {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[:len(digits)-scale]...)
	if scale > 0 {
		dst = append(dst, '.')
		dst = append(dst, digits[len(digits)-scale:]...)
	}
	return dst
}

// ParseDecimal reads "-12.5", "+1e3", ".5" as DECIMAL(p, s), rounding half up. Text that is no
// number and numbers that do not fit give ok false.
func ParseDecimal(text string, p, s int) (d batch.Decimal, ok bool) {
	neg := false
	if text != "" && (text[0] == '-' || text[0] == '+') {
		neg = text[0] == '-'
		text = text[1:]
	}
	exp := 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		e, err := strconv.Atoi(strings.TrimPrefix(text[i+1:], "+"))
		if err != nil || e > 1<<20 || e < -1<<20 || strings.HasPrefix(text[i+1:], "+-") {
			return d, false
		}
		exp, text = e, text[:i]
	}
	digits := make([]byte, 0, len(text))
	point := -1
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits = append(digits, c)
		case c == '.' && point < 0:
			point = len(digits)
		default:
			return d, false
		}
	}
	if len(digits) == 0 {
		return d, false
	}
	if point < 0 {
		point = len(digits)
	}
	return decimalOfDigits(neg, digits, len(digits)-point-exp, p, s)
}

// decimalOfDigits makes DECIMAL(p, s) of digits with a scale of any size.
func decimalOfDigits(neg bool, digits []byte, scale, p, s int) (batch.Decimal, bool) {
	for len(digits) > 0 && digits[0] == '0' {
		digits = digits[1:]
	}
	if len(digits) == 0 {
		return batch.Decimal{}, true
	}
	whole := len(digits) - scale // digits before the point
	if whole > p-s {
		return batch.Decimal{}, false
	}
	keep := whole + s
	if keep < 0 {
		return batch.Decimal{}, true
	}
	round := false
	if keep < len(digits) {
		round = digits[keep] >= '5'
		digits = digits[:keep]
	}
	var u u128
	for _, c := range digits {
		u, _ = u.mul64(10)
		u = u.add64(uint64(c - '0'))
	}
	u, ok := u.scaleUp(keep - len(digits))
	if round {
		u = u.add64(1)
	}
	if !ok {
		return batch.Decimal{}, false
	}
	return fit(neg, u, p)
}

func (u u128) add64(x uint64) u128 {
	lo, c := bits.Add64(u.lo, x, 0)
	return u128{u.hi + c, lo}
}

// DecimalToFloat is the nearest DOUBLE.
func DecimalToFloat(d batch.Decimal, scale int) float64 {
	neg, u := split(d)
	if u.hi == 0 && u.lo < 1<<53 && scale <= 22 {
		f := float64(u.lo) / float64Pow10[scale]
		if neg {
			return -f
		}
		return f
	}
	var buf [48]byte
	f, _ := strconv.ParseFloat(string(AppendDecimal(buf[:0], d, scale)), 64)
	return f
}

var float64Pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// FloatToDecimal converts through the shortest decimal text of the number, as Flink does.
func FloatToDecimal(f float64, bitSize, p, s int) (batch.Decimal, bool) {
	var buf [32]byte
	return ParseDecimal(string(strconv.AppendFloat(buf[:0], f, 'e', -1, bitSize)), p, s)
}

// TruncDecimal is the whole part as an integer that wraps to 64 bits.
func TruncDecimal(d batch.Decimal, scale int) int64 {
	neg, u := split(d)
	u = u.scaleDown(scale, false)
	if neg {
		return -int64(u.lo)
	}
	return int64(u.lo)
}

// IntToDecimal is an integer as DECIMAL(p, s).
func IntToDecimal(v int64, p, s int) (batch.Decimal, bool) {
	return Rescale(decimal128.FromI64(v), 0, p, s)
}
