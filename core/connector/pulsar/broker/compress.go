package broker

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Compression is how payloads are packed; the numbers are the protocol's.
type Compression int32

// The kinds of compression.
const (
	None Compression = iota
	LZ4
	ZLIB
	ZSTD
	SNAPPY
)

// Compressions are the names of the kinds, by number.
var Compressions = []string{"NONE", "LZ4", "ZLIB", "ZSTD", "SNAPPY"}

var (
	zstdReader = sync.OnceValues(func() (*zstd.Decoder, error) {
		return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	})
	zstdWriter = sync.OnceValues(func() (*zstd.Encoder, error) {
		return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	})
)

// decompress unpacks a payload whose size is known.
func decompress(kind int32, b []byte, size int) ([]byte, error) {
	if size < 0 || size > frameMax {
		return nil, fmt.Errorf("its size of %d bytes is wrong", size)
	}
	out, err := b, error(nil)
	switch Compression(kind) {
	case None:
		return b, nil
	case LZ4:
		out = make([]byte, size)
		var n int
		n, err = lz4.UncompressBlock(b, out)
		out = out[:max(n, 0)]
	case ZLIB:
		var r io.ReadCloser
		if r, err = zlib.NewReader(bytes.NewReader(b)); err == nil {
			out, err = io.ReadAll(io.LimitReader(r, int64(size)+1))
		}
	case ZSTD:
		var d *zstd.Decoder
		if d, err = zstdReader(); err == nil {
			out, err = d.DecodeAll(b, make([]byte, 0, size))
		}
	case SNAPPY:
		out, err = snappy.Decode(nil, b)
	default:
		err = fmt.Errorf("compression %d is not known", kind)
	}
	if err == nil && len(out) != size {
		err = fmt.Errorf("it has %d bytes, not %d", len(out), size)
	}
	return out, err
}

// compress packs a payload.
func compress(kind Compression, b []byte) []byte {
	switch kind {
	case LZ4:
		out := make([]byte, lz4.CompressBlockBound(len(b)))
		if n, err := lz4.CompressBlock(b, out, nil); err == nil && n > 0 {
			return out[:n]
		}
		return lz4Literals(b)
	case ZLIB:
		var out bytes.Buffer
		w := zlib.NewWriter(&out)
		_, _ = w.Write(b) // a buffer takes all
		_ = w.Close()
		return out.Bytes()
	case ZSTD:
		w, err := zstdWriter()
		if err != nil {
			panic(err) // its options are constant
		}
		return w.EncodeAll(b, nil)
	case SNAPPY:
		return snappy.Encode(nil, b)
	}
	return b
}

// lz4Literals is a block of LZ4 for what cannot be packed: all of it as it is.
func lz4Literals(b []byte) []byte {
	out := make([]byte, 0, len(b)+len(b)/255+16)
	if len(b) < 15 {
		return append(append(out, byte(len(b))<<4), b...)
	}
	out = append(out, 0xf0)
	n := len(b) - 15
	for ; n >= 255; n -= 255 {
		out = append(out, 255)
	}
	return append(append(out, byte(n)), b...)
}
