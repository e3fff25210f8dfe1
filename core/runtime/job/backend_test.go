package job

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/state/changelog"
	"github.com/headrace/headrace/core/state/memory"
)

func TestChangelogIsSwitchedOn(t *testing.T) {
	b, err := backendOf(config.Map{"state.changelog.enabled": "true",
		"state.changelog.periodic-materialize.interval": "3 s",
		"state.changelog.max-failures-allowed":          "7"})
	if err != nil {
		t.Fatal(err)
	}
	log, ok := b.(*changelog.Backend)
	if !ok || log.Inner != (memory.Backend{}) || log.Options.MaterializeMs != 3000 ||
		log.Options.MaxFailures != 7 {
		t.Errorf("got %T %+v", b, b)
	}
	never, err := backendOf(config.Map{"state.changelog.enabled": "true",
		"state.changelog.periodic-materialize.interval": "0"})
	if err != nil || never.(*changelog.Backend).Options.MaterializeMs >= 0 {
		t.Errorf("interval 0: %+v, %v", never, err)
	}
	conf, err := checkpointingOf(config.Map{"state.changelog.enabled": "true"})
	if err != nil || !conf.incremental {
		t.Errorf("checkpoints of a changelog write all state (%v)", err)
	}
	if b, err := backendOf(config.Map{}); err != nil || b != (memory.Backend{}) {
		t.Errorf("without it: %T, %v", b, err)
	}
}

func TestUnknownBackendNamesTheNearest(t *testing.T) {
	_, err := backendOf(config.Map{"state.backend.type": "rocksbd",
		"state.changelog.enabled": "true"})
	if err == nil || !strings.Contains(err.Error(), "rocksdb") {
		t.Errorf("got %v", err)
	}
}
