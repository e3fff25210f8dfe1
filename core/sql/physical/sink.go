package physical

import (
	"maps"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// Insert plans a sink.
func (p *Planner) Insert(s *logical.Sink) error {
	sink, err := p.Sink(s.Table, s.Options, sinkSchema(s), s.Overwrite)
	if err != nil {
		return err
	}
	accepts := plan.ChangelogMode(connector.AcceptedBy(sink))
	needBefore := accepts.Has(plan.HasUpdateBefore) || p.forced(s) || p.otherKey(s)
	in, err := p.Plan(s.Input, needBefore)
	if err != nil {
		return err
	}
	if s.Deletes {
		in.Node = p.add(&plan.MarkDeletes{}, in.Node.Schema, forward(in.Node))
		in.Mode, in.Key = plan.HasDelete, sinkKey(s)
		in.Node.Mode = in.Mode
	}
	return p.toSink(s, in, sink, accepts)
}

// sinkSchema is the schema of what a sink gets. Whether a column may be NULL is said by the table, not
// by the query of the day: files and schema registries keep it.
func sinkSchema(s *logical.Sink) *types.Schema {
	fields := slices.Clone(s.Input.Schema().Fields)
	for i, c := range s.Columns {
		fields[i].Type = fields[i].Type.Nullable(!s.Table.Columns[c].Type.NotNull)
	}
	return types.NewSchema(fields...)
}

// otherKey says whether the rows of an update are named by another key than the sink's: the old row
// must come then too, since it may lie under another key. Only planning tells the key, so the input
// is planned on a copy of the graph.
func (p *Planner) otherKey(s *logical.Sink) bool {
	if len(s.Table.PrimaryKey) == 0 || p.Batch {
		return false
	}
	trial := *p
	trial.Graph = &plan.Graph{Nodes: slices.Clone(p.Graph.Nodes),
		Edges: slices.Clone(p.Graph.Edges)}
	if p.reuse != nil {
		trial.reuse = newReuse()
	}
	in, err := trial.Plan(s.Input, false)
	return err == nil && !in.Mode.IsInsertOnly() && !sameColumns(sinkKey(s), in.Key)
}

// forced says whether rows are materialized by the sink's key whatever they are.
func (p *Planner) forced(s *logical.Sink) bool {
	return p.Materialize == "FORCE" && len(s.Table.PrimaryKey) > 0 && !p.Batch && !s.Deletes
}

// materialized says whether the rows of a sink's key are to be put in order before it: changes of
// rows that another key names may come in any order behind an exchange.
func (p *Planner) materialized(s *logical.Sink, in Result, accepts plan.ChangelogMode) bool {
	switch {
	case p.forced(s):
		return true
	case p.Materialize == "NONE" || in.Mode.IsInsertOnly() || len(s.Table.PrimaryKey) == 0:
		return false
	}
	return !sameColumns(sinkKey(s), in.Key) && !accepts.Has(plan.HasUpdateBefore)
}

// sinkKey is the sink's primary key, in the columns of its input.
func sinkKey(s *logical.Sink) []int {
	var key []int
	for _, k := range s.Table.PrimaryKey {
		key = append(key, s.Input.Schema().Index(k))
	}
	return key
}

func sameColumns(a, b []int) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a,
		func(c int) bool { return !slices.Contains(b, c) })
}

