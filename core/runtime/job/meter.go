package job

import (
	"sync"

	"github.com/headrace/headrace/core/base/metrics"
	"github.com/headrace/headrace/core/state"
)

// metered is the store of a keyed operator whose figures are metrics.
type metered struct {
	state.Store
	meter *meter
}

// meter outlives its store, as metrics do, and keeps the last figures of it.
type meter struct {
	mu    sync.Mutex
	store state.Store // nil once it is closed
	last  state.Stats
}

func (m *meter) read() state.Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.store != nil {
		return m.store.Stats()
	}
	return m.last
}

// meterStore makes metrics "state.…" of the figures of a store. Those of memory are as of the last
// checkpoint.
func meterStore(s state.Store, g *metrics.Group) state.Store {
	m := &meter{store: s}
	g = g.Group("state")
	for name, read := range map[string]func(*state.Stats) int64{
		"keysInMemory": func(s *state.Stats) int64 { return s.Keys },
		"memoryBytes":  func(s *state.Stats) int64 { return s.MemBytes },
		"evictions":    func(s *state.Stats) int64 { return s.Evictions },
		"loads":        func(s *state.Stats) int64 { return s.Loads },
		"files":        func(s *state.Stats) int64 { return int64(s.LiveFiles) },
		"fileBytes":    func(s *state.Stats) int64 { return s.LiveBytes },
		"deltaBytes":   func(s *state.Stats) int64 { return s.DeltaBytes },
		"merges":       func(s *state.Stats) int64 { return s.Merges },
		"mergeBytes":   func(s *state.Stats) int64 { return s.MergeBytes },
	} {
		g.Gauge(name, func() int64 {
			stats := m.read()
			return read(&stats)
		})
	}
	return &metered{s, m}
}

// Close implements state.Store.
func (s *metered) Close() error {
	s.meter.mu.Lock()
	s.meter.last, s.meter.store = s.Stats(), nil
	s.meter.mu.Unlock()
	return s.Store.Close()
}
