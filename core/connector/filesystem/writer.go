package filesystem

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// noWatermark is the watermark of a writer that has seen none.
const noWatermark = math.MinInt64

// writer writes one open file a partition.
type writer struct {
	sink    *Sink
	ctx     *connector.WriterContext
	uid     string
	count   int
	encoder format.Encoder // nil for bulk formats
	buckets map[string]*part
	names   map[string]string // partition directories by the values' encoding
	heaps   map[string]*heap  // complete files that wait for compaction, by directory
	closed  [][]byte          // committables since the last Prepare
	unsafe  map[string]bool   // directories with names that a crash may take
	known   map[string]bool   // directories whose own name no crash takes
	wrote   bool              // any file in this attempt

	watermark int64
	end       bool
	lookedMs  int64
	key       []byte
}

// Ready implements connector.Writer.
func (w *writer) Ready() bool { return true }

// Watermark implements connector.Writer.
func (w *writer) Watermark(time int64) error {
	w.watermark = max(w.watermark, time)
	return w.look()
}

// Write implements connector.Writer.
func (w *writer) Write(b *batch.Batch) error {
	if err := w.look(); err != nil {
		return err
	}
	dirs, rows := w.group(b)
	files := w.inFile(b)
	defer files.Release()
	for i, dir := range dirs {
		if err := w.put(dir, files, rows[i]); err != nil {
			return err
		}
	}
	return nil
}

// inFile returns the columns that lie in the files.
func (w *writer) inFile(b *batch.Batch) *batch.Batch {
	schema := w.sink.options.Schema
	if !w.sink.wrapped {
		return b.Project(schema, w.sink.fields)
	}
	cols := make([]*batch.Column, schema.Len())
	for i := range cols {
		cols[i] = b.Cols[0].Child(i)
		cols[i].Retain()
	}
	return b.WithColumns(schema, cols)
}

// put writes the rows (nil: all) to the open file of a directory.
func (w *writer) put(dir string, b *batch.Batch, rows []int32) error {
	if rows != nil {
		b = b.Take(rows)
		defer b.Release()
	}
	p := w.buckets[dir]
	if p == nil {
		var err error
		if p, err = w.begin(dir); err != nil {
			return err
		}
		w.buckets[dir] = p
	}
	if err := p.write(w.sink.fs, b, w.encoder); err != nil {
		return err
	}
	p.usedMs = w.ctx.Clock.NowMs()
	if p.size() >= w.sink.roll.size {
		return w.finish(dir)
	}
	return nil
}

// group splits the rows by directory; rows nil means all.
func (w *writer) group(b *batch.Batch) (dirs []string, rows [][]int32) {
	base := w.sink.path
	if w.sink.bucket != nil {
		local := kernel.NewZone(w.sink.zone).ToLocal(w.ctx.Clock.NowMs(), 3)
		base += "/" + formatTime(w.sink.bucket, local)
	}
	if len(w.sink.keys) == 0 {
		return []string{base}, [][]int32{nil}
	}
	index := map[string]int{}
	for r := range b.Len() {
		w.key = w.key[:0]
		for _, k := range w.sink.keys {
			w.key = kernel.AppendValue(w.key, b.Cols[k], r)
		}
		i, ok := index[string(w.key)]
		if !ok {
			i = len(dirs)
			index[string(w.key)] = i
			dirs = append(dirs, base+"/"+w.directory(b, r))
			rows = append(rows, nil)
		}
		rows[i] = append(rows[i], int32(r))
	}
	return dirs, rows
}

// directory is the partition of a row: "day=2024-01-01/hour=7".
func (w *writer) directory(b *batch.Batch, r int) string {
	if d, ok := w.names[string(w.key)]; ok {
		return d
	}
	parts := make([]string, len(w.sink.keys))
	for i, k := range w.sink.keys {
		value := w.sink.nullPart
		if c := b.Cols[k]; !c.IsNull(r) {
			text := kernel.AppendText(nil, c, r, nil)
			if c.Type.Kind == types.Boolean {
				text = []byte(strings.ToLower(string(text)))
			}
			if len(text) > 0 {
				value = escapeValue(text)
			}
		}
		parts[i] = escapeValue([]byte(w.sink.table.PartitionKeys[i])) + "=" + value
	}
	d := strings.Join(parts, "/")
	w.names[string(w.key)] = d
	return d
}

// begin opens a new file in a directory.
func (w *writer) begin(dir string) (*part, error) {
	fs := w.sink.fs
	if err := fs.MkdirAll(dir); err != nil {
		return nil, writeError(dir, err)
	}
	p := &part{dir: dir, openedMs: w.ctx.Clock.NowMs(), kept: -1}
	for {
		name := fmt.Sprintf("%s-%s-%d%s", w.sink.prefix, w.uid, w.count, w.sink.suffix)
		w.count++
		p.final, p.hidden = dir+"/"+name, dir+"/."+name+".inprogress"
		if _, err := fs.Stat(p.final); err != nil {
			break
		}
	}
	file, err := fs.Create(p.hidden)
	if err != nil {
		return nil, writeError(p.hidden, err)
	}
	p.file = file
	if w.encoder == nil {
		if p.bulk, err = w.sink.format.NewWriter(w.sink.options, file); err != nil {
			_ = file.Close() // the first error is the one that counts
			return nil, err
		}
	}
	w.wrote, w.unsafe[dir] = true, true
	w.sink.shared.begun(dir, p.openedMs)
	return p, nil
}

