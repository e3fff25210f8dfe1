package format

import (
	"bytes"
	"strconv"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
)

// AppendNumber appends a DECIMAL as Java's BigDecimal prints it once zeros at the end are
// stripped: 100.00 is 1E+2, 12.30 is 12.3, 0.00000012 is 1.2E-7, 0.00 is 0.
func AppendNumber(dst []byte, d batch.Decimal, scale int) []byte {
	var buf [48]byte
	digits := kernel.AppendDecimal(buf[:0], d, 0)
	if digits[0] == '-' {
		dst = append(dst, '-')
		digits = digits[1:]
	}
	if len(digits) == 1 && digits[0] == '0' {
		return append(dst, '0')
	}
	kept := bytes.TrimRight(digits, "0")
	scale -= len(digits) - len(kept)
	return appendScaled(dst, kept, scale)
}

// smallest is the exponent below which BigDecimal is printed in scientific notation.
const smallest = -6

func appendScaled(dst, digits []byte, scale int) []byte {
	exp := len(digits) - 1 - scale
	switch {
	case scale < 0 || exp < smallest:
		dst = append(dst, digits[0])
		if len(digits) > 1 {
			dst = append(dst, '.')
			dst = append(dst, digits[1:]...)
		}
		dst = append(dst, 'E')
		if exp > 0 {
			dst = append(dst, '+')
		}
		return strconv.AppendInt(dst, int64(exp), 10)
	case scale == 0:
		return append(dst, digits...)
	case len(digits) > scale:
		dst = append(dst, digits[:len(digits)-scale]...)
		dst = append(dst, '.')
		return append(dst, digits[len(digits)-scale:]...)
	}
	dst = append(dst, "0."...)
	for range scale - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// AppendBigDecimal appends a DECIMAL as BigDecimal.toString does, zeros at the end kept: 100.00,
// 1.20000000000E-7, 0E-18.
func AppendBigDecimal(dst []byte, d batch.Decimal, scale int) []byte {
	var buf [48]byte
	digits := kernel.AppendDecimal(buf[:0], d, 0)
	if digits[0] == '-' {
		dst = append(dst, '-')
		digits = digits[1:]
	}
	return appendScaled(dst, digits, scale)
}
