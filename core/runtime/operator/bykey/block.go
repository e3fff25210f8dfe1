package bykey

import (
	"bytes"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/operator"
)

// block is sorted rows with their encoded keys, of one port or merged of several.
type block struct {
	keys   *batch.Column
	port   int
	batch  *batch.Batch
	merged *operator.Merged // else nil
}

// oneKey are the rows from a row on that have its key and its port.
func (b *block) oneKey(from int) (port int, rows *batch.Batch) {
	key, to := b.keys.Bytes(from), from+1
	same := func(i int) bool { return bytes.Equal(b.keys.Bytes(i), key) }
	if b.merged == nil {
		for to < b.keys.Len() && same(to) {
			to++
		}
		return b.port, b.batch.Slice(from, to)
	}
	ports := b.merged.Ports
	for to < b.keys.Len() && ports[to] == ports[from] && same(to) {
		to++
	}
	at := int(b.merged.At[from])
	return int(ports[from]), b.merged.Parts[ports[from]].Slice(at, at+to-from)
}

// feedRuns feeds rows [from, to), of several keys.
func (b *block) feedRuns(
	to Inner, from, end int, starts []int32, out operator.Output,
) error {
	if b.merged != nil {
		part := b.merged.Slice(from, end)
		defer part.Release()
		return to.ProcessMerged(part, starts, out)
	}
	part := b.batch.Slice(from, end)
	defer part.Release()
	return to.ProcessRuns(b.port, part, starts, out)
}

func (b *block) release() {
	if b.merged != nil {
		b.merged.Release()
		return
	}
	b.batch.Release()
}

// mergedOf makes merged rows: row i is row rows[i] of from[which[i]], a batch of port ports[which[i]].
func mergedOf(from []*batch.Batch, ports []int, which, rows []int32) *operator.Merged {
	m := &operator.Merged{}
	var of []taken
	for i, at := range which {
		port := ports[at]
		for len(of) <= port {
			of = append(of, taken{})
		}
		t := &of[port]
		m.Ports, m.At = append(m.Ports, int32(port)), append(m.At, int32(len(t.rows)))
		t.which, t.rows = append(t.which, at), append(t.rows, rows[i])
	}
	keys := make([]*batch.Column, len(of))
	some := make([]*batch.Batch, len(from))
	m.Parts = make([]*batch.Batch, len(of))
	for port, t := range of {
		if len(t.rows) == 0 {
			continue
		}
		for i := range from {
			if some[i] = nil; ports[i] == port {
				some[i] = from[i]
			}
		}
		m.Parts[port] = gather(some, t.which, t.rows, nil)
		keys[port] = m.Parts[port].Cols[keyBytes]
	}
	m.Keys = batch.Gather(keys, m.Ports, m.At)
	return m
}

// taken are rows of one port.
type taken struct{ which, rows []int32 }
