// Command cshared is the shared library of the wheel: the extension module headrace._native, for
// every CPython from 3.10 (stable ABI). It is built with -buildmode=c-shared; what it exports is
// listed in cgo/include/headrace.h, and the build of the wheel refuses anything else.
package main

/*
#include "image.h"
*/
import "C"

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/headrace/headrace/cgo/native"
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/cmd/headrace/cli"
)

// PyInit__native is what Python calls when it imports headrace._native.
//
//export PyInit__native
func PyInit__native() (module unsafe.Pointer) {
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintln(os.Stderr, "headrace: panic while loading:", v)
			module = nil
		}
	}()
	if err := python.Attach(); err != nil {
		fmt.Fprintln(os.Stderr, "headrace:", err)
		return nil
	}
	m, err := python.NewModule("headrace._native", "headrace's engine.",
		native.Functions(cli.Engine(cli.Library)))
	if err != nil {
		python.Raise(err)
		return nil
	}
	C.hr_image_trim()
	return m.Pointer()
}

func main() {}
