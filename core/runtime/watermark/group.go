package watermark

import (
	"sync"

	"github.com/headrace/headrace/core/data/batch"
)

// Group aligns sources: a member that is further than the allowed drift ahead of the slowest one
// pauses. It is safe for use by several goroutines.
type Group struct {
	mu      sync.Mutex
	members map[int]int64
	next    int
}

// Join makes a member; it holds the others back until it reports.
func (g *Group) Join() (id int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.members == nil {
		g.members = map[int]int64{}
	}
	g.next++
	g.members[g.next] = batch.MinWatermark
	return g.next
}

// Report tells how far a member has come; an idle one reports MaxWatermark.
func (g *Group) Report(id int, time int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.members[id]; ok {
		g.members[id] = time
	}
}

// Leave takes a member out: it has ended.
func (g *Group) Leave(id int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.members, id)
}

// Ahead says whether a member at time is more than drift ahead of the slowest. Nobody is ahead of
// members that have not reported anything yet: they may have nothing to read.
func (g *Group) Ahead(time, drift int64) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	least := int64(batch.MaxWatermark)
	for _, t := range g.members {
		if t != batch.MinWatermark {
			least = min(least, t)
		}
	}
	return time != batch.MinWatermark && least != batch.MaxWatermark && time-drift > least
}
