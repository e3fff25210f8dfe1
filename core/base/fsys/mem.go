package fsys

import (
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"
)

// Op names a call of FS, for faults.
type Op string

const (
	OpCreate  Op = "create"
	OpWrite   Op = "write"
	OpSync    Op = "sync"
	OpOpen    Op = "open"
	OpRead    Op = "read"
	OpRename  Op = "rename"
	OpRemove  Op = "remove"
	OpMkdir   Op = "mkdir"
	OpList    Op = "list"
	OpSyncDir Op = "syncdir"
)

// Mem is a file system in memory. It keeps apart what has been synced: Crash goes back to that.
// Fault, when set, is asked before each call and may return an error for it; for OpWrite it may
// also say that only the first keep bytes are written before the error (keep < 0: all).
type Mem struct {
	// Fault must be set before the file system is shared; it may be nil.
	Fault func(op Op, path string, size int) (keep int, err error)

	mu    sync.Mutex
	files map[string]*memFile // what programs see
	dirs  map[string]bool
	kept  map[string]*memFile // directory entries that a crash leaves
}

type memFile struct {
	data   []byte
	synced int // bytes that a crash leaves for certain
}

var _ FS = (*Mem)(nil)

// NewMem returns an empty file system.
func NewMem() *Mem {
	return &Mem{files: map[string]*memFile{}, dirs: map[string]bool{"/": true, ".": true},
		kept: map[string]*memFile{}}
}

// Crash forgets what was not made to last. Of a file's unsynced tail, tear (0 ≤ tear ≤ size)
// says how many bytes happen to be there; nil keeps none.
func (m *Mem) Crash(tear func(path string, unsynced int) int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := make([]string, 0, len(m.kept))
	for p := range m.kept {
		names = append(names, p)
	}
	sort.Strings(names)
	m.files = map[string]*memFile{}
	for _, p := range names {
		f := m.kept[p]
		n := f.synced
		if tear != nil {
			n += tear(p, len(f.data)-f.synced)
		}
		f = &memFile{data: append([]byte(nil), f.data[:n]...), synced: n}
		m.files[p], m.kept[p] = f, f
	}
}

// Corrupt flips a bit of a file at an offset.
func (m *Mem) Corrupt(p string, offset int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f := m.files[path.Clean(p)]; f != nil {
		data := append([]byte(nil), f.data...)
		data[offset] ^= 0x10
		f.data = data
	}
}

func (m *Mem) fault(op Op, p string, size int) (int, error) {
	if m.Fault == nil {
		return -1, nil
	}
	return m.Fault(op, p, size)
}

func pathError(op Op, p string, err error) error {
	return &fs.PathError{Op: string(op), Path: p, Err: err}
}

// Create implements FS.
func (m *Mem) Create(p string) (Writer, error) { return m.openWriter(p, true) }

// Append implements FS.
func (m *Mem) Append(p string) (Writer, error) { return m.openWriter(p, false) }

