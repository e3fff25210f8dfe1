package function

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/apache/arrow/go/v16/arrow/decimal128"

	"github.com/headrace/headrace/core/data/batch"
)

// domain is how a multiset stores the values of a kind of column.
type domain[T comparable] struct {
	read   func(c *batch.Column) func(i int) T
	less   func(a, b T) bool
	put    func(b *batch.Builder, v T)
	encode func(dst []byte, v T) []byte
	decode func(r *reader) T
	size   func(v T) int64
}

func numberDomain[T plainNumber]() domain[T] {
	return domain[T]{
		read: func(c *batch.Column) func(int) T {
			v := batch.Values[T](c)
			return func(i int) T { return v[i] }
		},
		less: func(a, b T) bool { return a < b },
		put: func(b *batch.Builder, v T) {
			batch.Append(b, v)
		},
		encode: appendNumber[T], decode: readNumber[T], size: func(T) int64 { return 8 },
	}
}

// floatDomain stores the bits of a number so that they sort as integers do: NaN, which is no key
// of a map, becomes one that is above everything.
func floatDomain[F float32 | float64]() domain[int64] {
	d := numberDomain[int64]()
	d.read = func(c *batch.Column) func(int) int64 {
		v := batch.Values[F](c)
		return func(i int) int64 {
			f := float64(v[i])
			if f != f {
				f = math.NaN()
			}
			bits := int64(math.Float64bits(f))
			return bits ^ (bits>>63)&math.MaxInt64
		}
	}
	d.put = func(b *batch.Builder, bits int64) {
		bits ^= (bits >> 63) & math.MaxInt64
		batch.Append(b, F(math.Float64frombits(uint64(bits))))
	}
	return d
}

func textDomain() domain[string] {
	return domain[string]{
		read: func(c *batch.Column) func(int) string {
			return func(i int) string { return strings.Clone(string(c.Bytes(i))) }
		},
		less:   func(a, b string) bool { return a < b },
		put:    func(b *batch.Builder, v string) { b.AppendString(v) },
		encode: appendText, decode: (*reader).text,
		size: func(v string) int64 { return int64(len(v)) },
	}
}

func decimalDomain() domain[batch.Decimal] {
	return domain[batch.Decimal]{
		read: func(c *batch.Column) func(int) batch.Decimal {
			v := batch.Values[batch.Decimal](c)
			return func(i int) batch.Decimal { return v[i] }
		},
		less: func(a, b batch.Decimal) bool { return a.Less(b) },
		put:  func(b *batch.Builder, v batch.Decimal) { batch.Append(b, v) },
		encode: func(dst []byte, v batch.Decimal) []byte {
			dst = binary.LittleEndian.AppendUint64(dst, v.LowBits())
			return binary.LittleEndian.AppendUint64(dst, uint64(v.HighBits()))
		},
		decode: func(r *reader) batch.Decimal {
			lo := r.uint64()
			return decimal128.New(int64(r.uint64()), lo)
		},
		size: func(batch.Decimal) int64 { return 16 },
	}
}

func boolDomain() domain[bool] {
	return domain[bool]{
		read:   func(c *batch.Column) func(int) bool { return c.Bool },
		less:   func(a, b bool) bool { return !a && b },
		put:    (*batch.Builder).AppendBool,
		encode: func(dst []byte, v bool) []byte { return append(dst, map[bool]byte{true: 1}[v]) },
		decode: func(r *reader) bool { return r.take(1)[0] != 0 },
		size:   func(bool) int64 { return 1 },
	}
}
