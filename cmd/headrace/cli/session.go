package cli

import (
	"encoding/json"

	"github.com/headrace/headrace/cgo/native"
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/session"
	"github.com/headrace/headrace/core/udf"
	"github.com/headrace/headrace/pyudf"
)

// openSession starts a session with a JSON configuration; with Python, if this process has one.
func openSession(config []byte) (native.Session, error) {
	options := session.Options{Stdout: python.Stdout}
	if err := json.Unmarshal(config, &options.Config); err != nil {
		return nil, errs.Internalf("the configuration is not a JSON object of strings").Wrap(err)
	}
	if python.Version() != 0 {
		options.UDF = newHost
	}
	return session.Open(options), nil
}

// pinned is a host of user functions with a thread of its own.
type pinned struct {
	*pyudf.Host
	thread *python.Thread
}

func newHost(*udf.Context) (udf.Host, error) {
	thread, err := python.OpenThread()
	if err != nil {
		return nil, err
	}
	return &pinned{pyudf.NewHost(thread), thread}, nil
}

// Close gives the thread back; it is called on it.
func (p *pinned) Close() error {
	p.thread.Close()
	return nil
}
