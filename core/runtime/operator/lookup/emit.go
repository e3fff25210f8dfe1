package lookup

import (
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
)

// right turns rows of the table into those that are joined.
type right struct {
	schema *types.Schema // of what is joined
	where  *expr.Program
	exprs  []*expr.Program
	eval   *expr.EvalContext
}

func newRight(op *plan.LookupJoin, eval *expr.EvalContext, schema *types.Schema) (*right, error) {
	r := &right{schema: schema, eval: eval}
	var err error
	if op.Where != nil {
		if r.where, err = expr.Compile(op.Where); err != nil {
			return nil, err
		}
	}
	for _, e := range op.Right {
		p, err := expr.Compile(e)
		if err != nil {
			return nil, err
		}
		r.exprs = append(r.exprs, p)
	}
	return r, nil
}

// each gives the rows that are joined, encoded, with the key that they answer.
func (r *right) each(f connector.Found, give func(of int32, row []byte)) error {
	b := f.Rows
	if b == nil || b.Len() == 0 {
		return nil
	}
	defer b.Release()
	of := f.Of
	if r.where != nil {
		pass, err := r.where.EvalFilter(r.eval, b, nil)
		if err != nil {
			return err
		}
		kept := make([]int32, len(pass))
		for i, p := range pass {
			kept[i] = of[p]
		}
		b, of = b.Take(pass), kept
		defer b.Release()
	}
	cols := b.Cols
	if r.exprs != nil {
		cols = make([]*batch.Column, len(r.exprs))
		for i, p := range r.exprs {
			c, err := p.Eval(r.eval, b)
			if err != nil {
				return err
			}
			cols[i] = c
		}
	}
	enc, err := rowcodec.NewEncoder(cols)
	if err != nil {
		return err
	}
	for i, k := range of {
		give(k, enc.Append(nil, i))
	}
	return nil
}

// found are the rows of the key of a row.
func (o *Join) found(w *work, row int) [][]byte {
	k := w.keys[row]
	switch {
	case k == "":
		return nil
	case o.whole != nil:
		return o.whole.rows(k)
	}
	return w.found[k]
}

// emit joins a batch whose answers have come. It puts every pair of rows together, and, in a left
// join, one with NULLs behind those of each left row, and takes those that belong.
func (o *Join) emit(w *work, out operator.Output) error {
	b := w.rows
	r := batch.NewRowBuilder(o.right.schema, b.Len())
	var left []int32 // of each pair
	var pads []bool
	for i := range b.Len() {
		for _, row := range o.found(w, i) {
			if _, err := rowcodec.Decode(row, r.Cols); err != nil {
				return err
			}
			left, pads = append(left, int32(i)), append(pads, false)
		}
		if o.op.Left {
			for _, c := range r.Cols {
				c.AppendNull()
			}
			left, pads = append(left, int32(i)), append(pads, true)
		}
	}
	cols := make([]*batch.Column, 0, o.schema.Len())
	for _, c := range b.Cols {
		cols = append(cols, batch.Take(c, left))
	}
	for _, c := range r.Cols {
		cols = append(cols, c.Finish())
	}
	pairs := batch.New(o.schema, cols, len(left))
	take, err := o.passing(pairs, left, pads)
	if err != nil {
		return err
	}
	res := pairs.Take(take)
	pairs.Release()
	follow(res, b, left, take)
	if len(take) == 0 {
		for _, m := range b.Marks {
			out.Watermark(m.Time)
		}
		res.Release()
		return nil
	}
	out.Emit(0, res)
	return nil
}

// passing are the pairs that come out, ascending.
func (o *Join) passing(pairs *batch.Batch, left []int32, pads []bool) ([]int32, error) {
	hold := make([]bool, len(left))
	for i, pad := range pads {
		hold[i] = !pad
	}
	if o.cond != nil && len(left) > 0 {
		pass, err := o.cond.EvalFilter(o.eval, pairs, nil)
		if err != nil {
			return nil, err
		}
		clear(hold)
		for _, p := range pass {
			hold[p] = !pads[p]
		}
	}
	take := make([]int32, 0, len(left))
	matched := false
	for i := range left {
		if i == 0 || left[i] != left[i-1] {
			matched = false
		}
		matched = matched || hold[i]
		if hold[i] || pads[i] && !matched {
			take = append(take, int32(i))
		}
	}
	return take, nil
}

// follow gives the rows that come out the kinds, times and watermarks of the left rows.
func follow(res, b *batch.Batch, left, take []int32) {
	if b.Kinds != nil {
		res.Kinds = make([]types.RowKind, len(take))
	}
	if b.Times != nil {
		res.Times = make([]int64, len(take))
	}
	for i, t := range take {
		if b.Kinds != nil {
			res.Kinds[i] = b.Kinds[left[t]]
		}
		if b.Times != nil {
			res.Times[i] = b.Times[left[t]]
		}
	}
	at := 0
	res.Marks = nil
	for _, m := range b.Marks {
		for at < len(take) && int(left[take[at]]) < m.Row {
			at++
		}
		if k := len(res.Marks); k > 0 && res.Marks[k-1].Row == at {
			res.Marks[k-1].Time = m.Time
			continue
		}
		res.Marks = append(res.Marks, batch.Mark{Row: at, Time: m.Time})
	}
}
