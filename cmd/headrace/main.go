// Command headrace is the stand-alone command line; the wheel has the same one inside its library.
package main

import (
	"os"
	"runtime"

	"github.com/headrace/headrace/cmd/headrace/cli"
)

// An embedded Python handles signals on the thread that started it: that must be the main one.
func init() { runtime.LockOSThread() }

func main() {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	os.Exit(cli.Main(cli.Standalone, append([]string{self}, os.Args[1:]...)))
}
