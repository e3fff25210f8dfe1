package operator

import "github.com/headrace/headrace/core/data/batch"

// Merged are rows of several keyed ports in one order: row i is row At[i] of Parts[Ports[i]]. A part
// has the rows of its port in this order; that of a port without any is nil.
type Merged struct {
	Parts []*batch.Batch
	Ports []int32
	At    []int32
	Keys  *batch.Column // the encoded key of each row
}

// Len is the number of rows.
func (m *Merged) Len() int { return len(m.Ports) }

// Slice is a view of rows [from, to) with the same parts, which it retains.
func (m *Merged) Slice(from, to int) *Merged {
	m.Retain()
	return &Merged{Parts: m.Parts, Ports: m.Ports[from:to], At: m.At[from:to],
		Keys: m.Keys.Slice(from, to)}
}

// Retain keeps the parts for one more user.
func (m *Merged) Retain() {
	for _, p := range m.Parts {
		if p != nil {
			p.Retain()
		}
	}
}

// Release gives one use back.
func (m *Merged) Release() {
	for _, p := range m.Parts {
		if p != nil {
			p.Release()
		}
	}
}
