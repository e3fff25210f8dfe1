package filesystem

import (
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

// rows reads the rows of a split of a bulk format.
type rows struct {
	file fsys.Reader
	in   format.FileReader
	pos  int64
}

func newRows(fs fsys.FS, s *split, f *format.Format, c *format.Config) (*rows, error) {
	file, err := fs.Open(s.path)
	if err != nil {
		return nil, readError(s.path, err)
	}
	in, err := f.OpenFile(c, file, s.from, s.to)
	if err != nil {
		_ = file.Close() // the first error is the one that counts
		return nil, inFile(s.path, err)
	}
	r := &rows{file: file, in: in, pos: max(s.pos, 0)}
	if r.pos > 0 {
		if err := in.Skip(r.pos); err != nil {
			_ = r.close() // likewise
			return nil, inFile(s.path, err)
		}
	}
	return r, nil
}

func (r *rows) next(n, _ int) (*batch.Batch, error) {
	b, err := r.in.Next(n)
	if err == nil {
		r.pos += int64(b.Len())
	}
	return b, err
}

func (r *rows) position() int64 { return r.pos }

func (r *rows) close() error {
	err := r.in.Close()
	if cerr := r.file.Close(); err == nil {
		err = cerr
	}
	return err
}

// input reads one split.
type input interface {
	// next returns rows, io.EOF at the end; an empty batch means: call again.
	next(rows, bytes int) (*batch.Batch, error)
	// position is the split's pos behind the rows given.
	position() int64
	close() error
}

var (
	_ input = (*rows)(nil)
	_ input = (*records)(nil)
)
