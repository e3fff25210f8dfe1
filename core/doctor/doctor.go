// Package doctor looks at the machine and the Python in use, and says what is wrong and how to
// mend it.
package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// Oldest is the oldest Python that headrace works with: 3.10.
const oldestMinor = 10

// Check is one thing looked at.
type Check struct {
	Name   string
	Value  string
	OK     bool
	Remedy string // what to do when not OK
}

// probe prints, as JSON, what a Python says of itself and of the packages that headrace needs.
const probe = `
import json, sys
from importlib import metadata
def v(name):
    try: return metadata.version(name)
    except Exception: return ""
def works(name):
    try: __import__(name); return ""
    except BaseException as e: return f"{type(e).__name__}: {e}"
print(json.dumps({"version": list(sys.version_info[:3]), "executable": sys.executable,
  "implementation": sys.implementation.name, "venv": sys.prefix != sys.base_prefix,
  "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
  "pyarrow": v("pyarrow"), "cloudpickle": v("cloudpickle"), "headrace": v("headrace"),
  "pyarrow_error": works("pyarrow"), "cloudpickle_error": works("cloudpickle")}))`

type python struct {
	Version        []int  `json:"version"`
	Executable     string `json:"executable"`
	Implementation string `json:"implementation"`
	Venv           bool   `json:"venv"`
	GIL            bool   `json:"gil"`
	Pyarrow        string `json:"pyarrow"`
	PyarrowError   string `json:"pyarrow_error"`
	Cloudpickle    string `json:"cloudpickle"`
	PickleError    string `json:"cloudpickle_error"`
	Headrace       string `json:"headrace"`
}

// Examine runs all checks with the given Python; engine is the version of this engine.
func Examine(pythonPath, engine string) []Check {
	checks := []Check{{Name: "engine", OK: true,
		Value: fmt.Sprintf("%s (%s, %s/%s)", engine, runtime.Version(), runtime.GOOS, runtime.GOARCH)}}
	p, err := ask(pythonPath)
	if err != nil {
		checks = append(checks, Check{Name: "python", Value: err.Error(),
			Remedy: "install Python 3.10 or newer, or name one with --python"})
	} else {
		checks = append(checks, p.checks(engine)...)
	}
	return append(checks, processors(), memory(), temp())
}

func ask(path string) (*python, error) {
	out, err := exec.Command(path, "-c", probe).Output()
	if err != nil {
		return nil, fmt.Errorf("cannot run %s: %w", path, err)
	}
	p := &python{}
	if err := json.Unmarshal(out, p); err != nil || len(p.Version) != 3 {
		return nil, fmt.Errorf("%s gives an unexpected answer about itself", path)
	}
	return p, nil
}

func (p *python) checks(engine string) []Check {
	version := fmt.Sprintf("%d.%d.%d", p.Version[0], p.Version[1], p.Version[2])
	py := Check{Name: "python", OK: true, Value: fmt.Sprintf("%s %s at %s", p.Implementation, version,
		p.Executable)}
	switch {
	case p.Implementation != "cpython":
		py.OK, py.Remedy = false, "use CPython"
	case p.Version[0] != 3 || p.Version[1] < oldestMinor:
		py.OK, py.Remedy = false, "install Python 3.10 or newer"
	case !p.GIL:
		py.OK, py.Remedy = false, "use a build with the GIL (not a free-threaded one)"
	}
	wheel := Check{Name: "headrace", Value: p.Headrace, OK: p.Headrace == engine}
	switch {
	case p.Headrace == "":
		wheel.Value = "not installed in this Python"
		wheel.Remedy = p.Executable + " -m pip install headrace==" + engine
	case !wheel.OK:
		wheel.Remedy = fmt.Sprintf("the engine is %s: %s -m pip install headrace==%s", engine,
			p.Executable, engine)
	}
	return []Check{py, wheel, p.needed("pyarrow", p.Pyarrow, p.PyarrowError),
		p.needed("cloudpickle", p.Cloudpickle, p.PickleError)}
}

func (p *python) needed(name, version, failure string) Check {
	c := Check{Name: name, Value: version, OK: failure == ""}
	if !c.OK {
		c.Value = strings.TrimSpace(version + " " + failure)
		c.Remedy = fmt.Sprintf("%s -m pip install --upgrade %s", p.Executable, name)
	}
	return c
}

func processors() Check {
	return Check{Name: "processors", OK: true, Value: strconv.Itoa(runtime.NumCPU())}
}

// leastMiB is the memory below which even small jobs do not work well.
const leastMiB = 512

func memory() Check {
	c := Check{Name: "memory", OK: true, Value: "unknown"}
	total, free, err := readMemory("/proc/meminfo")
	if err != nil {
		return c
	}
	if limit, ok := cgroupLimit("/sys/fs/cgroup/memory.max"); ok && limit < total {
		total = limit
		c.Value = fmt.Sprintf("%d MiB allowed by the container", total)
	} else {
		c.Value = fmt.Sprintf("%d MiB, %d MiB available", total, free)
	}
	if total < leastMiB || free < leastMiB/2 {
		c.OK = false
		c.Remedy = "give the process more memory, or lower taskmanager.memory.managed.size"
	}
	return c
}

// readMemory returns total and available memory in MiB.
func readMemory(path string) (total, free int64, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(raw)) {
		var name string
		var kib int64
		if n, _ := fmt.Sscan(line, &name, &kib); n == 2 {
			switch name {
			case "MemTotal:":
				total = kib >> 10
			case "MemAvailable:":
				free = kib >> 10
			}
		}
	}
	if total == 0 {
		return 0, 0, errors.New("no MemTotal")
	}
	return total, free, nil
}

func cgroupLimit(path string) (mib int64, ok bool) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(raw)), 10, 64)
	return n >> 20, err == nil
}

func temp() Check {
	c := Check{Name: "temporary files", Value: os.TempDir(), OK: true}
	f, err := os.CreateTemp("", "headrace-doctor-")
	if err != nil {
		c.OK, c.Value, c.Remedy = false, err.Error(), "set TMPDIR to a directory that can be written"
		return c
	}
	defer os.Remove(f.Name())
	if err := f.Close(); err != nil {
		c.OK, c.Value = false, err.Error()
	}
	return c
}

// Print writes the checks and returns whether all are well.
func Print(w io.Writer, checks []Check) bool {
	well := true
	for _, c := range checks {
		sign := "ok  "
		if !c.OK {
			sign, well = "BAD ", false
		}
		fmt.Fprintf(w, "%s %-16s %s\n", sign, c.Name, c.Value)
		if !c.OK && c.Remedy != "" {
			fmt.Fprintf(w, "     %-16s → %s\n", "", c.Remedy)
		}
	}
	return well
}
