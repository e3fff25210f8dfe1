package job

import (
	"sync"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/memory"
	"github.com/headrace/headrace/core/state/pebble"
)

// onDisk is the pebble back end of the process: its stores share one block cache.
var onDisk = sync.OnceValue(func() state.Backend { return pebble.New(pebble.Options{}) })

// backendOf returns the back end that state.backend.type names. Flink's names of its own back ends
// on disk mean pebble.
func backendOf(cfg config.Map) (state.Backend, error) {
	name, err := config.StateBackend.Get(cfg)
	if err != nil {
		return nil, err
	}
	switch name {
	case "hashmap", "memory":
		return memory.Backend{}, nil
	case "pebble", "rocksdb", "forst":
		return onDisk(), nil
	}
	known := []string{"hashmap", "pebble", "rocksdb", "forst"}
	e := errs.Userf("there is no state back end '%s'", name)
	if hint := errs.DidYouMean(name, known); hint != "" {
		return nil, e.Fix("%s", hint)
	}
	return nil, e.Fix("set %s to hashmap or pebble", config.StateBackend.Key)
}
