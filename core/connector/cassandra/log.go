package cassandra

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/colcodec"
	"github.com/headrace/headrace/core/data/frame"
)

// logWriter keeps rows until their checkpoint: they are its committable.
type logWriter struct {
	connector.PlainWriter
	sink  *Sink
	ctx   *connector.WriterContext
	rows  int
	parts []byte // a frame for each batch
	last  int64  // timestamp given
}

// Write implements connector.Writer.
func (w *logWriter) Write(b *batch.Batch) error {
	var err error
	w.parts, err = frame.Append(w.parts, b, nil)
	w.rows += b.Len()
	return err
}

const entryVersion = 1

// entryHead is the length of what is in front of the frames: version, subtask, checkpoint, first
// timestamp, each in 8 bytes.
const entryHead = 32

// Prepare implements connector.Writer. The rows have their timestamps from here on: when they are
// written again they change nothing.
func (w *logWriter) Prepare(id int64) ([][]byte, error) {
	if w.rows == 0 {
		return nil, nil
	}
	first := max(w.last+1, w.ctx.Clock.NowMs()*1000)
	w.last = first + int64(w.rows)
	out := make([]byte, 0, entryHead+len(w.parts))
	for _, v := range []int64{entryVersion, int64(w.ctx.Subtask), id, first} {
		out = binary.LittleEndian.AppendUint64(out, uint64(v))
	}
	out = append(out, w.parts...)
	w.rows, w.parts = 0, nil
	return [][]byte{out}, nil
}

// committer writes what the writers have kept.
type committer struct {
	session
	ctx   *connector.WriterContext
	ready bool // the table of notes is there
}

// Commit implements connector.Committer. Entries that have been noted as written are left out.
func (c *committer) Commit(entries [][]byte) ([][]byte, error) {
	for i, e := range entries {
		if err := c.commit(e); err != nil {
			if errs.MarkOf(err) == errs.Transient {
				c.ctx.Log.Warn("cassandra: a checkpoint's rows could not be written; trying again",
					"table", c.sink.table.Name, "error", err)
				return entries[i:], nil
			}
			return nil, err
		}
	}
	return nil, nil
}

func (c *committer) commit(entry []byte) error {
	if len(entry) < entryHead || binary.LittleEndian.Uint64(entry) != entryVersion {
		return errs.Corruptf("an entry of the write-ahead log cannot be read")
	}
	subtask := int64(binary.LittleEndian.Uint64(entry[8:]))
	id := int64(binary.LittleEndian.Uint64(entry[16:]))
	clock := stamps{fixed: c.sink.at, now: func() int64 { return 0 },
		last: int64(binary.LittleEndian.Uint64(entry[24:])) - 1}
	written, err := c.written(subtask)
	if err != nil || written >= id {
		return err
	}
	r := &colcodec.Reader{Data: slices.Clone(entry[entryHead:])} // where its frames are aligned
	for r.More() {
		b, err := frame.Decode(r, c.sink.table.Schema, nil)
		if err != nil {
			return err
		}
		if err := c.run(context.Background(), c.sink.writesOf(b, clock.next)); err != nil {
			return err
		}
	}
	if err := r.Err(); err != nil {
		return err
	}
	return c.note(subtask, id)
}

// Close implements connector.Committer.
func (c *committer) Close() error {
	c.session.close()
	return nil
}
