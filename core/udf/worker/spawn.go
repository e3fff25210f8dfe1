package worker

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/headrace/headrace/core/base/errs"
)

// Command is how a worker process is started.
type Command struct {
	Argv []string
	Env  []string
	// Setup is what Server.Setup gets.
	Setup []byte
}

// The files of a worker, in the order of their numbers.
const (
	callsFD = 3 + iota
	controlFD
	requestsFD
	answersFD
)

func le(b []byte) uint64 {
	if len(b) < 8 {
		return 0
	}
	return binary.LittleEndian.Uint64(b)
}

// Spawn starts a worker process.
func Spawn(c Command, opts Options) (*Host, error) {
	h := &Host{opts: opts, exited: make(chan struct{})}
	h.w.objects = opts.Objects
	if err := h.start(c); err != nil {
		return nil, errs.Transientf("no worker process could be started for task '%s'", opts.Task).
			Wrap(err)
	}
	h.listen()
	err := h.call(opSetup, 0, func(w *writer) { w.bytes(c.Setup) }, nil)
	if err != nil {
		_ = h.Close() // the first error counts
		return nil, err
	}
	return h, nil
}

// start makes the ways between the processes and the process.
func (h *Host) start(c Command) error {
	p := &pipe{fd: -1}
	var err error
	if p.out, err = newArena("requests"); err != nil {
		return err
	}
	if p.in, err = newArena("answers"); err != nil {
		p.out.close()
		return err
	}
	mine, theirs, err := socketPair()
	if err != nil {
		p.out.close()
		p.in.close()
		return err
	}
	p.fd = mine
	ours, other, err := socketPair()
	if err != nil {
		_ = syscall.Close(theirs)
		p.close()
		return err
	}
	if err := syscall.SetNonblock(ours, true); err != nil { // so that a close wakes its reader
		return err
	}
	h.calls, h.control = p, &control{file: os.NewFile(uintptr(ours), "control")}
	their := []*os.File{os.NewFile(uintptr(theirs), "calls"), os.NewFile(uintptr(other), "control")}
	cmd := exec.Command(c.Argv[0], c.Argv[1:]...)
	cmd.Env = c.Env
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.ExtraFiles = append(their, p.out.file, p.in.file)
	// A group of its own: Ctrl-C is the job's to handle.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = cmd.Start()
	for _, f := range their {
		_ = f.Close() // the worker's ends
	}
	if err != nil {
		p.close()
		_ = h.control.file.Close() // nothing has been sent
		return err
	}
	h.cmd = cmd
	go h.reap()
	return nil
}

// reap waits for the end of the process and lets who waits for it know.
func (h *Host) reap() {
	err := h.cmd.Wait()
	h.state = "exit code 0"
	if err != nil {
		h.state = err.Error()
	}
	if ws, ok := h.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		h.state = fmt.Sprintf("killed by signal %d (%s)", int(ws.Signal()), ws.Signal())
	}
	close(h.exited)
	h.calls.shut()
}

// socketPair makes two connected sockets that no other process inherits.
func socketPair() (a, b int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return 0, 0, err
	}
	syscall.CloseOnExec(fds[0])
	syscall.CloseOnExec(fds[1])
	return fds[0], fds[1], nil
}
