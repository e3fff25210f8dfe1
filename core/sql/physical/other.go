package physical

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

func (p *Planner) correlate(r *logical.Correlate) (Result, error) {
	in, err := p.Plan(r.Input, true) // each row of an update makes rows of its own
	if err != nil {
		return in, err
	}
	if hasPython(r.Args) { // arguments that call Python are computed below, the rows narrowed above
		width := r.Input.Schema().Len()
		node, args, err := p.splitPython(in.Node, r.Args)
		if err != nil {
			return in, err
		}
		return p.correlateOver(r, Result{Node: node, Mode: in.Mode, Key: in.Key}, args, width)
	}
	return p.correlateOver(r, in, r.Args, r.Input.Schema().Len())
}

// correlateOver adds the operator on in, whose first width columns are the logical input's.
func (p *Planner) correlateOver(
	r *logical.Correlate, in Result, args []expr.Expr, width int,
) (Result, error) {
	op := &plan.Correlate{Left: r.Left, Function: r.Function, Args: args,
		Ordinality: r.Ordinality, Condition: r.Condition, FlatMap: r.FlatMap, Origin: r.Origin}
	if r.Function == nil {
		op.Unnest, op.Args = args[0], nil
	}
	extra := in.Node.Schema.Len() - width
	if extra == 0 || r.FlatMap {
		n := p.add(op, r.Out, forward(in.Node))
		return Result{Node: n, Mode: in.Mode}, nil
	}
	wide := &types.Schema{Fields: append([]types.Field{}, in.Node.Schema.Fields...)}
	wide.Fields = append(wide.Fields, r.Out.Fields[width:]...)
	if op.Condition != nil {
		to := make([]int, r.Out.Len())
		for i := range to {
			to[i] = i
			if i >= width {
				to[i] = i + extra
			}
		}
		op.Condition = expr.Remap(op.Condition, to)
	}
	n := p.add(op, wide, forward(in.Node))
	list := make([]expr.Expr, 0, r.Out.Len())
	for i, f := range r.Out.Fields {
		if i >= width {
			i += extra
		}
		list = append(list, expr.NewColumn(i, f.Name, f.Type))
	}
	return p.calc(Result{Node: n, Mode: in.Mode}, nil, list, r.Out)
}

func (p *Planner) over(r *logical.Over, needBefore bool) (Result, error) {
	in, err := p.Plan(r.Input, true)
	if err != nil {
		return in, err
	}
	op := &plan.Over{Partition: r.Partition, Order: r.Order, Frame: r.Frame, Calls: r.Calls,
		StateTTLMs: p.StateTTLMs, TimeColumn: -1}
	res := Result{Mode: plan.InsertOnly}
	if !p.Batch {
		if err := streamOver(r, op); err != nil {
			return in, err
		}
		// Rows that go or change leave no result final, though time orders them. (Flink refuses
		// such inputs.)
		if op.TimeColumn >= 0 && !in.Mode.IsInsertOnly() {
			op.Updating = true
		}
		if op.Updating {
			res = Result{Mode: plan.Retract, Key: in.Key}
		} else if err := requireInsertOnly(in, "an OVER window by processing time"); err != nil {
			return in, err
		}
	}
	res.Node = p.add(op, r.Out, hashed(in.Node, r.Partition))
	if !needBefore {
		res = p.withoutBefore(res)
	}
	return res, nil
}

// streamOver checks an OVER window over a stream: it is ordered, and ends at the current row. Only
// when time orders it can rows be answered once and for all.
func streamOver(r *logical.Over, op *plan.Over) error {
	if len(r.Order) == 0 {
		return errs.Userf("OVER needs an ORDER BY in streaming mode")
	}
	if r.Frame.UnboundedUpper || r.Frame.Upper != 0 {
		return errs.Userf("OVER windows in stream mode end at the current row, not %s",
			r.Frame).Fix("end the frame at CURRENT ROW, or run in batch mode")
	}
	f := r.Input.Schema().Fields[r.Order[0].Column]
	switch {
	case f.Type.Attr == types.NoTime && !r.Frame.UnboundedLower:
		return errs.Userf("OVER windows' ordering in stream mode must be defined on a time "+
			"attribute when the frame is bounded; '%s' is %s", f.Name, f.Type).
			Fix("begin the frame at UNBOUNDED PRECEDING")
	case f.Type.Attr == types.NoTime:
		op.Updating = true
	case r.Order[0].Desc:
		return errs.Userf("OVER windows' ordering in stream mode must be ascending by time; '%s' "+
			"is descending", f.Name)
	case f.Type.Attr == types.RowTime:
		op.TimeColumn = r.Order[0].Column
	}
	for i := range r.Calls {
		switch c := &r.Calls[i]; c.Name {
		case "LEAD", "NTILE", "PERCENT_RANK", "CUME_DIST":
			if c.UDF == nil && !op.Updating { // they need rows that have not come yet
				return errs.Userf("%s is not supported in stream mode", c.Name).At("%s", c.Origin).
					Fix("run in batch mode")
			}
		}
	}
	return nil
}

