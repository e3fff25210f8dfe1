package config

import (
	"strings"
	"testing"
	"time"
)

func TestDurations(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"10 s": 10 * time.Second, "1 min": time.Minute, "200ms": 200 * time.Millisecond,
		"5": 5 * time.Millisecond, "2 d": 48 * time.Hour, "3 H": 3 * time.Hour,
		"PT1M30S": 90 * time.Second, "PT0.25S": 250 * time.Millisecond, "P1DT1H": 25 * time.Hour,
	} {
		if got, err := ParseDuration(in); err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "s", "10 parsecs", "-1 s", "P", "PT5", "PT1D", "300000000 d"} {
		if got, err := ParseDuration(in); err == nil {
			t.Errorf("%q gave %v, want an error", in, got)
		}
	}
}

func TestMemory(t *testing.T) {
	for in, want := range map[string]int64{"64mb": 64 << 20, "1 gb": 1 << 30, "7": 7,
		"512 k": 512 << 10, "0 bytes": 0} {
		if got, err := ParseMemory(in); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{"mb", "1 zb", "9999999999 gb"} {
		if got, err := ParseMemory(in); err == nil {
			t.Errorf("%q gave %d, want an error", in, got)
		}
	}
}

func TestOldNamesAndErrorsNameTheKey(t *testing.T) {
	m := Map{"state.checkpoints.dir": "/x", "execution.checkpointing.interval": "soon"}
	if dir, _ := CheckpointDir.Get(m); dir != "/x" {
		t.Errorf("old name gave %q", dir)
	}
	if _, err := CheckpointInterval.Get(m); err == nil ||
		!strings.Contains(err.Error(), "execution.checkpointing.interval") {
		t.Errorf("error does not name the key: %v", err)
	}
	_, err := RuntimeMode.Get(Map{"execution.runtime-mode": "BACH"})
	if err == nil || !strings.Contains(err.Error(), "did you mean 'BATCH'") {
		t.Errorf("no help: %v", err)
	}
	if v, err := RuntimeMode.Get(Map{"execution.runtime-mode": "batch"}); v != "BATCH" || err != nil {
		t.Errorf("lower case gave %q, %v", v, err)
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	_, err := Parallelism.Get(Map{"parallelism.default": "two"})
	want := "value 'two' of configuration key 'parallelism.default': a whole number is needed"
	if err == nil || err.Error() != want {
		t.Error(err)
	}
}

func TestCheckKnowsItsOwnNamespaceOnly(t *testing.T) {
	if err := Check(Map{"my.own.key": "1", "taskmanager.exotic": "2"}); err != nil {
		t.Errorf("foreign key refused: %v", err)
	}
	err := Check(Map{"headrace.batch.row": "1"})
	if err == nil || !strings.Contains(err.Error(), "did you mean 'headrace.batch.rows'") {
		t.Errorf("got %v", err)
	}
}
