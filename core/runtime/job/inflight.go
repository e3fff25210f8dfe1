package job

import (
	"encoding/binary"
	"fmt"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/checkpoint"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/runtime/compile"
	"github.com/headrace/headrace/core/runtime/exchange"
	"github.com/headrace/headrace/core/runtime/task"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/udf"
)

// In-flight rows of an unaligned checkpoint are one file a task: a version, then for each batch
// the ordinal of its link among the vertex's inputs, the number of rows, the row kinds and event
// times, the rows of the columns that are not objects, and each object column. Watermarks are not
// kept: they come again.
const inFlightVersion = 1

// inFlight encodes and decodes the in-flight rows of one task.
type inFlight struct {
	vertex   *compile.Vertex
	subtask  int
	ordinals []int // of the link of each channel
	user     *userCode
}

// overtakes says whether all inputs of a vertex are spread so that a row in flight may be given to
// another subtask at a restore.
func overtakes(v *compile.Vertex) bool {
	for _, l := range v.Inputs {
		switch l.Partition {
		case plan.Forward, plan.Rescale, plan.Broadcast:
			return false
		}
	}
	return len(v.Inputs) > 0
}

func (f *inFlight) objects() (udf.Objects, error) {
	h, err := f.user.get()
	if err != nil {
		return nil, err
	}
	host, ok := h.(udf.ProcessHost)
	if !ok {
		return nil, errs.Internalf("live objects are in flight without a host of user code")
	}
	return host.Objects(), nil
}

