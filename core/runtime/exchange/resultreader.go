package exchange

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/colcodec"
	"github.com/headrace/headrace/core/data/frame"
	"github.com/headrace/headrace/core/runtime/element"
)

// LostError says that a result cannot be read: its producer has to run again.
type LostError struct {
	Result *Result
	Err    error
}

func (e *LostError) Error() string {
	return "the result of a stage in " + e.Result.spec.Path + " is lost: " + e.Err.Error()
}

func (e *LostError) Unwrap() error { return e.Err }

var errDisposed = errors.New("it has been disposed of")

// ResultReader gives out one part of a complete result, on its consumer's thread.
type ResultReader struct {
	Result *Result
	// Objects decodes live objects, on the consumer's thread.
	Objects frame.Objects
	// Copy makes a batch that shares nothing that user code could change; nil: there is no need.
	Copy func(b *batch.Batch) (*batch.Batch, error)
	// Once says that nobody reads the part again: what has been read is let go of.
	Once bool

	index  int
	block  int             // to be read next
	frames colcodec.Reader // what is left of the block before
	at     int             // element in memory that comes next
}

// Reader makes a reader of a part that starts at its beginning.
func (r *Result) Reader(part int) *ResultReader { return &ResultReader{Result: r, index: part} }

// next returns the next element; ok false: there is none.
func (r *ResultReader) next(maxRows int) (e element.Element, ok bool, err error) {
	if e, ok, err = r.read(maxRows); err != nil {
		var own *errs.Error
		if errors.As(err, &own) && own.Mark == errs.User {
			return e, false, err // user code failed, not the disk
		}
		err = &LostError{Result: r.Result, Err: err}
	}
	return e, ok, err
}

func (r *ResultReader) read(maxRows int) (e element.Element, ok bool, err error) {
	if r.frames.More() {
		return r.decode()
	}
	res := r.Result
	res.mu.Lock()
	disposed := res.disposed
	res.mu.Unlock()
	if disposed {
		return e, false, errDisposed
	}
	if f := res.file; f != nil && r.block < len(f.blocks[r.index]) {
		data, err := f.read(f.blocks[r.index][r.block])
		r.block++
		if err != nil {
			return e, false, err
		}
		r.frames = colcodec.Reader{Data: data}
		return r.decode()
	}
	return r.fromMemory(maxRows)
}

func (r *ResultReader) fromMemory(maxRows int) (e element.Element, ok bool, err error) {
	res := r.Result
	res.mu.Lock()
	if res.disposed {
		res.mu.Unlock()
		return e, false, errDisposed
	}
	rest := res.parts[r.index][r.at:]
	if len(rest) == 0 {
		res.mu.Unlock()
		return e, false, nil
	}
	rest = rest[:span(rest, maxRows)]
	parts := rest
	if r.Once {
		parts = slices.Clone(rest)
		clear(rest)
	}
	for _, x := range parts {
		switch {
		case x.Batch == nil:
		case r.Once:
			res.hold(-x.Size)
		default:
			x.Batch.Retain()
		}
	}
	res.mu.Unlock()
	r.at += len(parts)
	e = joined(parts)
	if e.Batch != nil && r.Copy != nil {
		own, err := r.Copy(e.Batch)
		e.Batch.Release()
		if err != nil {
			return e, false, err
		}
		e.Batch = own
	}
	return e, true, nil
}

// decode takes the next element of the block.
func (r *ResultReader) decode() (e element.Element, ok bool, err error) {
	head, time := r.frames.Uint64(), int64(r.frames.Uint64())
	if err := r.frames.Err(); err != nil {
		return e, false, errs.Corruptf("a block is cut off").Wrap(err)
	}
	e.Kind, e.Idle = element.Kind(head>>1), head&1 == 1
	if e.Kind != element.Batch {
		e.Time = time
		return e, true, nil
	}
	e.Batch, err = frame.Decode(&r.frames, r.Result.schema, r.Objects)
	if err == nil {
		e.Size = e.Batch.MemBytes()
	}
	return e, err == nil, err
}

// appendHead writes what an element is, in front of its batch.
func appendHead(dst []byte, e *element.Element) []byte {
	head := uint64(e.Kind) << 1
	if e.Idle {
		head |= 1
	}
	dst = binary.LittleEndian.AppendUint64(colcodec.Align(dst), head)
	return binary.LittleEndian.AppendUint64(dst, uint64(e.Time))
}
