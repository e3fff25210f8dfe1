//go:build unix

package fsys

import (
	"os"
	"syscall"
)

// flock locks a file until it is closed; without wait, it is an error when another process has it.
func flock(f *os.File, wait bool) error {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for {
		err := syscall.Flock(int(f.Fd()), how)
		if err != syscall.EINTR {
			return err
		}
	}
}
