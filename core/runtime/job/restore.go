package job

import (
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/checkpoint"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/state"
)

// restored is what the tasks of an attempt start from.
type restored struct {
	id    int64 // of the snapshot, 0 for none
	plan  *checkpoint.Plan
	files state.Files // where the handles are read; nil: among the job's own
}

// operator returns the state of an operator, nil when there is none.
func (r *restored) operator(uid string) *checkpoint.Operator {
	if r.plan == nil {
		return nil
	}
	return r.plan.Operators[uid]
}

// restorePlan matches the state of the snapshot to start from to the operators of the graph. The
// vertices take over the max-parallelism that their state was kept with.
func (j *Job) restorePlan() (*restored, error) {
	if j.storage.start == nil {
		return &restored{}, nil
	}
	allow, err := config.RecoveryIgnoreUnclaimed.Get(j.cfg)
	if err != nil {
		return nil, err
	}
	var targets []checkpoint.Target
	for _, v := range j.layout.Vertices {
		for _, n := range v.Nodes {
			targets = append(targets, checkpoint.Target{UID: n.UID, Name: n.Name,
				Parallelism: v.Parallelism, MaxParallelism: v.MaxParallelism,
				Explicit: n.MaxParallelism > 0 || config.MaxParallelism.IsSet(j.cfg)})
		}
	}
	m := j.storage.start.Manifest
	p, err := checkpoint.Assign(m, targets, allow)
	if err != nil {
		return nil, err
	}
	for _, uid := range p.Skipped {
		j.log.Warn("state of an operator that the job lacks is left behind", "job", j.ID, "uid", uid)
	}
	for _, v := range j.layout.Vertices {
		// Keyed state is the head's; the others have kept the number of their own vertex then.
		head := v.Nodes[0].UID
		if p.Operators[head] != nil && p.MaxParallelism[head] > 0 {
			v.MaxParallelism = p.MaxParallelism[head]
		}
	}
	return &restored{id: m.ID, plan: p, files: j.storage.restoreFiles()}, nil
}

// ended says whether a subtask of a node had processed all its input. At another parallelism that
// is known only when all had.
func (r *restored) ended(n *plan.Node, subtask, parallelism int) bool {
	o := r.operator(n.UID)
	if o == nil || len(o.Ended) == 0 {
		return false
	}
	if o.Parallelism != parallelism {
		return len(o.Ended) == o.Parallelism
	}
	for _, i := range o.Ended {
		if i == subtask {
			return true
		}
	}
	return false
}

// vertexEnded says whether the task of a subtask had processed all its input.
func (r *restored) vertexEnded(v *compile.Vertex, subtask int) bool {
	for _, n := range v.Nodes {
		if !r.ended(n, subtask, v.Parallelism) {
			return false
		}
	}
	return true
}

// endedPorts returns the ports of a subtask whose end it had been told of. At another parallelism
// those count that all subtasks had been told of.
func (r *restored) endedPorts(v *compile.Vertex, subtask int) uint64 {
	o := r.operator(v.Nodes[0].UID)
	switch {
	case o == nil || len(o.EndedPorts) == 0:
		return 0
	case o.Parallelism == v.Parallelism:
		return o.EndedPorts[subtask]
	}
	all := ^uint64(0)
	for i := range o.Parallelism {
		all &= o.EndedPorts[i]
	}
	return all
}

// sorted says whether the operator of a node gets its input key by key.
func (j *Job) sorted(n *plan.Node, whole bool) bool {
	on, err := config.SortedInputs.Get(j.cfg)
	return err == nil && on && whole && compile.ByKey(n)
}

// openStore makes the state of an operator subtask.
func (x *execution) openStore(r *run, n *plan.Node, from *restored) (state.Store, error) {
	j, v := x.job, r.vertex
	ctx := &state.StoreContext{
		OperatorInfo: state.OperatorInfo{JobID: j.ID, UID: n.UID, Subtask: r.subtask,
			Parallelism: v.Parallelism, MaxParallelism: v.MaxParallelism, Attempt: r.attempt},
		Files: x.store, RestoreFiles: from.files, FS: j.opts.FS, Clock: j.opts.Clock,
		Beside: j.beside,
	}
	backend := j.plain
	if n == v.Nodes[0] && v.Keyed() {
		if backend = j.opts.Backend; j.layout.Batch {
			backend = spilling()
		}
		ctx.Dir = j.workDir(n.UID, r.subtask, r.attempt)
		ctx.Budget = j.stateBudgetOf(v, r.subtask)
		if j.sorted(n, j.layout.Batch || whole(v)) { // one key at a time
			backend, ctx.Budget = j.plain, nil
		}
	}
	var handles []state.Handle
	if o := from.operator(n.UID); o != nil {
		handles = o.Handles
	}
	store, err := backend.Open(ctx, handles)
	if err != nil {
		return nil, (&errs.Error{Mark: errs.MarkOf(err), Msg: "its state cannot be opened"}).Wrap(err)
	}
	if ctx.Dir != "" {
		store = meterStore(store, j.metricsOf(n, r.subtask))
	}
	return store, nil
}
