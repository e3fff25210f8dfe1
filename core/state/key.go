package state

import (
	"bytes"
	"encoding/binary"
	"math"
	"sort"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// KeyVersion numbers the encoding of keys and Hash. It is kept with every snapshot.
//
// The encoding of a key is that of its columns one after the other; each is a tag and a value that
// tells its own length, so no two keys have the same bytes:
//
//	00            NULL
//	01, 02        FALSE, TRUE
//	03 + 8 bytes  TINYINT to BIGINT: big-endian, sign bit flipped
//	04 + 8 bytes  FLOAT, DOUBLE: as double, bits flipped so that bytes order as numbers do; NaN is
//	              one value, -0.0 is not 0.0 (as in Flink)
//	05 + 16 bytes DECIMAL: unscaled, big-endian, sign bit flipped
//	06, 07        strings, bytes: length as uvarint, bytes
//	08 + 8 bytes  DATE, TIME, TIMESTAMP, intervals: ticks as an integer
//	09            ARRAY: count as uvarint, elements
//	0a            MAP, MULTISET: count as uvarint, entries in order of their key's bytes
//	0b            ROW: count as uvarint, fields
//
// Integers of all sizes are encoded alike, and so are FLOAT and DOUBLE, so that a key column can
// be widened. A window is appended as f0 + start + end (both like integers).
const KeyVersion = 1

const (
	tagNull = iota
	tagFalse
	tagTrue
	tagInt
	tagFloat
	tagDecimal
	tagString
	tagBytes
	tagTime
	tagArray
	tagMap
	tagRow

	tagWindow = 0xf0
)

const signBit = 1 << 63

// Reset empties the batch of keys.
func (k *Keys) Reset() { k.Data, k.Ends, k.Groups = k.Data[:0], k.Ends[:0], k.Groups[:0] }

// Append adds a key that is already encoded.
func (k *Keys) Append(key []byte, group uint16) {
	k.Data = append(k.Data, key...)
	k.Ends = append(k.Ends, int32(len(k.Data)))
	k.Groups = append(k.Groups, group)
}

// AppendWindow adds key i of src in the namespace of the window [start, end).
func (k *Keys) AppendWindow(src *Keys, i int, start, end int64) {
	k.Data = append(k.Data, src.Key(i)...)
	k.Data = append(k.Data, tagWindow)
	k.Data = binary.BigEndian.AppendUint64(k.Data, uint64(start)^signBit)
	k.Data = binary.BigEndian.AppendUint64(k.Data, uint64(end)^signBit)
	k.Ends = append(k.Ends, int32(len(k.Data)))
	k.Groups = append(k.Groups, src.Groups[i])
}

// windowBytes is how long the namespace of a window is.
const windowBytes = 17

// SplitWindow takes the window off a key that AppendWindow made.
func SplitWindow(key []byte) (base []byte, start, end int64) {
	at := len(key) - windowBytes
	start = int64(binary.BigEndian.Uint64(key[at+1:]) ^ signBit)
	end = int64(binary.BigEndian.Uint64(key[at+9:]) ^ signBit)
	return key[:at], start, end
}

// EncodeKeys encodes the key columns of a batch, replacing what keys held. All columns have the
// same length; without columns there are no keys: a global aggregation uses EmptyKeys.
func EncodeKeys(cols []*batch.Column, maxParallelism int, keys *Keys) error {
	keys.Reset()
	if len(cols) == 0 {
		return errs.Internalf("keys of no columns")
	}
	n := cols[0].Len()
	if len(cols) == 1 && encodeOne(cols[0], n, maxParallelism, keys) {
		return nil
	}
	enc := make([]cellEncoder, len(cols))
	for i, c := range cols {
		e, err := encoderOf(c)
		if err != nil {
			return err
		}
		enc[i] = e
	}
	from := 0
	for row := range n {
		for i, e := range enc {
			if cols[i].IsNull(row) {
				keys.Data = append(keys.Data, tagNull)
			} else {
				keys.Data = e(keys.Data, row)
			}
		}
		keys.closeKey(from, maxParallelism)
		from = len(keys.Data)
	}
	return nil
}

func (k *Keys) closeKey(from, maxParallelism int) {
	k.Ends = append(k.Ends, int32(len(k.Data)))
	k.Groups = append(k.Groups, GroupOf(k.Data[from:], maxParallelism))
}

// GroupOf returns the key group of an encoded key without namespace.
func GroupOf(key []byte, maxParallelism int) uint16 {
	return GroupOfHash(uint32(Hash(key)), maxParallelism)
}

// EmptyKeys makes n times the key of no columns: what a global aggregation is keyed by.
func EmptyKeys(n, maxParallelism int, keys *Keys) {
	keys.Reset()
	group := GroupOf(nil, maxParallelism)
	for range n {
		keys.Append(nil, group)
	}
}

// KeysFromBytes takes keys that are already encoded, one a row of a BYTES column without nulls.
func KeysFromBytes(col *batch.Column, maxParallelism int, keys *Keys) error {
	keys.Reset()
	if col.NullCount() > 0 {
		return errs.Internalf("null in a column of encoded keys")
	}
	n := col.Len()
	if n == 0 {
		return nil
	}
	offs := col.Offsets()
	keys.Data = append(keys.Data, col.Data()[offs[0]:offs[n]]...)
	for i := range n {
		keys.Ends = append(keys.Ends, offs[i+1]-offs[0])
		keys.Groups = append(keys.Groups, GroupOf(keys.Key(i), maxParallelism))
	}
	return nil
}

// encodeOne is the fast path of a single column of a frequent type.
func encodeOne(c *batch.Column, n, maxParallelism int, keys *Keys) bool {
	switch c.Type.Kind {
	case types.BigInt:
		encodeWords(batch.Values[int64](c), c, tagInt, maxParallelism, keys)
	case types.Int:
		encodeWords(batch.Values[int32](c), c, tagInt, maxParallelism, keys)
	case types.Timestamp, types.TimestampLTZ:
		encodeWords(batch.Values[int64](c), c, tagTime, maxParallelism, keys)
	case types.Char, types.Varchar:
		encodeTexts(c, n, maxParallelism, keys)
	default:
		return false
	}
	return true
}

func encodeWords[T int32 | int64](v []T, c *batch.Column, tag byte, m int, keys *Keys) {
	data := make([]byte, 0, 9*len(v))
	if cap(keys.Data) >= cap(data) {
		data = keys.Data[:0]
	}
	nulls := c.NullCount() > 0
	nullGroup := GroupOf([]byte{tagNull}, m)
	for i, x := range v {
		if nulls && c.IsNull(i) {
			data = append(data, tagNull)
			keys.Groups = append(keys.Groups, nullGroup)
		} else {
			word := uint64(int64(x)) ^ signBit
			data = append(data, tag)
			data = binary.BigEndian.AppendUint64(data, word)
			keys.Groups = append(keys.Groups, GroupOfHash(uint32(hashWord(tag, word)), m))
		}
		keys.Ends = append(keys.Ends, int32(len(data)))
	}
	keys.Data = data
}

func encodeTexts(c *batch.Column, n, m int, keys *Keys) {
	from := 0
	for i := range n {
		if c.IsNull(i) {
			keys.Data = append(keys.Data, tagNull)
		} else {
			keys.Data = appendBytes(append(keys.Data, tagString), c.Bytes(i))
		}
		keys.closeKey(from, m)
		from = len(keys.Data)
	}
}

func appendBytes(dst, v []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(v)))
	return append(dst, v...)
}