func (p *Planner) toSink(
	s *logical.Sink, in Result, sink connector.Sink, accepts plan.ChangelogMode,
) error {
	name := s.Table.Path.Dotted()
	if s.OnConflict && !p.Batch && (accepts.IsInsertOnly() || in.Mode.IsInsertOnly() && echoes(s)) {
		return errs.Userf("ON CONFLICT is only for upsert sinks: '%s' gets inserts only", name).
			Fix("leave ON CONFLICT out")
	}
	if !in.Mode.IsInsertOnly() && accepts.IsInsertOnly() {
		return errs.Userf("table sink '%s' doesn't support consuming update and delete changes, "+
			"which the query produces", name).
			Fix("write to an upsert sink with a PRIMARY KEY, or aggregate over windows")
	}
	var notNull []int
	for i, c := range s.Columns {
		if s.Table.Columns[c].Type.NotNull && !s.Input.Schema().Fields[i].Type.NotNull {
			notNull = append(notNull, i)
		}
	}
	parallelism, err := sinkParallelism(s)
	if err != nil {
		return err
	}
	node := in.Node
	if len(notNull) > 0 {
		node = p.add(&plan.ConstraintEnforcer{NotNull: notNull}, node.Schema, forward(node))
	}
	if key := sinkKey(s); p.materialized(s, in, accepts) {
		node = p.add(&plan.SinkMaterialize{Keys: key, StateTTLMs: p.StateTTLMs}, node.Schema,
			hashed(node, key))
		if parallelism > 0 {
			node.Parallelism = parallelism
		}
	} else if in.Mode.Has(plan.HasUpdateBefore) && !accepts.Has(plan.HasUpdateBefore) {
		node = p.add(&plan.DropUpdateBefore{Key: key}, node.Schema, forward(node))
	}
	edge := forward(node)
	if d, ok := sink.(connector.Distributed); ok && d.Distribution() != nil && in.Mode.IsInsertOnly() {
		edge = hashed(node, d.Distribution())
	} else if parallelism > 0 {
		if edge, err = toWriters(s, in, node, parallelism); err != nil {
			return err
		}
	}
	if user, ok := sink.(connector.UserSink); ok {
		p.userSink(s, edge, user, parallelism)
		return nil
	}
	n := p.add(&plan.Sink{Sink: sink, Label: s.Table.Path.Name}, nil, edge)
	n.Name = "Sink: " + s.Table.Path.Name
	if parallelism > 0 {
		n.Parallelism = parallelism
	}
	return nil
}

// echoes says whether a sink takes whatever kinds of rows a query has, so that a query of inserts
// makes it one of inserts.
func echoes(s *logical.Sink) bool {
	c := s.Options["connector"]
	return c == "blackhole" || c == "print"
}

// userSink puts an operator of user code at the end: its elements are the rows.
func (p *Planner) userSink(s *logical.Sink, edge input, user connector.UserSink, parallelism int) {
	fields := slices.Clone(edge.from.Schema.Fields)
	for i, c := range s.Columns {
		fields[i].Name = s.Table.Columns[c].Name
	}
	stream := types.NewSchema(types.F(plan.ValueColumn, types.NewSchema(fields...).RowType()))
	rows := p.add(&plan.ToStream{RowTime: rowTime(edge.from.Schema)}, stream, edge)
	rows.Name, rows.Parallelism, rows.BufferTimeout = "ToDataStream", edge.from.Parallelism, 100
	op := &plan.Python{Spec: user.Operator(), Keyed: []bool{false}}
	options := map[string]string{plan.CommitsOption: "true"}
	maps.Copy(options, op.Spec.Options)
	op.Spec.Options = options
	n := p.add(op, plan.StreamSchema(nil), forward(rows))
	n.Name, n.Parallelism = "Sink: "+s.Table.Path.Name, edge.from.Parallelism
	if parallelism > 0 {
		rows.Parallelism, n.Parallelism = parallelism, parallelism
	}
}

// Collect plans a relation whose rows go back to the program.
func (p *Planner) Collect(r logical.Rel, sink connector.Sink) (Result, error) {
	in, err := p.Plan(r, true)
	if err != nil {
		return in, err
	}
	edge := input{from: in.Node}
	if in.Node.Parallelism != 1 {
		edge = input{from: in.Node, by: plan.Global}
	}
	n := p.add(&plan.Sink{Sink: sink, Label: "collect"}, nil, edge)
	n.Name, n.Parallelism = "Collect table sink", 1
	return in, nil
}
