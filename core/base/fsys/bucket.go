package fsys

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// Bucket is what an object store can do: whole objects by key. A missing object is reported as an
// error that errors.Is ErrNotExist holds for. Its methods have the shape of gocloud.dev/blob.
type Bucket interface {
	// Put writes an object, which appears whole when Put returns, or not at all.
	Put(key string, body io.Reader) error
	// ReadAt fills b from an offset; io.EOF when the object ends before.
	ReadAt(key string, b []byte, offset int64) (int, error)
	Size(key string) (int64, error)
	Delete(key string) error
	// Keys returns all keys that begin with prefix.
	Keys(prefix string) ([]string, error)
}

// Object makes a file system of a bucket. Directories are what keys have before their slashes:
// making and syncing them does nothing. A file appears when its writer is synced, with what was
// written until then.
type Object struct{ Bucket Bucket }

var _ FS = Object{}

func (o Object) key(p string) string { return strings.TrimPrefix(path.Clean("/"+p), "/") }

// Create implements FS.
func (o Object) Create(p string) (Writer, error) { return &objectWriter{o: o, key: o.key(p)}, nil }

// objectWriter collects an object. Files of checkpoints are small next to memory: they hold what
// changed, and large states are cut over many subtasks.
type objectWriter struct {
	o    Object
	key  string
	body bytes.Buffer
}

func (w *objectWriter) Write(b []byte) (int, error) { return w.body.Write(b) }

func (w *objectWriter) Sync() error {
	return w.o.Bucket.Put(w.key, bytes.NewReader(w.body.Bytes()))
}

func (w *objectWriter) Close() error { return nil }

// Append implements FS: objects cannot grow.
func (o Object) Append(p string) (Writer, error) {
	return nil, pathError("append", p, errors.ErrUnsupported)
}

type objectReader struct {
	o    Object
	key  string
	size int64
}

// Open implements FS.
func (o Object) Open(p string) (Reader, error) {
	size, err := o.Bucket.Size(o.key(p))
	if err != nil {
		return nil, err
	}
	return &objectReader{o, o.key(p), size}, nil
}

func (r *objectReader) Size() int64 { return r.size }

func (r *objectReader) Close() error { return nil }

func (r *objectReader) ReadAt(b []byte, offset int64) (int, error) {
	return r.o.Bucket.ReadAt(r.key, b, offset)
}

// Rename implements FS by copying.
func (o Object) Rename(from, to string) error {
	r, err := o.Open(from)
	if err != nil {
		return err
	}
	if err := o.Bucket.Put(o.key(to), io.NewSectionReader(r, 0, r.Size())); err != nil {
		return err
	}
	return o.Bucket.Delete(o.key(from))
}

// WriteWhole writes an object at once: what WriteFile does with a rename elsewhere.
func (o Object) WriteWhole(p string, data []byte) error {
	return o.Bucket.Put(o.key(p), bytes.NewReader(data))
}

// Remove implements FS.
func (o Object) Remove(p string) error { return o.Bucket.Delete(o.key(p)) }

// RemoveAll implements FS.
func (o Object) RemoveAll(p string) error {
	keys, err := o.Bucket.Keys(o.key(p) + "/")
	if err != nil {
		return err
	}
	for _, k := range append(keys, o.key(p)) {
		if err := o.Bucket.Delete(k); err != nil && !errors.Is(err, ErrNotExist) {
			return err
		}
	}
	return nil
}

// MkdirAll implements FS.
func (o Object) MkdirAll(string) error { return nil }

// SyncDir implements FS.
func (o Object) SyncDir(string) error { return nil }

// List implements FS. A directory without objects is empty.
func (o Object) List(p string) ([]string, error) {
	prefix := o.key(p) + "/"
	keys, err := o.Bucket.Keys(prefix)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var names []string
	for _, k := range keys {
		name, _, _ := strings.Cut(strings.TrimPrefix(k, prefix), "/")
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names, nil
}

// Stat implements FS.
func (o Object) Stat(p string) (Info, error) {
	size, err := o.Bucket.Size(o.key(p))
	if err == nil {
		return Info{Size: size}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return Info{}, err
	}
	keys, kerr := o.Bucket.Keys(o.key(p) + "/")
	if kerr == nil && len(keys) > 0 {
		return Info{IsDir: true}, nil
	}
	return Info{}, err
}
