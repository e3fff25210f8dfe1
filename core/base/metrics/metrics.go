// Package metrics counts: counters, gauges and histograms in groups with dotted names. Updating
// costs no lock and no allocation; reading takes a snapshot.
package metrics

import (
	"maps"
	"math/bits"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
)

// Counter counts up.
type Counter struct{ v atomic.Int64 }

// Add adds n.
func (c *Counter) Add(n int64) { c.v.Add(n) }

// Value is the sum of what was added.
func (c *Counter) Value() int64 { return c.v.Load() }

// Histogram records a distribution of non-negative values in buckets an eighth of a power of two
// wide: quantiles are right within 12.5 %.
type Histogram struct {
	n, sum, max atomic.Int64
	buckets     [64 * 8]atomic.Int64
}

// Record adds a value; negative ones count as 0.
func (h *Histogram) Record(v int64) {
	v = max(v, 0)
	h.n.Add(1)
	h.sum.Add(v)
	h.buckets[bucketOf(v)].Add(1)
	for {
		m := h.max.Load()
		if v <= m || h.max.CompareAndSwap(m, v) {
			return
		}
	}
}

func bucketOf(v int64) int {
	if v < 8 {
		return int(v)
	}
	exp := bits.Len64(uint64(v)) - 4
	return (exp+1)*8 + int(v>>exp)&7
}

func bucketLow(i int) int64 {
	if i < 8 {
		return int64(i)
	}
	exp := i/8 - 1
	return int64(8+i&7) << exp
}

// Count is the number of values.
func (h *Histogram) Count() int64 { return h.n.Load() }

// Max is the greatest value.
func (h *Histogram) Max() int64 { return h.max.Load() }

// Mean is the average, 0 when empty.
func (h *Histogram) Mean() float64 {
	if n := h.n.Load(); n > 0 {
		return float64(h.sum.Load()) / float64(n)
	}
	return 0
}

// Quantile returns a value that a share q of the values do not exceed (0 when empty).
func (h *Histogram) Quantile(q float64) int64 {
	n := h.n.Load()
	if n == 0 {
		return 0
	}
	rank := int64(q*float64(n-1)) + 1
	for i := range h.buckets {
		if rank -= h.buckets[i].Load(); rank <= 0 {
			return bucketLow(i)
		}
	}
	return h.max.Load()
}

// Group is a set of metrics under a name. Its zero value is an empty root.
type Group struct {
	mu       sync.Mutex
	prefix   string
	counters map[string]*Counter
	gauges   map[string]func() int64
	hists    map[string]*Histogram
	groups   map[string]*Group
}

// Group returns the group below this one, making it if needed.
func (g *Group) Group(name string) *Group {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.groups == nil {
		g.groups = map[string]*Group{}
	}
	sub := g.groups[name]
	if sub == nil {
		sub = &Group{prefix: g.prefix + name + "."}
		g.groups[name] = sub
	}
	return sub
}

// Counter returns the counter of the name, making it if needed.
func (g *Group) Counter(name string) *Counter {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.counters == nil {
		g.counters = map[string]*Counter{}
	}
	c := g.counters[name]
	if c == nil {
		c = &Counter{}
		g.counters[name] = c
	}
	return c
}

// Gauge sets what is called, from any goroutine, when the value of the name is asked for.
func (g *Group) Gauge(name string, read func() int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gauges == nil {
		g.gauges = map[string]func() int64{}
	}
	g.gauges[name] = read
}

// Histogram returns the histogram of the name, making it if needed.
func (g *Group) Histogram(name string) *Histogram {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.hists == nil {
		g.hists = map[string]*Histogram{}
	}
	h := g.hists[name]
	if h == nil {
		h = &Histogram{}
		g.hists[name] = h
	}
	return h
}

// Value is one reading. Histograms give several: name.count, .mean, .p50, .p99, .max.
type Value struct {
	Name  string
	Value int64
}

// Snapshot reads everything in and below the group, by name.
func (g *Group) Snapshot() []Value {
	var out []Value
	g.read(&out)
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

func (g *Group) read(out *[]Value) {
	g.mu.Lock()
	gauges := make(map[string]func() int64, len(g.gauges))
	for name, c := range g.counters {
		*out = append(*out, Value{g.prefix + name, c.Value()})
	}
	for name, h := range g.hists {
		p := g.prefix + name
		*out = append(*out, Value{p + ".count", h.Count()}, Value{p + ".mean", int64(h.Mean())},
			Value{p + ".p50", h.Quantile(0.5)}, Value{p + ".p99", h.Quantile(0.99)},
			Value{p + ".max", h.Max()})
	}
	maps.Copy(gauges, g.gauges)
	subs := slices.Collect(maps.Values(g.groups))
	g.mu.Unlock()
	for name, read := range gauges { // outside the lock: a gauge may take locks of its own
		*out = append(*out, Value{g.prefix + name, read()})
	}
	for _, s := range subs {
		s.read(out)
	}
}

// Close leaves the last readings: gauges in and below the group are not called again, so that
// nothing they read is kept.
func (g *Group) Close() {
	g.mu.Lock()
	gauges := maps.Clone(g.gauges)
	subs := slices.Collect(maps.Values(g.groups))
	g.mu.Unlock()
	for name, read := range gauges {
		last := read()
		g.Gauge(name, func() int64 { return last })
	}
	for _, s := range subs {
		s.Close()
	}
}
