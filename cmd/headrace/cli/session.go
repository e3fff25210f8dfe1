package cli

import (
	"github.com/headrace/headrace/cgo/native"
	"github.com/headrace/headrace/core/base/errs"
)

// openSession starts a session with a JSON configuration.
func openSession([]byte) (native.Session, error) {
	return nil, errs.Internalf("this build has no engine")
}