func appendWord(dst []byte, tag byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(append(dst, tag), uint64(v)^signBit)
}

func appendFloat(dst []byte, v float64) []byte {
	bits := math.Float64bits(v)
	switch {
	case v != v:
		bits = 0x7ff8000000000000 | signBit
	case bits&signBit != 0:
		bits = ^bits
	default:
		bits |= signBit
	}
	return binary.BigEndian.AppendUint64(append(dst, tagFloat), bits)
}

// cellEncoder appends the encoding of a row's value, which is not null.
type cellEncoder func(dst []byte, row int) []byte

func intEncoder[T int8 | int16 | int32 | int64](c *batch.Column, tag byte) cellEncoder {
	v := batch.Values[T](c)
	return func(dst []byte, i int) []byte { return appendWord(dst, tag, int64(v[i])) }
}

func encoderOf(c *batch.Column) (cellEncoder, error) {
	switch t := c.Type; t.Kind {
	case types.Null:
		return func(dst []byte, _ int) []byte { return append(dst, tagNull) }, nil
	case types.Boolean:
		return func(dst []byte, i int) []byte {
			if c.Bool(i) {
				return append(dst, tagTrue)
			}
			return append(dst, tagFalse)
		}, nil
	case types.TinyInt:
		return intEncoder[int8](c, tagInt), nil
	case types.SmallInt:
		return intEncoder[int16](c, tagInt), nil
	case types.Int:
		return intEncoder[int32](c, tagInt), nil
	case types.BigInt:
		return intEncoder[int64](c, tagInt), nil
	case types.Float:
		v := batch.Values[float32](c)
		return func(dst []byte, i int) []byte { return appendFloat(dst, float64(v[i])) }, nil
	case types.Double:
		v := batch.Values[float64](c)
		return func(dst []byte, i int) []byte { return appendFloat(dst, v[i]) }, nil
	case types.Decimal:
		v := batch.Values[batch.Decimal](c)
		return func(dst []byte, i int) []byte {
			dst = appendWord(dst, tagDecimal, v[i].HighBits())
			return binary.BigEndian.AppendUint64(dst, v[i].LowBits())
		}, nil
	case types.Char, types.Varchar:
		return bytesEncoder(c, tagString), nil
	case types.Binary, types.Varbinary, types.Raw:
		return bytesEncoder(c, tagBytes), nil
	case types.Date, types.IntervalYM:
		return intEncoder[int32](c, tagTime), nil
	case types.Time:
		if t.Unit() == 3 {
			return intEncoder[int32](c, tagTime), nil
		}
		return intEncoder[int64](c, tagTime), nil
	case types.Timestamp, types.TimestampLTZ, types.IntervalDT:
		return intEncoder[int64](c, tagTime), nil
	case types.Array, types.Map, types.Multiset, types.Row:
		return nestedEncoder(c)
	}
	return nil, errs.Internalf("a column of type %s cannot be part of a key", c.Type)
}

