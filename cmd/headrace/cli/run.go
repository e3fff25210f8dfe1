package cli

import (
	"errors"
	"os"
	"os/exec"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/supervisor"
)

// backoffMs is the pause before the first restart of a crashed job.
const backoffMs = 1000

func (a *app) run() *cobra.Command {
	var pyflink bool
	var restarts, port int
	cmd := &cobra.Command{
		Use:   "run [flags] SCRIPT [ARGUMENTS]",
		Short: "Run a job's script; restart it from the last checkpoint when its process crashes",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if _, err := os.Stat(args[0]); err != nil {
				return errs.Userf("there is no script %s", args[0])
			}
			if pyflink {
				args = append([]string{"-m", "headrace.pyflink"}, args...)
			}
			if port > 0 { // the child has our environment
				if err := os.Setenv(restPortEnv, strconv.Itoa(port)); err != nil {
					return err
				}
			}
			child, err := a.child(args)
			if err != nil {
				return err
			}
			code, err := supervisor.Run(supervisor.Options{Command: child, Restarts: restarts,
				BackoffMs: backoffMs, Log: a.err, Clock: clock.System{}})
			if err != nil {
				return err
			}
			return a.exit(code)
		},
	}
	cmd.Flags().SetInterspersed(false)
	cmd.Flags().BoolVar(&pyflink, "pyflink", false, "let 'import pyflink' mean headrace")
	cmd.Flags().IntVar(&port, "rest-port", 0,
		"serve Flink's REST API on this port while jobs run (config: rest.port)")
	cmd.Flags().IntVar(&restarts, "restarts", 3, "how often to restart after a crash")
	return cmd
}

// child returns what makes the process that runs Python with the arguments, the engine in it.
func (a *app) child(args []string) (func() *exec.Cmd, error) {
	name, err := a.interpreter()
	if err != nil {
		return nil, err
	}
	argv := append([]string{name}, args...)
	if a.mode == Standalone {
		switch it, err := python.Find(name); {
		case err == nil:
			argv = append([]string{a.self, embedVerb, it.Executable, "--"}, args...)
		case !errors.Is(err, python.ErrNoLibrary): // without a libpython the wheel does it
			return nil, errs.Userf("%v", err)
		}
	}
	return func() *exec.Cmd {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		return cmd
	}, nil
}
