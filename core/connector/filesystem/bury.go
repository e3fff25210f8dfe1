package filesystem

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/format"
)

// burier decodes past records that cannot be decoded.
type burier struct {
	letters *connector.DeadLetters // nil: such a record is an error
	fresh   func() (format.Decoder, error)
}

// past leaves out the record at which the decoder failed; cause says where it is. The rows before
// it in the buffer are decoded anew: an error leaves a decoder in the middle of a record.
func (r *records) past(rows int, cause error) error {
	var bad *format.RecordError
	for end := r.ready - r.start; ; {
		if !errors.As(cause, &bad) || bad.Offset < 0 || bad.Offset >= end {
			return r.at(cause)
		}
		end = r.lineStart(bad.Offset)
		var err error
		if r.decoder, err = r.fresh(); err != nil {
			return err
		}
		used, err := r.decoder.Decode(r.buf[r.start:r.start+end], rows)
		if err != nil { // one before it, which the decoder looks for later
			cause = err
			continue
		}
		r.skip(used)
		if used < end { // there are enough rows
			return nil
		}
		break
	}
	rest := r.buf[r.start:r.ready]
	n := r.framing.First(format.AtRecord, rest)
	if n < 0 {
		n = len(rest)
	}
	place := fmt.Sprintf("%s, byte %d", r.split.path, r.offset)
	if err := r.letters.Bury(bytes.TrimRight(rest[:n], "\r\n"), place, bad.At(place)); err != nil {
		return err
	}
	r.skip(n)
	return nil
}

func (r *records) skip(n int) {
	r.start += n
	r.offset += int64(n)
}

// lineStart is where the record begins that byte at of the buffer is in: a line can hold several
// objects.
func (r *records) lineStart(at int) int {
	if !r.framing.Plain() {
		return at
	}
	return bytes.LastIndexByte(r.buf[r.start:r.start+at], '\n') + 1
}
