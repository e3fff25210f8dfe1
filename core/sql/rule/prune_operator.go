package rule

import (
	"slices"

	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

func (p *pruner) join(r *logical.Join, need columnSet) (logical.Rel, []int) {
	width := r.Left.Schema().Len()
	both := need.with(width+r.Right.Schema().Len(), r.Condition)
	snapshot, temporal := r.Right.(*logical.Snapshot)
	if temporal {
		both.add(expr.Columns(snapshot.Period))
	}
	c := *r
	var leftTo, rightTo []int
	c.Left, leftTo = p.exactly(r.Left, both[:width])
	if temporal {
		c.Right, rightTo = p.snapshot(snapshot, both[width:], leftTo)
	} else {
		c.Right, rightTo = p.exactly(r.Right, both[width:])
	}
	newWidth := c.Left.Schema().Len()
	to := slices.Clone(leftTo)
	for _, t := range rightTo {
		if t >= 0 {
			t += newWidth
		}
		to = append(to, t)
	}
	if r.Condition != nil {
		c.Condition = expr.Remap(r.Condition, to)
	}
	to = to[:len(need)] // semi and anti joins have the left's only
	c.Out = keptFields(r.Out, to)
	return &c, to
}

// snapshot keeps what versions are told apart by: the key and the row time.
func (p *pruner) snapshot(
	r *logical.Snapshot, need columnSet, leftTo []int,
) (logical.Rel, []int) {
	need = need.with(len(need))
	for i, f := range r.Schema().Fields {
		need[i] = need[i] || f.Type.Attr == types.RowTime
	}
	if s := scanBelow(r.Input); s != nil {
		for _, k := range s.Table.PrimaryKey {
			if i := r.Schema().Index(k); i >= 0 {
				need[i] = true
			}
		}
	}
	in, to := p.narrow(r.Input, need)
	return &logical.Snapshot{Input: in, Period: expr.Remap(r.Period, leftTo),
		Placed: r.Placed}, to
}

// scanBelow is the table that a relation reads, when it is one with computed columns and a
// watermark.
func scanBelow(r logical.Rel) *logical.Scan {
	switch r := r.(type) {
	case *logical.Scan:
		return r
	case *logical.Project:
		return scanBelow(r.Input)
	case *logical.Watermark:
		return scanBelow(r.Input)
	}
	return nil
}

func (p *pruner) correlate(r *logical.Correlate, need columnSet) (logical.Rel, []int) {
	width := r.Input.Schema().Len()
	own := columnSet(nil).with(width, r.Args...)
	if !r.FlatMap {
		for i, wanted := range need[:width] {
			own[i] = own[i] || wanted
		}
		if r.Condition != nil {
			for _, c := range expr.Columns(r.Condition) {
				if c < width {
					own[c] = true
				}
			}
		}
	}
	in, to := p.narrow(r.Input, own)
	c := *r
	c.Input = in
	c.Args = make([]expr.Expr, len(r.Args))
	for i, a := range r.Args {
		c.Args[i] = expr.Remap(a, to)
	}
	if r.FlatMap {
		return &c, identity(len(need))
	}
	for i := range r.Out.Len() - width {
		to = append(to, in.Schema().Len()+i)
	}
	if r.Condition != nil {
		c.Condition = expr.Remap(r.Condition, to)
	}
	c.Out = keptFields(r.Out, to)
	return &c, to
}

func (p *pruner) aggregate(r *logical.Aggregate, need columnSet) (logical.Rel, []int) {
	base := len(r.Keys)
	keep := make([]int, 0, len(r.Aggs))
	for i := range r.Aggs {
		if r.TableAgg || need[base+i] || base == 0 && len(keep) == 0 && i == len(r.Aggs)-1 {
			keep = append(keep, i)
		}
	}
	c := *r
	c.Aggs = pick(r.Aggs, keep)
	own := make(columnSet, r.Input.Schema().Len())
	own.add(r.Keys)
	if r.Window != nil {
		own.add([]int{r.Window.TimeColumn})
		own.add(r.Window.Partition)
	}
	for i := range c.Aggs {
		own.add(callColumns(&c.Aggs[i]))
	}
	var at []int
	c.Input, at = p.exactly(r.Input, own)
	c.Keys = remapped(r.Keys, at)
	for i := range c.Aggs {
		c.Aggs[i] = remappedCall(c.Aggs[i], at)
	}
	if r.Window != nil {
		c.Window = remappedWindow(*r.Window, at)
	}
	if r.TableAgg {
		return &c, identity(len(need))
	}
	to := identity(len(need))
	next := base
	for i := base; i < len(need); i++ {
		to[i] = -1
		if i-base >= len(r.Aggs) || slices.Contains(keep, i-base) {
			to[i] = next
			next++
		}
	}
	c.Out = keptFields(r.Out, to)
	return &c, to
}

func callColumns(c *plan.AggCall) []int {
	out := append(slices.Clone(c.Args), c.Filter)
	for _, k := range c.Order {
		out = append(out, k.Column)
	}
	return out
}

func remappedCall(c plan.AggCall, to []int) plan.AggCall {
	c.Args = remapped(c.Args, to)
	c.Order = remappedSort(c.Order, to)
	if c.Filter >= 0 {
		c.Filter = to[c.Filter]
	}
	return c
}

func remappedSort(keys []plan.SortKey, to []int) []plan.SortKey {
	out := slices.Clone(keys)
	for i := range out {
		out[i].Column = to[out[i].Column]
	}
	return out
}

func remappedWindow(w plan.Window, to []int) *plan.Window {
	if w.TimeColumn >= 0 {
		w.TimeColumn = to[w.TimeColumn]
	}
	w.Partition = remapped(w.Partition, to)
	return &w
}

func (p *pruner) windowTable(r *logical.WindowTable, need columnSet) (logical.Rel, []int) {
	width := r.Input.Schema().Len()
	own := need[:width].with(width)
	own.add(append(slices.Clone(r.Window.Partition), r.Window.TimeColumn))
	in, to := p.exactly(r.Input, own)
	for i := width; i < len(need); i++ {
		to = append(to, in.Schema().Len()+i-width)
	}
	return &logical.WindowTable{Input: in, Window: *remappedWindow(r.Window, to),
		Out: keptFields(r.Out, to)}, to
}

func (p *pruner) over(r *logical.Over, need columnSet) (logical.Rel, []int) {
	width := r.Input.Schema().Len()
	own := need[:width].with(width)
	own.add(r.Partition)
	for _, k := range r.Order {
		own[k.Column] = true
	}
	var keep []int
	for i := range r.Calls {
		if need[width+i] || len(keep) == 0 && i == len(r.Calls)-1 {
			keep = append(keep, i)
			own.add(callColumns(&r.Calls[i].AggCall))
		}
	}
	c := *r
	in, to := p.exactly(r.Input, own)
	c.Input, c.Partition, c.Order = in, remapped(r.Partition, to), remappedSort(r.Order, to)
	c.Calls = pick(r.Calls, keep)
	for i := range c.Calls {
		c.Calls[i].AggCall = remappedCall(c.Calls[i].AggCall, to)
	}
	for i := range r.Calls {
		at := slices.Index(keep, i)
		if at >= 0 {
			at += in.Schema().Len()
		}
		to = append(to, at)
	}
	c.Out = keptFields(r.Out, to)
	return &c, to
}

func (p *pruner) rank(r *logical.Rank, need columnSet) (logical.Rel, []int) {
	width := r.Input.Schema().Len()
	own := need[:width].with(width)
	own.add(r.Partition)
	for _, k := range r.Order {
		own[k.Column] = true
	}
	c := *r
	in, to := p.exactly(r.Input, own)
	c.Input, c.Partition, c.Order = in, remapped(r.Partition, to), remappedSort(r.Order, to)
	if r.OutputRank {
		if c.OutputRank = need[width]; c.OutputRank {
			to = append(to, in.Schema().Len())
		} else {
			to = append(to, -1)
		}
	}
	c.Out = keptFields(r.Out, to)
	return &c, to
}

func (p *pruner) sort(r *logical.Sort, need columnSet) (logical.Rel, []int) {
	own := need.with(len(need))
	for _, k := range r.Keys {
		own[k.Column] = true
	}
	in, to := p.exactly(r.Input, own)
	c := *r
	c.Input, c.Keys = in, remappedSort(r.Keys, to)
	return &c, to
}

func (p *pruner) unionAll(r *logical.SetOp, need columnSet) (logical.Rel, []int) {
	keep := need.list(r.Out)
	own := make(columnSet, len(need))
	own.add(keep)
	c := *r
	c.Rels = make([]logical.Rel, len(r.Rels))
	for i, in := range r.Rels {
		c.Rels[i], _ = p.exactly(in, own)
	}
	to := positions(len(need), keep)
	c.Out = keptFields(r.Out, to)
	return &c, to
}
