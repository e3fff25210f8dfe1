package bykey

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"fmt"
	"io"
	"path"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/udf"
)

// spill keeps sorted runs, a file each. A record is the time, port and kind of a row, its key, the
// row of the columns that are not objects, and each object, pickled; each behind its length.
type spill struct {
	ctx     *operator.Context
	dir     string
	schemas map[int]*types.Schema // by port
	runs    []string
	open    []fsys.Reader
}

const (
	spillBuffer = 64 << 10
	// encodeRows is how many rows are encoded at a time.
	encodeRows = 1024
)

func newSpill(ctx *operator.Context) (*spill, error) {
	s := &spill{ctx: ctx, dir: path.Join(ctx.Dir, "sorted-inputs"),
		schemas: map[int]*types.Schema{}}
	if err := ctx.FS.RemoveAll(s.dir); err != nil {
		return nil, s.failed(err)
	}
	if err := ctx.FS.MkdirAll(s.dir); err != nil {
		return nil, s.failed(err)
	}
	return s, nil
}

func (s *spill) failed(err error) error {
	return errs.Transientf("sorting the input in %s failed", s.dir).Wrap(err).
		Fix("free space there, or raise execution.sorted-inputs.memory so that less is written")
}

// write makes a run of the sorted rows of a buffer.
func (s *spill) write(f *buffer) error {
	name := path.Join(s.dir, fmt.Sprintf("run-%d", len(s.runs)))
	w, err := s.ctx.FS.Create(name)
	if err != nil {
		return s.failed(err)
	}
	s.runs = append(s.runs, name)
	to := bufio.NewWriterSize(w, spillBuffer)
	m := &inMemory{buffer: f}
	for err == nil {
		port, b, _ := m.next(encodeRows)
		if b == nil {
			break
		}
		s.schemas[port] = b.Schema
		err = s.encode(to, port, b)
		b.Release()
	}
	if err == nil {
		err = to.Flush()
	}
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err != nil && errs.MarkOf(err) == errs.Internal {
		return s.failed(err)
	}
	return err
}

// encode writes a batch of one port.
func (s *spill) encode(w io.Writer, port int, b *batch.Batch) error {
	var plain, objects []*batch.Column
	for _, c := range b.Cols {
		if c.Type.Kind == types.Object {
			objects = append(objects, c)
		} else {
			plain = append(plain, c)
		}
	}
	enc, err := rowcodec.NewEncoder(plain)
	if err != nil {
		return err
	}
	pickled, ends := make([][]byte, len(objects)), make([][]int32, len(objects))
	for i, c := range objects {
		host, err := s.objects()
		if err != nil {
			return err
		}
		if pickled[i], ends[i], err = host.Encode(c, nil, nil); err != nil {
			return err
		}
	}
	var record, row, out []byte
	for i := range b.Len() {
		record = binary.BigEndian.AppendUint64(record[:0], uint64(b.Time(i)))
		record = append(record, byte(port), byte(b.Kind(i)))
		record = appendSized(record, b.Cols[keyBytes].Bytes(i))
		row = enc.Append(row[:0], i)
		record = appendSized(record, row)
		for k := range objects {
			from := int32(0)
			if i > 0 {
				from = ends[k][i-1]
			}
			record = appendSized(record, pickled[k][from:ends[k][i]])
		}
		out = appendSized(out[:0], record)
		if _, err := w.Write(out); err != nil {
			return err
		}
	}
	return nil
}

