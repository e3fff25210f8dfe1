package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fake makes a program that answers like a Python.
func fake(t *testing.T, answer string) string {
	path := filepath.Join(t.TempDir(), "python")
	script := "#!/bin/sh\ncat <<'END'\n" + answer + "\nEND\n"
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func report(checks []Check) (text string, well bool) {
	var b strings.Builder
	well = Print(&b, checks)
	return b.String(), well
}

func TestOldPythonWithoutPyarrow(t *testing.T) {
	path := fake(t, `{"version": [3, 9, 2], "executable": "/usr/bin/python3", "gil": true,
"implementation": "cpython", "pyarrow": "", "pyarrow_error": "ModuleNotFoundError: No module",
"cloudpickle": "3.0", "cloudpickle_error": "", "headrace": "0.1"}`)
	text, well := report(Examine(path, "0.2"))
	if well {
		t.Error("all is said to be well")
	}
	for _, want := range []string{
		"BAD  python           cpython 3.9.2 at /usr/bin/python3",
		"install Python 3.10 or newer",
		"BAD  headrace         0.1",
		"/usr/bin/python3 -m pip install headrace==0.2",
		"BAD  pyarrow          ModuleNotFoundError",
		"/usr/bin/python3 -m pip install --upgrade pyarrow",
		"ok   cloudpickle      3.0",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestMissingPython(t *testing.T) {
	text, well := report(Examine("/nowhere/python3", "0.2"))
	if well || !strings.Contains(text, "/nowhere/python3") || !strings.Contains(text, "--python") {
		t.Errorf("got\n%s", text)
	}
}

func TestMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "meminfo")
	text := "MemTotal:  2097152 kB\nMemFree: 1 kB\nMemAvailable:  1048576 kB\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	total, free, err := readMemory(path)
	if total != 2048 || free != 1024 || err != nil {
		t.Errorf("got %d, %d, %v", total, free, err)
	}
}
