package exchange

import (
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
)

// resultFile is the file of a result: blocks of one part each, one behind the other. What it has of
// each part is known in memory; the file is of no use to another process.
type resultFile struct {
	fs     fsys.FS
	path   string
	codec  *compressor
	writer fsys.Writer
	size   int64
	blocks [][]block // by part, in order

	mu     sync.Mutex
	reader fsys.Reader
}

// block is a stretch of the file.
type block struct {
	offset int64
	stored int // bytes in the file; equal to raw: not compressed
	raw    int
	sum    uint32
	tells  bool // something in it is no row
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func createResultFile(f fsys.FS, name string, codec Codec, parts int) (*resultFile, error) {
	if err := f.MkdirAll(path.Dir(name)); err != nil {
		return nil, err
	}
	w, err := f.Create(name)
	if err != nil {
		return nil, err
	}
	return &resultFile{fs: f, path: name, codec: newCompressor(codec), writer: w,
		blocks: make([][]block, parts)}, nil
}

func (f *resultFile) write(part int, raw []byte, tells bool) error {
	stored := f.codec.compress(raw)
	if _, err := f.writer.Write(stored); err != nil {
		return err
	}
	f.blocks[part] = append(f.blocks[part], block{offset: f.size, stored: len(stored),
		raw: len(raw), sum: crc32.Checksum(stored, castagnoli), tells: tells})
	f.size += int64(len(stored))
	return nil
}

// finish closes the file for writing.
func (f *resultFile) finish() error {
	err := f.writer.Close()
	f.writer = nil
	f.codec = &compressor{codec: f.codec.codec} // readers need no tables
	return err
}

// read returns the bytes of a block, which the caller owns.
func (f *resultFile) read(b block) ([]byte, error) {
	r, err := f.open()
	if err != nil {
		return nil, err
	}
	stored := make([]byte, b.stored)
	if n, err := r.ReadAt(stored, b.offset); n < len(stored) {
		if err == nil || errors.Is(err, io.EOF) {
			err = errs.Corruptf("the file ends at byte %d of %d", b.offset+int64(n), f.size)
		}
		return nil, err
	}
	if crc32.Checksum(stored, castagnoli) != b.sum {
		return nil, errs.Corruptf("the checksum of the block at byte %d is wrong", b.offset)
	}
	if b.stored == b.raw {
		return stored, nil
	}
	return decompress(f.codec.codec, stored, b.raw)
}

func (f *resultFile) open() (fsys.Reader, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reader != nil {
		return f.reader, nil
	}
	r, err := f.fs.Open(f.path)
	f.reader = r
	return r, err
}

func (f *resultFile) remove() error {
	var first error
	if f.writer != nil {
		first = f.writer.Close()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.reader != nil {
		if err := f.reader.Close(); first == nil {
			first = err
		}
		f.reader = nil
	}
	if err := f.fs.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) && first == nil {
		first = err
	}
	return first
}
