package cli

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const mainEnv = "HEADRACE_TEST_MAIN"

func init() { runtime.LockOSThread() }

// In a child process this test binary is the headrace command.
func TestMain(m *testing.M) {
	if os.Getenv(mainEnv) != "" {
		os.Exit(Main(Standalone, os.Args))
	}
	os.Exit(m.Run())
}

// headrace runs the command with the Python of the tests.
func headrace(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	source, err := filepath.Abs("../../../python")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), mainEnv+"=1", "PYTHONPATH="+source, "VIRTUAL_ENV="+venv())
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}

// venv is where the Python of the tests lives.
func venv() string {
	name := os.Getenv("HEADRACE_PYTHON")
	if name == "" {
		return ""
	}
	return filepath.Dir(filepath.Dir(name))
}

func job(t *testing.T, source string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "job.py")
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRunEmbedsThePython(t *testing.T) {
	path := job(t, `
import sys
from headrace import _core
assert __name__ == "__main__" and sys.argv[1:] == ["a", "-x", "--flag=1"], sys.argv
print(_core._native.__name__, _core.engine_version())
sys.exit(5)
`)
	out, errText, code := headrace(t, "run", path, "a", "-x", "--flag=1")
	if code != 5 || out != "_headrace_native "+Version+"\n" || errText != "" {
		t.Errorf("code %d\n%s%s", code, out, errText)
	}
	if os.Getenv("HEADRACE_PYTHON") == "" {
		return
	}
	path = job(t, "import sys; print(sys.prefix)")
	if out, _, _ := headrace(t, "run", path); strings.TrimSpace(out) != venv() {
		t.Errorf("prefix %s, not %s", out, venv())
	}
}

func TestRunRestartsACrashedChild(t *testing.T) {
	path := job(t, `
import ctypes, os
attempt = os.environ["HEADRACE_ATTEMPT"]
print("attempt", attempt, flush=True)
if attempt == "0":
    from headrace import _core
    ctypes.string_at(0)
`)
	out, errText, code := headrace(t, "run", "--restarts", "1", path)
	if code != 0 || out != "attempt 0\nattempt 1\n" {
		t.Errorf("code %d\n%s%s", code, out, errText)
	}
	if !strings.Contains(errText, "restart 1 of 1") {
		t.Errorf("no word of the restart:\n%s", errText)
	}
}

func TestExceptionEndsTheRun(t *testing.T) {
	path := job(t, `raise ValueError("mine")`)
	out, errText, code := headrace(t, "run", path)
	if code != 1 || !strings.Contains(errText, "ValueError: mine") ||
		strings.Contains(errText, "restart") {
		t.Errorf("code %d\n%s%s", code, out, errText)
	}
}

func TestPyflinkImports(t *testing.T) {
	path := job(t, `
import pyflink.common
from pyflink.common import Row
import headrace.common
assert Row is headrace.common.Row and pyflink.common is headrace.common
assert headrace.common.__spec__.name == "headrace.common"
try: import pyflink.nonsense
except ModuleNotFoundError as e: assert "headrace.nonsense" in str(e), e
else: assert 0
print("fine")
`)
	out, errText, code := headrace(t, "run", "--pyflink", path)
	if code != 0 || out != "fine\n" {
		t.Errorf("code %d\n%s%s", code, out, errText)
	}
}

func TestBadUse(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"run", "nosuch.py"}, "headrace: there is no script nosuch.py\n"},
		{[]string{"sql"}, "headrace: give one of -e 'SQL' and -f FILE\n"},
		{[]string{"sql", "-f", "nosuch.sql"}, "no such file"},
		{[]string{"sql", "-e", "SELECT 1", "-D", "x"}, "write -D key=value"},
		{[]string{"frobnicate"}, "unknown command \"frobnicate\""},
		{[]string{"--python", "/nowhere/python", "run", job(t, "")}, "/nowhere/python"},
	} {
		out, errText, code := headrace(t, c.args...)
		if code == 0 || out != "" || !strings.Contains(errText, c.want) {
			t.Errorf("%v: code %d\n%s%s", c.args, code, out, errText)
		}
	}
}

func TestVersion(t *testing.T) {
	out, _, code := headrace(t, "version")
	if code != 0 || !strings.HasPrefix(out, "headrace "+Version+" (go") {
		t.Errorf("code %d: %s", code, out)
	}
}

// TestRunPassesItsSettingsOn: they hold where the script sets nothing.
func TestRunPassesItsSettingsOn(t *testing.T) {
	script := job(t, `
import sys
from headrace.common import Configuration
from headrace.datastream import StreamExecutionEnvironment
own = Configuration()
for setting in sys.argv[1:]:
    own.set_string(*setting.split("="))
env = StreamExecutionEnvironment.get_execution_environment(own)
env.from_collection([1]).print()
env.execute()
`)
	_, stderr, code := headrace(t, "run", "-s", "/nowhere", "-n", script)
	if code == 0 || !strings.Contains(stderr, "no checkpoint or savepoint at /nowhere") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	_, stderr, code = headrace(t, "run", "-D", "execution.runtime-mode=SIDEWAYS", script)
	if code == 0 || !strings.Contains(stderr, "SIDEWAYS") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	stdout, stderr, code := headrace(t, "run", "-D", "execution.runtime-mode=SIDEWAYS", script,
		"execution.runtime-mode=BATCH")
	if code != 0 || !strings.Contains(stdout, "1") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	_, stderr, code = headrace(t, "run", "-D", "parallelism", script)
	if code == 0 || !strings.Contains(stderr, "write -D key=value") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
