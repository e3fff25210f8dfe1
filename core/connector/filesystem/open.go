package filesystem

import (
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
)

// goesOn says that the open file of a directory outlives the checkpoint that is being taken.
func (w *writer) goesOn(dir string, at mark) (bool, error) {
	if w.end || !w.sink.goesOn {
		return false, nil
	}
	if !w.sink.commit.on() {
		return true, nil
	}
	due, err := w.sink.shared.due(dir, at)
	return !due, err
}

// keep makes what has been written last. The descriptor of a file that nothing was written to since
// the last time is given back.
func (p *part) keep(fs fsys.FS) error {
	if len(p.buf) > 0 {
		if err := p.flush(fs); err != nil {
			return err
		}
	}
	idle := p.written == p.kept
	p.kept = p.written
	if p.file == nil {
		return nil
	}
	err := p.file.Sync()
	if idle && err == nil {
		err = p.file.Close()
		p.file, p.buf = nil, nil
	}
	if err != nil {
		return writeError(p.hidden, err)
	}
	return nil
}

// encodeOpen appends the files that are open, for the snapshot: all of them have been kept.
func (w *writer) encodeOpen(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(w.buckets)))
	for _, dir := range slices.Sorted(maps.Keys(w.buckets)) {
		p := w.buckets[dir]
		for _, s := range []string{dir, p.hidden, p.final} {
			b = appendText(b, s)
		}
		for _, v := range []int64{p.kept, p.openedMs, p.usedMs} {
			b = binary.AppendVarint(b, v)
		}
	}
	return b
}

// restoreOpen opens the files that were open. Of two of a directory, which different writers had,
// one is completed.
func (w *writer) restoreOpen(d *decoder) error {
	for range d.number() {
		p := &part{dir: d.text(), hidden: d.text(), final: d.text()}
		p.kept, p.openedMs, p.usedMs = d.signed(), d.signed(), d.signed()
		if d.bad {
			return errState
		}
		there, err := w.cut(p)
		if err != nil {
			return err
		}
		if !there {
			continue
		}
		if w.buckets[p.dir] == nil {
			w.buckets[p.dir] = p
			continue
		}
		if err := p.close(w.sink.fs); err != nil {
			return err
		}
		w.handOver(&committable{dir: p.dir, hidden: p.hidden, final: p.final})
	}
	return nil
}

// cut takes from a file what was written behind the checkpoint. A file that has its name was
// completed by a run that came further; what the checkpoint knows of is in it.
func (w *writer) cut(p *part) (there bool, err error) {
	info, err := w.sink.fs.Stat(p.hidden)
	if errors.Is(err, fsys.ErrNotExist) {
		if _, err := w.sink.fs.Stat(p.final); err == nil {
			return false, nil
		}
		return false, errs.Corruptf("file '%s' is gone, in which %d bytes of the checkpoint are",
			p.hidden, p.kept)
	}
	if err != nil {
		return false, readError(p.hidden, err)
	}
	if info.Size < p.kept {
		return false, errs.Corruptf("file '%s' has %d bytes, %d of the checkpoint should be there",
			p.hidden, info.Size, p.kept)
	}
	p.written = p.kept
	if info.Size == p.kept {
		return true, nil
	}
	cutter, name := fsys.Cuts(w.sink.fs, p.hidden)
	if cutter == nil {
		return false, errs.Internalf("file '%s' cannot be cut", p.hidden)
	}
	if err := cutter.Truncate(name, p.kept); err != nil {
		return false, writeError(p.hidden, err)
	}
	if p.file, err = w.sink.fs.Append(p.hidden); err != nil {
		return false, writeError(p.hidden, err)
	}
	if err := p.file.Sync(); err != nil {
		return false, errors.Join(writeError(p.hidden, err), p.file.Close())
	}
	return true, nil
}
