package fsys

import (
	"io/fs"
	"os"
	"path"
)

// Cutter is a file system whose files can be cut, and gone on with by Append; those of object
// stores cannot.
type Cutter interface {
	// Truncate cuts a file that is at least as large to a size. It survives a crash for certain only
	// after Sync of the file.
	Truncate(path string, size int64) error
}

var (
	_ Cutter = OS{}
	_ Cutter = (*Mem)(nil)
)

// Cuts returns what cuts the file of a path, and the path for it; nil: nothing does.
func Cuts(f FS, p string) (Cutter, string) {
	if m, ok := f.(Machine); ok {
		var err error
		if f, p, err = m.at(p); err != nil {
			return nil, ""
		}
	}
	c, _ := f.(Cutter)
	return c, p
}

// Truncate implements Cutter.
func (OS) Truncate(p string, size int64) error { return os.Truncate(p, size) }

// Truncate implements Cutter.
func (m *Mem) Truncate(p string, size int64) error {
	p = path.Clean(p)
	if _, err := m.fault(OpWrite, p, 0); err != nil {
		return pathError(OpWrite, p, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.files[p]
	if f == nil {
		return pathError(OpWrite, p, fs.ErrNotExist)
	}
	if size > int64(len(f.data)) {
		return pathError(OpWrite, p, fs.ErrInvalid)
	}
	f.data = f.data[:size:size] // readers keep what they have
	f.synced = min(f.synced, int(size))
	return nil
}
