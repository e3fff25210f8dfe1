package fsys

import (
	"os"
	"path"
	"runtime"
	"strings"
)

// OS is the machine's file system.
type OS struct{}

var _ FS = OS{}

func dirOf(p string) string { return path.Dir(p) }

type osWriter struct{ *os.File }

type osReader struct {
	*os.File
	size int64
}

func (r osReader) Size() int64 { return r.size }

// Create implements FS.
func (OS) Create(p string) (Writer, error) {
	f, err := os.Create(p)
	if err != nil {
		return nil, err
	}
	return osWriter{f}, nil
}

// Append implements FS.
func (OS) Append(p string) (Writer, error) {
	f, err := os.OpenFile(p, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	return osWriter{f}, nil
}

// Open implements FS.
func (OS) Open(p string) (Reader, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return osReader{f, st.Size()}, nil
}

// Rename implements FS.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove implements FS.
func (OS) Remove(p string) error { return os.Remove(p) }

// RemoveAll implements FS.
func (OS) RemoveAll(p string) error { return os.RemoveAll(p) }

// MkdirAll implements FS.
func (OS) MkdirAll(p string) error { return os.MkdirAll(p, 0o777) }

// List implements FS.
func (OS) List(p string) ([]string, error) {
	entries, err := os.ReadDir(p)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.Clone(e.Name()))
	}
	return names, nil
}

// Stat implements FS.
func (OS) Stat(p string) (Info, error) {
	st, err := os.Stat(p)
	if err != nil {
		return Info{}, err
	}
	return Info{Size: st.Size(), IsDir: st.IsDir(), ModMs: st.ModTime().UnixMilli()}, nil
}

// SyncDir implements FS.
func (OS) SyncDir(p string) error {
	if runtime.GOOS == "windows" {
		return nil // directories cannot be synced there; renames are journalled
	}
	f, err := os.Open(p)
	if err != nil {
		return err
	}
	err = f.Sync()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
