// Package statetest is the conformance suite of state back ends: random programs against a model
// in maps, with snapshots, restores, rescales and faults in between.
package statetest

import (
	"fmt"
	"hash/crc32"
	"path"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/state"
)

// Files keeps snapshots in a directory of any file system.
type Files struct {
	FS  fsys.FS
	Dir string
}

var _ state.Files = (*Files)(nil)

// NewFiles keeps snapshots in memory.
func NewFiles() *Files {
	f := &Files{FS: fsys.NewMem(), Dir: "/snapshots"}
	if err := f.FS.MkdirAll(f.Dir); err != nil {
		panic(err)
	}
	return f
}

// Create implements state.Files.
func (f *Files) Create(id int64, name string, _ bool) (state.FileWriter, error) {
	name = fmt.Sprintf("%d-%s", id, name)
	w, err := f.FS.Create(path.Join(f.Dir, name))
	if err != nil {
		return nil, err
	}
	return &writer{files: f, w: w, ref: state.FileRef{Path: name}}, nil
}

// Open implements state.Files.
func (f *Files) Open(ref state.FileRef) (fsys.Reader, error) {
	return f.FS.Open(path.Join(f.Dir, ref.Path))
}

type writer struct {
	files *Files
	w     fsys.Writer
	ref   state.FileRef
	done  bool
}

func (w *writer) Write(b []byte) (int, error) {
	n, err := w.w.Write(b)
	w.ref.Size += int64(n)
	w.ref.CRC = crc32.Update(w.ref.CRC, crc32.MakeTable(crc32.Castagnoli), b[:n])
	return n, err
}

// Commit implements state.FileWriter.
func (w *writer) Commit() (state.FileRef, error) {
	w.done = true
	if err := w.w.Sync(); err != nil {
		return w.ref, err
	}
	return w.ref, w.w.Close()
}

// Abort implements state.FileWriter.
func (w *writer) Abort() {
	if !w.done {
		w.done = true
		_ = w.w.Close()
		_ = w.files.FS.Remove(path.Join(w.files.Dir, w.ref.Path))
	}
}
