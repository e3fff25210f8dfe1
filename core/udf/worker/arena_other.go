//go:build !linux

package worker

import "os"

// anonymousFile is a file that has lost its name at once.
func anonymousFile(name string) (*os.File, error) {
	f, err := os.CreateTemp("", "headrace-"+name)
	if err != nil {
		return nil, err
	}
	return f, os.Remove(f.Name())
}
