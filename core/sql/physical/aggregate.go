package physical

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

func (p *Planner) aggregate(r *logical.Aggregate, needBefore bool) (Result, error) {
	if r.Window != nil {
		return p.legacyWindow(r)
	}
	if start, end, ok := windowKeys(r); ok {
		return p.windowAggregate(r, start, end)
	}
	in, err := p.Plan(r.Input, true)
	if err != nil {
		return in, err
	}
	ttl := p.StateTTLMs
	p.StateTTLMs = hintTTL(r.Hints, "", ttl)
	defer func() { p.StateTTLMs = ttl }()
	if len(r.Sets) > 1 {
		return p.groupingSets(r, in, needBefore)
	}
	res, err := p.groupAggregate(in, r.Keys, r.Aggs, r.Out, r.TableAgg, needBefore)
	if err == nil && p.Batch {
		p.expect(res, r)
	}
	return res, err
}

// expect tells the local phase of an aggregation how many rows a group is thought to have: whether
// it is worth its while does not show in the first rows when there are very many groups.
func (p *Planner) expect(res Result, r *logical.Aggregate) {
	rows := p.estimate(r.Input)
	if op, ok := res.Node.Op.(*plan.GroupAggregate); !ok || op.Phase != plan.GlobalPhase ||
		!rows.Known {
		return
	}
	for _, e := range p.Graph.Inputs(res.Node.ID) {
		if local, ok := p.Graph.Nodes[e.From].Op.(*plan.GroupAggregate); ok {
			local.PerGroup = rows.Count / p.estimate(r).Count
		}
	}
}

func (p *Planner) groupAggregate(
	in Result, keys []int, aggs []plan.AggCall, out *types.Schema, table, needBefore bool,
) (Result, error) {
	retracting := !in.Mode.IsInsertOnly()
	if !table && p.inPlace(in, keys, aggs) {
		return p.aggregateInPlace(in, keys, aggs, out), nil
	}
	if !table && p.splits(in, aggs) {
		return p.twoPhases(in, keys, aggs, out, needBefore), nil
	}
	op := &plan.GroupAggregate{Keys: keys, Aggs: retract(aggs, retracting),
		Retracting: retracting, UpdateBefore: needBefore, StateTTLMs: p.StateTTLMs,
		MiniBatchMs: p.MiniBatchMs, MiniBatchMax: p.MiniBatch, TableAgg: table}
	n := p.add(op, out, hashed(in.Node, keys))
	mode := p.produced(retracting, needBefore)
	n.Mode = mode
	if len(aggs) == 0 && !retracting { // DISTINCT of inserts only inserts, whatever Flink says
		mode = plan.InsertOnly
	}
	key := make([]int, len(keys))
	for i := range keys {
		key[i] = i
	}
	if table {
		key = nil
		mode = p.produced(true, true)
		n.Mode = mode
	}
	res := Result{Node: n, Mode: mode, Key: key}
	if p.Batch && !table {
		n.Description = "exchanged by key, in one phase"
		res.Layout = byKey(len(keys))
	}
	return res, nil
}

func retract(aggs []plan.AggCall, yes bool) []plan.AggCall {
	out := slices.Clone(aggs)
	for i := range out {
		out[i].Retract = yes
	}
	return out
}

// groupingSets repeats each row for every set and aggregates by the keys and the set's number.
func (p *Planner) groupingSets(
	r *logical.Aggregate, in Result, needBefore bool,
) (Result, error) {
	n, keys := p.expand(r, in)
	id := n.Schema.Fields[keys[len(r.Keys)]]
	// the aggregate gives keys…, $e, aggregates…; the logical one has $e last
	aggOut := &types.Schema{}
	for i := range r.Keys {
		aggOut.Fields = append(aggOut.Fields, r.Out.Fields[i])
	}
	aggOut.Fields = append(aggOut.Fields, id)
	aggOut.Fields = append(aggOut.Fields, r.Out.Fields[len(r.Keys):r.Out.Len()-1]...)
	res, err := p.groupAggregate(Result{Node: n, Mode: in.Mode}, keys, r.Aggs, aggOut, false,
		needBefore)
	if err != nil {
		return res, err
	}
	list := make([]expr.Expr, 0, aggOut.Len())
	for i, f := range aggOut.Fields {
		if i != len(r.Keys) {
			list = append(list, expr.NewColumn(i, f.Name, f.Type))
		}
	}
	list = append(list, expr.NewColumn(len(r.Keys), id.Name, id.Type))
	return p.calc(res, nil, list, r.Out)
}

