package pyudf

import (
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/udf"
)

// TaskHost is the Host of a task: its functions run on the OS thread that it was made on, with a
// Python thread state of its own, until Close.
type TaskHost struct{ *Host }

// NewTaskHost makes the host of a task. It locks the calling goroutine to its OS thread; all calls
// and Close come from that goroutine.
func NewTaskHost(*udf.Context) (*TaskHost, error) {
	thread, err := python.OpenThread()
	if err != nil {
		return nil, err
	}
	return &TaskHost{NewHost(thread)}, nil
}

// Close ends the thread state and unlocks the goroutine.
func (h *TaskHost) Close() error {
	h.thread.Close()
	return nil
}
