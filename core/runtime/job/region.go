package job

import (
	"slices"

	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
)

// taskID names a task of a layout.
type taskID struct{ vertex, subtask int }

// topology is a layout cut into regions: sets of tasks that are connected by pipelined channels,
// and so run, fail and restart together. Blocking channels lead from one region to another.
type topology struct {
	regions [][]taskID // the tasks of each, in order of vertex and subtask
	of      map[taskID]int
	inputs  [][]int // by region: those whose results it reads, ascending
	readers [][]int // by region: those that read its results, ascending
	sinks   []bool  // by region: what it writes cannot be taken back once it has finished
}

// topologyOf cuts a layout whose links say which of them are blocking.
func topologyOf(l *compile.Layout) *topology {
	var tasks []taskID
	index := map[taskID]int{}
	for _, v := range l.Vertices {
		for i := range v.Parallelism {
			id := taskID{v.ID, i}
			index[id] = len(tasks)
			tasks = append(tasks, id)
		}
	}
	groups := newGroups(len(tasks))
	eachChannel(l, false, func(from, to taskID) { groups.join(index[from], index[to]) })

	t := &topology{of: map[taskID]int{}}
	number := map[int]int{} // of a region, by the group's root
	for i, id := range tasks {
		root := groups.root(i)
		r, ok := number[root]
		if !ok {
			r = len(t.regions)
			number[root] = r
			t.regions = append(t.regions, nil)
		}
		t.regions[r] = append(t.regions[r], id)
		t.of[id] = r
	}
	t.inputs, t.readers = make([][]int, len(t.regions)), make([][]int, len(t.regions))
	eachChannel(l, true, func(from, to taskID) {
		a, b := t.of[from], t.of[to]
		t.inputs[b] = append(t.inputs[b], a)
		t.readers[a] = append(t.readers[a], b)
	})
	for r := range t.regions {
		slices.Sort(t.inputs[r])
		t.inputs[r] = slices.Compact(t.inputs[r])
		slices.Sort(t.readers[r])
		t.readers[r] = slices.Compact(t.readers[r])
	}
	t.sinks = sinksOf(l, t)
	return t
}

// eachChannel calls f for every channel of the links that are blocking, or that are not.
func eachChannel(l *compile.Layout, blocking bool, f func(from, to taskID)) {
	for _, link := range l.Links {
		if link.Blocking != blocking {
			continue
		}
		for p := range link.From.Parallelism {
			for c := range link.To.Parallelism {
				if feeds(link, p, c) {
					f(taskID{link.From.ID, p}, taskID{link.To.ID, c})
				}
			}
		}
	}
}

func sinksOf(l *compile.Layout, t *topology) []bool {
	out := make([]bool, len(t.regions))
	for _, v := range l.Vertices {
		for i := range v.Parallelism {
			r := t.of[taskID{v.ID, i}]
			out[r] = out[r] || sinks(v)
		}
	}
	return out
}

// sinks says whether a vertex has a sink.
func sinks(v *compile.Vertex) bool {
	return slices.ContainsFunc(v.Nodes, func(n *plan.Node) bool {
		switch op := n.Op.(type) {
		case *plan.Sink:
			return true
		case *plan.Python:
			return op.Commits()
		}
		return false
	})
}

// regionState is where a region stands.
type regionState uint8

const (
	regionWaiting    regionState = iota // not started: results that it reads are missing
	regionRunning                       // its tasks run
	regionFailing                       // its tasks are being cancelled, to be restarted
	regionResting                       // it waits before it is restarted
	regionFinished                      // its tasks are done
	regionCommitting                    // its tasks have ended, and what its sinks wrote becomes visible
)

// startable says whether a region may start: all results that it reads are complete.
func (t *topology) startable(r int, states []regionState, complete func(r int) bool) bool {
	if states[r] != regionWaiting {
		return false
	}
	for _, in := range t.inputs[r] {
		if !complete(in) {
			return false
		}
	}
	return true
}

// restarting returns the regions that have to run again when one failed, ascending. Those are: the
// region itself; any whose results are needed for that and are lost; and those that have started
// to read results which are made anew, for they may not come out the same. A region with a sink that
// has finished, or is committing, is left alone: what it wrote is out.
func (t *topology) restarting(failed int, states []regionState, lost func(r int) bool) []int {
	set := []int{failed}
	add := func(r int) {
		if !slices.Contains(set, r) {
			set = append(set, r)
		}
	}
	for i := 0; i < len(set); i++ {
		for _, in := range t.inputs[set[i]] {
			if lost(in) {
				add(in)
			}
		}
		for _, c := range t.readers[set[i]] {
			started := states[c] != regionWaiting
			out := states[c] == regionCommitting || states[c] == regionFinished && t.sinks[c]
			if started && !out {
				add(c)
			}
		}
	}
	slices.Sort(set)
	return set
}

// unneeded says whether nobody reads the results of a region any more, nor has to be run again by
// them when its own are lost: then only their producers are, and not what is in front of those.
func (t *topology) unneeded(r int, states []regionState) bool {
	for _, c := range t.readers[r] {
		if states[c] != regionFinished {
			return false
		}
		for _, d := range t.readers[c] {
			if states[d] != regionFinished {
				return false
			}
		}
	}
	return true
}

// pipelineCycles makes links pipelined that would have a region wait for itself: a blocking link
// between vertices that pipelined ones connect, too, or a ring of such.
func pipelineCycles(l *compile.Layout) {
	for changed := true; changed; {
		groups := newGroups(len(l.Vertices))
		for _, link := range l.Links {
			if !link.Blocking {
				groups.join(link.From.ID, link.To.ID)
			}
		}
		after := map[int][]int{} // group → groups that wait for it
		for _, link := range l.Links {
			if link.Blocking {
				from := groups.root(link.From.ID)
				after[from] = append(after[from], groups.root(link.To.ID))
			}
		}
		changed = false
		for _, link := range l.Links {
			from, to := groups.root(link.From.ID), groups.root(link.To.ID)
			if link.Blocking && reaches(after, to, from) {
				link.Blocking, changed = false, true
			}
		}
	}
}

func reaches(next map[int][]int, from, to int) bool {
	seen, todo := map[int]bool{}, []int{from}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if at == to {
			return true
		}
		if !seen[at] {
			seen[at] = true
			todo = append(todo, next[at]...)
		}
	}
	return false
}

// groups is a partition of the numbers below n; each group is known by one of its members.
type groups []int

func newGroups(n int) groups {
	g := make(groups, n)
	for i := range g {
		g[i] = i
	}
	return g
}

func (g groups) root(i int) int {
	for g[i] != i {
		g[i] = g[g[i]]
		i = g[i]
	}
	return i
}

func (g groups) join(a, b int) {
	ra, rb := g.root(a), g.root(b)
	g[max(ra, rb)] = min(ra, rb)
}
