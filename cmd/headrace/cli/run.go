package cli

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/supervisor"
)

// backoffMs is the pause before the first restart of a crashed job.
const backoffMs = 1000

func (a *app) run() *cobra.Command {
	var pyflink, leave bool
	var restarts, port int
	var from string
	var settings []string
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
			if err := passOn(settings, from, leave); err != nil {
				return err
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
	cmd.Flags().StringVarP(&from, "from-savepoint", "s", "",
		"savepoint or checkpoint to start from; 'latest': the job's newest checkpoint")
	cmd.Flags().BoolVarP(&leave, "allow-non-restored-state", "n", false,
		"start although state of the savepoint belongs to no operator")
	cmd.Flags().StringArrayVarP(&settings, "set", "D", nil,
		"a setting, KEY=VALUE, which the script may set otherwise; may be repeated")
	cmd.Flags().IntVar(&restarts, "restarts", 3, "how often to restart after a crash")
	return cmd
}

// settingsEnv is how run tells its child the settings that hold where the script sets nothing.
const settingsEnv = "HEADRACE_SETTINGS"

// passOn puts settings into the environment, which the child has from us.
func passOn(settings []string, from string, leave bool) error {
	if from != "" {
		settings = append(settings, config.RecoveryPath.Key+"="+from)
	}
	if leave {
		settings = append(settings, config.RecoveryIgnoreUnclaimed.Key+"=true")
	}
	if len(settings) == 0 {
		return nil
	}
	all, err := configOf(settings)
	if err != nil {
		return err
	}
	return os.Setenv(settingsEnv, string(all))
}

// passedOn are the settings of passOn.
func passedOn() (map[string]string, error) {
	text := os.Getenv(settingsEnv)
	if text == "" {
		return nil, nil
	}
	var all map[string]string
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, errs.Userf("%s is not a JSON object of strings", settingsEnv).Wrap(err)
	}
	return all, nil
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
