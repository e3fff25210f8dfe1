package filesystem

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
)

// compaction says when the complete files of a writer become one, before they are visible.
type compaction struct {
	on          bool
	size        int64 // so many bytes in a directory are enough
	checkpoints int   // so many checkpoints are enough
	delimiter   []byte
}

// readCompaction reads the options. A table's files are never held back beyond a checkpoint, those
// of a DataStream's sink until its strategy is met.
func readCompaction(t *connector.Table, o *connector.Options, rollSize int64) compaction {
	c := compaction{on: o.Bool("auto-compaction", false), checkpoints: 1,
		size: o.Memory("compaction.file-size", rollSize)}
	if t.Stream {
		if !o.Has("compaction.file-size") {
			c.size = math.MaxInt64
		}
		c.checkpoints = int(o.Int("compaction.checkpoints", math.MaxInt32, 1))
	}
	if o.Enum("compaction.compactor", "concat", "concat", "identical") == "identical" {
		c.on = false
	}
	var err error
	if c.delimiter, err = hex.DecodeString(o.String("compaction.delimiter", "")); err != nil {
		o.Fail("compaction.delimiter", "bytes in hexadecimal digits")
	}
	return c
}

// heap is the complete files of a directory that wait to become one.
type heap struct {
	files       []waiting
	size        int64
	checkpoints int
}

type waiting struct {
	hidden, final string
	size          int64
}

func (h *heap) add(w waiting) {
	h.files = append(h.files, w)
	h.size += w.size
}

// hold keeps a complete file of a directory for compaction.
func (w *writer) hold(dir string, p *part) error {
	info, err := w.sink.fs.Stat(p.hidden)
	if err != nil {
		return writeError(p.hidden, err)
	}
	if w.heaps[dir] == nil {
		w.heaps[dir] = &heap{}
	}
	w.heaps[dir].add(waiting{p.hidden, p.final, info.Size})
	return nil
}

// compact hands over the heaps that are large or old enough, each as one file. At the end all are,
// and with a commit policy: a mark must not be there before the files.
func (w *writer) compact() error {
	c := &w.sink.compaction
	for _, dir := range slices.Sorted(maps.Keys(w.heaps)) {
		h := w.heaps[dir]
		h.checkpoints++
		if c.on && !w.end && !w.sink.commit.on() && h.size < c.size && h.checkpoints < c.checkpoints {
			continue
		}
		delete(w.heaps, dir)
		if err := w.merge(dir, h.files); err != nil {
			return err
		}
	}
	return nil
}

// merge hands over files as one. The old ones are removed when that is committed: until then a
// restored job may have to merge them again.
func (w *writer) merge(dir string, files []waiting) error {
	if len(files) == 1 || !w.sink.compaction.on {
		for _, f := range files {
			w.handOver(&committable{dir: dir, hidden: f.hidden, final: f.final})
		}
		return nil
	}
	p, err := w.begin(dir)
	if err != nil {
		return err
	}
	out := &committable{dir: dir, hidden: p.hidden, final: p.final}
	for i, f := range files {
		if err == nil {
			err = w.append(p, f, i > 0)
		}
		out.remove = append(out.remove, f.hidden)
	}
	if err != nil {
		_ = p.file.Close() // the first error is the one that counts
		return err
	}
	if err := p.close(w.sink.fs); err != nil {
		return err
	}
	w.handOver(out)
	return nil
}

// append adds a complete file to the one that is open: its rows, or (record formats) its bytes.
func (w *writer) append(p *part, f waiting, delimited bool) error {
	if w.sink.format.Bulk() {
		in, err := newRows(w.sink.fs, &split{path: f.hidden, to: f.size}, w.sink.format, w.sink.options)
		if err != nil {
			return err
		}
		for err == nil {
			b, nerr := in.next(bulkRows, 0)
			if nerr == nil {
				nerr = p.write(w.sink.fs, b, nil)
				b.Release()
			}
			err = nerr
		}
		if cerr := in.close(); errors.Is(err, io.EOF) {
			err = cerr
		}
		return err
	}
	if delimited {
		if _, err := p.file.Write(w.sink.compaction.delimiter); err != nil {
			return writeError(p.hidden, err)
		}
	}
	in, err := w.sink.fs.Open(f.hidden)
	if err != nil {
		return readError(f.hidden, err)
	}
	_, err = io.Copy(p.file, io.NewSectionReader(in, 0, f.size))
	if cerr := in.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return writeError(p.hidden, err)
	}
	return nil
}

// bulkRows is how many rows are copied at a time.
const bulkRows = 8192

// removed deletes what has become part of a published file.
func removed(fs fsys.FS, files []string) error {
	for _, f := range files {
		if err := fs.Remove(f); err != nil && !errors.Is(err, fsys.ErrNotExist) {
			return writeError(f, err)
		}
	}
	return nil
}

// encodeHeaps appends the files that wait, for the snapshot.
func (w *writer) encodeHeaps(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(w.heaps)))
	for _, dir := range slices.Sorted(maps.Keys(w.heaps)) {
		h := w.heaps[dir]
		b = appendText(b, dir)
		b = binary.AppendUvarint(b, uint64(h.checkpoints))
		b = binary.AppendUvarint(b, uint64(len(h.files)))
		for _, f := range h.files {
			b = appendText(appendText(b, f.hidden), f.final)
			b = binary.AppendUvarint(b, uint64(f.size))
		}
	}
	return b
}

func (w *writer) restoreHeaps(d *decoder) {
	for range d.number() {
		dir, checkpoints := d.text(), int(d.number())
		h := w.heaps[dir]
		if h == nil {
			h = &heap{}
			w.heaps[dir] = h
		}
		h.checkpoints = max(h.checkpoints, checkpoints)
		for range d.number() {
			h.add(waiting{d.text(), d.text(), int64(d.number())})
		}
	}
}
