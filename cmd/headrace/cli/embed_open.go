//go:build !cpy3

package cli

import "github.com/headrace/headrace/cgo/python"

// embedded opens the Python at run time.
func embedded(it *python.Interpreter, args []string, fns []python.Function) (int, error) {
	return it.Embed(args, fns)
}
