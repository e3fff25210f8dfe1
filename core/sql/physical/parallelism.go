package physical

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

// pinned is how rows leave a node whose table gives it a parallelism of its own: what follows has
// that of the planner again, so rows are dealt out, those of a changelog by their key.
type pinned struct {
	by   plan.Partition // Forward: rebalanced where the parallelisms differ
	keys []int
}

// setParallelism gives a source the parallelism that its table's 'scan.parallelism' asks for.
func (p *Planner) setParallelism(r *logical.Scan, n *plan.Node) error {
	table := r.Table.Path.Dotted()
	o := connector.NewOptions(table, "", r.Options)
	if !o.Has(connector.ScanParallelism) {
		return nil
	}
	n.Parallelism = int(o.Int(connector.ScanParallelism, 0, 1))
	if err := o.Err(); err != nil {
		return err
	}
	out := pinned{}
	if kinds := connector.KindsOf(n.Op.(*plan.Source).Source); !plan.ChangelogMode(kinds).IsInsertOnly() {
		out = pinned{plan.Hash, p.primaryKey(r)}
		switch {
		case out.keys != nil:
		case n.Parallelism == 1:
			return nil // what follows has parallelism 1 too
		default:
			return errs.Userf("table '%s': with option '%s' = '%d' its changes must be dealt out by a "+
				"primary key", table, connector.ScanParallelism, n.Parallelism).
				Fix("declare a PRIMARY KEY and select it, or leave the option out")
		}
	}
	if p.pinned == nil {
		p.pinned = map[*plan.Node]pinned{}
	}
	p.pinned[n] = out
	return nil
}

// sinkParallelism is what the table's 'sink.parallelism' asks for; 0: nothing.
func sinkParallelism(s *logical.Sink) (int, error) {
	o := connector.NewOptions(s.Table.Path.Dotted(), "", s.Options)
	if !o.Has(connector.SinkParallelism) {
		return 0, nil
	}
	n := int(o.Int(connector.SinkParallelism, 0, 1))
	return n, o.Err()
}

// toWriters is the edge to writers of another parallelism than their input's.
func toWriters(s *logical.Sink, in Result, node *plan.Node, parallelism int) (input, error) {
	key := sinkKey(s)
	switch {
	case node.Parallelism == parallelism, in.Mode.IsInsertOnly():
		return forward(node), nil // rebalanced where the parallelisms differ
	case len(key) > 0:
		return hashed(node, key), nil
	case parallelism == 1:
		return input{from: node, by: plan.Global}, nil
	}
	return input{}, errs.Userf("table sink '%s' has '%s' = '%d', but changes must reach its writers "+
		"by a primary key, which it has not", s.Table.Path.Dotted(), connector.SinkParallelism,
		parallelism).Fix("declare a PRIMARY KEY, or leave the option out")
}
