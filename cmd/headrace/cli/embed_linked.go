//go:build cpy3

package cli

import (
	"github.com/headrace/headrace/cgo/linkhost"
	"github.com/headrace/headrace/cgo/python"
)

// embedded runs the Python that the program was linked with, as the one that was asked for: it
// must be of the same version.
func embedded(it *python.Interpreter, args []string, fns []python.Function) (int, error) {
	return linkhost.Embed(it.Executable, args, fns)
}
