package worker

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/colcodec"
	"github.com/headrace/headrace/core/udf"
)

// objects handles object columns of a job whose functions live in workers: encoded ones need no
// Python.
type objects struct{ live udf.Objects }

// Objects implements udf.ProcessHost.
func (h *Host) Objects() udf.Objects { return objects{h.opts.Objects} }

// Copy implements udf.Objects. What is encoded is shared: each consumer decodes its own.
func (o objects) Copy(c *batch.Column) (*batch.Column, error) {
	if !batch.AnyEncoded(c) && o.live != nil {
		return o.live.Copy(c)
	}
	data, ends, err := colcodec.EncodeObjects(c, o.live)
	if err != nil {
		return nil, err
	}
	return batch.MakeEncoded(data, ends), nil
}

// Encode implements udf.Objects.
func (o objects) Encode(c *batch.Column, dst []byte, ends []int32) ([]byte, []int32, error) {
	data, at, err := colcodec.EncodeObjects(c, o.live)
	if err != nil {
		return dst, ends, err
	}
	base := int32(len(dst))
	for _, e := range at {
		ends = append(ends, base+e)
	}
	return append(dst, data...), ends, nil
}

// Decode implements udf.Objects.
func (o objects) Decode(src []byte, ends []int32) (*batch.Column, error) {
	return batch.MakeEncoded(src, ends), nil
}
