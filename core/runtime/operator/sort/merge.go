package sort

import (
	"bytes"
	"container/heap"
	"errors"
	"io"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/spill"
	"github.com/headrace/headrace/core/data/types"
)

// fanIn is how many runs are merged at once: each needs a batch in memory.
const fanIn = 64

// merge merges sorted runs; of equal keys those of earlier runs come first.
type merge struct {
	schema *types.Schema
	heap   runHeap
	all    []*run
}

// run is a file being read; its current row has a key.
type run struct {
	number int
	in     *spill.Reader
	rows   *batch.Batch
	at     int
	key    []byte
}

// step goes to the next row; false behind the last one.
func (r *run) step() (bool, error) {
	r.at++
	for r.rows == nil || r.at >= r.rows.Len() {
		var err error
		r.rows, err = r.in.Next()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		r.at = 0
	}
	r.key = r.rows.Cols[len(r.rows.Cols)-1].Bytes(r.at)
	return true, nil
}

// openMerge opens the runs; too many of them are merged into fewer ones first, those that follow
// each other together, which keeps equal keys in order.
func (o *Bounded) openMerge() (*merge, error) {
	for len(o.runs) > fanIn {
		var fewer []*spill.File
		for from := 0; from < len(o.runs); from += fanIn {
			part := o.runs[from:min(from+fanIn, len(o.runs))]
			f, err := o.mergeRuns(part)
			if err != nil {
				return nil, err
			}
			fewer = append(fewer, f)
		}
		o.runs = fewer
	}
	return newMerge(o.runs, o.out())
}

// mergeRuns writes one run of several and removes them.
func (o *Bounded) mergeRuns(runs []*spill.File) (*spill.File, error) {
	m, err := newMerge(runs, o.wide)
	if err != nil {
		return nil, errors.Join(err, m.close())
	}
	w, err := o.dir.Create(o.wide)
	if err != nil {
		return nil, errors.Join(err, m.close())
	}
	for {
		b, err := m.next(runRows)
		if err == nil && b != nil {
			err = w.Write(b)
		}
		if err != nil {
			w.Abandon()
			return nil, errors.Join(err, m.close())
		}
		if b == nil {
			break
		}
	}
	f, err := w.Finish()
	if cerr := m.close(); err == nil {
		err = cerr
	}
	for _, r := range runs {
		if rerr := r.Remove(); err == nil {
			err = rerr
		}
	}
	return f, err
}

func newMerge(files []*spill.File, schema *types.Schema) (*merge, error) {
	m := &merge{schema: schema}
	for i, f := range files {
		in, err := f.Open()
		if err != nil {
			return m, err
		}
		r := &run{number: i, in: in, at: -1}
		m.all = append(m.all, r)
		ok, err := r.step()
		if err != nil {
			return m, err
		}
		if ok {
			m.heap = append(m.heap, r)
		}
	}
	heap.Init(&m.heap)
	return m, nil
}

// next gives the next n rows, nil behind the last ones.
func (m *merge) next(n int) (*batch.Batch, error) {
	if len(m.heap) == 0 {
		return nil, nil
	}
	b := batch.NewRowBuilder(m.schema, n)
	count := 0
	for ; count < n && len(m.heap) > 0; count++ {
		r := m.heap[0]
		for c, col := range b.Cols {
			col.AppendFrom(r.rows.Cols[c], r.at)
		}
		ok, err := r.step()
		if err != nil {
			return nil, err
		}
		if ok {
			heap.Fix(&m.heap, 0)
		} else {
			heap.Pop(&m.heap)
		}
	}
	return b.Finish(), nil
}

func (m *merge) close() error {
	if m == nil {
		return nil
	}
	var first error
	for _, r := range m.all {
		if err := r.in.Close(); first == nil {
			first = err
		}
	}
	return first
}

// runHeap has the run with the least row first.
type runHeap []*run

// Len implements heap.Interface.
func (h runHeap) Len() int { return len(h) }

// Less implements heap.Interface.
func (h runHeap) Less(i, j int) bool {
	if c := bytes.Compare(h[i].key, h[j].key); c != 0 {
		return c < 0
	}
	return h[i].number < h[j].number
}

// Swap implements heap.Interface.
func (h runHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *runHeap) Push(x any) { *h = append(*h, x.(*run)) }

// Pop implements heap.Interface.
func (h *runHeap) Pop() any {
	last := len(*h) - 1
	r := (*h)[last]
	*h = (*h)[:last]
	return r
}
