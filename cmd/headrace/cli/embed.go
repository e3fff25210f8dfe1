package cli

import (
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/headrace/headrace/cgo/native"
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/pyudf"
)

const embedVerb = "embed"

// embed is the verb of the child process that run starts: this process becomes a Python with the
// engine built in.
func (a *app) embed() *cobra.Command {
	return &cobra.Command{
		Use:    embedVerb + " PYTHON -- ARGUMENTS",
		Short:  "Become a Python with the engine built in",
		Hidden: true,
		Args:   cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			// A crash has to end the process by a signal, else the supervisor takes it for an end
			// that the job chose.
			debug.SetTraceback("crash")
			it, err := python.Find(args[0])
			if err != nil {
				return err
			}
			pyudf.WorkerPrefix = func(executable string) []string {
				return []string{a.self, embedVerb, executable, "--"}
			}
			code, err := embedded(it, args[1:], native.Functions(Engine(Library)))
			if err != nil {
				return err
			}
			return a.exit(code)
		},
	}
}
