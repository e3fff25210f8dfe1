package compile

import (
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/operator/sink"
	"github.com/headrace/headrace/core/runtime/operator/source"
	"github.com/headrace/headrace/core/runtime/watermark"
	"github.com/headrace/headrace/core/udf"
)

func init() {
	Register(func(n *plan.Node, op *plan.Source, env *Env) (operator.Operator, error) {
		spec := source.Spec{Source: op.Source, Coordinator: env.Coordinator}
		if b := env.bounds(env.Graph.ScanFilter(n)); b != nil {
			spec.Bounds = b
		}
		if p, ok := op.Source.(connector.Pinned); ok {
			spec.Pinned = p.Pinned()
		}
		if op.Watermarks != nil {
			s, err := strategyOf(op.Watermarks, env)
			if err != nil {
				return nil, err
			}
			spec.Strategy, spec.PeriodMs, spec.IdleMs = s.make, s.periodMs, op.Watermarks.IdleMs
			spec.Pinned = spec.Pinned || op.Watermarks.Python != nil
			if op.Watermarks.Group != "" {
				spec.Align = env.Group(op.Watermarks.Group)
				spec.DriftMs, spec.AlignMs = op.Watermarks.DriftMs, op.Watermarks.IntervalMs
			}
		}
		return source.New(spec), nil
	})
	Register(func(_ *plan.Node, op *plan.WatermarkAssigner, env *Env) (operator.Operator, error) {
		s, err := strategyOf(&op.Watermarks, env)
		if err != nil {
			return nil, err
		}
		return source.NewAssigner(s.make, s.periodMs, op.Watermarks.IdleMs,
			op.Watermarks.Python != nil), nil
	})
	Register(func(_ *plan.Node, op *plan.Sink, _ *Env) (operator.Operator, error) {
		return sink.New(op.Sink), nil
	})
}

// strategy is how watermarks are made and how often they are asked for.
type strategy struct {
	make     func(ctx *operator.Context) (watermark.Strategy, error)
	periodMs int64
}

// strategyOf makes the strategy of a description. Watermarks from a column come after every row,
// so that results do not depend on the machine's speed, unless a period was set; those of the
// DataStream API come periodically, as in Flink.
func strategyOf(w *plan.Watermarks, env *Env) (*strategy, error) {
	period, err := config.AutoWatermark.Get(env.Config)
	if err != nil {
		return nil, err
	}
	s := &strategy{periodMs: period.Milliseconds()}
	if w.Python != nil {
		s.make = func(ctx *operator.Context) (watermark.Strategy, error) {
			return pythonStrategy(w, ctx)
		}
		return s, nil
	}
	if w.Expr == nil {
		return nil, errs.Internalf("watermarks without an expression")
	}
	if !config.AutoWatermark.IsSet(env.Config) {
		s.periodMs = 0
	}
	program, err := expr.Compile(w.Expr)
	if err != nil {
		return nil, err
	}
	every := s.periodMs == 0
	s.make = func(ctx *operator.Context) (watermark.Strategy, error) {
		eval := kernel.NewContext(ctx.Clock)
		eval.Config = ctx.Config
		c := &watermark.Column{Every: every}
		c.Watermarks = func(b *batch.Batch) (*batch.Column, error) { return program.Eval(eval, b) }
		if w.Column >= 0 {
			c.Times = func(b *batch.Batch) (*batch.Column, error) { return timesOf(b, w) }
		}
		return c, nil
	}
	return s, nil
}

// timesOf is the column of the rows' event times.
func timesOf(b *batch.Batch, w *plan.Watermarks) (*batch.Column, error) {
	c := b.Cols[w.Column]
	if !w.Untimed && c.NullCount() > 0 {
		return nil, errs.Dataf("the row time '%s' is NULL", b.Schema.Fields[w.Column].Name).
			Fix("declare the watermark for a computed column that gives such rows a time, as in " +
				"COALESCE(…)")
	}
	return c, nil
}

// pythonStrategy makes a strategy of the DataStream API: the engine computes the watermarks of the
// known kinds, user code extracts times and generates watermarks of its own.
func pythonStrategy(w *plan.Watermarks, ctx *operator.Context) (watermark.Strategy, error) {
	op := w.Python
	var times udf.Times
	if op.GetAssigner() != nil || op.GetGenerator() != nil {
		host, ok := ctx.UDF.(udf.ProcessHost)
		if !ok {
			return nil, errs.Userf("operator '%s' needs Python, which this process has not",
				ctx.Name).Fix("run the job with headrace run or from python")
		}
		var err error
		times, err = host.NewTimes(&udf.TimesSpec{Assigner: op.GetAssigner(),
			Generator: op.GetGenerator()})
		if err != nil {
			return nil, err
		}
	}
	if op.GetKind() == "custom" {
		return &generator{times: times}, nil
	}
	s := &watermark.Bounded{DelayMs: op.GetDelayMs()}
	if op.GetKind() == "none" || op.GetKind() == "" {
		return &generator{times: times, silent: true}, nil
	}
	if times != nil {
		s.OnClose = times.Close
		s.Times = func(b *batch.Batch) ([]int64, error) {
			out, _, err := assign(times, b)
			return out, err
		}
	}
	return s, nil
}

// assign calls user code; it returns the times and the watermarks that it emitted.
func assign(t udf.Times, b *batch.Batch) ([]int64, []batch.Mark, error) {
	out := make([]int64, b.Len())
	for i := range out {
		out[i] = b.Time(i)
	}
	at := max(b.Schema.Index(plan.ValueColumn), 0)
	marks, err := t.Assign(b.Cols[at], out, nil)
	return out, marks, err
}

// generator is a strategy that user code decides alone; silent: one without watermarks.
type generator struct {
	times  udf.Times
	silent bool
}

var _ watermark.Strategy = (*generator)(nil)

// Assign implements watermark.Strategy.
func (g *generator) Assign(b *batch.Batch) ([]int64, []batch.Mark, error) {
	if g.times == nil {
		return nil, nil, nil
	}
	times, marks, err := assign(g.times, b)
	if g.silent {
		marks = nil
	}
	return times, marks, err
}

// Periodic implements watermark.Strategy.
func (g *generator) Periodic() (int64, bool, error) {
	if g.silent || g.times == nil {
		return 0, false, nil
	}
	return g.times.Periodic()
}

// Close implements watermark.Strategy.
func (g *generator) Close() error {
	if g.times == nil {
		return nil
	}
	return g.times.Close()
}
