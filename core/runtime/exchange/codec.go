package exchange

import (
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/headrace/headrace/core/base/errs"
)

// Codec is how blocks of a result are compressed.
type Codec string

// The codecs, under Flink's names.
const (
	NoCodec Codec = "NONE"
	LZ4     Codec = "LZ4"
	ZSTD    Codec = "ZSTD"
)

// compressor compresses blocks, one after the other.
type compressor struct {
	codec Codec
	lz4   lz4.Compressor
	out   []byte
}

var (
	zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest),
			zstd.WithEncoderConcurrency(2))
		if err != nil {
			panic(err) // the options are constants
		}
		return e
	})
	zstdDecoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2))
		if err != nil {
			panic(err)
		}
		return d
	})
)

func newCompressor(c Codec) *compressor { return &compressor{codec: c} }

// compress returns the block compressed, valid until the next call, or as it is when that is not
// longer.
func (c *compressor) compress(raw []byte) []byte {
	switch c.codec {
	case LZ4:
		if need := lz4.CompressBlockBound(len(raw)); cap(c.out) < need {
			c.out = make([]byte, need)
		}
		n, err := c.lz4.CompressBlock(raw, c.out[:cap(c.out)])
		if err != nil || n == 0 || n >= len(raw) {
			return raw
		}
		return c.out[:n]
	case ZSTD:
		c.out = zstdEncoder().EncodeAll(raw, c.out[:0])
		if len(c.out) >= len(raw) {
			return raw
		}
		return c.out
	}
	return raw
}

func decompress(c Codec, stored []byte, size int) ([]byte, error) {
	raw := make([]byte, size)
	switch c {
	case LZ4:
		if n, err := lz4.UncompressBlock(stored, raw); err != nil || n != size {
			return nil, errs.Corruptf("a block cannot be decompressed")
		}
		return raw, nil
	case ZSTD:
		raw, err := zstdDecoder().DecodeAll(stored, raw[:0])
		if err != nil || len(raw) != size {
			return nil, errs.Corruptf("a block cannot be decompressed")
		}
		return raw, nil
	}
	return nil, errs.Corruptf("a block of %d bytes should have %d", len(stored), size)
}
