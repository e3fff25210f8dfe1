package format

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
)

// Text views bytes as a string without a copy; it is valid as long as b is.
func Text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// Trim drops the blanks and control characters around a value.
func Trim(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// safeDigits is how many decimal digits surely fit an int64.
const safeDigits = 18

// ParseInt reads an optional sign and digits.
func ParseInt(b []byte) (int64, bool) {
	if len(b) == 0 {
		return 0, false
	}
	neg := b[0] == '-'
	if neg || b[0] == '+' {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	if len(b) > safeDigits {
		return parseLongInt(b, neg)
	}
	v, ok := digits(b)
	if neg {
		v = -v
	}
	return v, ok
}

// digits reads up to 18 digits, eight at a time as far as they go.
func digits(b []byte) (v int64, ok bool) {
	for len(b) >= 8 {
		x, ok := eight(binary.LittleEndian.Uint64(b))
		if !ok {
			return 0, false
		}
		v = v*1e8 + x
		b = b[8:]
	}
	for _, c := range b {
		c -= '0'
		if c > 9 {
			return 0, false
		}
		v = v*10 + int64(c)
	}
	return v, true
}

// eight reads eight digits that lie in a word as in memory.
func eight(x uint64) (int64, bool) {
	ok := x&0xf0f0f0f0f0f0f0f0|(x+0x0606060606060606)&0xf0f0f0f0f0f0f0f0>>4 == 0x3333333333333333
	x = x & 0x0f0f0f0f0f0f0f0f * (10<<8 + 1) >> 8
	x = x & 0x00ff00ff00ff00ff * (100<<16 + 1) >> 16
	x = x & 0x0000ffff0000ffff * (10000<<32 + 1) >> 32
	return int64(x), ok
}

// IntAt reads data[from:to] as ParseInt does, but fast only: false says that ParseInt has to look.
// It reads the bytes before the number with it, so that it needs no loop over the digits.
func IntAt(data []byte, from, to int) (int64, bool) {
	n := to - from
	if uint(n-1) >= 16 || to < 16 || to > len(data) {
		return 0, false
	}
	neg := data[from] == '-'
	if neg {
		n--
	}
	low := binary.LittleEndian.Uint64(data[to-8:])
	if n <= 8 {
		v, ok := eight(lead(low, n))
		if neg {
			v = -v
		}
		return v, ok && n > 0
	}
	v, ok := eight(low)
	high, ok2 := eight(lead(binary.LittleEndian.Uint64(data[to-16:]), n-8))
	v += high * 1e8
	if neg {
		v = -v
	}
	return v, ok && ok2
}

// lead keeps the last n of eight characters (1 to 8) behind zeros.
func lead(x uint64, n int) uint64 {
	junk := uint64(1)<<(64-8*n) - 1
	return x&^junk | 0x3030303030303030&junk
}

func parseLongInt(b []byte, neg bool) (int64, bool) {
	var v uint64
	for _, c := range b {
		c -= '0'
		hi, lo := bits.Mul64(v, 10)
		if c > 9 || hi != 0 || lo > 1<<64-1-uint64(c) {
			return 0, false
		}
		v = lo + uint64(c)
	}
	if neg {
		return -int64(v), v <= 1<<63
	}
	return int64(v), v < 1<<63
}

var exact = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13,
	1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// exact32 is the largest power of ten that a FLOAT holds exactly.
const exact32 = 10

// ParseFloat reads a number as Java does, NaN and Infinity included. Numbers of up to 15 digits
// and a small exponent, which have an exact product or quotient, are done here.
func ParseFloat(b []byte, size int) (float64, bool) {
	i, neg := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg = b[0] == '-'
		i++
	}
	var m uint64
	start, point := i, -1
	for ; i < len(b); i++ {
		c := b[i] - '0'
		if c <= 9 {
			m = m*10 + uint64(c)
		} else if b[i] == '.' && point < 0 {
			point = i
		} else {
			break
		}
	}
	digits := i - start
	exp := 0
	if point >= 0 {
		digits--
		exp = point + 1 - i
	}
	if digits == 0 || digits > 15 || i < len(b) || -exp >= len(exact) ||
		size == 32 && (digits > 7 || exp < -exact32) {
		return kernel.ParseFloat(Text(b), size)
	}
	f := float64(m) / exact[-exp]
	if size == 32 {
		f = float64(float32(m) / float32(exact[-exp]))
	}
	if neg {
		f = -f
	}
	return f, true
}

// two reads two digits.
func two(b []byte, i int) (int, bool) {
	x, y := b[i]-'0', b[i+1]-'0'
	return int(x)*10 + int(y), x <= 9 && y <= 9
}

// ParseDate reads yyyy-MM-dd as days since 1970.
func ParseDate(b []byte) (int64, bool) {
	if len(b) != 10 || b[4] != '-' || b[7] != '-' {
		return 0, false
	}
	y1, ok1 := two(b, 0)
	y2, ok2 := two(b, 2)
	m, ok3 := two(b, 5)
	d, ok4 := two(b, 8)
	y := y1*100 + y2
	if !(ok1 && ok2 && ok3 && ok4) || m < 1 || m > 12 || d < 1 || d > kernel.DaysIn(y, m) {
		return 0, false
	}
	return kernel.Days(y, m, d), true
}

// ParseTime reads HH:mm[:ss[.fffffffff]] as ticks of the unit; finer digits are cut.
func ParseTime(b []byte, unit int) (int64, bool) {
	if len(b) < 5 || b[2] != ':' {
		return 0, false
	}
	h, ok1 := two(b, 0)
	m, ok2 := two(b, 3)
	if !ok1 || !ok2 || h > 23 || m > 59 {
		return 0, false
	}
	secs := int64(h*3600 + m*60)
	if len(b) == 5 {
		return secs * ticksPer[unit], true
	}
	if len(b) < 8 || b[5] != ':' {
		return 0, false
	}
	s, ok := two(b, 6)
	if !ok || s > 59 {
		return 0, false
	}
	frac, ok := fraction(b[8:], unit)
	return (secs+int64(s))*ticksPer[unit] + frac, ok
}

var ticksPer = [...]int64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9}

