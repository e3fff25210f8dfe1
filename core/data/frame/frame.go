// Package frame turns batches into bytes and back, column by column, for what the engine keeps on
// disk while it runs. A frame says neither schema nor version: writer and reader are of one process.
package frame

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/colcodec"
	"github.com/headrace/headrace/core/data/types"
)

// Objects gives who encodes and decodes columns of live objects; it is asked when there are some.
type Objects func() (colcodec.Objects, error)

// Append adds the frame of a batch to a message.
func Append(dst []byte, b *batch.Batch, objects Objects) ([]byte, error) {
	dst = colcodec.Align(dst)
	for _, n := range []int{b.Len(), len(b.Marks), len(b.Kinds), len(b.Times)} {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(n))
	}
	for _, m := range b.Marks {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(m.Row))
		dst = binary.LittleEndian.AppendUint64(dst, uint64(m.Time))
	}
	dst = colcodec.AppendSlice(dst, b.Kinds)
	dst = colcodec.AppendSlice(dst, b.Times)
	for _, c := range b.Cols {
		host, err := hostOf(c.Type, objects)
		if err != nil {
			return nil, err
		}
		if dst, err = colcodec.Append(dst, c, host); err != nil {
			return nil, err
		}
	}
	return colcodec.Align(dst), nil
}

func hostOf(t types.Type, objects Objects) (colcodec.Objects, error) {
	if t.Kind != types.Object {
		return nil, nil
	}
	return objects()
}

// Decode reads the frame where a message's reader stands. The columns refer to the message, which
// must not change any more.
func Decode(r *colcodec.Reader, schema *types.Schema, objects Objects) (*batch.Batch, error) {
	colcodec.ReadSlice[uint64](r, 0) // to where a frame starts
	n, marks := int(r.Uint64()), int(r.Uint64())
	kinds, times := int(r.Uint64()), int(r.Uint64())
	if n < 0 || marks < 0 || marks > len(r.Data)/16 || kinds != 0 && kinds != n ||
		times != 0 && times != n {
		return nil, errs.Corruptf("a frame has %d rows, %d marks, %d kinds, %d times", n, marks,
			kinds, times)
	}
	b := &batch.Batch{}
	for range marks {
		b.Marks = append(b.Marks, batch.Mark{Row: int(r.Uint64()), Time: int64(r.Uint64())})
	}
	b.Kinds = colcodec.ReadSlice[types.RowKind](r, kinds)
	b.Times = colcodec.ReadSlice[int64](r, times)
	cols := make([]*batch.Column, len(schema.Fields))
	for i, f := range schema.Fields {
		host, err := hostOf(f.Type, objects)
		if err != nil {
			return nil, err
		}
		r.Objects = host
		if cols[i], err = r.Column(f.Type, n); err != nil {
			return nil, err
		}
	}
	colcodec.ReadSlice[uint64](r, 0)
	if err := r.Err(); err != nil {
		return nil, errs.Corruptf("a frame is cut off").Wrap(err)
	}
	out := batch.New(schema, cols, n)
	out.Marks, out.Kinds, out.Times = b.Marks, b.Kinds, b.Times
	return out, nil
}
