package python

import (
	"errors"
	"io"
	"os"
)

// Output writes to sys.stdout or sys.stderr, as the program's own print does: into the notebook,
// the capture of a test, or wherever it has been redirected. Without Python it writes to the
// process's own stream. It must not be called with the GIL held.
type Output struct {
	name     string // attribute of sys
	fallback io.Writer
}

// Stdout and Stderr are Python's.
var (
	Stdout io.Writer = &Output{"stdout", os.Stdout}
	Stderr io.Writer = &Output{"stderr", os.Stderr}
)

// Write implements io.Writer; text that is not UTF-8 is replaced.
func (o *Output) Write(text []byte) (int, error) {
	if Version() == 0 {
		return o.fallback.Write(text)
	}
	err := Do(func() error { return o.write(string(text)) })
	if errors.Is(err, ErrStopped) {
		return o.fallback.Write(text)
	}
	if err != nil {
		return 0, err
	}
	return len(text), nil
}

func (o *Output) write(text string) error {
	stream, err := ImportAttr("sys", o.name)
	if err != nil {
		return err
	}
	defer stream.Drop()
	if stream.IsNone() { // as under pythonw
		return nil
	}
	n, err := stream.CallMethod("write", Str(text))
	if err != nil {
		return err
	}
	n.Drop()
	none, err := stream.CallMethod("flush")
	none.Drop()
	return err
}
