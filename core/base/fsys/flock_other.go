//go:build !unix

package fsys

import (
	"errors"
	"os"
)

// flock never finds a file free to be swept here: directories of dead processes stay.
func flock(_ *os.File, wait bool) error {
	if wait {
		return nil
	}
	return errors.ErrUnsupported
}
