package sort

import (
	"bytes"
	"sort"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// Bounded is plan.Sort over a bounded input: everything is sorted at its end, rows of equal keys
// in order of arrival.
type Bounded struct {
	operator.Base
	op      *plan.Sort
	schema  *types.Schema
	batches []*batch.Batch
	keys    []byte
	ends    []int
	rows    []place
}

// place is where a row stands.
type place struct{ batch, row int32 }

var _ operator.Operator = (*Bounded)(nil)

// NewBounded makes the operator; schema is that of its input and output.
func NewBounded(op *plan.Sort, schema *types.Schema) *Bounded {
	return &Bounded{op: op, schema: schema}
}

// Process implements operator.Operator.
func (o *Bounded) Process(_ int, b *batch.Batch, _ operator.Output) error {
	enc, err := operator.SortKeys(b, o.op.Keys)
	if err != nil {
		return err
	}
	b.Retain()
	o.batches = append(o.batches, b)
	for i := range b.Len() {
		o.keys = enc.Append(o.keys, i)
		o.ends = append(o.ends, len(o.keys))
		o.rows = append(o.rows, place{int32(len(o.batches) - 1), int32(i)})
	}
	return nil
}

func (o *Bounded) key(i int) []byte {
	from := 0
	if i > 0 {
		from = o.ends[i-1]
	}
	return o.keys[from:o.ends[i]]
}

// EndInput implements operator.Operator.
func (o *Bounded) EndInput(_ int, out operator.Output) error {
	order := make([]int, len(o.rows))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool {
		return bytes.Compare(o.key(order[a]), o.key(order[b])) < 0
	})
	rows := operator.NewRows(o.schema, o.Ctx)
	rows.Begin(out)
	for _, i := range order {
		p := o.rows[i]
		b := o.batches[p.batch]
		for c, col := range b.Cols {
			rows.Cols[c].AppendFrom(col, int(p.row))
		}
		rows.Row(b.Kind(int(p.row)))
	}
	rows.End()
	return nil
}

// Close implements operator.Operator.
func (o *Bounded) Close() error {
	for _, b := range o.batches {
		b.Release()
	}
	o.batches = nil
	return nil
}
