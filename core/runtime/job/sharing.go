package job

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/udf"
)

// keeper is a source that emits the same batches again after a restart.
type keeper interface{ KeepsBatches() bool }

// keeps says whether what the source of a node emits may be emitted again by another attempt.
func (j *Job) keeps(n *plan.Node) bool {
	s, ok := n.Op.(*plan.Source)
	if !ok || j.restart == (noRestart{}) {
		return false
	}
	k, ok := s.Source.(keeper)
	return ok && k.KeepsBatches()
}

// shares says whether live objects that the node emits reach more than one consumer, or one and
// the next attempt: then they have to be copied.
func (j *Job) shares(v *compile.Vertex, n *plan.Node) bool {
	if j.opts.UDF == nil {
		return false
	}
	schemas := append([]*types.Schema{n.Schema}, n.SideSchemas...)
	for output, schema := range schemas {
		if schema == nil || !schema.HasObjects() {
			continue
		}
		readers := 0
		for _, e := range v.Inner {
			if e.From == n.ID && e.Output == output {
				readers++
			}
		}
		for _, l := range v.Outputs {
			if l.Edge.From != n.ID || l.Edge.Output != output {
				continue
			}
			if readers++; l.Partition == plan.Broadcast {
				readers += l.To.Parallelism - 1
			}
		}
		if readers > 1 || j.keeps(n) {
			return true
		}
	}
	return false
}

// copyObjects copies a batch whose objects may have other users. It is called on the task's thread.
func (u *userCode) copyObjects(b *batch.Batch) (*batch.Batch, error) {
	h, err := u.get()
	if err != nil {
		return nil, err
	}
	host, ok := h.(udf.ProcessHost)
	if !ok {
		return nil, errs.Internalf("live objects are copied without a host of user code")
	}
	cols := make([]*batch.Column, len(b.Cols))
	for i, c := range b.Cols {
		if c.Type.Kind != types.Object {
			c.Retain()
			cols[i] = c
			continue
		}
		if cols[i], err = host.Objects().Copy(c); err != nil {
			for _, made := range cols[:i] {
				made.Release()
			}
			return nil, err
		}
	}
	return b.WithColumns(b.Schema, cols), nil
}
