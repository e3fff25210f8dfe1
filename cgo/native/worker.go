package native

import (
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/pyudf"
)

// workerMain serves calls on a goroutine of its own, while Python's main thread waits here.
func workerMain([]python.Object) (python.Object, error) {
	done := make(chan struct{})
	var failed error
	go func() {
		defer close(done)
		defer python.Recover(&failed)
		failed = pyudf.Serve()
	}()
	if err := python.Await(done, func() {}, grace); err != nil {
		return python.Nil, err
	}
	if failed != nil {
		return python.Nil, failed
	}
	return python.None(), nil
}

func workerSend(args []python.Object) (python.Object, error) {
	if len(args) != 2 {
		return python.Nil, misuse("worker_send", "(kind, data)", len(args))
	}
	kind, err := args[0].Int64()
	if err != nil {
		return python.Nil, err
	}
	data, err := copyBytes(args[1])
	if err != nil {
		return python.Nil, err
	}
	python.Unlocked(func() { err = pyudf.Send(int(kind), data) })
	if err != nil {
		return python.Nil, err
	}
	return python.None(), nil
}

func workerAsk(args []python.Object) (python.Object, error) {
	if len(args) != 1 {
		return python.Nil, misuse("worker_ask", "(name)", len(args))
	}
	name, err := args[0].Text()
	if err != nil {
		return python.Nil, err
	}
	var raw []byte
	python.Unlocked(func() { raw, err = pyudf.Ask(name) })
	if err != nil {
		return python.Nil, err
	}
	return python.Bytes(raw), nil
}
