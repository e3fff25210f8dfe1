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

// ResultReader gives out a part of a complete result, or pieces of some, on its consumer's thread.
type ResultReader struct {
	Result *Result
	// Objects decodes live objects, on the consumer's thread.
	Objects frame.Objects
	// Copy makes a batch that shares nothing that user code could change; nil: there is no need.
	Copy func(b *batch.Batch) (*batch.Batch, error)
	// Once says that nobody reads the part again: what has been read is let go of.
	Once bool

	piece  Piece
	more   []Piece         // that follow
	block  int             // to be read next
	frames colcodec.Reader // what is left of the block before
	others bool            // rows of which are another reader's
	at     int             // element in memory that comes next
}

// Reader makes a reader of a part that starts at its beginning.
func (r *Result) Reader(part int) *ResultReader { return r.Pieces([]Piece{Whole(part)}) }

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

// read reads on, past what is no row and not behind the last piece, and past what others read.
func (r *ResultReader) read(maxRows int) (e element.Element, ok bool, err error) {
	for {
		e, ok, err = r.readPiece(maxRows)
		switch {
		case err != nil:
			return e, false, err
		case !ok:
			if !r.follows() {
				return e, false, nil
			}
		case e.Batch == nil && len(r.more) > 0:
		case e.Batch != nil && r.others:
			e.Batch.Release()
		default:
			return e, true, nil
		}
	}
}

func (r *ResultReader) readPiece(maxRows int) (e element.Element, ok bool, err error) {
	if r.frames.More() {
		return r.decode()
	}
	r.others = false
	res := r.Result
	res.mu.Lock()
	disposed := res.disposed
	res.mu.Unlock()
	if disposed {
		return e, false, errDisposed
	}
	if res.file != nil {
		blocks := res.file.blocks[r.piece.Part]
		for ; r.block < len(blocks); r.block++ {
			b := blocks[r.block]
			if r.others = r.foreign(r.block, len(blocks)); r.others && !b.tells {
				continue
			}
			r.block++
			data, err := res.file.read(b)
			if err != nil {
				return e, false, err
			}
			r.frames = colcodec.Reader{Data: data}
			return r.decode()
		}
	}
	r.others = false
	return r.fromMemory(maxRows)
}

func (r *ResultReader) fromMemory(maxRows int) (e element.Element, ok bool, err error) {
	res := r.Result
	res.mu.Lock()
	if res.disposed {
		res.mu.Unlock()
		return e, false, errDisposed
	}
	all := res.parts[r.piece.Part]
	for r.at < len(all) && all[r.at].Batch != nil && r.foreign(r.at, len(all)) {
		r.at++
	}
	rest := all[r.at:]
	if len(rest) == 0 {
		res.mu.Unlock()
		return e, false, nil
	}
	n := span(rest, maxRows)
	for n > 1 && r.foreign(r.at+n-1, len(all)) {
		n--
	}
	rest = rest[:n]
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
