// Package supervisor keeps a job's process alive: it starts it, passes signals on, and starts it
// again when it has crashed, so that the job goes on from its newest complete checkpoint.
package supervisor

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"github.com/headrace/headrace/core/base/clock"
)

// AttemptEnv tells the child which attempt it is (0 for the first); from 1 on it restores.
const AttemptEnv = "HEADRACE_ATTEMPT"

// RunEnv tells the attempts of one run from those of others: its value is the same in all.
const RunEnv = "HEADRACE_RUN"

// Options say what to run.
type Options struct {
	// Command makes the child process; it is called once an attempt.
	Command func() *exec.Cmd
	// Restarts is how many crashes are answered with a new attempt.
	Restarts int
	// BackoffMs is the pause before a new attempt; it doubles up to 32 times its value.
	BackoffMs int64
	// Log gets a line for each crash.
	Log   io.Writer
	Clock clock.Clock
}

// Run runs the child until it ends by itself, and returns its exit code: 128 + the signal's number
// when it was killed. A child that exits, with any code, has ended by itself; one that dies of a
// signal nobody sent through us has crashed.
func Run(o Options) (int, error) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	run := rand.Text()
	for attempt := 0; ; attempt++ {
		code, asked, err := once(&o, run, attempt, signals)
		var killed *crash
		if !errors.As(err, &killed) {
			return code, err
		}
		if asked || attempt >= o.Restarts {
			if !asked {
				fmt.Fprintf(o.Log, "headrace: the job's process died: %s; giving up after %d "+
					"restarts\n", killed, attempt)
			}
			return 128 + int(killed.signal), nil
		}
		pause := o.BackoffMs << min(attempt, 5)
		fmt.Fprintf(o.Log, "headrace: the job's process died: %s; restart %d of %d in %d ms\n",
			killed, attempt+1, o.Restarts, pause)
		if stopped := wait(o.Clock, pause, signals); stopped != 0 {
			return 128 + int(stopped), nil
		}
	}
}

// crash is the end of a child by a signal.
type crash struct{ signal syscall.Signal }

func (c *crash) Error() string { return fmt.Sprintf("signal %d (%s)", int(c.signal), c.signal) }

// once runs one attempt. asked says that a signal to end was passed on to it.
func once(o *Options, run string, attempt int, signals <-chan os.Signal) (
	code int, asked bool, err error) {
	cmd := o.Command()
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, AttemptEnv+"="+strconv.Itoa(attempt), RunEnv+"="+run)
	if err := cmd.Start(); err != nil {
		return 1, false, fmt.Errorf("cannot start the job's process: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			asked = true
			// A terminal sends Ctrl-C to the whole group: the child has it already.
			if s != syscall.SIGINT || !terminalGroup() {
				_ = cmd.Process.Signal(s) // it may just have ended: Wait tells
			}
		case err := <-done:
			code, err := status(cmd, err)
			return code, asked, err
		}
	}
}

func status(cmd *exec.Cmd, err error) (int, error) {
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 1, err
	}
	ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && ws.Signaled() {
		return 128 + int(ws.Signal()), &crash{ws.Signal()}
	}
	return cmd.ProcessState.ExitCode(), nil
}

// terminalGroup says whether this process is in the foreground of its terminal, whose Ctrl-C
// reaches the child without our help.
func terminalGroup() bool {
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	var group int32
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, tty.Fd(), syscall.TIOCGPGRP,
		uintptr(unsafe.Pointer(&group)))
	return errno == 0 && int(group) == syscall.Getpgrp()
}

// wait pauses; a signal ends it and is returned.
func wait(c clock.Clock, ms int64, signals <-chan os.Signal) syscall.Signal {
	over := make(chan struct{})
	stop := c.AfterFunc(time.Duration(ms)*time.Millisecond, func() { close(over) })
	defer stop()
	select {
	case <-over:
		return 0
	case s := <-signals:
		number, _ := s.(syscall.Signal)
		return number
	}
}
