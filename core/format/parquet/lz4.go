package parquet

import (
	"encoding/binary"
	"io"

	"github.com/apache/arrow/go/v16/parquet/compress"
	"github.com/pierrec/lz4/v4"
)

// lz4Raw is a codec of blocks that the library lacks. The older LZ4 of Parquet has Hadoop's frames
// around the blocks, or none.
var (
	lz4Raw    = compress.Compression(7) // has no name in the library
	lz4Framed = compress.Codecs.Lz4
)

func init() {
	compress.RegisterCodec(lz4Raw, lz4Codec{})
	compress.RegisterCodec(lz4Framed, lz4Codec{framed: true})
}

type lz4Codec struct{ framed bool }

// Decode implements compress.Codec; nil: src is damaged, or not of dst's length.
func (c lz4Codec) Decode(dst, src []byte) []byte {
	if c.framed {
		if out := unframe(dst, src); out != nil {
			return out
		}
	}
	n, err := lz4.UncompressBlock(src, dst)
	if err != nil {
		return nil
	}
	return dst[:n]
}

// unframe decodes Hadoop's frames: the length of what follows when decoded, its length, a block.
func unframe(dst, src []byte) []byte {
	const header = 8
	at := 0
	for len(src) >= header {
		raw := int64(binary.BigEndian.Uint32(src))
		stored := int64(binary.BigEndian.Uint32(src[4:]))
		src = src[header:]
		if stored > int64(len(src)) || raw > int64(len(dst)-at) {
			return nil
		}
		n, err := lz4.UncompressBlock(src[:stored], dst[at:at+int(raw)])
		if err != nil || int64(n) != raw {
			return nil
		}
		at, src = at+n, src[stored:]
	}
	if len(src) > 0 {
		return nil
	}
	return dst[:at]
}

// Encode implements compress.Codec.
func (c lz4Codec) Encode(dst, src []byte) []byte {
	if need := lz4.CompressBlockBound(len(src)); len(dst) < need {
		dst = make([]byte, need)
	}
	n, err := lz4.CompressBlock(src, dst, nil)
	if err != nil || n == 0 && len(src) > 0 {
		panic("a block of LZ4 does not fit its bound") // the library takes no error
	}
	return dst[:n]
}

// EncodeLevel implements compress.Codec: there are no levels.
func (c lz4Codec) EncodeLevel(dst, src []byte, _ int) []byte { return c.Encode(dst, src) }

// CompressBound implements compress.Codec.
func (c lz4Codec) CompressBound(n int64) int64 { return int64(lz4.CompressBlockBound(int(n))) }

// NewReader implements compress.Codec; pages are decoded as blocks.
func (c lz4Codec) NewReader(r io.Reader) io.ReadCloser { return io.NopCloser(lz4.NewReader(r)) }

// NewWriter implements compress.Codec; pages are encoded as blocks.
func (c lz4Codec) NewWriter(w io.Writer) io.WriteCloser { return lz4.NewWriter(w) }

// NewWriterLevel implements compress.Codec.
func (c lz4Codec) NewWriterLevel(w io.Writer, _ int) (io.WriteCloser, error) {
	return c.NewWriter(w), nil
}