// fraction reads "" or ".f" with one to nine digits.
func fraction(b []byte, unit int) (int64, bool) {
	if len(b) == 0 {
		return 0, true
	}
	if b[0] != '.' || len(b) > 10 || len(b) == 1 {
		return 0, false
	}
	var v int64
	for i := 1; i < len(b); i++ {
		c := b[i] - '0'
		if c > 9 {
			return 0, false
		}
		if i <= unit {
			v = v*10 + int64(c)
		}
	}
	for i := len(b) - 1; i < unit; i++ {
		v *= 10
	}
	return v, true
}

// TimeStandard is how timestamps are written.
type TimeStandard struct{ ISO bool } // SQL: "2024-01-01 10:00:00.5", ISO: "2024-01-01T10:00:00.5"

// Parse reads a timestamp as ticks of the unit. With zone an instant is meant and 'Z' must follow.
func (s TimeStandard) Parse(b []byte, unit int, zone bool) (int64, bool) {
	if zone {
		if len(b) == 0 || b[len(b)-1] != 'Z' {
			return 0, false
		}
		b = b[:len(b)-1]
	}
	sep := byte(' ')
	if s.ISO {
		sep = 'T'
	}
	if len(b) < 16 || b[10] != sep || len(b) < 19 && !s.ISO {
		return 0, false
	}
	days, ok := ParseDate(b[:10])
	if !ok {
		return 0, false
	}
	t, ok := ParseTime(b[11:], unit)
	hi, lo := bits.Mul64(uint64(max(days, -days)), uint64(86400*ticksPer[unit]))
	return days*86400*ticksPer[unit] + t, ok && hi == 0 && lo < 1<<63-1<<57
}

// Append writes ticks of the unit: up to nine fraction digits, at least min, zeros at the end cut.
func (s TimeStandard) Append(dst []byte, ticks int64, unit, min int, zone bool) []byte {
	c := kernel.CivilOf(ticks, unit)
	days := kernel.Days(c.Year, c.Month, c.Day)
	dst = kernel.AppendDate(dst, days)
	if s.ISO {
		dst = append(dst, 'T')
	} else {
		dst = append(dst, ' ')
	}
	dst = AppendClock(dst, c, min)
	if zone {
		dst = append(dst, 'Z')
	}
	return dst
}

// AppendClock writes HH:mm:ss and the fraction with at least min digits, zeros at the end cut.
func AppendClock(dst []byte, c kernel.Civil, min int) []byte {
	pair := func(v int) { dst = append(dst, byte('0'+v/10), byte('0'+v%10)) }
	pair(c.Hour)
	dst = append(dst, ':')
	pair(c.Minute)
	dst = append(dst, ':')
	pair(c.Second)
	var f [10]byte
	f[0] = '.'
	n := c.Nano
	for i := 9; i > 0; i-- {
		f[i] = byte('0' + n%10)
		n /= 10
	}
	end := 10
	for end > 1+min && f[end-1] == '0' {
		end--
	}
	if end == 1 {
		return dst
	}
	return append(dst, f[:end]...)
}

// TimeTicks reads row i of a TIME column.
func TimeTicks(c *batch.Column, i int) int64 {
	if c.Type.Unit() == 3 {
		return int64(batch.Values[int32](c)[i])
	}
	return batch.Values[int64](c)[i]
}
