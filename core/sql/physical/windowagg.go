package physical

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// windowAggregate aggregates rows by window: each window is emitted once, when time has passed its
// end. start and end are the keys that are the window's bounds.
func (p *Planner) windowAggregate(r *logical.Aggregate, start, end int) (Result, error) {
	if p.Batch { // windows are keys like any other
		in, err := p.Plan(r.Input, true)
		switch {
		case err != nil:
			return in, err
		case len(r.Sets) > 1:
			return p.groupingSets(r, in, false)
		}
		return p.groupAggregate(in, r.Keys, r.Aggs, r.Out, false, false)
	}
	if p.Emit != nil {
		return Result{}, errs.Userf("an aggregate over a window table function cannot fire early or " +
			"late").Fix("leave 'table.exec.emit.early-fire.enabled' and '…late-fire.enabled' out, or " +
			"write GROUP BY TUMBLE(…)")
	}
	if len(r.Sets) > 1 {
		return p.windowSets(r, start, end)
	}
	in, op, to, err := p.windowInput(r, start, end)
	if err != nil {
		return in, err
	}
	op.Retracting = !in.Mode.IsInsertOnly()
	op.Aggs = retract(op.Aggs, op.Retracting)
	// keys without the window's own columns; window_time is a property
	schema, edge := r.Input.Schema(), edges(r.Input)
	out := &types.Schema{}
	at := make([]int, len(r.Keys)) // where each logical key comes out
	for i, k := range r.Keys {
		if i != start && i != end && edge[k] != timeEdge {
			at[i] = len(op.Keys)
			op.Keys = append(op.Keys, to[k])
			out.Fields = append(out.Fields, schema.Fields[k])
		}
	}
	base := len(op.Keys) + len(op.Aggs)
	out.Fields = append(out.Fields, r.Out.Fields[len(r.Keys):]...)
	for i, k := range r.Keys {
		prop := plan.WindowTime
		switch {
		case i == start:
			prop = plan.WindowStart
		case i == end:
			prop = plan.WindowEnd
		case edge[k] != timeEdge:
			continue
		}
		at[i] = base + len(op.Properties)
		op.Properties = append(op.Properties, prop)
		out.Fields = append(out.Fields, r.Out.Fields[i])
	}
	n := p.add(op, out, hashed(in.Node, op.Keys))
	list := make([]expr.Expr, 0, r.Out.Len())
	for _, i := range at {
		list = append(list, expr.NewColumn(i, out.Fields[i].Name, out.Fields[i].Type))
	}
	for i := range op.Aggs {
		f := out.Fields[len(op.Keys)+i]
		list = append(list, expr.NewColumn(len(op.Keys)+i, f.Name, f.Type))
	}
	n.Mode = plan.InsertOnly
	return p.calc(Result{Node: n, Mode: plan.InsertOnly}, nil, list, r.Out)
}

