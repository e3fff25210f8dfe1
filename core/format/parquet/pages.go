package parquet

import (
	"errors"
	"io"

	"github.com/apache/arrow/go/v16/parquet/compress"
	"github.com/klauspost/compress/s2"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
)

// pages reads the pages of one column chunk, one after the other. Its buffers serve one chunk after
// the other.
type pages struct {
	src   io.ReaderAt
	codec compress.Compression
	at    int64 // in the file: what has not been read ends at end
	end   int64

	window []byte // what was read of the file
	ahead  []byte // the part of window that is not used yet
	page   []byte
}

const (
	windowBytes = 256 << 10
	headerBytes = 16 << 20 // no page header is larger
	// slack is how many bytes behind a page may be read, so that numbers can be read as words.
	slack = 8
)

func damaged() error { return errs.Dataf("damaged Parquet file") }

// begin starts with a chunk at a stretch of the file.
func (p *pages) begin(codec compress.Compression, from, to int64) {
	p.codec, p.at, p.end, p.ahead = codec, from, to, nil
}

// fill has at least n bytes in ahead, or all that there are.
func (p *pages) fill(n int) error {
	have := len(p.ahead)
	if have >= n || p.at >= p.end {
		return nil
	}
	size := int(min(int64(max(n, windowBytes)), int64(have)+p.end-p.at))
	if cap(p.window) < size+slack {
		w := batch.Uninit[byte](size + slack)
		copy(w, p.ahead)
		p.window = w
	} else {
		copy(p.window[:have], p.ahead)
	}
	p.window = p.window[:size]
	read, err := p.src.ReadAt(p.window[have:], p.at)
	if err != nil && !(errors.Is(err, io.EOF) && read == size-have) {
		return damaged()
	}
	p.at += int64(read)
	p.ahead = p.window
	return nil
}

// header reads the next page's header.
func (p *pages) header() (pageHeader, error) {
	for size := 256; size <= headerBytes; size *= 4 {
		if err := p.fill(size); err != nil {
			return pageHeader{}, err
		}
		h, n := parseHeader(p.ahead)
		if n > 0 {
			p.ahead = p.ahead[n:]
			if !h.sound() {
				return h, damaged()
			}
			return h, nil
		}
		if p.at >= p.end && len(p.ahead) <= size {
			break
		}
	}
	return pageHeader{}, damaged()
}

// next reads the next page: its header and its bytes, decompressed, with slack behind them. They
// are valid until the next call.
func (p *pages) next() (pageHeader, []byte, error) {
	h, err := p.header()
	if err != nil {
		return h, nil, err
	}
	if err := p.fill(h.stored); err != nil {
		return h, nil, err
	}
	if len(p.ahead) < h.stored {
		return h, nil, damaged()
	}
	stored := p.ahead[:h.stored]
	p.ahead = p.ahead[h.stored:]
	if p.codec == compress.Codecs.Uncompressed && h.stored == h.raw && h.kind != dataPageV2 {
		return h, stored, nil // behind the window there is slack
	}
	if cap(p.page) < h.raw+slack {
		p.page = batch.Uninit[byte](h.raw + h.raw/8 + slack)
	}
	page := p.page[:h.raw]
	plain := 0
	switch {
	case h.kind == dataPageV2:
		plain = h.defBytes
		if !h.compressed {
			plain = h.stored
		}
	case p.codec == compress.Codecs.Uncompressed:
		plain = h.stored
	}
	if plain > h.raw {
		return h, nil, damaged()
	}
	copy(page, stored[:plain])
	if plain == h.stored {
		if plain < h.raw {
			return h, nil, damaged()
		}
		return h, page, nil
	}
	return h, page, p.decompress(page[plain:], stored[plain:])
}

func (p *pages) decompress(dst, src []byte) error {
	if p.codec == compress.Codecs.Uncompressed { // version 2 says that it is compressed
		if copy(dst, src) != len(src) || len(src) != len(dst) {
			return damaged()
		}
		return nil
	}
	if p.codec == compress.Codecs.Snappy {
		if n, err := s2.DecodedLen(src); err != nil || n != len(dst) {
			return damaged()
		}
		if _, err := s2.Decode(dst, src); err != nil {
			return damaged()
		}
		return nil
	}
	codec, err := compress.GetCodec(p.codec)
	if err != nil {
		return err
	}
	out := codec.Decode(dst, src)
	if len(out) != len(dst) {
		return damaged()
	}
	copy(dst, out) // where the codec did not use dst
	return nil
}