func (p *Planner) rank(r *logical.Rank, needBefore bool) (Result, error) {
	in, err := p.Plan(r.Input, true)
	if err != nil {
		return in, err
	}
	if res, ok, err := p.deduplicate(r, in, needBefore); ok || err != nil {
		return res, err
	}
	op := &plan.Rank{Function: r.Function, Partition: r.Partition, Order: r.Order, From: r.From,
		To: r.To, OutputRank: r.OutputRank, Retracting: !in.Mode.IsInsertOnly(),
		UpdateBefore: needBefore, UniqueKey: in.Key, StateTTLMs: p.StateTTLMs,
		MiniBatchMs: p.MiniBatchMs, MiniBatchMax: p.MiniBatch}
	if cols, ok := windowPartition(r); ok && !p.Batch {
		if op.WindowZone, err = windowZone(r.Input, "top-N of a window"); err != nil {
			return in, err
		}
		if err := requireInsertOnly(in, "top-N of a window"); err != nil {
			return in, err
		}
		op.WindowColumns = cols
		n := p.add(op, r.Out, hashed(in.Node, r.Partition))
		return Result{Node: n, Mode: plan.InsertOnly}, nil
	}
	n := p.add(op, r.Out, hashed(in.Node, r.Partition))
	res := Result{Node: n, Mode: p.produced(true, needBefore)}
	switch {
	case r.Function == "row_number" && r.From == 1 && r.To == 1:
		res.Key = r.Partition
	case r.OutputRank && r.Function == "row_number":
		res.Key = append(slices.Clone(r.Partition), r.Out.Len()-1)
	case in.Key != nil:
		res.Key = in.Key
	}
	return res, nil
}

// windowPartition finds the start and the end of the windows of a TVF in the partition.
func windowPartition(r *logical.Rank) ([]int, bool) {
	in := edges(r.Input)
	if in == nil {
		return nil, false
	}
	start, end := -1, -1
	for _, c := range r.Partition {
		switch in[c] {
		case startEdge:
			start = c
		case endEdge:
			end = c
		}
	}
	return []int{start, end}, start >= 0 && end >= 0
}

// deduplicate: ROW_NUMBER() = 1 ordered by one time attribute keeps the first or last row.
func (p *Planner) deduplicate(
	r *logical.Rank, in Result, needBefore bool,
) (Result, bool, error) {
	if p.Batch || r.Function != "row_number" || r.From != 1 || r.To != 1 || len(r.Order) != 1 ||
		!in.Mode.IsInsertOnly() || len(r.Partition) == 0 {
		return Result{}, false, nil
	}
	f := r.Input.Schema().Fields[r.Order[0].Column]
	if f.Type.Attr == types.NoTime {
		return Result{}, false, nil
	}
	op := &plan.Deduplicate{Keys: r.Partition, KeepLast: r.Order[0].Desc, TimeColumn: -1,
		UpdateBefore: needBefore, StateTTLMs: p.StateTTLMs}
	if f.Type.Attr == types.RowTime {
		op.TimeColumn = r.Order[0].Column
	}
	if cols, ok := windowPartition(r); ok {
		var err error
		if op.WindowZone, err = windowZone(r.Input, "deduplication of a window"); err != nil {
			return Result{}, false, err
		}
		op.WindowColumns = cols
	}
	n := p.add(op, r.Input.Schema(), hashed(in.Node, r.Partition))
	updates := op.KeepLast && op.WindowColumns == nil
	res := Result{Node: n, Mode: plan.InsertOnly, Key: r.Partition}
	if updates {
		res.Mode = p.produced(true, needBefore)
	}
	if !r.OutputRank {
		return res, true, nil
	}
	list := append(identity(r.Input.Schema()), expr.BigInt(1)) // its rank is always 1
	res, err := p.calc(res, nil, list, r.Out)
	return res, true, err
}

func (p *Planner) setOp(r *logical.SetOp, needBefore bool) (Result, error) {
	if r.Kind != "UNION" {
		return p.intersectOrExcept(r, needBefore)
	}
	var inputs []input
	mode := plan.InsertOnly
	for _, rel := range r.Rels {
		in, err := p.Plan(rel, needBefore || !r.All)
		if err != nil {
			return in, err
		}
		inputs = append(inputs, forward(in.Node))
		mode |= in.Mode
	}
	n := p.add(&plan.Union{Inputs: len(inputs)}, r.Out, inputs...)
	for _, e := range p.Graph.Inputs(n.ID) {
		from := p.Graph.Nodes[e.From]
		if from.Parallelism != n.Parallelism && e.Partition == plan.Forward {
			e.Partition = plan.Rebalance
		}
	}
	res := Result{Node: n, Mode: mode}
	if r.All {
		return res, nil
	}
	keys := make([]int, r.Out.Len())
	for i := range keys {
		keys[i] = i
	}
	return p.groupAggregate(res, keys, nil, r.Out, false, needBefore)
}

