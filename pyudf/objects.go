package pyudf

import (
	"github.com/headrace/headrace/cgo/python"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/udf"
)

// objectStore implements udf.Objects.
type objectStore struct{ host *Host }

// Objects implements udf.ProcessHost.
func (h *Host) Objects() udf.Objects { return objectStore{h} }

// do runs f with the GIL and what objects need made known.
func (s objectStore) do(f func() error) error {
	return s.host.do(func() error {
		if err := python.InitLoops(); err != nil {
			return err
		}
		return f()
	})
}

// Copy implements udf.Objects.
func (s objectStore) Copy(c *batch.Column) (out *batch.Column, err error) {
	err = s.do(func() (err error) {
		out, err = python.CopyObjects(c)
		return err
	})
	return out, err
}

// Encode implements udf.Objects.
func (s objectStore) Encode(c *batch.Column, dst []byte, ends []int32) (
	[]byte, []int32, error) {
	err := s.do(func() (err error) {
		dst, ends, err = python.EncodeObjects(c, dst, ends)
		return err
	})
	return dst, ends, err
}

// Decode implements udf.Objects.
func (s objectStore) Decode(src []byte, ends []int32) (out *batch.Column, err error) {
	err = s.do(func() (err error) {
		out, err = python.DecodeObjects(src, ends)
		return err
	})
	return out, err
}