// finish completes the open file of a directory.
func (w *writer) finish(dir string) error {
	p := w.buckets[dir]
	delete(w.buckets, dir)
	if err := p.close(w.sink.fs); err != nil {
		return err
	}
	w.sink.shared.begun(dir, p.openedMs)
	if w.sink.compaction.on {
		return w.hold(dir, p)
	}
	w.handOver(&committable{dir: dir, hidden: p.hidden, final: p.final})
	return nil
}

func (w *writer) handOver(c *committable) { w.closed = append(w.closed, c.encode()) }

// look closes files that have been open or idle for too long.
func (w *writer) look() error {
	now := w.ctx.Clock.NowMs()
	if now-w.lookedMs < w.sink.roll.look.Milliseconds() {
		return nil
	}
	w.lookedMs = now
	for _, dir := range slices.Sorted(maps.Keys(w.buckets)) {
		p := w.buckets[dir]
		if now-p.openedMs >= w.sink.roll.open.Milliseconds() ||
			now-p.usedMs >= w.sink.roll.idle.Milliseconds() {
			if err := w.finish(dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// Flush implements connector.Writer.
func (w *writer) Flush(end bool) (bool, error) {
	w.end = w.end || end
	return true, nil
}

// Prepare implements connector.Writer: open files are completed, or made to last as they are.
func (w *writer) Prepare(int64) ([][]byte, error) {
	if err := w.look(); err != nil {
		return nil, err
	}
	now := mark{watermark: w.watermark, timeMs: w.ctx.Clock.NowMs()}
	for _, dir := range slices.Sorted(maps.Keys(w.buckets)) {
		goesOn, err := w.goesOn(dir, now)
		if err != nil {
			return nil, err
		}
		if goesOn {
			err = w.buckets[dir].keep(w.sink.fs)
		} else {
			err = w.finish(dir)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := w.compact(); err != nil {
		return nil, err
	}
	if err := w.keepNames(); err != nil {
		return nil, err
	}
	out := w.closed
	w.closed = nil
	m := committable{subtask: w.ctx.Subtask, parallel: w.ctx.Parallelism, mark: now,
		dir: w.sink.path}
	if w.end {
		// A table that nothing was written to is empty, not missing.
		if err := w.sink.fs.MkdirAll(w.sink.path); err != nil {
			return nil, writeError(w.sink.path, err)
		}
		m.watermark = math.MaxInt64
		m.empty = w.sink.table.Overwrite && len(w.sink.keys) == 0 && !w.wrote
	}
	if w.sink.commit.on() || m.empty {
		out = append(out, m.encode())
	}
	return out, nil
}

// keepNames makes the names of the files last, and those of the directories above them.
func (w *writer) keepNames() error {
	base := w.sink.path
	for _, dir := range slices.Sorted(maps.Keys(w.unsafe)) {
		for {
			// The directory that the path is in may be one that cannot be read.
			if err := w.sink.fs.SyncDir(dir); err != nil && len(dir) >= len(base) {
				return writeError(dir, err)
			}
			if w.known[dir] || len(dir) < len(base) || dir == base && strings.Contains(base, "://") {
				break
			}
			w.known[dir] = true
			dir = path.Dir(dir)
		}
	}
	clear(w.unsafe)
	return nil
}

// Snapshot implements connector.Writer: the number of the next file, the files that wait for
// compaction, those that are open, and the partitions that are not complete.
func (w *writer) Snapshot(int64) ([]byte, error) {
	b := binary.AppendUvarint([]byte{committableVersion}, uint64(w.count))
	return w.sink.shared.encode(w.encodeOpen(w.encodeHeaps(b))), nil
}

func (w *writer) restore(b []byte) error {
	if len(b) == 0 || b[0] < 1 || b[0] > committableVersion {
		return errState
	}
	d := &decoder{b: b[1:]}
	w.count = max(w.count, int(d.number()))
	if b[0] >= 2 {
		w.restoreHeaps(d)
	}
	if b[0] >= 3 {
		if err := w.restoreOpen(d); err != nil {
			return err
		}
	}
	if d.bad {
		return errState
	}
	return w.sink.shared.restore(d.b)
}

// Close implements connector.Writer: files that are not complete are removed, unless a job may be
// restored that goes on in them.
func (w *writer) Close() error {
	var first error
	for _, dir := range slices.Sorted(maps.Keys(w.buckets)) {
		p := w.buckets[dir]
		var err error
		if p.file != nil {
			err = p.file.Close()
		}
		if p.kept >= 0 {
			continue
		}
		if rerr := w.sink.fs.Remove(p.hidden); err == nil {
			err = rerr
		}
		if first == nil && err != nil {
			first = writeError(p.hidden, err)
		}
	}
	w.buckets = nil
	return first
}
