package filesystem

import (
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

// writeBuffer is how many bytes of records are gathered before they go to the file.
const writeBuffer = 256 << 10

// part is a file being written.
type part struct {
	dir, hidden, final string
	file               fsys.Writer
	bulk               format.FileWriter // nil for record formats
	buf                []byte
	written            int64
	kept               int64 // bytes that are in a snapshot, -1: the file is in none
	openedMs, usedMs   int64
}

var lineEnd = []byte{'\n'}

func (p *part) write(fs fsys.FS, b *batch.Batch, e format.Encoder) error {
	if p.bulk != nil {
		if err := p.bulk.Write(b); err != nil {
			return writeError(p.hidden, err)
		}
		return nil
	}
	var err error
	if p.buf, err = e.Encode(p.buf, b, 0, b.Len(), lineEnd); err != nil {
		return err
	}
	if len(p.buf) >= writeBuffer {
		return p.flush(fs)
	}
	return nil
}

func (p *part) flush(fs fsys.FS) error {
	if p.file == nil {
		var err error
		if p.file, err = fs.Append(p.hidden); err != nil {
			return writeError(p.hidden, err)
		}
	}
	n, err := p.file.Write(p.buf)
	p.written += int64(n)
	p.buf = p.buf[:0]
	if err != nil {
		return writeError(p.hidden, err)
	}
	return nil
}

// size is how many bytes the file has or will have.
func (p *part) size() int64 {
	if p.bulk != nil {
		return p.bulk.Buffered()
	}
	return p.written + int64(len(p.buf))
}

// close completes the file: all of it is on the disk when close returns.
func (p *part) close(fs fsys.FS) error {
	var err error
	if p.bulk != nil {
		err = p.bulk.Close()
	} else if len(p.buf) > 0 {
		err = p.flush(fs)
	}
	if p.file == nil {
		return err // all of it has been on the disk since it was last written to
	}
	if err == nil {
		err = p.file.Sync()
	}
	if cerr := p.file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return writeError(p.hidden, err)
	}
	return nil
}
