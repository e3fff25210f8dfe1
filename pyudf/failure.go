package pyudf

import (
	"encoding/json"
	"errors"

	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/base/errs"
)

// failure is an error on its way from a worker process to the job's.
type failure struct {
	Mark     errs.Mark
	Place    string
	Message  string
	Remedy   string
	Cause    string // when no exception is the cause
	Python   bool
	Type     string
	Text     string
	Trace    string
	Operator string
	Row      string
	Pickled  []byte // of headrace._runtime.failures
}

const failuresModule = "headrace._runtime.failures"

// encodeError keeps an error's mark, place and remedy, and the exception in its chain.
func encodeError(err error) []byte {
	f := failure{Message: err.Error()}
	var e *errs.Error
	if errors.As(err, &e) {
		f.Mark, f.Place, f.Message, f.Remedy = e.Mark, e.Place, e.Msg, e.Remedy
		if e.Cause != nil {
			f.Cause = e.Cause.Error()
		}
	}
	var p *python.Error
	if errors.As(err, &p) {
		f.Python, f.Type, f.Text, f.Trace = true, p.Type, p.Message, p.Traceback
		f.Operator, f.Row = p.Operator, p.Row
		_ = python.Do(func() error { // what cannot be pickled is told by its text
			raw, err := callBytes(failuresModule, "dump", p.Exception().Keep())
			f.Pickled = raw
			return err
		})
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return []byte("{}")
	}
	return raw
}

// decodeError makes the error that encodeError was given, with an exception of this process.
func decodeError(data []byte) error {
	var f failure
	if err := json.Unmarshal(data, &f); err != nil {
		return errs.Internalf("a worker failed in a way that it could not tell").Wrap(err)
	}
	out := &errs.Error{Mark: f.Mark, Place: f.Place, Msg: f.Message, Remedy: f.Remedy}
	if !f.Python {
		if f.Cause != "" {
			out.Cause = errors.New(f.Cause)
		}
		return out
	}
	p := &python.Error{Type: f.Type, Message: f.Text, Traceback: f.Trace}
	if len(f.Pickled) > 0 {
		_ = python.Do(func() error { // without the exception its text remains
			o, err := callObject(failuresModule, "load", python.Bytes(f.Pickled))
			if err != nil {
				return err
			}
			made := python.FromException(o)
			made.Type, made.Message, made.Traceback = p.Type, p.Message, p.Traceback
			p = made
			return nil
		})
	}
	p.Operator, p.Row = f.Operator, f.Row
	out.Cause = p
	return out
}

// callObject calls a function of a module; the GIL is held.
func callObject(module, name string, args ...python.Object) (python.Object, error) {
	f, err := python.ImportAttr(module, name)
	if err != nil {
		return python.Nil, err
	}
	defer f.Drop()
	return f.Call(args...)
}

// callBytes is callObject for a function that returns bytes, which are copied.
func callBytes(module, name string, args ...python.Object) ([]byte, error) {
	o, err := callObject(module, name, args...)
	if err != nil {
		return nil, err
	}
	defer o.Drop()
	view, err := o.View()
	return append([]byte(nil), view...), err
}
