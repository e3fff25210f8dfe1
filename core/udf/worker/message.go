package worker

import (
	"encoding/binary"
	"encoding/json"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/colcodec"
	"github.com/headrace/headrace/core/data/types"
)

// writer appends to a message. The first error stays.
type writer struct {
	b       []byte
	objects colcodec.Objects
	types   typeTable
	err     error
}

// typeTable numbers the types that have been told to the other side.
type typeTable struct{ known []types.Type }

func (w *writer) num(v int64) { w.b = binary.LittleEndian.AppendUint64(w.b, uint64(v)) }

func (w *writer) flag(v bool) {
	n := int64(0)
	if v {
		n = 1
	}
	w.num(n)
}

func (w *writer) bytes(b []byte) {
	w.num(int64(len(b)))
	w.b = append(w.b, b...)
}

func (w *writer) text(s string) {
	w.num(int64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) json(v any) {
	b, err := json.Marshal(v)
	if err != nil && w.err == nil {
		w.err = errs.Internalf("a description cannot be sent to a worker").Wrap(err)
	}
	w.bytes(b)
}

func list[T int32 | int64 | types.RowKind](w *writer, s []T) {
	w.num(int64(len(s)))
	w.b = colcodec.AppendSlice(w.b, s)
}

// typ names a type by its number, the first time with its description.
func (w *writer) typ(t types.Type) {
	for i := range w.types.known {
		if w.types.known[i].Equal(t) {
			w.num(int64(i))
			return
		}
	}
	w.num(int64(len(w.types.known)))
	w.types.known = append(w.types.known, t)
	w.json(t)
}

// column appends a column, which may be nil.
func (w *writer) column(c *batch.Column) {
	if c == nil {
		w.num(-1)
		return
	}
	w.num(int64(c.Len()))
	w.typ(c.Type)
	b, err := colcodec.Append(w.b, c, w.objects)
	if err != nil {
		if w.err == nil {
			w.err = err
		}
		return
	}
	w.b = b
}

func (w *writer) columns(cols []*batch.Column) {
	w.num(int64(len(cols)))
	for _, c := range cols {
		w.column(c)
	}
}

func (w *writer) marks(marks []batch.Mark) {
	w.num(int64(len(marks)))
	for _, m := range marks {
		w.num(int64(m.Row))
		w.num(m.Time)
	}
}

// reader reads a message.
type reader struct {
	colcodec.Reader
	types *typeTable
	err   error
}

func (r *reader) num() int64 { return int64(r.Uint64()) }

func (r *reader) int() int { return int(r.num()) }

func (r *reader) flag() bool { return r.num() != 0 }

func (r *reader) bytes() []byte { return r.Bytes(r.int()) }

func (r *reader) text() string { return string(r.bytes()) }

func (r *reader) json(v any) {
	b := r.bytes()
	if r.Err() != nil {
		return
	}
	if err := json.Unmarshal(b, v); err != nil && r.err == nil {
		r.err = errs.Internalf("a worker was sent a description that it cannot read").Wrap(err)
	}
}

func listOf[T int32 | int64 | types.RowKind](r *reader) []T {
	return colcodec.ReadSlice[T](&r.Reader, r.int())
}

func (r *reader) typ() types.Type {
	i := r.int()
	if i == len(r.types.known) {
		var t types.Type
		r.json(&t)
		r.types.known = append(r.types.known, t)
	}
	if i < 0 || i >= len(r.types.known) {
		if r.err == nil {
			r.err = errs.Internalf("a message names an unknown type")
		}
		return types.Of(types.Null)
	}
	return r.types.known[i]
}

func (r *reader) column() *batch.Column {
	n := r.int()
	if n < 0 || r.failed() != nil {
		return nil
	}
	c, err := r.Column(r.typ(), n)
	if err != nil && r.err == nil {
		r.err = err
	}
	return c
}

func (r *reader) columns() []*batch.Column {
	n := r.int()
	var cols []*batch.Column
	for range n {
		if r.failed() != nil {
			return nil
		}
		cols = append(cols, r.column())
	}
	return cols
}

func (r *reader) marks() []batch.Mark {
	var marks []batch.Mark
	for range r.int() {
		if r.Err() != nil {
			return nil
		}
		marks = append(marks, batch.Mark{Row: r.int(), Time: r.num()})
	}
	return marks
}

// failed is what went wrong so far.
func (r *reader) failed() error {
	if r.err != nil {
		return r.err
	}
	return r.Err()
}