func appendSized(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

func (s *spill) objects() (udf.Objects, error) {
	host, ok := s.ctx.UDF.(udf.ProcessHost)
	if !ok {
		return nil, errs.Internalf("live objects are sorted without a host of user code")
	}
	return host.Objects(), nil
}

// merged reads all runs as one.
func (s *spill) merged() (rows, error) {
	m := &merge{spill: s}
	for i, name := range s.runs {
		r, err := s.ctx.FS.Open(name)
		if err != nil {
			return nil, s.failed(err)
		}
		s.open = append(s.open, r)
		c := &cursor{run: i, in: bufio.NewReaderSize(io.NewSectionReader(r, 0, r.Size()),
			spillBuffer)}
		ok, err := c.advance()
		if err != nil {
			return nil, s.failed(err)
		}
		if ok {
			m.heap = append(m.heap, c)
		}
	}
	heap.Init(&m.heap)
	return m, nil
}

func (s *spill) close() error {
	var first error
	for _, r := range s.open {
		if err := r.Close(); first == nil {
			first = err
		}
	}
	s.open = nil
	if err := s.ctx.FS.RemoveAll(s.dir); first == nil {
		first = err
	}
	return first
}

// cursor stands at a record of a run.
type cursor struct {
	run    int
	in     *bufio.Reader
	record []byte

	time int64
	port int
	kind types.RowKind
	key  []byte
	rest []byte // row and objects
}

// advance reads the next record; false: there is none.
func (c *cursor) advance() (bool, error) {
	n, err := binary.ReadUvarint(c.in)
	if err == io.EOF {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if uint64(cap(c.record)) < n {
		c.record = make([]byte, n)
	}
	c.record = c.record[:n]
	if _, err := io.ReadFull(c.in, c.record); err != nil {
		return false, err
	}
	if n < 10 {
		return false, errs.Corruptf("a record of %d bytes in a sorted run", n)
	}
	c.time = int64(binary.BigEndian.Uint64(c.record))
	c.port, c.kind = int(c.record[8]), types.RowKind(c.record[9])
	c.key, c.rest, err = sized(c.record[10:])
	return err == nil, err
}

func sized(b []byte) (part, rest []byte, err error) {
	n, k := binary.Uvarint(b)
	if k <= 0 || uint64(len(b)-k) < n {
		return nil, nil, errs.Corruptf("a record of a sorted run is cut off")
	}
	return b[k : k+int(n)], b[k+int(n):], nil
}

type cursors []*cursor

func (c cursors) Len() int           { return len(c) }
func (c cursors) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *cursors) Push(x any)        { *c = append(*c, x.(*cursor)) }
func (c cursors) Less(i, j int) bool { return c[i].before(c[j]) }

func (c *cursors) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}

// before orders by (key, time, port, arrival): runs are written in order of arrival.
func (c *cursor) before(o *cursor) bool {
	order := bytes.Compare(c.key, o.key)
	if order == 0 {
		order = cmp.Or(cmp.Compare(c.time, o.time), cmp.Compare(c.port, o.port),
			cmp.Compare(c.run, o.run))
	}
	return order < 0
}

// merge gives out the rows of all runs.
type merge struct {
	spill *spill
	heap  cursors
}

// next implements rows.
func (m *merge) next(n int) (int, *batch.Batch, error) {
	if len(m.heap) == 0 {
		return 0, nil, nil
	}
	port := m.heap[0].port
	d := newDecoding(m.spill.schemas[port])
	for d.n < n && len(m.heap) > 0 && m.heap[0].port == port {
		c := m.heap[0]
		if err := d.add(c); err != nil {
			return 0, nil, err
		}
		more, err := c.advance()
		if err != nil {
			return 0, nil, m.spill.failed(err)
		}
		if more {
			heap.Fix(&m.heap, 0)
		} else {
			heap.Pop(&m.heap)
		}
	}
	b, err := d.finish(m.spill)
	return port, b, err
}

// decoding makes a batch of records.
type decoding struct {
	schema  *types.Schema
	plain   []*batch.Builder
	objects [][]byte
	ends    [][]int32
	times   []int64
	kinds   []types.RowKind
	n       int
}

func newDecoding(schema *types.Schema) *decoding {
	d := &decoding{schema: schema}
	for _, f := range schema.Fields {
		if f.Type.Kind == types.Object {
			d.objects, d.ends = append(d.objects, nil), append(d.ends, nil)
		} else {
			d.plain = append(d.plain, batch.NewBuilder(f.Type, 0))
		}
	}
	return d
}

func (d *decoding) add(c *cursor) error {
	row, rest, err := sized(c.rest)
	if err != nil {
		return err
	}
	if _, err := rowcodec.Decode(row, d.plain); err != nil {
		return err
	}
	for i := range d.objects {
		var object []byte
		if object, rest, err = sized(rest); err != nil {
			return err
		}
		d.objects[i] = append(d.objects[i], object...)
		d.ends[i] = append(d.ends[i], int32(len(d.objects[i])))
	}
	d.times, d.kinds = append(d.times, c.time), append(d.kinds, c.kind)
	d.n++
	return nil
}

func (d *decoding) finish(s *spill) (*batch.Batch, error) {
	var cols []*batch.Column
	plain, objects := 0, 0
	for _, f := range d.schema.Fields {
		if f.Type.Kind != types.Object {
			cols = append(cols, d.plain[plain].Finish())
			plain++
			continue
		}
		host, err := s.objects()
		if err != nil {
			return nil, err
		}
		col, err := host.Decode(d.objects[objects], d.ends[objects])
		if err != nil {
			return nil, err
		}
		cols = append(cols, col)
		objects++
	}
	b := batch.New(d.schema, cols, d.n)
	b.Times, b.Kinds = d.times, d.kinds
	return b, nil
}
