package operator

import (
	"sync/atomic"

	"github.com/headrace/headrace/core/udf"
)

// UserMetrics takes what user functions count and shows it among the operator's metrics; nil when
// there are none. Gauges show whole numbers, as all metrics do.
func UserMetrics(m Metrics) udf.Metrics {
	if m == nil {
		return nil
	}
	return &userMetrics{metrics: m, counters: map[string]Counter{},
		gauges: map[string]*atomic.Int64{}, histograms: map[string]Histogram{}}
}

// userMetrics remembers what it has registered, so that counting takes no lock.
type userMetrics struct {
	metrics    Metrics
	counters   map[string]Counter
	gauges     map[string]*atomic.Int64
	histograms map[string]Histogram
}

var _ udf.Metrics = (*userMetrics)(nil)

// Count implements udf.Metrics.
func (u *userMetrics) Count(name string, n int64) {
	c, ok := u.counters[name]
	if !ok {
		c = u.metrics.Counter(name)
		u.counters[name] = c
	}
	c.Add(n)
}

// Gauge implements udf.Metrics.
func (u *userMetrics) Gauge(name string, value float64) {
	g, ok := u.gauges[name]
	if !ok {
		g = &atomic.Int64{}
		u.gauges[name] = g
		u.metrics.Gauge(name, g.Load)
	}
	g.Store(int64(value))
}

// Record implements udf.Metrics.
func (u *userMetrics) Record(name string, values []int64) {
	h, ok := u.histograms[name]
	if !ok {
		h = u.metrics.Histogram(name)
		u.histograms[name] = h
	}
	for _, v := range values {
		h.Record(v)
	}
}
