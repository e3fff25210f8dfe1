package snapshot

import (
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
)

// Read returns the keyed state of an operator in a snapshot, every key once, in order: what the
// handles of all its subtasks hold together. Bodies use columns. done ends the reading.
func Read(files state.Files, handles []state.Handle) (columns []state.ColumnInfo,
	src segment.Source, done func(), err error) {
	var readers []*segment.Reader
	done = func() {
		for _, r := range readers {
			_ = r.Close() // they were only read
		}
	}
	var sources []segment.Source
	number := map[string]int{}
	for _, h := range handles {
		for _, ref := range h.Files {
			f, err := files.Open(ref)
			if err != nil {
				done()
				return nil, nil, nil, err
			}
			r, err := segment.Open(ref.Path, f)
			if err != nil {
				f.Close()
				done()
				return nil, nil, nil, err
			}
			readers = append(readers, r)
			to := make([]int, len(r.Header.Columns))
			for i, c := range r.Header.Columns {
				n, known := number[c.Name]
				if !known {
					n = len(columns)
					number[c.Name] = n
					columns = append(columns, c)
				}
				to[i] = n
			}
			sources = append(sources, segment.Recolumn(r.Iter(ref.Groups.Overlap(h.Groups)), to))
		}
	}
	return columns, &living{segment.NewMerge(sources)}, done, nil
}

// living leaves out the keys that are dead.
type living struct{ segment.Source }

func (l *living) Next() bool {
	for l.Source.Next() {
		if !l.Source.Record().Dead {
			return true
		}
	}
	return false
}

// Write makes the handle of an operator whose keyed state is src, for a savepoint that is put
// together outside a job. Records come in order of (group, key), each key once, without deltas
// that have nothing to apply to; dead ones are left out. o says what the operator is; its Subtask
// and Parallelism are those of the only handle, 0 of 1.
func Write(files state.Files, id int64, o state.OperatorInfo, columns []state.ColumnInfo,
	src segment.Source) (state.Handle, error) {
	o.Subtask, o.Parallelism = 0, 1
	s := &Store{ctx: &state.StoreContext{OperatorInfo: o, Files: files},
		schema: &schema{columns: columns}}
	out, err := s.write(files, id, "edited", src, false)
	h := state.Handle{UID: o.UID, Parallelism: 1, MaxParallelism: o.MaxParallelism,
		Groups: o.Groups(), KeyVersion: state.KeyVersion, NewBytes: sizeOf(out)}
	for _, f := range out {
		h.Files = append(h.Files, f.ref)
	}
	return h, err
}

// EachValue calls f with the values of a body, or the parts of one; first says that a column's
// begin.
func EachValue(body []byte, f func(column int, first bool, v []byte)) {
	for last := -1; ; {
		column, _, v, rest, ok := segment.NextEntry(body)
		if !ok {
			return
		}
		f(column, column != last, v)
		last, body = column, rest
	}
}