func (p *Planner) intersectOrExcept(r *logical.SetOp, needBefore bool) (Result, error) {
	keys := make([]int, r.Out.Len())
	for i := range keys {
		keys[i] = i
	}
	var inputs []input
	deletes := r.Kind == "EXCEPT"
	for _, rel := range r.Rels {
		in, err := p.Plan(rel, true)
		if err != nil {
			return in, err
		}
		deletes = deletes || !in.Mode.IsInsertOnly()
		inputs = append(inputs, hashed(in.Node, keys))
	}
	op := &plan.SetOp{Except: r.Kind == "EXCEPT", All: r.All, UpdateBefore: needBefore}
	n := p.add(op, r.Out, inputs...)
	res := Result{Node: n, Mode: p.produced(deletes, needBefore)}
	if !r.All {
		res.Key = keys
	}
	return res, nil
}

func (p *Planner) sort(r *logical.Sort, needBefore bool) (Result, error) {
	in, err := p.Plan(r.Input, true)
	if err != nil {
		return in, err
	}
	one := hashed(in.Node, nil)
	schema := r.Schema()
	limited := r.Fetch >= 0 || r.Offset > 0
	switch {
	case p.Batch:
		res := in
		if len(r.Keys) > 0 {
			op := &plan.Sort{Keys: r.Keys, TimeColumn: -1}
			if r.Fetch >= 0 {
				op.Fetch = r.Offset + r.Fetch
				if in.Node.Parallelism != 1 && op.Fetch > 0 { // each subtask's first rows do
					one = hashed(p.add(op, schema, forward(in.Node)), nil)
				}
			}
			res.Node = p.add(op, schema, one)
			res.Layout = sortedLayout(r.Keys)
			one = forward(res.Node)
		}
		if limited {
			res.Node = p.add(&plan.Limit{Offset: r.Offset, Fetch: r.Fetch}, schema, one)
			res.Node.Parallelism = 1
			res.Layout.parts = [][]int{{}}
		}
		return res, nil
	case !limited:
		f := schema.Fields[r.Keys[0].Column]
		if f.Type.Attr == types.NoTime || r.Keys[0].Desc {
			return in, errs.Userf("sort on a non-time-attribute field is not supported: '%s' is %s",
				f.Name, f.Type).Fix("add LIMIT, or run in batch mode")
		}
		if err := requireInsertOnly(in, "ORDER BY a time attribute"); err != nil {
			return in, err
		}
		op := &plan.Sort{Keys: r.Keys, TimeColumn: r.Keys[0].Column}
		in.Node = p.add(op, schema, one)
		return in, nil
	case r.Fetch < 0:
		return in, errs.Userf("OFFSET without LIMIT is not supported in streaming mode")
	case len(r.Keys) == 0 && in.Mode.IsInsertOnly():
		in.Node = p.add(&plan.Limit{Offset: r.Offset, Fetch: r.Fetch}, schema, one)
		return in, nil
	}
	op := &plan.Rank{Function: "row_number", Order: r.Keys, From: r.Offset + 1,
		To: r.Offset + r.Fetch, Retracting: !in.Mode.IsInsertOnly(), UpdateBefore: needBefore,
		UniqueKey: in.Key, StateTTLMs: p.StateTTLMs}
	n := p.add(op, schema, one)
	return Result{Node: n, Mode: p.produced(true, needBefore), Key: in.Key}, nil
}

func (p *Planner) singleRow(r *logical.SingleRow) (Result, error) {
	in, err := p.Plan(r.Input, true)
	if err != nil {
		return in, err
	}
	by := input{from: in.Node, by: plan.Global}
	if len(r.Keys) > 0 {
		by = hashed(in.Node, r.Keys)
	}
	n := p.add(&plan.SingleRow{Keys: r.Keys}, r.Schema(), by)
	return Result{Node: n, Mode: in.Mode}, nil
}

func (p *Planner) match(r *logical.Match) (Result, error) {
	in, err := p.Plan(r.Input, true)
	if err != nil {
		return in, err
	}
	if err := requireInsertOnly(in, "MATCH_RECOGNIZE"); err != nil {
		return in, err
	}
	spec := r.Spec
	n := p.add(&spec, r.Out, hashed(in.Node, spec.Partition))
	return Result{Node: n, Mode: plan.InsertOnly}, nil
}
