package supervisor

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
)

func run(t *testing.T, restarts int, script string) (code int, log string, attempts int) {
	t.Helper()
	var buf bytes.Buffer
	code, err := Run(Options{Restarts: restarts, BackoffMs: 1, Log: &buf, Clock: clock.System{},
		Command: func() *exec.Cmd {
			attempts++
			return exec.Command("sh", "-c", script)
		}})
	if err != nil {
		t.Fatal(err)
	}
	return code, buf.String(), attempts
}

func TestExitCodeIsPassedOnWithoutRestart(t *testing.T) {
	code, log, attempts := run(t, 3, "exit 7")
	if code != 7 || attempts != 1 || log != "" {
		t.Errorf("code %d after %d attempts, log %q", code, attempts, log)
	}
}

func TestCrashIsRestarted(t *testing.T) {
	code, log, attempts := run(t, 3, `[ $HEADRACE_ATTEMPT = 2 ] && exit 0; kill -SEGV $$`)
	if code != 0 || attempts != 3 {
		t.Errorf("code %d after %d attempts", code, attempts)
	}
	if !strings.Contains(log, "signal 11 (segmentation fault); restart 2 of 3") {
		t.Errorf("log %q", log)
	}
}

func TestGivesUp(t *testing.T) {
	code, log, attempts := run(t, 1, "kill -KILL $$")
	if code != 137 || attempts != 2 || !strings.Contains(log, "giving up after 1 restarts") {
		t.Errorf("code %d after %d attempts, log %q", code, attempts, log)
	}
}

func TestSignalIsPassedOn(t *testing.T) {
	// The child asks its parent (us) to end, and ends itself when that is passed on.
	code, log, attempts := run(t, 3, `trap 'exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.01; done`)
	if code != 9 || attempts != 1 || log != "" {
		t.Errorf("code %d after %d attempts, log %q", code, attempts, log)
	}
}

func TestMissingProgram(t *testing.T) {
	_, err := Run(Options{Log: &bytes.Buffer{}, Clock: clock.System{},
		Command: func() *exec.Cmd { return exec.Command("/nowhere/python") }})
	if err == nil || !strings.Contains(err.Error(), "/nowhere/python") {
		t.Errorf("got %v", err)
	}
}

func TestAttemptsKnowTheirRun(t *testing.T) {
	file := t.TempDir() + "/runs"
	script := `echo "$HEADRACE_RUN" >> ` + file + `; [ $HEADRACE_ATTEMPT = 1 ] && exit 0; kill -SEGV $$`
	run(t, 3, script)
	run(t, 3, script)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	runs := strings.Fields(string(data))
	if len(runs) != 4 || runs[0] != runs[1] || runs[2] != runs[3] || runs[0] == runs[2] {
		t.Errorf("runs %q", runs)
	}
}