// windowSets aggregates the grouping sets of a window: rows come once for each set.
func (p *Planner) windowSets(r *logical.Aggregate, start, end int) (Result, error) {
	for _, set := range r.Sets {
		if !slices.Contains(set, start) || !slices.Contains(set, end) {
			return Result{}, errs.Userf("every grouping set of a window aggregate has window_start and " +
				"window_end").Fix("write GROUP BY window_start, window_end, GROUPING SETS (…)")
		}
	}
	in, err := p.Plan(r.Input, true)
	if err != nil {
		return in, err
	}
	rows, keys := p.expand(r, in)
	op := &plan.WindowAggregate{Attached: true, StartColumn: r.Keys[start], EndColumn: r.Keys[end],
		Retracting: !in.Mode.IsInsertOnly()}
	op.Aggs = retract(r.Aggs, op.Retracting)
	if w := findWindow(r.Input); w != nil {
		op.Window = *w
	}
	out := &types.Schema{}
	at := make([]int, len(keys)) // where each key comes out; the last one is the set's number
	edge := edges(r.Input)
	isProp := func(i int) bool {
		return i == start || i == end || i < len(r.Keys) && edge[r.Keys[i]] == timeEdge
	}
	for i, k := range keys {
		if !isProp(i) {
			at[i] = len(op.Keys)
			op.Keys = append(op.Keys, k)
			f := rows.Schema.Fields[k]
			if i < len(r.Keys) {
				f = r.Out.Fields[i]
			}
			out.Fields = append(out.Fields, f)
		}
	}
	calls := r.Out.Fields[len(r.Keys) : r.Out.Len()-1]
	out.Fields = append(out.Fields, calls...)
	for i := range r.Keys {
		if !isProp(i) {
			continue
		}
		prop := plan.WindowTime
		if i == start {
			prop = plan.WindowStart
		} else if i == end {
			prop = plan.WindowEnd
		}
		at[i] = out.Len()
		op.Properties = append(op.Properties, prop)
		out.Fields = append(out.Fields, r.Out.Fields[i])
	}
	n := p.add(op, out, hashed(rows, op.Keys))
	n.Mode = plan.InsertOnly
	column := func(i int) expr.Expr { return expr.NewColumn(i, out.Fields[i].Name, out.Fields[i].Type) }
	list := make([]expr.Expr, 0, r.Out.Len())
	for _, i := range at[:len(r.Keys)] {
		list = append(list, column(i))
	}
	for i := range calls {
		list = append(list, column(len(op.Keys)+i))
	}
	return p.calc(Result{Node: n, Mode: plan.InsertOnly}, nil, append(list, column(at[len(r.Keys)])),
		r.Out)
}

// windowInput plans the input of a window aggregate and says where its columns are (to). Windows
// that are made directly below are left to the aggregate, so that rows need not carry them.
func (p *Planner) windowInput(
	r *logical.Aggregate, start, end int,
) (in Result, op *plan.WindowAggregate, to []int, err error) {
	if below, op, to := fuseWindow(r, start, end); below != nil {
		in, err := p.Plan(below, true)
		if err == nil && op.Window.Kind == plan.Session {
			p.sessions(&in, op, op.Window.Partition)
		}
		return in, op, to, err
	}
	op = &plan.WindowAggregate{Attached: true, StartColumn: r.Keys[start], EndColumn: r.Keys[end],
		Aggs: r.Aggs}
	if w := findWindow(r.Input); w != nil {
		op.Window = *w
	}
	to = make([]int, r.Input.Schema().Len())
	for i := range to {
		to[i] = i
	}
	in, err = p.Plan(r.Input, true)
	return in, op, to, err
}

// sessions puts the making of the sessions of an aggregate's keys in front of it, when it cannot make
// them itself: they merge until they close.
func (p *Planner) sessions(in *Result, op *plan.WindowAggregate, keys []int) {
	whole := slices.ContainsFunc(op.Aggs, func(c plan.AggCall) bool { return !c.Mergeable() })
	if in.Mode.IsInsertOnly() && !whole {
		return
	}
	w := op.Window
	w.Partition = keys
	width := in.Node.Schema.Len()
	in.Node = p.add(&plan.WindowTable{Window: w}, logical.WindowSchema(in.Node.Schema, &w),
		hashed(in.Node, keys))
	op.Attached, op.StartColumn, op.EndColumn = true, width, width+1
}

// The windows' columns, as fuseWindow says where they are: nowhere.
const (
	startGone = -1 - iota
	endGone
	timeGone
)

