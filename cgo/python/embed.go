package python

/*
#include <stdlib.h>
#include "module.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"unsafe"
)

// Interpreter is a Python installation that can be embedded.
type Interpreter struct {
	Executable string // sys.executable: of the virtual environment, where there is one
	Library    string // path of its libpython
	Version    string // "3.11.7"
}

// ErrNoLibrary says that a Python has no shared libpython; such a one is run with the wheel.
var ErrNoLibrary = errors.New("this Python has no shared libpython to embed")

const probe = `import sys, sysconfig as c
print(sys.executable)
print(c.get_config_var("LIBDIR") or "")
print(c.get_config_var("INSTSONAME") or "")
print("%d.%d.%d" % sys.version_info[:3])
print(1 if c.get_config_var("Py_GIL_DISABLED") else 0)`

// Find asks the named Python (a path, or a name on PATH) where its library is. The error wraps
// ErrNoLibrary when it has none; the Interpreter then says the rest.
func Find(name string) (*Interpreter, error) {
	out, err := exec.Command(name, "-I", "-S", "-c", probe).Output()
	if err != nil {
		return nil, fmt.Errorf("cannot run Python %q: %w", name, err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 5 {
		return nil, fmt.Errorf("Python %q gives an unexpected answer about itself", name)
	}
	it := &Interpreter{Executable: lines[0], Version: lines[3]}
	if lines[4] == "1" {
		return it, fmt.Errorf("%s is a free-threaded Python, which headrace cannot embed yet "+
			"(use a build with the GIL)", it.Executable)
	}
	if !strings.Contains(lines[2], ".so") && !strings.Contains(lines[2], ".dylib") {
		return it, fmt.Errorf("%s: %w", it.Executable, ErrNoLibrary)
	}
	it.Library = filepath.Join(lines[1], lines[2])
	return it, nil
}

// Embed runs the interpreter in this process, as if it had been started with args (args[0] is the
// first one behind the program's name), with the functions as its built-in module
// _headrace_native. It returns the interpreter's exit code, after it has been finalized; a program
// that ends by sys.exit ends the process here and now. It is called from the main goroutine, at
// most once a process.
func (it *Interpreter) Embed(args []string, fns []Function) (int, error) {
	runtime.LockOSThread()
	var text [256]C.char
	path := C.CString(it.Library)
	defer C.free(unsafe.Pointer(path))
	handle := C.hr_open(path, &text[0], C.size_t(len(text)))
	if handle == nil {
		return 0, fmt.Errorf("cannot open %s: %s", it.Library, C.GoString(&text[0]))
	}
	return embed(handle, fns, func() (int, error) {
		argv := cArgs(append([]string{it.Executable}, args...))
		return int(C.hr_embed(C.int(len(args)+1), argv)), nil
	})
}

// EmbedLinked is Embed for an interpreter that this program was linked with: run starts it and
// returns its exit code.
func EmbedLinked(fns []Function, run func() (int, error)) (int, error) {
	runtime.LockOSThread()
	return embed(nil, fns, run)
}

func embed(handle unsafe.Pointer, fns []Function, run func() (int, error)) (int, error) {
	if err := load(handle); err != nil {
		return 0, err
	}
	builtin = fns
	if C.hr_prepare() != 0 {
		return 0, errors.New("cannot add the built-in module to the interpreter")
	}
	defer C.hr_gate_close()
	return run()
}

// cArgs makes an argv in C memory, which Python keeps for ever.
func cArgs(args []string) **C.char {
	size := C.size_t(unsafe.Sizeof((*C.char)(nil)))
	argv := (**C.char)(C.calloc(C.size_t(len(args)+1), size))
	slots := unsafe.Slice(argv, len(args)+1)
	for i, a := range args {
		slots[i] = C.CString(a)
	}
	return argv
}
