package job

import (
	"sync"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/changelog"
	"github.com/headrace/headrace/core/state/memory"
	"github.com/headrace/headrace/core/state/pebble"
)

// onDisk is the pebble back end of the process: its stores share one block cache.
var onDisk = sync.OnceValue(func() state.Backend { return pebble.New(pebble.Options{}) })

// spilling is the back end of keyed operators in batch mode, whatever is configured: state goes to
// disk when it is over its budget, and no snapshot is ever taken of it.
var spilling = sync.OnceValue(func() state.Backend {
	return pebble.New(pebble.Options{Late: true})
})

// backendOf returns the back end that state.backend.type names, with a changelog around it when
// state.changelog.enabled says so.
func backendOf(cfg config.Map) (state.Backend, error) {
	inner, err := namedBackend(cfg)
	if err != nil {
		return nil, err
	}
	if on, err := config.Changelog.Get(cfg); err != nil || !on {
		return inner, err
	}
	period, err := config.ChangelogMaterialize.Get(cfg)
	if err != nil {
		return nil, err
	}
	failures, err := config.ChangelogFailures.Get(cfg)
	if err != nil {
		return nil, err
	}
	ms := period.Milliseconds()
	if ms == 0 {
		ms = -1 // never; the back end takes 0 for its default
	}
	return &changelog.Backend{Inner: inner, Options: changelog.Options{MaterializeMs: ms,
		MaxFailures: failures}}, nil
}

// namedBackend is the back end that state.backend.type names. Flink's names of its own back ends
// on disk mean pebble.
func namedBackend(cfg config.Map) (state.Backend, error) {
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
