package process

import (
	"math"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

var modes = map[string]state.Redistribute{
	"split": state.Split, "union": state.Union, "broadcast": state.Broadcast,
}

func (o *Operator) timersOf(domain int) state.Timers {
	if domain == udf.EventTime {
		return o.event
	}
	return o.timers
}

// restored reads the operator states; nil when the job starts afresh.
func (o *Operator) restored() (map[string][][]byte, error) {
	if o.Ctx.OperatorState == nil {
		return nil, nil
	}
	var out map[string][][]byte
	for _, l := range o.process.Lists() {
		mode, ok := modes[l.Mode]
		if !ok {
			return nil, errs.Internalf("operator state %q has the unknown mode %q", l.Name, l.Mode)
		}
		elements, err := o.Ctx.OperatorState.List(l.Name, mode)
		if err != nil {
			return nil, err
		}
		if len(elements) > 0 || o.Ctx.RestoredCheckpoint != 0 {
			if out == nil {
				out = map[string][][]byte{}
			}
			out[l.Name] = elements
		}
	}
	return out, nil
}

// Snapshot implements operator.Operator.
func (o *Operator) Snapshot(id int64) error {
	lists := o.process.Lists()
	if len(lists) == 0 || o.Ctx.OperatorState == nil {
		return nil
	}
	elements, err := o.process.OperatorState(id)
	if err != nil {
		return err
	}
	for _, l := range lists {
		o.Ctx.OperatorState.SetList(l.Name, modes[l.Mode], elements[l.Name])
	}
	return nil
}

// CheckpointComplete implements operator.CheckpointListener.
func (o *Operator) CheckpointComplete(id int64) error { return o.process.CheckpointComplete(id) }

// CommitEnd implements operator.EndCommitter: a sink hears that all that it has prepared counts.
func (o *Operator) CommitEnd() error {
	if !o.stages[0].Op.Commits() {
		return nil
	}
	return o.process.CheckpointComplete(math.MaxInt64)
}

// CheckpointAborted implements operator.CheckpointListener; functions are not told.
func (o *Operator) CheckpointAborted(int64) error { return nil }

// reportMs is how often the user's metrics are told at most between two barriers.
const reportMs = 1000

// report hands the user's metrics on.
func (o *Operator) report() {
	o.reportAt = o.Ctx.Clock.NowMs() + reportMs
	o.process.Report()
}