func bytesEncoder(c *batch.Column, tag byte) cellEncoder {
	return func(dst []byte, i int) []byte { return appendBytes(append(dst, tag), c.Bytes(i)) }
}

func nestedEncoder(c *batch.Column) (cellEncoder, error) {
	kids := make([]cellEncoder, c.NumChildren())
	for i := range kids {
		e, err := encoderOf(c.Child(i))
		if err != nil {
			return nil, err
		}
		kid := c.Child(i)
		kids[i] = func(dst []byte, row int) []byte {
			if kid.IsNull(row) {
				return append(dst, tagNull)
			}
			return e(dst, row)
		}
	}
	switch c.Type.Kind {
	case types.Row:
		return func(dst []byte, row int) []byte {
			dst = binary.AppendUvarint(append(dst, tagRow), uint64(len(kids)))
			for _, e := range kids {
				dst = e(dst, row)
			}
			return dst
		}, nil
	case types.Array:
		return func(dst []byte, row int) []byte {
			from, to := c.Offsets()[row], c.Offsets()[row+1]
			dst = binary.AppendUvarint(append(dst, tagArray), uint64(to-from))
			for j := from; j < to; j++ {
				dst = kids[0](dst, int(j))
			}
			return dst
		}, nil
	}
	return func(dst []byte, row int) []byte {
		return appendEntries(dst, kids, int(c.Offsets()[row]), int(c.Offsets()[row+1]))
	}, nil
}

// appendEntries encodes the entries of a map in the order of their keys' bytes.
func appendEntries(dst []byte, kids []cellEncoder, from, to int) []byte {
	entries := make([][]byte, 0, to-from)
	for j := from; j < to; j++ {
		entries = append(entries, kids[1](kids[0](nil, j), j))
	}
	sort.Slice(entries, func(a, b int) bool { return bytes.Compare(entries[a], entries[b]) < 0 })
	dst = binary.AppendUvarint(append(dst, tagMap), uint64(len(entries)))
	for _, e := range entries {
		dst = append(dst, e...)
	}
	return dst
}
