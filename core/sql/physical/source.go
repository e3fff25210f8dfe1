package physical

import (
	"slices"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/collection"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/logical"
)

func (p *Planner) scan(r *logical.Scan, needBefore bool) (Result, error) {
	n, err := p.source(r)
	if err != nil {
		return Result{}, err
	}
	mode := plan.ChangelogMode(connector.KindsOf(n.Op.(*plan.Source).Source))
	out := Result{Node: n, Mode: mode, Key: p.primaryKey(r)}
	if out.Mode == plan.Upsert && needBefore && out.Key != nil {
		return p.normalized(out, r.Out), nil
	}
	if !needBefore && out.Key != nil {
		return p.withoutBefore(out), nil
	}
	return out, nil
}

// normalized turns the upserts that a source gives into changes that take back what they replace.
func (p *Planner) normalized(upserts Result, schema *types.Schema) Result {
	n := p.add(&plan.ChangelogNormalize{Keys: upserts.Key, UpdateBefore: true,
		StateTTLMs: p.StateTTLMs}, schema, hashed(upserts.Node, upserts.Key))
	return Result{Node: n, Mode: plan.Retract, Key: upserts.Key}
}

// source is the node that reads a table, made once when there is reuse.
func (p *Planner) source(r *logical.Scan) (*plan.Node, error) {
	id := 0
	if p.reuse != nil {
		id = p.reuse.id(r)
		if n := p.reuse.sources[id]; n != nil {
			return n, nil
		}
	}
	src := r.PushedSource
	if src == nil {
		src = r.Source
	}
	if src == nil {
		var err error
		if src, err = p.Source(r.Table, r.Options, r.Out); err != nil {
			return nil, r.At(err)
		}
	}
	n := p.add(&plan.Source{Source: src, Label: r.Table.Path.Name}, r.Out)
	n.Name = "Source: " + r.Table.Path.Name
	if err := p.setParallelism(r, n); err != nil {
		return nil, err
	}
	if p.reuse != nil {
		p.reuse.sources[id] = n
	}
	return n, nil
}

// primaryKey is the table's primary key in the scan's columns.
func (p *Planner) primaryKey(r *logical.Scan) []int {
	var key []int
	for _, name := range r.Table.PrimaryKey {
		i := r.Out.Index(name)
		if i < 0 {
			return nil
		}
		key = append(key, i)
	}
	return key
}

func (p *Planner) streamScan(r *logical.StreamScan, needBefore bool) (Result, error) {
	n := p.add(&plan.FromStream{Columns: r.Columns}, r.Out, forward(r.Node))
	out := Result{Node: n, Mode: r.Changelog, Key: r.UpsertKey}
	if out.Mode == plan.Upsert && needBefore {
		return p.normalized(out, r.Out), nil
	}
	return out, nil
}

// values: constant rows are computed now and read as a collection.
func (p *Planner) values(r *logical.Values) (Result, error) {
	one := batch.New(&types.Schema{}, nil, 1)
	ctx, err := p.evalContext()
	if err != nil {
		return Result{}, err
	}
	b := batch.NewRowBuilder(r.Out, len(r.Rows))
	for _, row := range r.Rows {
		for c, e := range row {
			prog, err := expr.Compile(e)
			if err != nil {
				return Result{}, err
			}
			v, err := prog.Eval(ctx, one)
			if err != nil {
				return Result{}, err
			}
			b.Cols[c].AppendFrom(v, 0)
		}
	}
	rows := batch.New(r.Out, nil, len(r.Rows))
	if len(r.Out.Fields) > 0 {
		rows = b.Finish()
	}
	src := collection.New(r.Out, []*batch.Batch{rows})
	n := p.add(&plan.Source{Source: src, Label: "Values"}, r.Out)
	n.Name, n.Parallelism = "Values", 1
	return Result{Node: n, Mode: plan.InsertOnly}, nil
}

func (p *Planner) evalContext() (*expr.EvalContext, error) {
	ctx := kernel.NewContext(clock.System{})
	if p.Zone == "" {
		return ctx, nil
	}
	var err error
	ctx.Zone, err = kernel.LoadLocation(p.Zone)
	return ctx, err
}

// watermark: right above a source the watermarks are made per split, inside it.
func (p *Planner) watermark(r *logical.Watermark, needBefore bool) (Result, error) {
	in, err := p.Plan(r.Input, needBefore)
	if err != nil {
		return in, err
	}
	if p.Batch { // nothing is late in batch mode: only MAX_WATERMARK
		return Result{Node: in.Node, Mode: in.Mode, Key: in.Key}, nil
	}
	w := plan.Watermarks{Column: r.Column, Expr: r.Expr, IdleMs: p.IdleMs}
	if src, ok := in.Node.Op.(*plan.Source); ok && src.Watermarks == nil &&
		len(p.Graph.Outputs(in.Node.ID)) == 0 {
		_, w.Untimed = src.Source.(connector.WatermarkPushDown)
		src.Watermarks = &w
		in.Node.Schema = r.Out
		return in, nil
	}
	n := p.add(&plan.WatermarkAssigner{Watermarks: w}, r.Out, forward(in.Node))
	return Result{Node: n, Mode: in.Mode, Key: in.Key}, nil
}

// keyThrough follows a key through a projection.
func keyThrough(key []int, list []expr.Expr) []int {
	if key == nil {
		return nil
	}
	out := make([]int, len(key))
	for i, k := range key {
		out[i] = slices.IndexFunc(list, func(e expr.Expr) bool {
			c, ok := e.(*expr.Column)
			return ok && c.Index == k
		})
		if out[i] < 0 {
			return nil
		}
	}
	return out
}

func identity(s *types.Schema) []expr.Expr {
	out := make([]expr.Expr, s.Len())
	for i, f := range s.Fields {
		out[i] = expr.NewColumn(i, f.Name, f.Type)
	}
	return out
}
