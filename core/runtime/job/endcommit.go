package job

import "slices"

// In batch mode there are no checkpoints: what a sink has written becomes visible when its region
// cannot be started again, which is when all its tasks have ended. So the subtasks of a sink commit
// together, or not at all.

// commitEnd has the sinks of a region commit once the other tasks of it are done and these have
// ended.
func (x *execution) commitEnd(g *region) {
	if !x.commits || x.states[g.id] != regionRunning || !x.shape.sinks[g.id] {
		return
	}
	for _, r := range g.runs {
		if ready := r.done && r.err == nil || r.ended && sinks(r.vertex); !ready {
			return
		}
	}
	x.states[g.id] = regionCommitting
	for _, r := range g.runs {
		if !r.done {
			r.task.CommitEnd()
		}
	}
}

// wrote says that a sink has committed what another attempt would write again.
func (x *execution) wrote() bool {
	return x.commits && slices.ContainsFunc(x.regions, func(g *region) bool {
		s := x.states[g.id]
		return x.shape.sinks[g.id] && (s == regionFinished || s == regionCommitting)
	})
}
