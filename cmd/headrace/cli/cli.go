// Package cli is headrace's command line, one verb a file. It is entered by the stand-alone binary
// (cmd/headrace) and, through the shared library, by the headrace command of the wheel.
package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/headrace/headrace/cgo/native"
	"github.com/headrace/headrace/core/base/errs"
)

// Version is the version of the engine; the build of the wheel sets it to the package's.
var Version = "0.1.0.dev0"

// Mode says how the engine came into this process.
type Mode int

const (
	// Library is an extension module that a Python has loaded; args[0] of Main is that Python.
	Library Mode = iota
	// Standalone is the headrace binary, which embeds a Python in a child process.
	Standalone
)

// app is one run of the command line.
type app struct {
	mode   Mode
	self   string // the Python (Library) or the binary (Standalone)
	python string // --python
	out    io.Writer
	err    io.Writer
	code   int
}

// Engine is the engine as the Python module sees it.
func Engine(mode Mode) native.Engine {
	return native.Engine{Version: Version, Open: openSession,
		Main: func(args []string) int { return Main(mode, args) }}
}

// Main runs the command line args (args[0] as Mode says) and returns the exit code.
func Main(mode Mode, args []string) int {
	a := &app{mode: mode, self: args[0], out: os.Stdout, err: os.Stderr}
	root := a.root()
	root.SetArgs(args[1:])
	root.SetOut(a.out)
	root.SetErr(a.err)
	if err := root.Execute(); err != nil {
		fmt.Fprintf(a.err, "headrace: %v\n", err)
		if errs.MarkOf(err) == errs.User {
			return 2
		}
		return 1
	}
	return a.code
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "headrace",
		Short: "Dataflow jobs in Python and SQL, in one process",
		// Errors are printed by Main, and a failed job is not helped by the usage text.
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       Version,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.PersistentFlags().StringVar(&a.python, "python", "",
		"the Python to use (default: the active virtual environment's, else python3)")
	root.AddCommand(a.list(), a.cancel(), a.stop(), a.savepoint(), a.rescale())
	root.AddCommand(a.run(), a.sql(), a.explain(), a.doctor(), a.version(), a.embed())
	return root
}

// interpreter is the Python to use: --python, the one that loaded us, the active virtual
// environment's, or the first on PATH.
func (a *app) interpreter() (string, error) {
	if a.python != "" {
		return a.python, nil
	}
	if a.mode == Library {
		return a.self, nil
	}
	if venv := os.Getenv("VIRTUAL_ENV"); venv != "" {
		return filepath.Join(venv, "bin", "python"), nil
	}
	for _, name := range []string{"python3", "python"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errs.Userf("there is no Python on PATH").
		Fix("install Python 3.10 or newer, or name one with --python")
}

// exit ends the program with a code and without a message of ours.
func (a *app) exit(code int) error {
	a.code = code
	return nil
}

// script is the text that -e or -f names.
func script(text, file string) (string, error) {
	switch {
	case (text == "") == (file == ""):
		return "", errs.Userf("give one of -e 'SQL' and -f FILE")
	case text != "":
		return text, nil
	case file == "-":
		raw, err := io.ReadAll(os.Stdin)
		return string(raw), err
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", errs.Userf("cannot read the script: %v", err)
	}
	return string(raw), nil
}