// fuseWindow takes a window table function, and a projection over it that only passes the windows
// on, out of the input of an aggregate: below is what is left, to says where the columns of the
// aggregate's input are in it.
func fuseWindow(
	r *logical.Aggregate, start, end int,
) (below logical.Rel, op *plan.WindowAggregate, to []int) {
	project, _ := r.Input.(*logical.Project)
	table, ok := r.Input.(*logical.WindowTable)
	if project != nil {
		table, ok = project.Input.(*logical.WindowTable)
	}
	if !ok {
		return nil, nil, nil
	}
	op = &plan.WindowAggregate{Window: table.Window}
	if project == nil {
		below = table.Input
		for i := range below.Schema().Len() {
			to = append(to, i)
		}
		to = append(to, startGone, endGone, timeGone)
	} else if below, to = belowWindow(project, table, op); below == nil {
		return nil, nil, nil
	}
	edge := edges(r.Input)
	for i, k := range r.Keys {
		isTime := edge[k] == timeEdge
		if (to[k] == startGone) != (i == start) || (to[k] == endGone) != (i == end) ||
			(to[k] == timeGone) != isTime {
			return nil, nil, nil // other names for the windows' bounds
		}
	}
	if op.Aggs, ok = moveCalls(r.Aggs, to); !ok {
		return nil, nil, nil
	}
	if op.Window.Kind == plan.Session {
		var same bool
		if op.Window.Partition, same = sessionKeys(r, project, table, to); !same {
			return nil, nil, nil
		}
	}
	return below, op, to
}

// sessionKeys are the keys of an aggregate over sessions, where to says that they are below the
// window; false when its sessions are others than those of the keys.
func sessionKeys(
	r *logical.Aggregate, project *logical.Project, table *logical.WindowTable, to []int,
) (keys []int, same bool) {
	var partition []int
	for _, k := range r.Keys {
		if to[k] < 0 {
			continue
		}
		keys = append(keys, to[k])
		if project != nil {
			c, ok := project.Exprs[k].(*expr.Column)
			if !ok {
				return nil, false
			}
			k = c.Index
		}
		partition = append(partition, k)
	}
	of := slices.Clone(table.Window.Partition)
	slices.Sort(of)
	slices.Sort(partition)
	return keys, slices.Equal(slices.Compact(of), slices.Compact(partition))
}

// moveCalls makes calls read their columns where to says they are; false when they are gone.
func moveCalls(calls []plan.AggCall, to []int) (moved []plan.AggCall, ok bool) {
	for _, c := range calls {
		args, order := make([]int, len(c.Args)), slices.Clone(c.Order)
		for i, a := range c.Args {
			if args[i] = to[a]; args[i] < 0 {
				return nil, false
			}
		}
		for i, k := range order {
			if order[i].Column = to[k.Column]; order[i].Column < 0 {
				return nil, false
			}
		}
		if c.Filter >= 0 {
			if c.Filter = to[c.Filter]; c.Filter < 0 {
				return nil, false
			}
		}
		c.Args, c.Order = args, order
		moved = append(moved, c)
	}
	return moved, true
}

// belowWindow is a projection put below the window that it stands on, without the windows' columns
// (to is startGone … for them) and with the time column of op at the end; nil when it computes with them.
func belowWindow(
	project *logical.Project, table *logical.WindowTable, op *plan.WindowAggregate,
) (below logical.Rel, to []int) {
	in := table.Input.Schema()
	out := &logical.Project{Input: table.Input, Out: &types.Schema{}}
	for i, e := range project.Exprs {
		if c, ok := e.(*expr.Column); ok && c.Index >= in.Len() {
			to = append(to, startGone-(c.Index-in.Len()))
			continue
		}
		for _, c := range expr.Columns(e) {
			if c >= in.Len() {
				return nil, nil
			}
		}
		to = append(to, len(out.Exprs))
		out.Exprs = append(out.Exprs, e)
		out.Out.Fields = append(out.Out.Fields, project.Out.Fields[i])
	}
	time := in.Fields[table.Window.TimeColumn]
	op.Window.TimeColumn = len(out.Exprs)
	out.Exprs = append(out.Exprs, expr.NewColumn(table.Window.TimeColumn, time.Name, time.Type))
	out.Out.Fields = append(out.Out.Fields, time)
	return out, to
}