func (m *Mem) openWriter(p string, truncate bool) (Writer, error) {
	p = path.Clean(p)
	if _, err := m.fault(OpCreate, p, 0); err != nil {
		return nil, pathError(OpCreate, p, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dirs[dirOf(p)] {
		return nil, pathError(OpCreate, p, fs.ErrNotExist)
	}
	f := m.files[p]
	if f == nil || truncate {
		f = &memFile{}
		m.files[p] = f
	}
	return &memWriter{m: m, f: f, path: p}, nil
}

type memWriter struct {
	m    *Mem
	f    *memFile
	path string
}

func (w *memWriter) Write(b []byte) (int, error) {
	keep, err := w.m.fault(OpWrite, w.path, len(b))
	if err != nil && keep >= 0 && keep < len(b) {
		b = b[:keep]
	}
	w.m.mu.Lock()
	w.f.data = append(w.f.data, b...)
	w.m.mu.Unlock()
	if err != nil {
		return len(b), pathError(OpWrite, w.path, err)
	}
	return len(b), nil
}

func (w *memWriter) Sync() error {
	if _, err := w.m.fault(OpSync, w.path, 0); err != nil {
		return pathError(OpSync, w.path, err)
	}
	w.m.mu.Lock()
	w.f.synced = len(w.f.data)
	w.m.mu.Unlock()
	return nil
}

func (w *memWriter) Close() error { return nil }

type memReader struct {
	m    *Mem
	data []byte
	path string
}

// Open implements FS. A reader sees the file as it was when it was opened.
func (m *Mem) Open(p string) (Reader, error) {
	p = path.Clean(p)
	if _, err := m.fault(OpOpen, p, 0); err != nil {
		return nil, pathError(OpOpen, p, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.files[p]
	if f == nil {
		return nil, pathError(OpOpen, p, fs.ErrNotExist)
	}
	return &memReader{m: m, data: f.data[:len(f.data):len(f.data)], path: p}, nil
}

func (r *memReader) Size() int64 { return int64(len(r.data)) }

func (r *memReader) Close() error { return nil }

func (r *memReader) ReadAt(b []byte, off int64) (int, error) {
	if _, err := r.m.fault(OpRead, r.path, len(b)); err != nil {
		return 0, pathError(OpRead, r.path, err)
	}
	if off >= int64(len(r.data)) {
		return 0, io.EOF
	}
	n := copy(b, r.data[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// Rename implements FS.
func (m *Mem) Rename(from, to string) error {
	from, to = path.Clean(from), path.Clean(to)
	if _, err := m.fault(OpRename, from, 0); err != nil {
		return pathError(OpRename, from, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.files[from]
	if f == nil || !m.dirs[dirOf(to)] {
		return pathError(OpRename, from, fs.ErrNotExist)
	}
	delete(m.files, from)
	m.files[to] = f
	return nil
}

// Remove implements FS.
func (m *Mem) Remove(p string) error {
	p = path.Clean(p)
	if _, err := m.fault(OpRemove, p, 0); err != nil {
		return pathError(OpRemove, p, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files[p] == nil && !m.dirs[p] {
		return pathError(OpRemove, p, fs.ErrNotExist)
	}
	if m.dirs[p] && len(m.listLocked(p)) > 0 {
		return pathError(OpRemove, p, fs.ErrExist)
	}
	delete(m.files, p)
	delete(m.dirs, p)
	return nil
}

// RemoveAll implements FS.
func (m *Mem) RemoveAll(p string) error {
	p = path.Clean(p)
	if _, err := m.fault(OpRemove, p, 0); err != nil {
		return pathError(OpRemove, p, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	under := strings.TrimSuffix(p, "/") + "/"
	for f := range m.files {
		if f == p || strings.HasPrefix(f, under) {
			delete(m.files, f)
		}
	}
	for d := range m.dirs {
		if d == p || strings.HasPrefix(d, under) {
			delete(m.dirs, d)
		}
	}
	return nil
}

// MkdirAll implements FS. Directories last at once.
func (m *Mem) MkdirAll(p string) error {
	p = path.Clean(p)
	if _, err := m.fault(OpMkdir, p, 0); err != nil {
		return pathError(OpMkdir, p, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for ; !m.dirs[p]; p = dirOf(p) {
		m.dirs[p] = true
	}
	return nil
}

func (m *Mem) listLocked(dir string) []string {
	seen := map[string]bool{}
	for _, set := range []map[string]bool{keys(m.files), m.dirs} {
		for p := range set {
			if p != dir && dirOf(p) == dir {
				seen[path.Base(p)] = true
			}
		}
	}
	names := make([]string, 0, len(seen))
	for n := range seen {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

func keys(files map[string]*memFile) map[string]bool {
	set := make(map[string]bool, len(files))
	for p := range files {
		set[p] = true
	}
	return set
}

// List implements FS.
func (m *Mem) List(p string) ([]string, error) {
	p = path.Clean(p)
	if _, err := m.fault(OpList, p, 0); err != nil {
		return nil, pathError(OpList, p, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.dirs[p] {
		return nil, pathError(OpList, p, fs.ErrNotExist)
	}
	return m.listLocked(p), nil
}

// Stat implements FS.
func (m *Mem) Stat(p string) (Info, error) {
	p = path.Clean(p)
	m.mu.Lock()
	defer m.mu.Unlock()
	if f := m.files[p]; f != nil {
		return Info{Size: int64(len(f.data))}, nil
	}
	if m.dirs[p] {
		return Info{IsDir: true}, nil
	}
	return Info{}, pathError("stat", p, fs.ErrNotExist)
}

// SyncDir implements FS.
func (m *Mem) SyncDir(p string) error {
	p = path.Clean(p)
	if _, err := m.fault(OpSyncDir, p, 0); err != nil {
		return pathError(OpSyncDir, p, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for f := range m.kept {
		if dirOf(f) == p && m.files[f] == nil {
			delete(m.kept, f)
		}
	}
	for f, file := range m.files {
		if dirOf(f) == p {
			m.kept[f] = file
		}
	}
	return nil
}
