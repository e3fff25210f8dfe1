// Package physical turns the logical tree into a core/plan graph: it chooses operators, decides
// where Python runs, which row kinds flow on each edge, and how rows are partitioned.
package physical

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/catalog"
	"github.com/headrace/headrace/core/sql/estimate"
	"github.com/headrace/headrace/core/sql/logical"
)

// Options are what planning depends on besides the query.
type Options struct {
	Batch          bool
	Zone           string
	Parallelism    int // 0: the job's default
	StateTTLMs     int64
	Emit           *plan.Emit // of legacy windows; nil: once, at the end
	MiniBatchMs    int64      // 0: off
	MiniBatch      int64
	AggPhases      string   // table.optimizer.agg-phase-strategy
	Materialize    string   // table.exec.sink.upsert-materialize
	IdleMs         int64    // table.exec.source.idle-timeout
	Disabled       []string // batch operators, table.exec.disabled-operators
	RuntimeFilters RuntimeFilters
	MemoryBytes    int64 // managed memory of a job; 0: not known
	// Source and Sink make the connector of a table.
	Source func(t *catalog.Table, options map[string]string, schema *types.Schema) (
		connector.Source, error)
	// Lookup makes what finds rows of a table by key; nil: rows of it cannot be found so.
	Lookup func(t *catalog.Table, options map[string]string, schema *types.Schema) (
		connector.LookupSource, error)
	// CanLookUp says whether rows of a table can be found by key.
	CanLookUp func(t *catalog.Table, options map[string]string) bool
	// CanCopy says whether a table that cannot be asked for keys can be read as a whole instead.
	CanCopy func(t *catalog.Table, options map[string]string) bool
	// AsyncLookup is how asynchronous lookups are done.
	AsyncLookup plan.LookupAsync
	Sink        func(t *catalog.Table, options map[string]string, schema *types.Schema,
		overwrite bool) (connector.Sink, error)
}

// Planner plans into one graph; several sinks share what they have in common.
type Planner struct {
	Options
	Graph *plan.Graph
	reuse *reuse
	guess *estimate.Estimator
	// pinned are the nodes whose table gives them a parallelism of their own.
	pinned map[*plan.Node]pinned
}

// Reuse has relations that are equal planned once: what several statements, or several parts of
// one, read is read and computed once for all of them.
func (p *Planner) Reuse() { p.reuse = newReuse() }

// Result is a planned relation: its last node and what flows out of it.
type Result struct {
	Node *plan.Node
	Mode plan.ChangelogMode
	// Key is the upsert key: columns that name a row over its changes; nil: none is known.
	Key []int
	// Layout is where equal rows are, in batch mode.
	Layout layout
}

// Plan plans a relation. needBefore says that the consumer needs -U rows.
func (p *Planner) Plan(r logical.Rel, needBefore bool) (Result, error) {
	if p.reuse == nil {
		return p.noted(r, needBefore)
	}
	if res, ok := p.reuse.find(r, needBefore); ok {
		return res, nil
	}
	res, err := p.noted(r, needBefore)
	if err == nil {
		p.reuse.keep(r, needBefore, res)
	}
	return res, err
}

// noted plans a relation and notes at its last node what flows out of it.
func (p *Planner) noted(r logical.Rel, needBefore bool) (Result, error) {
	res, err := p.plan(r, needBefore)
	if err == nil && res.Node.Mode == 0 {
		res.Node.Mode = res.Mode
	}
	return res, err
}

func (p *Planner) plan(r logical.Rel, needBefore bool) (Result, error) {
	switch r := r.(type) {
	case *logical.Scan:
		return p.scan(r, needBefore)
	case *logical.StreamScan:
		return p.streamScan(r, needBefore)
	case *logical.Values:
		return p.values(r)
	case *logical.Project:
		return p.project(r, needBefore)
	case *logical.Filter:
		return p.filter(r)
	case *logical.Watermark:
		return p.watermark(r, needBefore)
	case *logical.Aggregate:
		return p.aggregate(r, needBefore)
	case *logical.Distinct:
		return p.distinct(r, needBefore)
	case *logical.WindowTable:
		return p.windowTable(r)
	case *logical.Join:
		return p.join(r, needBefore)
	case *logical.MultiJoin:
		return p.multiJoin(r, needBefore)
	case *logical.Correlate:
		return p.correlate(r)
	case *logical.Over:
		return p.over(r, needBefore)
	case *logical.Rank:
		return p.rank(r, needBefore)
	case *logical.SetOp:
		return p.setOp(r, needBefore)
	case *logical.Sort:
		return p.sort(r, needBefore)
	case *logical.SingleRow:
		return p.singleRow(r)
	case *logical.Match:
		return p.match(r)
	case *logical.Snapshot:
		return Result{}, r.At(errs.Userf("time travel is not supported by the connector of " +
			"this table").Fix("leave FOR SYSTEM_TIME AS OF out, or join FOR SYSTEM_TIME AS OF a " +
			"time attribute"))
	}
	return Result{}, errs.Internalf("no physical operator for %T", r)
}

// add appends a node for op and connects it to its inputs.
func (p *Planner) add(op plan.Op, out *types.Schema, inputs ...input) *plan.Node {
	n := p.Graph.Add(&plan.Node{Name: op.Kind(), Op: op, Schema: out,
		Parallelism: p.Parallelism, BufferTimeout: 100})
	own := false // an input's parallelism is its own
	for port, in := range inputs {
		if out, ok := p.pinned[in.from]; ok && in.by == plan.Forward {
			in.by, in.keys, own = out.by, out.keys, true
		}
		e := p.Graph.Connect(in.from, n, in.by, in.keys...)
		e.Port = port
		if in.by == plan.Global || in.single {
			n.Parallelism = 1
		}
	}
	if len(inputs) == 1 && inputs[0].by == plan.Forward && !own {
		n.Parallelism = inputs[0].from.Parallelism
	}
	return n
}

// input is an edge to a node that is being made.
type input struct {
	from   *plan.Node
	by     plan.Partition
	keys   []int
	single bool
}

func forward(n *plan.Node) input { return input{from: n} }

// hashed partitions by columns; without any all rows go to one subtask.
func hashed(n *plan.Node, keys []int) input {
	if len(keys) == 0 {
		return input{from: n, by: plan.Hash, single: true}
	}
	return input{from: n, by: plan.Hash, keys: keys}
}

// requireInsertOnly refuses updates for an operator that cannot take them.
func requireInsertOnly(in Result, what string) error {
	if in.Mode.IsInsertOnly() {
		return nil
	}
	return errs.Userf("%s does not support updates and deletes, which its input has", what)
}

// produced is the mode of an operator that updates, and maybe deletes, rows: without -U when nobody
// needs them.
func (p *Planner) produced(deletes, needBefore bool) plan.ChangelogMode {
	if p.Batch {
		return plan.InsertOnly
	}
	mode := plan.HasInsert | plan.HasUpdateAfter
	if needBefore {
		mode |= plan.HasUpdateBefore
	}
	if deletes {
		mode |= plan.HasDelete
	}
	return mode
}

// withoutBefore drops -U rows that nobody needs.
func (p *Planner) withoutBefore(in Result) Result {
	if in.Mode.Has(plan.HasUpdateBefore) {
		if in.Node.Mode == 0 { // shown as one with the operator
			in.Node.Mode = in.Mode &^ plan.HasUpdateBefore
		}
		in.Node = p.add(&plan.DropUpdateBefore{}, in.Node.Schema, forward(in.Node))
		in.Mode &^= plan.HasUpdateBefore
	}
	return in
}
