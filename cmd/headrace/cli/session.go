package cli

import (
	"encoding/json"
	"log/slog"
	"os"

	"github.com/headrace/headrace/cgo/native"
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/session"
	"github.com/headrace/headrace/core/udf"
	"github.com/headrace/headrace/pyudf"
)

// openSession starts a session with a JSON configuration; with Python, if this process has one.
func openSession(config []byte) (native.Session, error) {
	options := session.Options{Stdout: python.Stdout, Log: slog.New(newLog(os.Stderr))}
	var err error
	if options.Config, err = passedOn(); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(config, &options.Config); err != nil { // adds to what is there
		return nil, errs.Internalf("the configuration is not a JSON object of strings").Wrap(err)
	}
	if python.Version() != 0 {
		options.UDF, options.Describe = newHost, pyudf.Describe
		options.DescribeConnector, options.CallClass = pyudf.DescribeConnector, pyudf.CallClass
	}
	options.Serve, options.Closed = rest.serve, rest.forget
	return session.Open(options), nil
}

// newHost makes the host of a task's functions, in this process or in one of its own.
func newHost(ctx *udf.Context) (udf.Host, error) {
	mode, err := config.PythonMode.Get(ctx.Parameters)
	if err != nil {
		return nil, err
	}
	if mode == "process" {
		return pyudf.NewWorkerHost(ctx)
	}
	return pyudf.NewTaskHost(ctx)
}
