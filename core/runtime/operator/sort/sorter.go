package sort

import (
	"path"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/spill"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Sorter sorts rows for another operator, which gets them with their sort keys: on disk what is
// over the memory budget, rows of equal keys in order of arrival.
type Sorter struct{ in *Bounded }

// NewSorter makes a sorter of rows of a schema by columns, ascending, NULLs first. Its files are in
// a directory of the name below the operator's.
func NewSorter(ctx *operator.Context, name string, schema *types.Schema, columns []int) *Sorter {
	op := &plan.Sort{TimeColumn: -1}
	for _, c := range columns {
		op.Keys = append(op.Keys, plan.SortKey{Column: c})
	}
	s := &Sorter{in: NewBounded(op, schema)}
	s.in.Ctx, s.in.memory, s.in.keyed = ctx, ctx.OpenMemory(), true
	s.in.dir = spill.NewDir(ctx.FS, path.Join(ctx.Dir, name))
	return s
}

// Add takes rows.
func (s *Sorter) Add(b *batch.Batch) error { return s.in.Process(0, b, nil) }

// Finish sorts; nothing is added any more.
func (s *Sorter) Finish() error { return s.in.finish() }

// Next returns the next rows, at most n, with the bytes of their keys as one more column, the last;
// nil behind the last ones. Keys compare as the rows do.
func (s *Sorter) Next(n int) (*batch.Batch, error) { return s.in.next(n) }

// Spilled says whether rows are on disk.
func (s *Sorter) Spilled() bool { return len(s.in.runs) > 0 }

// Close drops the rows and removes the files.
func (s *Sorter) Close() error {
	if s == nil {
		return nil
	}
	return s.in.Close()
}
