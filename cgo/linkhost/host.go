//go:build cpy3

// Package linkhost hosts the Python that the program was linked with, by go-python/cpy3: start and
// end only. Everything else goes through the symbol table as in the other hosts. It is built with
// the tag cpy3 and CGO_CFLAGS="-include …/removed.h" (make test-cpy3); the default host opens the
// Python of the user's choice at run time instead.
package linkhost

import (
	python3 "github.com/go-python/cpy3"

	"github.com/headrace/headrace/cgo/python"
)

// Embed runs the linked Python in this process, as if it had been started as executable with args,
// with the functions as its built-in module _headrace_native. It returns the exit code. It is
// called from the main goroutine, at most once a process.
func Embed(executable string, args []string, fns []python.Function) (int, error) {
	return python.EmbedLinked(fns, func() (int, error) {
		return python3.Py_Main(append([]string{executable}, args...))
	})
}
