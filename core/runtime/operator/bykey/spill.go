package bykey

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/colcodec"
	"github.com/headrace/headrace/core/data/frame"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/runtime/operator"
	"github.com/headrace/headrace/core/udf"
)

// spill keeps sorted runs, each the rows of one port in a file: frames behind their length and
// checksum.
type spill struct {
	ctx  *operator.Context
	dir  string
	runs []run
	open []fsys.Reader
	read []*cursor
}

// run is a file of sorted rows.
type run struct {
	name   string
	port   int
	schema *types.Schema
}

const (
	spillBuffer = 64 << 10
	// frameBytes is about what a frame takes, of which one of each run is in memory at the end.
	frameBytes     = 256 << 10
	frameRows      = 8 << 10
	frameHeadBytes = 8
)

var table = crc32.MakeTable(crc32.Castagnoli)

func newSpill(ctx *operator.Context) (*spill, error) {
	s := &spill{ctx: ctx, dir: path.Join(ctx.Dir, "sorted-inputs")}
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

// write makes runs of the sorted rows of a buffer.
func (s *spill) write(f *buffer) error {
	for port := 0; f.ports>>port != 0; port++ {
		if f.ports>>port&1 == 0 {
			continue
		}
		if err := s.writePort(f, port); err != nil {
			if errs.MarkOf(err) == errs.Internal {
				return s.failed(err)
			}
			return err
		}
	}
	return nil
}

func (s *spill) writePort(f *buffer, port int) error {
	r := run{name: path.Join(s.dir, fmt.Sprintf("run-%d", len(s.runs))), port: port}
	file, err := s.ctx.FS.Create(r.name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, spillBuffer)
	m := &inMemory{buffer: f}
	rows := min(max(int(int64(len(f.refs))*frameBytes/max(f.held, 1)), 1), frameRows)
	for err == nil {
		b := m.nextOf(port, rows)
		if b == nil {
			break
		}
		r.schema = b.Schema
		err = s.writeFrame(w, b)
		b.Release()
	}
	if err == nil {
		err = w.Flush()
	}
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	s.runs = append(s.runs, r)
	return err
}

func (s *spill) writeFrame(w io.Writer, b *batch.Batch) error {
	body, err := frame.Append(nil, b, s.objects)
	if err != nil {
		return err
	}
	var head [frameHeadBytes]byte
	binary.LittleEndian.PutUint32(head[:], uint32(len(body)))
	binary.LittleEndian.PutUint32(head[4:], crc32.Checksum(body, table))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err = w.Write(body)
	return err
}

func (s *spill) objects() (colcodec.Objects, error) {
	host, ok := s.ctx.UDF.(udf.ProcessHost)
	if !ok {
		return nil, errs.Internalf("live objects are sorted without a host of user code")
	}
	return host.Objects(), nil
}

// merged reads all runs as one.
func (s *spill) merged() (rows, error) {
	m := &merge{}
	for i, r := range s.runs {
		file, err := s.ctx.FS.Open(r.name)
		if err != nil {
			return nil, s.failed(err)
		}
		s.open = append(s.open, file)
		c := &cursor{spill: s, run: i, of: r,
			in: bufio.NewReaderSize(io.NewSectionReader(file, 0, file.Size()), spillBuffer)}
		s.read = append(s.read, c)
		more, err := c.fill()
		if err != nil {
			return nil, err
		}
		if more {
			m.cursors = append(m.cursors, c)
		}
	}
	for i := len(m.cursors)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return m, nil
}

func (s *spill) close() error {
	var first error
	for _, c := range s.read {
		c.drop()
	}
	for _, r := range s.open {
		if err := r.Close(); first == nil {
			first = err
		}
	}
	s.open, s.read = nil, nil
	if err := s.ctx.FS.RemoveAll(s.dir); first == nil {
		first = err
	}
	return first
}

// readFrame reads the next frame of a run; nil: there is none.
func (c *cursor) readFrame() (*batch.Batch, error) {
	var head [frameHeadBytes]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, c.spill.failed(err)
	}
	n := int64(binary.LittleEndian.Uint32(head[:]))
	if size := c.spill.open[c.run].Size(); n > size {
		return nil, errs.Corruptf("a frame of %d bytes in a sorted run of %d", n, size)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return nil, c.spill.failed(err)
	}
	if crc32.Checksum(body, table) != binary.LittleEndian.Uint32(head[4:]) {
		return nil, errs.Corruptf("a frame of the sorted run %s has a wrong checksum", c.of.name)
	}
	return frame.Decode(&colcodec.Reader{Data: body}, c.of.schema, c.spill.objects)
}
