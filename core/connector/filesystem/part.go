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
	openedMs, usedMs   int64
}

var lineEnd = []byte{'\n'}

func (p *part) write(b *batch.Batch, e format.Encoder) error {
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
		return p.flush()
	}
	return nil
}

func (p *part) flush() error {
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
func (p *part) close() error {
	var err error
	if p.bulk != nil {
		err = p.bulk.Close()
	} else if len(p.buf) > 0 {
		err = p.flush()
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
