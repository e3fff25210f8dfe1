package job

import (
	"fmt"
	"testing"

	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
)

// layoutOf makes a layout of vertices with the parallelisms given, and links written "0>1" with
// the partition behind a colon and "!" for a blocking one.
func layoutOf(parallelism []int, links ...string) *compile.Layout {
	l := &compile.Layout{}
	for i, p := range parallelism {
		l.Vertices = append(l.Vertices, &compile.Vertex{ID: i, Parallelism: p})
	}
	for _, s := range links {
		var from, to int
		var kind string
		if _, err := fmt.Sscanf(s, "%d>%d:%s", &from, &to, &kind); err != nil {
			panic(err)
		}
		link := &compile.Link{From: l.Vertices[from], To: l.Vertices[to]}
		if kind[len(kind)-1] == '!' {
			link.Blocking, kind = true, kind[:len(kind)-1]
		}
		link.Partition = map[string]plan.Partition{"forward": plan.Forward, "hash": plan.Hash,
			"rescale": plan.Rescale}[kind]
		l.Links = append(l.Links, link)
	}
	return l
}

func TestRegionsAreWhatPipelinedChannelsConnect(t *testing.T) {
	for _, c := range []struct {
		name    string
		layout  *compile.Layout
		regions string
		inputs  string
	}{
		{"forward edges make lanes", layoutOf([]int{2, 2}, "0>1:forward"),
			"[[{0 0} {1 0}] [{0 1} {1 1}]]", "[[] []]"},
		{"a hash edge joins all", layoutOf([]int{2, 2}, "0>1:hash"),
			"[[{0 0} {0 1} {1 0} {1 1}]]", "[[]]"},
		{"neighbours of a rescale edge", layoutOf([]int{4, 2}, "0>1:rescale"),
			"[[{0 0} {0 1} {1 0}] [{0 2} {0 3} {1 1}]]", "[[] []]"},
		{"jobs side by side", layoutOf([]int{1, 2, 1}, "0>1:hash"),
			"[[{0 0} {1 0} {1 1}] [{2 0}]]", "[[] []]"},
		{"blocking edges separate", layoutOf([]int{2, 2, 1}, "0>1:hash!", "1>2:hash"),
			"[[{0 0}] [{0 1}] [{1 0} {1 1} {2 0}]]", "[[] [] [0 1]]"},
		{"blocking forward edges lead from lane to lane", layoutOf([]int{2, 2}, "0>1:forward!"),
			"[[{0 0}] [{0 1}] [{1 0}] [{1 1}]]", "[[] [] [0] [1]]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			top := topologyOf(c.layout)
			if got := fmt.Sprint(top.regions); got != c.regions {
				t.Errorf("regions %s, want %s", got, c.regions)
			}
			if got := fmt.Sprint(top.inputs); got != c.inputs {
				t.Errorf("inputs %s, want %s", got, c.inputs)
			}
		})
	}
}

func TestWhatStartsAndWhatRestarts(t *testing.T) {
	// Two producers, two stages behind them, a sink.
	l := layoutOf([]int{2, 2, 1}, "0>1:hash!", "1>2:hash!")
	l.Vertices[2].Nodes = []*plan.Node{{Op: &plan.Sink{}}}
	top := topologyOf(l)
	const w, r, f = regionWaiting, regionRunning, regionFinished
	start := func(states ...regionState) (out []int) {
		for i := range states {
			if top.startable(i, states, func(r int) bool { return states[r] == f }) {
				out = append(out, i)
			}
		}
		return out
	}
	again := func(failed int, lost int, states ...regionState) []int {
		return top.restarting(failed, states, func(r int) bool { return r == lost })
	}
	for _, c := range []struct {
		what      string
		got, want []int
	}{
		{"at first the sources start", start(w, w, w, w, w), []int{0, 1}},
		{"a stage waits for all of its input", start(f, r, w, w, w), nil},
		{"then it starts", start(f, f, w, w, w), []int{2, 3}},
		{"a failed source restarts alone", again(0, -1, r, r, w, w, w), []int{0}},
		{"a failed stage does, too", again(2, -1, f, f, r, f, w), []int{2}},
		{"lost input is made anew, and so is what came of it", again(2, 0, f, f, r, f, w),
			[]int{0, 2, 3}},
		{"a sink that has finished is left alone", again(0, -1, r, f, f, f, f), []int{0, 2, 3}},
		{"one that has not is not", again(4, 3, f, f, f, f, r), []int{3, 4}},
	} {
		if fmt.Sprint(c.got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	if top.unneeded(2, []regionState{f, f, f, f, r}) || !top.unneeded(2, []regionState{f, f, f, f, f}) {
		t.Error("results are needed until every reader has finished")
	}
	if top.unneeded(0, []regionState{f, f, f, f, r}) {
		t.Error("results are needed as long as those made of them may be lost")
	}
}

func TestBlockingLinksThatWouldWaitForThemselvesArePipelined(t *testing.T) {
	l := layoutOf([]int{1, 1, 1, 1}, "0>1:hash!", "0>2:hash", "1>2:hash", "2>3:hash!")
	pipelineCycles(l)
	if l.Links[0].Blocking || !l.Links[3].Blocking {
		t.Errorf("blocking: %v, %v", l.Links[0].Blocking, l.Links[3].Blocking)
	}
}
