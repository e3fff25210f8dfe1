// Package pythontest runs Go tests inside an embedded Python, the way the runner hosts it. The
// environment variable HEADRACE_PYTHON names the interpreter (default: python3 on PATH); it needs
// a shared libpython and the packages that the tests use (pyarrow, cloudpickle).
package pythontest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/headrace/headrace/cgo/python"
)

// stopLimit is how long the end of a test binary waits for threads that still are in Python.
const stopLimit = 5 * time.Second

// Main runs the tests with the interpreter up and the GIL free, and exits. Call it from TestMain:
//
//	func TestMain(m *testing.M) { pythontest.Main(m) }
func Main(m *testing.M) {
	name := os.Getenv("HEADRACE_PYTHON")
	if name == "" {
		name = "python3"
	}
	it, err := python.Find(name)
	if err != nil {
		fail(err)
	}
	code := 1
	run := python.Function{Name: "run", Doc: "run() runs the tests.",
		Call: func([]python.Object) (python.Object, error) {
			python.Unlocked(func() { code = m.Run() })
			if left := python.Stop(stopLimit); left > 0 {
				return python.Nil, fmt.Errorf("%d threads are still in Python", left)
			}
			return python.None(), nil
		}}
	script := "import _headrace_native as n; n.run()"
	status, err := it.Embed([]string{"-c", script}, []python.Function{run})
	if err != nil {
		fail(err)
	}
	os.Exit(max(code, status))
}

func fail(err error) {
	fmt.Fprintf(os.Stderr, "pythontest: %v\n"+
		"(set HEADRACE_PYTHON to a Python 3.10 or newer that has a shared libpython)\n", err)
	os.Exit(1)
}
