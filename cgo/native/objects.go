package native

import (
	"sync/atomic"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/batch"
)

// held owns the objects of a column that Python put in.
type held struct {
	refs    atomic.Int64
	handles []uint64
}

// Retain implements batch.Owner.
func (h *held) Retain() { h.refs.Add(1) }

// Release implements batch.Owner.
func (h *held) Release() {
	if h.refs.Add(-1) == 0 {
		python.ReleaseHandlesLater(h.handles)
		h.handles = nil
	}
}

// objectColumn makes an OBJECT column of the items of a list.
func objectColumn(list python.Object) (*batch.Column, error) {
	handles, err := list.Handles()
	if err != nil {
		return nil, err
	}
	h := &held{handles: handles}
	h.refs.Store(1)
	return batch.MakeObjects(handles, h), nil
}