// encode runs on the task's thread.
func (f *inFlight) encode(data []exchange.InFlight) ([]byte, error) {
	out := []byte{inFlightVersion}
	for _, c := range data {
		for _, b := range c.Batches {
			var err error
			if out, err = f.encodeBatch(out, f.ordinals[c.Channel], b); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (f *inFlight) encodeBatch(out []byte, link int, b *batch.Batch) ([]byte, error) {
	out = binary.AppendUvarint(out, uint64(link))
	out = binary.AppendUvarint(out, uint64(b.Len()))
	for i := range b.Len() {
		out = append(out, byte(b.Kind(i)))
		out = binary.AppendVarint(out, b.Time(i))
	}
	var plain []*batch.Column
	for _, c := range b.Cols {
		if c.Type.Kind != types.Object {
			plain = append(plain, c)
		}
	}
	enc, err := rowcodec.NewEncoder(plain)
	if err != nil {
		return nil, err
	}
	var rows []byte
	for i := range b.Len() {
		rows = enc.Append(rows, i)
	}
	out = binary.AppendUvarint(out, uint64(len(rows)))
	out = append(out, rows...)
	for _, c := range b.Cols {
		if c.Type.Kind != types.Object {
			continue
		}
		o, err := f.objects()
		if err != nil {
			return nil, err
		}
		bytes, ends, err := o.Encode(c, nil, nil)
		if err != nil {
			return nil, err
		}
		out = binary.AppendUvarint(out, uint64(len(bytes)))
		out = append(out, bytes...)
		for _, e := range ends {
			out = binary.AppendUvarint(out, uint64(e))
		}
	}
	return out, nil
}

// restoreAll reads the in-flight rows of the task's operators: of the head, and of those that were
// heads in the run that the state comes from. It runs on the task's thread.
func (f *inFlight) restoreAll(from *restored, files state.Files) ([]task.Preloaded, error) {
	var all []task.Preloaded
	for k, n := range f.vertex.Nodes {
		o := from.operator(n.UID)
		if o == nil {
			continue
		}
		rows, err := f.restore(k, o, files)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// inputs are the links into an operator of the chain; that of one behind the head is made up from
// its edge.
func (f *inFlight) inputs(k int) []*compile.Link {
	if k == 0 {
		return f.vertex.Inputs
	}
	for _, e := range f.vertex.Inner {
		if e.To == f.vertex.Nodes[k].ID {
			return []*compile.Link{{Edge: e, From: f.vertex, To: f.vertex, Partition: e.Partition}}
		}
	}
	return nil
}

// restore reads the in-flight rows of an operator that belong to the subtask: by key group, else
// those of the subtasks that it follows.
func (f *inFlight) restore(k int, o *checkpoint.Operator, files state.Files,
) ([]task.Preloaded, error) {
	var all []task.Preloaded
	for _, h := range o.Handles {
		for _, ref := range h.Channels {
			r, err := files.Open(ref)
			if err != nil {
				return nil, err
			}
			data := make([]byte, r.Size())
			_, err = r.ReadAt(data, 0)
			r.Close()
			if err != nil && int64(len(data)) < ref.Size {
				return nil, err
			}
			mine := h.Subtask%f.vertex.Parallelism == f.subtask
			d := &inFlightReader{inFlight: f, data: data, mine: mine, node: k, links: f.inputs(k)}
			rows, err := d.read()
			if err != nil {
				return nil, errs.Corruptf("in-flight rows in %s", ref.Path).Wrap(err)
			}
			all = append(all, rows...)
		}
	}
	return all, nil
}

// inFlightReader decodes one file.
type inFlightReader struct {
	*inFlight
	data  []byte
	node  int // position in the chain
	links []*compile.Link
	mine  bool // rows without key are this subtask's
	bad   bool
}

func (d *inFlightReader) uvarint() int {
	v, n := binary.Uvarint(d.data)
	if n <= 0 {
		d.bad, d.data = true, nil
		return 0
	}
	d.data = d.data[n:]
	return int(v)
}

func (d *inFlightReader) bytes() []byte {
	n := d.uvarint()
	if n > len(d.data) {
		d.bad, d.data = true, nil
		return nil
	}
	v := d.data[:n]
	d.data = d.data[n:]
	return v
}

func (d *inFlightReader) read() ([]task.Preloaded, error) {
	if len(d.data) == 0 || d.data[0] != inFlightVersion {
		return nil, fmt.Errorf("unknown version")
	}
	d.data = d.data[1:]
	var all []task.Preloaded
	for len(d.data) > 0 {
		at := d.uvarint()
		if at >= len(d.links) {
			return nil, fmt.Errorf("it is for input %d of %d", at, len(d.links))
		}
		link := d.links[at]
		b, err := d.batch(link)
		if err != nil {
			return nil, err
		}
		if b, err = d.own(link, b); err != nil {
			return nil, err
		}
		if b != nil {
			all = append(all, task.Preloaded{Node: d.node, Port: link.Edge.Port, Batch: b})
		}
	}
	return all, nil
}

func (d *inFlightReader) batch(link *compile.Link) (*batch.Batch, error) {
	producer := link.From.Nodes[link.From.Index(link.Edge.From)]
	schema := producer.Schema
	if o := link.Edge.Output; o > 0 {
		schema = producer.SideSchemas[o-1]
	}
	n := d.uvarint()
	kinds, times := make([]types.RowKind, n), make([]int64, n)
	for i := range n {
		if len(d.data) == 0 {
			return nil, fmt.Errorf("it is cut short")
		}
		kinds[i] = types.RowKind(d.data[0])
		t, k := binary.Varint(d.data[1:])
		times[i] = t
		d.data = d.data[1+max(k, 0):]
	}
	var builders []*batch.Builder
	for _, c := range schema.Fields {
		if c.Type.Kind != types.Object {
			builders = append(builders, batch.NewBuilder(c.Type, n))
		}
	}
	rows := d.bytes()
	for range n {
		var err error
		if rows, err = rowcodec.Decode(rows, builders); err != nil {
			return nil, err
		}
	}
	cols := make([]*batch.Column, schema.Len())
	for i, c := range schema.Fields {
		if c.Type.Kind != types.Object {
			cols[i], builders = builders[0].Finish(), builders[1:]
			continue
		}
		var err error
		if cols[i], err = d.objectColumn(n); err != nil {
			return nil, err
		}
	}
	if d.bad {
		return nil, fmt.Errorf("it is cut short")
	}
	b := batch.New(schema, cols, n)
	b.Kinds, b.Times = kinds, times
	return b, nil
}

func (d *inFlightReader) objectColumn(n int) (*batch.Column, error) {
	o, err := d.objects()
	if err != nil {
		return nil, err
	}
	bytes, ends := d.bytes(), make([]int32, n)
	for i := range ends {
		ends[i] = int32(d.uvarint())
	}
	return o.Decode(bytes, ends)
}

// own takes the rows of a batch that belong to the subtask; nil: none.
func (d *inFlightReader) own(link *compile.Link, b *batch.Batch) (*batch.Batch, error) {
	if link.Partition != plan.Hash {
		if !d.mine {
			b.Release()
			return nil, nil
		}
		return b, nil
	}
	groups, err := grouper(link.Edge)(b, d.vertex.MaxParallelism, nil)
	if err != nil {
		return nil, err
	}
	var rows []int32
	for i, g := range groups {
		if state.SubtaskOf(d.vertex.MaxParallelism, d.vertex.Parallelism, g) == d.subtask {
			rows = append(rows, int32(i))
		}
	}
	defer b.Release()
	if len(rows) == 0 {
		return nil, nil
	}
	return b.Take(rows), nil
}
