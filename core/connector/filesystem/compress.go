package filesystem

import (
	"compress/bzip2"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/headrace/headrace/core/base/fsys"
)

var compressions = map[string]string{
	".gz": "gzip", ".gzip": "gzip", ".bz2": "bzip2", ".zst": "zstd", ".zstd": "zstd",
	".deflate": "zlib",
}

// compression names how a file is compressed, by the end of its name; "" is not.
func compression(path string) string {
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		return compressions[strings.ToLower(path[i:])]
	}
	return ""
}

// stream reads a file from a place in its uncompressed bytes.
type stream struct {
	io.Reader
	close func() error
}

func (s *stream) Close() error { return s.close() }

// open opens a file at byte from of what it holds.
func open(fs fsys.FS, path string, from int64) (*stream, error) {
	f, err := fs.Open(path)
	if err != nil {
		return nil, err
	}
	kind := compression(path)
	if kind == "" {
		return &stream{io.NewSectionReader(f, from, 1<<62), f.Close}, nil
	}
	raw := io.NewSectionReader(f, 0, f.Size())
	s := &stream{close: f.Close}
	switch kind {
	case "gzip":
		s.Reader, err = gzip.NewReader(raw)
	case "zlib":
		s.Reader, err = zlib.NewReader(raw)
	case "bzip2":
		s.Reader = bzip2.NewReader(raw)
	case "zstd":
		var z *zstd.Decoder
		if z, err = zstd.NewReader(raw, zstd.WithDecoderConcurrency(1)); err == nil {
			s.Reader, s.close = z, func() error {
				z.Close()
				return f.Close()
			}
		}
	}
	if err == nil && from > 0 {
		_, err = io.CopyN(io.Discard, s, from)
	}
	if err != nil {
		_ = s.close() // the first error is the one that counts
		return nil, err
	}
	return s, nil
}
