package job

import (
	"fmt"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/metrics"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/runtime/task"
	"github.com/headrace/headrace/core/state"
)

// writer makes the writer of a link for one producing subtask.
func (w *wiring) writer(l *compile.Link, r *run, user *userCode) (*exchange.Writer, error) {
	router, err := w.exec.router(l, r.subtask, user)
	if err != nil {
		return nil, err
	}
	if l.Blocking {
		return exchange.NewResultWriter(router, w.exec.result(l, r, user)), nil
	}
	return exchange.NewWriter(router, w.outputs[l][r.subtask]), nil
}

// router says where the rows of a producing subtask go; nil: everywhere.
func (x *execution) router(l *compile.Link, subtask int, user *userCode) (exchange.Router, error) {
	switch l.Partition {
	case plan.Hash:
		return &exchange.Hash{Groups: grouper(l.Edge), MaxParallelism: l.To.MaxParallelism}, nil
	case plan.Rebalance, plan.Rescale:
		return &exchange.RoundRobin{Next: subtask}, nil
	case plan.Shuffle:
		seed, err := config.Seed.Get(x.job.cfg)
		return exchange.NewShuffle(uint64(seed), subtask), err
	case plan.Broadcast:
		return nil, nil
	case plan.Custom:
		return &custom{user: user, edge: l.Edge}, nil
	}
	return exchange.First{}, nil
}

// debloat has a gate's channels follow the consumer's speed, if that is switched on.
func (x *execution) debloat(g *exchange.Gate) error {
	cfg := x.job.cfg
	on, err := config.DebloatOn.Get(cfg)
	if err != nil || !on {
		return err
	}
	d := &exchange.Debloater{MinBytes: 4 << 10, MaxBytes: x.window}
	if d.Target, err = config.DebloatTarget.Get(cfg); err != nil {
		return err
	}
	if d.Period, err = config.DebloatPeriod.Get(cfg); err != nil {
		return err
	}
	if d.Samples, err = config.DebloatSamples.Get(cfg); err != nil {
		return err
	}
	if d.ThresholdPercent, err = config.DebloatThreshold.Get(cfg); err != nil {
		return err
	}
	g.Debloat(d)
	return nil
}

// metricsOf is the group of an operator subtask. Operators of the same name get their number.
func (j *Job) metricsOf(n *plan.Node, subtask int) *metrics.Group {
	name := n.Name
	for _, other := range j.layout.Graph.Nodes {
		if other != n && other.Name == name {
			name = fmt.Sprintf("%s#%d", n.Name, n.ID)
			break
		}
	}
	return j.opts.Metrics.Group(name).Group(fmt.Sprint(subtask))
}

// show registers the metrics of a task, under the name of its first operator.
func (r *run) show(j *Job) {
	g := j.metricsOf(r.vertex.Nodes[0], r.subtask)
	t := r.task
	g.Gauge("busyTimeMs", func() int64 { b, _, _ := t.Load(); return b.Milliseconds() })
	g.Gauge("idleTimeMs", func() int64 { _, i, _ := t.Load(); return i.Milliseconds() })
	g.Gauge("backPressuredTimeMs", func() int64 { _, _, p := t.Load(); return p.Milliseconds() })
	gate := r.gate
	if gate == nil {
		return
	}
	g.Gauge("inputQueueBytes", gate.Queued)
	if d := gate.Debloater(); d != nil {
		g.Gauge("debloatedBufferSize", d.Size)
		g.Gauge("estimatedTimeToConsumeBuffersMs", func() int64 {
			return d.TimeToConsume(gate.Queued()).Milliseconds()
		})
	}
}

// grouper gives key groups by the edge's key columns, or by the column of encoded keys.
func grouper(e *plan.Edge) exchange.Grouper {
	var keys state.Keys
	var cols []*batch.Column
	return func(b *batch.Batch, maxParallelism int, _ []uint16) ([]uint16, error) {
		if len(e.KeyColumns) == 0 {
			at := b.Schema.Index(plan.KeyBytesColumn)
			if at < 0 { // a global aggregation: one key for all rows
				state.EmptyKeys(b.Len(), maxParallelism, &keys)
				return keys.Groups, nil
			}
			err := state.KeysFromBytes(b.Cols[at], maxParallelism, &keys)
			return keys.Groups, err
		}
		cols = cols[:0]
		for _, i := range e.KeyColumns {
			cols = append(cols, b.Cols[i])
		}
		err := state.EncodeKeys(cols, maxParallelism, &keys)
		return keys.Groups, err
	}
}

// operatorMetrics puts an operator's metrics into a group.
type operatorMetrics struct{ group *metrics.Group }

var _ operator.Metrics = operatorMetrics{}

func (m operatorMetrics) Counter(name string) operator.Counter { return m.group.Counter(name) }

func (m operatorMetrics) Gauge(name string, read func() int64) { m.group.Gauge(name, read) }

func (m operatorMetrics) Histogram(name string) operator.Histogram {
	return m.group.Histogram(name)
}

// host passes on what a task tells; it is called on the task's thread.
type host struct {
	job  *Job
	exec *execution
	run  *run
}

var _ task.Host = (*host)(nil)

// Ended implements task.Host.
func (h *host) Ended(*task.Task) {
	h.job.tell(func() {
		h.run.ended = true
		if h.job.exec == h.exec {
			h.job.phase.taskEnded(h.job, h.run)
		}
	})
}

// Captured implements task.Host.
func (h *host) Captured(_ *task.Task, s *task.Snapshot) {
	h.job.tell(func() {
		if h.job.exec == h.exec {
			h.job.phase.captured(h.job, h.run, s)
		} else {
			discard(s)
		}
	})
}
