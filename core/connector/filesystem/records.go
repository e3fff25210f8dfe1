package filesystem

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/format"
)

// chunk is how many bytes are read at a time.
const chunk = 1 << 20

// records reads the records of a split.
type records struct {
	burier
	fs      fsys.FS
	split   *split
	decoder format.Decoder
	framing format.Framing
	in      *stream
	buf     []byte
	start   int   // of the next record in buf
	ready   int   // up to here buf holds complete records of the split
	offset  int64 // in the file of buf[start]
	limit   int64 // records that begin before it belong to the split
	last    bool  // nothing of the split is behind ready
	eof     bool
}

func newRecords(fs fsys.FS, s *split, d format.Decoder, b burier) (*records, error) {
	r := &records{burier: b, fs: fs, split: s, decoder: d, framing: d.Framing(), limit: s.to}
	if compression(s.path) != "" {
		r.limit = math.MaxInt64
	}
	at := s.pos
	if at < 0 {
		at = max(s.from-1, 0)
	}
	in, err := open(fs, s.path, at)
	if err != nil {
		return nil, readError(s.path, err)
	}
	r.in, r.offset = in, at
	if s.pos < 0 && s.from > 0 {
		if err := r.toFirst(); err != nil {
			return nil, errors.Join(err, in.Close())
		}
	}
	return r, nil
}

func readError(path string, err error) error {
	if errors.Is(err, fsys.ErrNotExist) {
		return errs.Userf("file '%s' does not exist any more", path)
	}
	return errs.Transientf("file '%s'", path).Wrap(err)
}

// toFirst moves to the first record that begins at or behind the split's first byte.
func (r *records) toFirst() error {
	state := r.split.state
	for {
		if n := r.framing.First(state, r.buf[r.start:]); n >= 0 {
			r.start += n
			r.offset += int64(n)
			r.ready = r.start
			return nil
		}
		state = r.framing.Scan(state, r.buf[r.start:])
		r.offset += int64(len(r.buf) - r.start)
		r.start, r.ready, r.buf = 0, 0, r.buf[:0]
		if r.eof || r.offset >= r.limit {
			r.last, r.eof = true, true
			return nil
		}
		if err := r.read(); err != nil {
			return err
		}
	}
}

// next returns up to rows rows of up to about size bytes, io.EOF behind the last ones.
func (r *records) next(rows, size int) (*batch.Batch, error) {
	taken := 0
	for r.decoder.Len() < rows && taken < size {
		if r.start == r.ready {
			if r.last {
				break
			}
			if err := r.more(); err != nil {
				return nil, err
			}
			if r.offset == 0 && r.framing.Mark && r.ready-r.start >= len(format.ByteOrderMark) &&
				string(r.buf[r.start:r.start+len(format.ByteOrderMark)]) == format.ByteOrderMark {
				r.skip(len(format.ByteOrderMark))
			}
			continue
		}
		used, err := r.decoder.Decode(r.buf[r.start:r.ready], rows)
		if err != nil && r.letters == nil {
			return nil, r.at(err)
		}
		if err != nil {
			if err := r.past(rows, err); err != nil {
				return nil, err
			}
			break
		}
		r.skip(used)
		taken += used
		if r.letters != nil {
			break // an error takes back what one call has decoded
		}
	}
	if r.decoder.Len() == 0 && r.last && r.start == r.ready {
		return nil, io.EOF
	}
	return r.decoder.Finish(), nil
}

// more makes records ready that are in the buffer, or reads on.
func (r *records) more() error {
	rest := r.buf[r.start:]
	if left := r.limit - r.offset; left <= 0 {
		r.last = true
		return nil
	} else if int64(len(rest)) >= left {
		// The split's last record is the one that holds the byte before its end.
		state := r.framing.Scan(format.AtRecord, rest[:left-1])
		if n := r.framing.First(state, rest[left-1:]); n >= 0 {
			r.ready = r.start + int(left) - 1 + n
			r.last = true
			return nil
		}
	}
	if !r.eof {
		if n := r.framing.Last(rest); n > 0 && int64(n) < r.limit-r.offset {
			r.ready = r.start + n
			return nil
		}
		return r.read()
	}
	r.ready, r.last = len(r.buf), true
	return nil
}

// read gets another chunk behind what is left in the buffer.
func (r *records) read() error {
	left := len(r.buf) - r.start
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:])
		r.buf, r.start, r.ready = r.buf[:left], 0, 0
	}
	if cap(r.buf) < left+chunk {
		r.buf = append(make([]byte, 0, 2*left+chunk), r.buf...)
	}
	n, err := io.ReadFull(r.in, r.buf[left:left+chunk])
	r.buf = r.buf[:left+n]
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		r.eof = true
		return nil
	}
	if err != nil {
		return readError(r.split.path, err)
	}
	return nil
}

// position is how far the split has been read.
func (r *records) position() int64 { return r.offset }

// at adds file and line to the error of a record.
func (r *records) at(err error) error {
	var bad *format.RecordError
	if !errors.As(err, &bad) {
		return err
	}
	at := r.offset + int64(bad.Offset)
	line, lerr := r.line(at)
	if lerr != nil {
		return bad.At(fmt.Sprintf("%s, byte %d", r.split.path, at))
	}
	return bad.At(fmt.Sprintf("%s, line %d", r.split.path, line))
}

// line counts the lines before a byte; it is for errors only.
func (r *records) line(at int64) (int, error) {
	in, err := open(r.fs, r.split.path, 0)
	if err != nil {
		return 0, err
	}
	defer func() { _ = in.Close() }() // only read
	line, buf := 1, make([]byte, chunk)
	for at > 0 {
		n, err := in.Read(buf[:min(int64(len(buf)), at)])
		line += bytes.Count(buf[:n], []byte{'\n'})
		at -= int64(n)
		if err != nil {
			return line, nil // as far as the file goes
		}
	}
	return line, nil
}

func (r *records) close() error { return r.in.Close() }
