package job

import (
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
)

// endOfStreamLinks has, in streaming mode, the stage in front of operators that give nothing before
// the end of their input run blocking: their input is kept on disk, sorted by key when all of it is
// there, and they start then. Links that would make a region wait for itself stay pipelined, and
// so do all of an operator with such a link; an input without end is left as it is.
func endOfStreamLinks(l *compile.Layout) {
	var heads []*compile.Vertex
	for _, v := range l.Vertices {
		op, ok := v.Nodes[0].Op.(plan.EndOfStream)
		if ok && op.EndOfStream() && bounded(v) {
			heads = append(heads, v)
			setBlocking(v, true)
		}
	}
	for changed := true; changed; {
		pipelineCycles(l)
		changed = false
		for _, v := range heads {
			if n := countBlocking(v); n > 0 && n < len(v.Inputs) {
				setBlocking(v, false)
				changed = true
			}
		}
	}
}

func setBlocking(v *compile.Vertex, blocking bool) {
	for _, l := range v.Inputs {
		l.Blocking = blocking
	}
}

func countBlocking(v *compile.Vertex) int {
	n := 0
	for _, l := range v.Inputs {
		if l.Blocking {
			n++
		}
	}
	return n
}

// bounded says that all sources in front of a vertex end.
func bounded(v *compile.Vertex) bool {
	if s, ok := v.Nodes[0].Op.(*plan.Source); ok {
		return s.Source.Bounded()
	}
	for _, l := range v.Inputs {
		if !bounded(l.From) {
			return false
		}
	}
	return true
}

// whole says that a vertex starts when its input is complete. No snapshot is taken before it has
// processed all of it: what it reads is kept for the attempt only.
func whole(v *compile.Vertex) bool { return len(v.Inputs) > 0 && countBlocking(v) > 0 }

// unfinishedStage returns a task that reads results of a stage and is not through with them, or is
// yet to start; nil: there is none.
func (x *execution) unfinishedStage() *compile.Vertex {
	for _, v := range x.job.layout.Vertices {
		if whole(v) && !x.vertexEnded(v) {
			return v
		}
	}
	return nil
}

// vertexEnded says that all tasks of a vertex have processed all their input.
func (x *execution) vertexEnded(v *compile.Vertex) bool {
	n := 0
	for _, r := range x.runs {
		if r.vertex == v && r.ended {
			n++
		}
	}
	return n == v.Parallelism
}

// complete says by region whether its results are: its tasks are done, or have ended and wait for
// the last checkpoint.
func (x *execution) complete(region int) bool {
	if x.states[region] == regionFinished {
		return true
	}
	if x.states[region] != regionRunning || !x.holds {
		return false
	}
	for _, r := range x.regions[region].runs {
		if !r.ended {
			return false
		}
	}
	return true
}

// settled drops the results of stages: a checkpoint says that all their readers have ended.
func (x *execution) settled() {
	for _, byTask := range x.results.made {
		for _, r := range byTask {
			x.drop(r)
		}
	}
}
