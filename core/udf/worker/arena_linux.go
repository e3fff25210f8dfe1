package worker

import (
	"os"

	"golang.org/x/sys/unix"
)

// anonymousFile is memory without a name in any file system.
func anonymousFile(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate("headrace-"+name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}
