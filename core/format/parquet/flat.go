package parquet

import (
	"encoding/binary"
	"math"
	"slices"
	"unsafe"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/parquet"
	"github.com/apache/arrow/go/v16/parquet/compress"
	"github.com/apache/arrow/go/v16/parquet/metadata"
	"github.com/apache/arrow/go/v16/parquet/pqarrow"
	"github.com/apache/arrow/go/v16/parquet/schema"

	"github.com/headrace/headrace/core/data/batch"
)

// flatColumns makes decoders of our own for the columns that are read: what nearly all files are
// made of, columns that are no lists, maps or rows, in plain or dictionary encoding. nil: the
// library reads them, which takes several times as long.
func (r *reader) flatColumns() []*column {
	at := map[int]*pqarrow.SchemaField{}
	for i := range r.in.Manifest.Fields {
		f := &r.in.Manifest.Fields[i]
		at[f.ColIndex] = f
	}
	var out []*column
	for _, leaf := range r.leaves {
		f, d := at[leaf], r.file.MetaData().Schema.Column(leaf)
		if f == nil || len(f.Children) > 0 || d.MaxRepetitionLevel() > 0 ||
			d.MaxDefinitionLevel() > 1 {
			return nil
		}
		v := valuesOf(d, f.Field.Type)
		if v == nil {
			return nil
		}
		c := &column{typ: f.Field.Type, optional: d.MaxDefinitionLevel() > 0, values: v}
		c.pages.src = r.source
		out = append(out, c)
	}
	return out
}

// valuesOf makes the decoder of a column that the library would give as t; nil: there is none.
func valuesOf(d *schema.Column, t arrow.DataType) values {
	switch p := d.PhysicalType(); {
	case p == parquet.Types.Boolean && t.ID() == arrow.BOOL:
		return &flags{}
	case p == parquet.Types.ByteArray && (t.ID() == arrow.STRING || t.ID() == arrow.BINARY):
		return &texts{}
	case p == parquet.Types.Float && t.ID() == arrow.FLOAT32:
		return &number[float32]{width: 4, plain: same[float32]}
	case p == parquet.Types.Double && t.ID() == arrow.FLOAT64:
		return &number[float64]{width: 8, plain: same[float64]}
	case p == parquet.Types.FixedLenByteArray && t.ID() == arrow.DECIMAL128 &&
		d.TypeLength() > 0 && d.TypeLength() <= 16:
		return &number[batch.Decimal]{width: d.TypeLength(), plain: func(dst []batch.Decimal, src []byte) {
			bigEndian(dst, src, d.TypeLength())
		}}
	case p == parquet.Types.Int32:
		return int32s(t.ID())
	case p == parquet.Types.Int64:
		return int64s(t.ID())
	}
	return nil
}

func int32s(t arrow.Type) values {
	const width = 4
	switch t {
	case arrow.INT32, arrow.DATE32, arrow.TIME32:
		return &number[int32]{width: width, plain: same[int32]}
	case arrow.INT16:
		return &number[int16]{width: width, plain: func(dst []int16, src []byte) {
			for i := range dst {
				dst[i] = int16(binary.LittleEndian.Uint32(src[width*i:]))
			}
		}}
	case arrow.INT8:
		return &number[int8]{width: width, plain: func(dst []int8, src []byte) {
			for i := range dst {
				dst[i] = int8(binary.LittleEndian.Uint32(src[width*i:]))
			}
		}}
	case arrow.DECIMAL128:
		return &number[batch.Decimal]{width: width, plain: func(dst []batch.Decimal, src []byte) {
			for i := range dst {
				v := int64(int32(binary.LittleEndian.Uint32(src[width*i:])))
				dst[i] = batch.DecimalFromWords(v>>63, uint64(v))
			}
		}}
	}
	return nil
}

func int64s(t arrow.Type) values {
	const width = 8
	switch t {
	case arrow.INT64, arrow.TIMESTAMP, arrow.TIME64:
		return &number[int64]{width: width, plain: same[int64]}
	case arrow.DECIMAL128:
		return &number[batch.Decimal]{width: width, dict: &words{}, plain: func(dst []batch.Decimal, src []byte) {
			src = src[:width*len(dst)]
			for i := range dst {
				v := int64(binary.LittleEndian.Uint64(src[width*i:]))
				dst[i] = batch.DecimalFromWords(v>>63, uint64(v))
			}
		}}
	}
	return nil
}

// same copies values that are stored as they are in memory.
func same[T batch.Fixed](dst []T, src []byte) {
	if len(dst) > 0 {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(dst))),
			len(dst)*int(unsafe.Sizeof(dst[0]))), src)
	}
}

// bigEndian reads numbers of width bytes, the highest first.
func bigEndian(dst []batch.Decimal, src []byte, width int) {
	for i := range dst {
		v := src[i*width : (i+1)*width]
		high := int64(int8(v[0])) >> 7
		low := uint64(high)
		for _, b := range v {
			high = high<<8 | int64(low>>56)
			low = low<<8 | uint64(b)
		}
		dst[i] = batch.DecimalFromWords(high, low)
	}
}

// beginFlat has the flat columns start with a row group; false: the library has to read it.
func (r *reader) beginFlat(g *metadata.RowGroupMetaData) bool {
	if len(r.flat) == 0 || r.file.WriterVersion().LessThan(metadata.Parquet816FixedVersion) {
		return false
	}
	for i, c := range r.flat {
		chunk, err := g.ColumnChunk(r.leaves[i])
		if err != nil || chunk.CryptoMetadata() != nil || chunk.FilePath() != "" ||
			chunk.NumValues() != g.NumRows() {
			return false
		}
		if _, err := compress.GetCodec(chunk.Compression()); err != nil ||
			slices.ContainsFunc(chunk.Encodings(), c.strange) {
			return false
		}
		from := chunk.DataPageOffset()
		if at := chunk.DictionaryPageOffset(); chunk.HasDictionaryPage() && at > 0 && at < from {
			from = at
		}
		size := chunk.TotalCompressedSize()
		if from < 0 || size < 0 || size > math.MaxInt64-from {
			return false
		}
		c.pages.begin(chunk.Compression(), from, from+size)
		c.left, c.inPage = chunk.NumValues(), 0
		c.values.dictionary(nil, 0)
	}
	r.inGroup = g.NumRows()
	return true
}

// strange says that a chunk with such an encoding is for the library.
func (c *column) strange(e parquet.Encoding) bool {
	switch e {
	case parquet.Encodings.Plain, parquet.Encodings.RLE:
		return false
	case parquet.Encodings.PlainDict, parquet.Encodings.RLEDict:
		_, bools := c.values.(*flags)
		return bools
	case byteStreamSplit:
		_, numbers := c.values.(interface{ stored() int })
		return !numbers
	case parquet.Encodings.BitPacked: // of levels, where there are any
		return c.optional
	}
	return true
}