// expand repeats each row for every grouping set, with NULL for the keys that are not in it and the
// set's number as one more key, the last one. keys are the columns of the keys.
func (p *Planner) expand(r *logical.Aggregate, in Result) (n *plan.Node, keys []int) {
	schema := r.Input.Schema()
	expanded := &types.Schema{Fields: append([]types.Field{}, schema.Fields...)}
	// keys get columns of their own: an aggregate may still need the key's value
	keys = make([]int, 0, len(r.Keys)+1)
	for i, k := range r.Keys {
		keys = append(keys, expanded.Len())
		expanded.Fields = append(expanded.Fields,
			types.F(schema.Fields[k].Name+"_"+string(rune('0'+i%10)), r.Out.Fields[i].Type))
	}
	id := expanded.Len()
	keys = append(keys, id)
	expanded.Fields = append(expanded.Fields, types.F("$e", types.Of(types.BigInt).Nullable(false)))
	op := &plan.Expand{}
	for i, set := range r.Sets {
		row := identity(schema)
		for j, k := range r.Keys {
			f := schema.Fields[k]
			if slices.Contains(set, j) {
				row = append(row, expr.NewColumn(k, f.Name, f.Type))
			} else {
				row = append(row, expr.Null(f.Type.Nullable(true)))
			}
		}
		op.Projects = append(op.Projects, append(row, expr.BigInt(int64(i))))
	}
	return p.add(op, expanded, forward(in.Node)), keys
}

func (p *Planner) distinct(r *logical.Distinct, needBefore bool) (Result, error) {
	in, err := p.Plan(r.Input, true)
	if err != nil {
		return in, err
	}
	keys := make([]int, r.Schema().Len())
	for i := range keys {
		keys[i] = i
	}
	return p.groupAggregate(in, keys, nil, r.Schema(), false, needBefore)
}

// windowKeys finds the start and the end of the windows of a window TVF among the keys.
func windowKeys(r *logical.Aggregate) (start, end int, ok bool) {
	return edgeKeys(r, edges(r.Input))
}

// edgeKeys is windowKeys where the edges of the input are known: who asks for those of a plan looks
// at each of its nodes once.
func edgeKeys(r *logical.Aggregate, in []edge) (start, end int, ok bool) {
	if in == nil || len(r.Sets) > 1 && !slices.ContainsFunc(r.Sets,
		func(s []int) bool { return len(s) > 0 }) {
		return 0, 0, false
	}
	start, end = -1, -1
	for i, k := range r.Keys {
		switch in[k] {
		case startEdge:
			start = i
		case endEdge:
			end = i
		}
	}
	return start, end, start >= 0 && end >= 0
}

func findWindow(r logical.Rel) *plan.Window {
	if w, ok := r.(*logical.WindowTable); ok {
		return &w.Window
	}
	for _, in := range r.Inputs() {
		if w := findWindow(in); w != nil {
			return w
		}
	}
	return nil
}

func (p *Planner) legacyWindow(r *logical.Aggregate) (Result, error) {
	in, err := p.Plan(r.Input, true)
	if err != nil {
		return in, err
	}
	op := &plan.WindowAggregate{Window: *r.Window, Keys: r.Keys, Properties: r.Properties,
		Retracting: !in.Mode.IsInsertOnly(), Aggs: retract(r.Aggs, !in.Mode.IsInsertOnly())}
	mode := plan.InsertOnly
	if p.Emit != nil && !p.Batch {
		switch r.Window.Kind {
		case plan.Tumble, plan.Hop:
			op.Emit, mode = p.Emit, p.produced(op.Retracting, true)
		case plan.Session:
			return in, errs.Userf("a session window cannot fire early or late").
				Fix("leave 'table.exec.emit.early-fire.enabled' and '…late-fire.enabled' out")
		}
	}
	switch r.Window.Kind {
	case plan.Session:
		p.sessions(&in, op, r.Keys)
	case plan.CountTumble, plan.CountSlide:
		if err := requireInsertOnly(in, "a window of rows"); err != nil {
			return in, err
		}
	}
	n := p.add(op, r.Out, hashed(in.Node, r.Keys))
	n.Mode = mode
	return Result{Node: n, Mode: mode}, nil
}

func (p *Planner) windowTable(r *logical.WindowTable) (Result, error) {
	in, err := p.Plan(r.Input, true)
	if err != nil {
		return in, err
	}
	edge := forward(in.Node)
	if r.Window.Kind == plan.Session {
		edge = hashed(in.Node, r.Window.Partition)
	}
	n := p.add(&plan.WindowTable{Window: r.Window}, r.Out, edge)
	return Result{Node: n, Mode: in.Mode}, nil
}
