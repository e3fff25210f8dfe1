package native

import "github.com/headrace/headrace/cgo/python"

func numbers(args []python.Object) (python.Object, error) {
	if len(args) != 2 {
		return python.Nil, misuse("numbers", "(values, class)", len(args))
	}
	return python.Numbers(args[0], args[1])
}
