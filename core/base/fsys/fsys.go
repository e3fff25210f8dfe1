// Package fsys is the only way to the disk: the engine takes an FS, tests take one in memory that
// forgets what was not synced, tears writes and fails on request.
//
// Paths use "/" and are cleaned by the implementations. A missing file is reported as an error
// that errors.Is fs.ErrNotExist holds for.
package fsys

import (
	"io"
	"io/fs"
)

// FS is a file system.
type FS interface {
	// Create makes or truncates a file for writing. It survives a crash for certain only after
	// Sync of the file and SyncDir of its directory.
	Create(path string) (Writer, error)
	// Append opens a file at its end for writing, making it when it does not exist.
	Append(path string) (Writer, error)
	Open(path string) (Reader, error)
	// Rename replaces newPath atomically; SyncDir makes it last.
	Rename(oldPath, newPath string) error
	Remove(path string) error
	// RemoveAll removes a tree; a missing one is no error.
	RemoveAll(path string) error
	MkdirAll(path string) error
	// List returns the names in a directory in ascending order.
	List(path string) ([]string, error)
	Stat(path string) (Info, error)
	// SyncDir makes the names in a directory (creation, rename, removal) last.
	SyncDir(path string) error
}

// Writer is a file open for writing.
type Writer interface {
	io.Writer
	Sync() error
	Close() error
}

// Reader is a file open for reading, at any offset and from several goroutines.
type Reader interface {
	io.ReaderAt
	Size() int64
	Close() error
}

// Info is what is known of a file or directory.
type Info struct {
	Size  int64
	IsDir bool
	ModMs int64
}

// ErrNotExist is fs.ErrNotExist.
var ErrNotExist = fs.ErrNotExist

// ReadFile returns the content of a file.
func ReadFile(f FS, path string) ([]byte, error) {
	r, err := f.Open(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data := make([]byte, r.Size())
	if n, err := r.ReadAt(data, 0); err != nil && (err != io.EOF || n < len(data)) {
		return nil, err
	}
	return data, nil
}

// WriteFile writes a file so that it is there whole or not at all, even after a crash: it writes
// beside it, syncs, renames and syncs the directory.
func WriteFile(f FS, path string, data []byte) error {
	if w, ok := f.(interface {
		WriteWhole(path string, data []byte) error
	}); ok {
		return w.WriteWhole(path, data)
	}
	tmp := path + ".tmp"
	w, err := f.Create(tmp)
	if err != nil {
		return err
	}
	if _, err = w.Write(data); err == nil {
		err = w.Sync()
	}
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = f.Rename(tmp, path)
	}
	if err != nil {
		_ = f.Remove(tmp) // what is left is never read: its name is not final
		return err
	}
	return f.SyncDir(dirOf(path))
}
