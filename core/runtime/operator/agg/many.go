package agg

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

// Many is plan.GroupAggregate with a table aggregate: a key has any number of result rows. In
// streaming mode each change takes the old rows back and gives the new ones, unless the function
// says itself what changes; in batch mode the rows come at the end.
type Many struct {
	Group
	fn     udf.TableAggregate
	update bool // the function has emit_update_with_retract
}

var (
	_ operator.Operator = (*Many)(nil)
	_ operator.Pinned   = (*Many)(nil)
)

// NewMany makes the operator of the only call of op; its results are the last column of schema.
func NewMany(op *plan.GroupAggregate, in, schema *types.Schema) *Many {
	return &Many{Group: *NewGroup(op, in, schema)}
}

// Open implements operator.Operator.
func (o *Many) Open(ctx *operator.Context) error {
	o.Ctx = ctx
	c := &o.op.Aggs[0]
	spec, err := userSpec(ctx, o.in, c)
	if err != nil {
		return err
	}
	if c.Type.Kind == types.Row {
		spec.Call.Results = nil
		for _, f := range c.Type.Fields {
			spec.Call.Results = append(spec.Call.Results, f.Type)
		}
	}
	if o.fn, err = ctx.UDF.TableAggregate(spec); err != nil {
		return err
	}
	if c.Retract && !o.fn.CanRetract() {
		return errs.Userf("table aggregate '%s' has no retract, which its input needs: rows are "+
			"taken back", c.UDF.GetName()).At("%s", c.Origin).
			Fix("define retract(self, accumulator, …)")
	}
	o.update = o.fn.CanUpdate() && !ctx.BatchMode
	o.counts = state.NewValue[int64]("count")
	if err := ctx.Keyed.Register("count", o.counts); err != nil {
		return err
	}
	o.rows = operator.NewRows(o.schema, ctx)
	if o.expiry, err = operator.NewExpiry(ctx, o.op.StateTTLMs); err != nil {
		return err
	}
	return ctx.Keyed.Register("agg00", o.fn)
}

// Process implements operator.Operator.
func (o *Many) Process(_ int, b *batch.Batch, out operator.Output) error {
	if b.Len() > 0 {
		if err := o.resolve(b); err != nil {
			return err
		}
	}
	o.rows.Begin(out)
	defer o.rows.End()
	return b.Segments(
		func(time int64) error { o.rows.Mark(time); return nil },
		func(from, to int) error {
			if o.Ctx.BatchMode {
				return o.take(b, from, to)
			}
			return o.each(from, to, func(from, to int) error { return o.change(b, from, to) })
		})
}

// Backlog implements operator.Backlogged: rows come out as at other times.
func (o *Many) Backlog(bool, operator.Output) error { return nil }

// each calls f for rounds of rows [from, to) in which no key comes twice.
func (o *Group) each(from, to int, f func(from, to int) error) error {
	for from < to {
		o.seen.reset()
		end := from
		for end < to {
			if _, fresh := o.seen.add(o.slots[end], end-from); !fresh {
				break
			}
			end++
		}
		if err := f(from, end); err != nil {
			return err
		}
		from = end
	}
	return nil
}

// take accumulates rows [from, to).
func (o *Many) take(b *batch.Batch, from, to int) error {
	part := b.Slice(from, to)
	defer part.Release()
	slots := o.slots[from:to]
	for i, s := range slots {
		if part.Kind(i).IsAdd() {
			*o.counts.At(s)++
		} else {
			*o.counts.At(s)--
		}
	}
	o.Ctx.Keyed.MarkDirty(slots)
	return o.fn.Accumulate(slots, part.Cols, part.Kinds)
}

// change is a round: every row changes the results of its key.
func (o *Many) change(b *batch.Batch, from, to int) error {
	slots := o.slots[from:to]
	if !o.update {
		var old []int32
		var at []int
		for i, s := range slots {
			if n, _ := o.counts.Get(s); n > 0 {
				old, at = append(old, s), append(at, from+i)
			}
		}
		if err := o.emitOf(b, old, at, types.Delete); err != nil {
			return err
		}
	}
	if err := o.take(b, from, to); err != nil {
		return err
	}
	var gone, live []int32
	var at []int
	for i, s := range slots {
		if n, _ := o.counts.Get(s); n > 0 {
			live, at = append(live, s), append(at, from+i)
		} else {
			gone = append(gone, s)
		}
	}
	if o.update {
		if err := o.emitChanges(b, slots, from); err != nil {
			return err
		}
	} else if err := o.emitOf(b, live, at, types.Insert); err != nil {
		return err
	}
	if len(gone) > 0 {
		o.counts.Clear(gone)
		o.fn.Clear(gone)
	}
	return nil
}

// emitOf emits the result rows of slots; the key of slot i is in row at[i] of b.
func (o *Many) emitOf(b *batch.Batch, slots []int32, at []int, kind types.RowKind) error {
	if len(slots) == 0 {
		return nil
	}
	out, from, err := o.fn.Emit(slots)
	if err != nil {
		return err
	}
	defer release(out)
	for r, i := range from {
		o.row(b, at[i], out, r, kind)
	}
	return nil
}

func (o *Many) emitChanges(b *batch.Batch, slots []int32, first int) error {
	out, from, kinds, err := o.fn.EmitUpdate(slots)
	if err != nil {
		return err
	}
	defer release(out)
	for r, i := range from {
		o.row(b, first+int(i), out, r, kinds[r])
	}
	return nil
}

// row emits row r of results with the key in a row of b.
func (o *Many) row(b *batch.Batch, key int, results []*batch.Column, r int, kind types.RowKind) {
	for k, c := range o.op.Keys {
		o.rows.Cols[k].AppendFrom(b.Cols[c], key)
	}
	o.results(results, r)
	o.rows.Row(kind)
}

func (o *Many) results(results []*batch.Column, r int) {
	to := o.rows.Cols[len(o.op.Keys)]
	if to.Type.Kind != types.Row {
		to.AppendFrom(results[0], r)
		return
	}
	for i, c := range results {
		to.Child(i).AppendFrom(c, r)
	}
	to.AppendRow()
}

// EndInput implements operator.Operator.
func (o *Many) EndInput(_ int, out operator.Output) error {
	if !o.Ctx.BatchMode {
		return nil
	}
	o.rows.Begin(out)
	defer o.rows.End()
	return o.Ctx.Keyed.Each(func(slots []int32) error {
		results, from, err := o.fn.Emit(slots)
		if err != nil {
			return err
		}
		defer release(results)
		for r, i := range from {
			if len(o.op.Keys) > 0 {
				key, _ := o.Ctx.Keyed.Key(slots[i])
				if _, err := state.DecodeKey(key, o.rows.Cols[:len(o.op.Keys)]); err != nil {
					return err
				}
			}
			o.results(results, r)
			o.rows.Row(types.Insert)
		}
		return nil
	})
}

// Close implements operator.Operator.
func (o *Many) Close() error {
	if o.fn == nil {
		return nil
	}
	return o.fn.Close()
}
