package colcodec

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Reader reads columns and slices from a message. After a read beyond its end Err says so, and all
// that is read is empty.
type Reader struct {
	Data []byte
	// Copy says that what is read must not share memory with the message.
	Copy bool
	// Objects decodes OBJECT columns; nil: they come as encoded ones.
	Objects Objects

	at  int
	bad bool
}

// Err returns an error when a read went beyond the end.
func (r *Reader) Err() error {
	if r.bad {
		return fmt.Errorf("a message of %d bytes is cut short", len(r.Data))
	}
	return nil
}

// More says whether something is left.
func (r *Reader) More() bool { return !r.bad && r.at < len(r.Data) }

func (r *Reader) align() { r.at = (r.at + 7) &^ 7 }

// Bytes reads n bytes where the reader stands.
func (r *Reader) Bytes(n int) []byte {
	if n < 0 || r.bad || n > len(r.Data)-r.at {
		r.bad = true
		return nil
	}
	b := r.Data[r.at : r.at+n : r.at+n]
	r.at += n
	if r.Copy {
		return append(make([]byte, 0, n), b...)
	}
	return b
}

// Uint64 reads a word, not aligned.
func (r *Reader) Uint64() uint64 {
	if r.bad || len(r.Data)-r.at < 8 {
		r.bad = true
		return 0
	}
	v := binary.LittleEndian.Uint64(r.Data[r.at:])
	r.at += 8
	return v
}

// ReadSlice reads n elements that AppendSlice wrote.
func ReadSlice[T int32 | int64 | uint64 | int8 | int16 | batch.Decimal | types.RowKind](
	r *Reader, n int) []T {
	r.align()
	var zero T
	size := int(unsafe.Sizeof(zero))
	if n < 0 || r.at > len(r.Data) || n > (len(r.Data)-r.at)/size {
		r.bad = true
		return nil
	}
	if n == 0 {
		return nil
	}
	s := unsafe.Slice((*T)(unsafe.Pointer(&r.Data[r.at])), n)
	r.at += n * size
	if r.Copy {
		return append(make([]T, 0, n), s...)
	}
	return s
}

// Column reads a column of a type and number of rows.
func (r *Reader) Column(t types.Type, n int) (*batch.Column, error) {
	r.align()
	var valid []byte
	if r.Uint64() != 0 {
		valid = r.Bytes((n + 7) / 8)
	}
	switch k := t.Kind; {
	case r.bad:
		return nil, r.Err()
	case k == types.Null:
		return batch.MakeNull(t, n), nil
	case k == types.Object:
		return r.objects(n)
	case k == types.Boolean:
		r.align()
		bits := r.Bytes((n + 7) / 8)
		return r.done(func() *batch.Column { return batch.MakeBool(t, bits, n, valid) })
	case k == types.Row:
		kids, err := r.kids(t, n)
		if err != nil {
			return nil, err
		}
		return batch.MakeRow(t, n, kids, valid), nil
	case k == types.Array || k == types.Map || k == types.Multiset:
		offs := ReadSlice[int32](r, n+1)
		if r.bad {
			return nil, r.Err()
		}
		kids, err := r.kids(t, int(offs[n]))
		if err != nil {
			return nil, err
		}
		return batch.MakeNested(t, offs, kids, valid), nil
	case t.IsString() || t.IsBytes():
		offs := ReadSlice[int32](r, n+1)
		if r.bad {
			return nil, r.Err()
		}
		r.align()
		data := r.Bytes(int(offs[n]))
		return r.done(func() *batch.Column { return batch.MakeBytes(t, offs, data, valid) })
	}
	return r.fixed(t, n, valid)
}

func (r *Reader) done(make func() *batch.Column) (*batch.Column, error) {
	if r.bad {
		return nil, r.Err()
	}
	return make(), nil
}

func (r *Reader) fixed(t types.Type, n int, valid []byte) (*batch.Column, error) {
	switch widthOf(t) {
	case 1:
		return fixedOf(r, t, ReadSlice[int8](r, n), valid)
	case 2:
		return fixedOf(r, t, ReadSlice[int16](r, n), valid)
	case 4:
		return fixedOf(r, t, ReadSlice[int32](r, n), valid)
	case 16:
		return fixedOf(r, t, ReadSlice[batch.Decimal](r, n), valid)
	}
	return fixedOf(r, t, ReadSlice[int64](r, n), valid)
}

func fixedOf[T batch.Fixed](r *Reader, t types.Type, v []T, valid []byte) (*batch.Column, error) {
	return r.done(func() *batch.Column { return batch.MakeFixed(t, v, valid) })
}

func (r *Reader) kids(t types.Type, n int) ([]*batch.Column, error) {
	list := kidTypes(t)
	kids := make([]*batch.Column, len(list))
	for i, k := range list {
		var err error
		if kids[i], err = r.Column(k, n); err != nil {
			return nil, err
		}
	}
	return kids, nil
}

// objects reads an OBJECT column.
func (r *Reader) objects(n int) (*batch.Column, error) {
	ends := ReadSlice[int32](r, n)
	if r.bad {
		return nil, r.Err()
	}
	r.align()
	size := 0
	if n > 0 {
		size = int(ends[n-1])
	}
	if size < 0 || size > len(r.Data)-r.at {
		r.bad = true
		return nil, r.Err()
	}
	data := r.Data[r.at : r.at+size]
	r.at += size
	if r.Objects != nil {
		return r.Objects.Decode(data, ends)
	}
	return batch.MakeEncoded(data, ends), nil
}

// kidTypes are the types of the child columns.
func kidTypes(t types.Type) []types.Type {
	switch t.Kind {
	case types.Array:
		return []types.Type{*t.Elem}
	case types.Map:
		return []types.Type{*t.Key, *t.Elem}
	case types.Multiset:
		return []types.Type{*t.Elem, types.Of(types.Int).Nullable(false)}
	}
	kids := make([]types.Type, len(t.Fields))
	for i, f := range t.Fields {
		kids[i] = f.Type
	}
	return kids
}
