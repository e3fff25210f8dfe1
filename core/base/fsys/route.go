package fsys

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
)

// Machine is the disk of the machine and, under paths like "s3://bucket/key", the object stores
// whose schemes are registered. A path that path.Clean has shortened to "s3:/bucket/key" is the same.
type Machine struct{}

var _ FS = Machine{}

var stores = struct {
	sync.Mutex
	open    map[string]func(name string) (Bucket, error)
	buckets map[string]Object
}{open: map[string]func(string) (Bucket, error){}, buckets: map[string]Object{}}

// RegisterScheme makes the buckets of an object store known; it is called from init functions.
func RegisterScheme(scheme string, open func(bucket string) (Bucket, error)) {
	stores.Lock()
	defer stores.Unlock()
	stores.open[scheme] = open
}

// Schemes returns the registered schemes, sorted.
func Schemes() []string {
	stores.Lock()
	defer stores.Unlock()
	return slices.Sorted(maps.Keys(stores.open))
}

// Remedy says what to do instead of a scheme that is not registered.
func Remedy(scheme string) string { return remedy(scheme, Schemes()) }

func remedy(scheme string, known []string) string {
	switch scheme {
	case "gs", "gcs", "oss", "cos", "obs", "b2", "r2":
		return "it is reached as s3://bucket/… by its S3 interface: set AWS_ENDPOINT_URL to its address " +
			"and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY to its (HMAC) keys"
	case "az", "azblob", "abfs", "abfss", "wasb", "wasbs", "adl":
		return "mount the container and name the path on this machine, or put a gateway that speaks S3 in " +
			"front of it and set AWS_ENDPOINT_URL"
	case "hdfs", "viewfs", "ofs", "o3fs", "webhdfs":
		return "mount it and name the path on this machine, or use its S3 gateway as s3://bucket/… with " +
			"AWS_ENDPOINT_URL"
	}
	return "known are " + strings.Join(known, ", ")
}

// SplitURL takes "s3://bucket/a/b" apart; ok false: p is a path of the machine.
func SplitURL(p string) (scheme, bucket, key string, ok bool) {
	scheme, rest, found := strings.Cut(p, ":/")
	if !found || len(scheme) < 2 || strings.ContainsAny(scheme, "/.\\*?") || scheme == "file" {
		return "", "", p, false
	}
	bucket, key, _ = strings.Cut(strings.TrimLeft(rest, "/"), "/")
	return scheme, bucket, path.Clean("/" + key), true
}

// Local says whether a path of a file system is on the machine's own disk, for libraries that want to
// open their files themselves.
func Local(f FS, p string) bool {
	if m, ok := f.(Machine); ok {
		var err error
		if f, _, err = m.at(p); err != nil {
			return false
		}
	}
	_, ok := f.(OS)
	return ok
}

// at returns the file system of a path and the path in it.
func (Machine) at(p string) (FS, string, error) {
	scheme, bucket, key, ok := SplitURL(p)
	if !ok {
		return OS{}, p, nil
	}
	stores.Lock()
	defer stores.Unlock()
	id := scheme + "://" + bucket
	if o, ok := stores.buckets[id]; ok {
		return o, key, nil
	}
	open := stores.open[scheme]
	if open == nil {
		return nil, "", &fs.PathError{Op: "open", Path: p, Err: fmt.Errorf(
			"there is no object store '%s': %s", scheme,
			remedy(scheme, slices.Sorted(maps.Keys(stores.open))))}
	}
	b, err := open(bucket)
	if err != nil {
		return nil, "", &fs.PathError{Op: "open", Path: id, Err: err}
	}
	stores.buckets[id] = Object{Bucket: b}
	return stores.buckets[id], key, nil
}

// Create implements FS.
func (m Machine) Create(p string) (Writer, error) {
	f, p, err := m.at(p)
	if err != nil {
		return nil, err
	}
	return f.Create(p)
}

// Append implements FS.
func (m Machine) Append(p string) (Writer, error) {
	f, p, err := m.at(p)
	if err != nil {
		return nil, err
	}
	return f.Append(p)
}

// Open implements FS.
func (m Machine) Open(p string) (Reader, error) {
	f, p, err := m.at(p)
	if err != nil {
		return nil, err
	}
	return f.Open(p)
}

// Rename implements FS within one store.
func (m Machine) Rename(from, to string) error {
	f, a, err := m.at(from)
	if err != nil {
		return err
	}
	g, b, err := m.at(to)
	if err != nil {
		return err
	}
	if f != g {
		return pathError("rename", from, errors.ErrUnsupported)
	}
	return f.Rename(a, b)
}

// WriteWhole is what WriteFile does.
func (m Machine) WriteWhole(p string, data []byte) error {
	f, p, err := m.at(p)
	if err != nil {
		return err
	}
	return WriteFile(f, p, data)
}

// each calls a method that only fails.
func (m Machine) each(p string, call func(f FS, p string) error) error {
	f, p, err := m.at(p)
	if err != nil {
		return err
	}
	return call(f, p)
}

// Remove implements FS.
func (m Machine) Remove(p string) error { return m.each(p, FS.Remove) }

// RemoveAll implements FS.
func (m Machine) RemoveAll(p string) error { return m.each(p, FS.RemoveAll) }

// MkdirAll implements FS.
func (m Machine) MkdirAll(p string) error { return m.each(p, FS.MkdirAll) }

// SyncDir implements FS.
func (m Machine) SyncDir(p string) error { return m.each(p, FS.SyncDir) }

// List implements FS.
func (m Machine) List(p string) ([]string, error) {
	f, p, err := m.at(p)
	if err != nil {
		return nil, err
	}
	return f.List(p)
}

// Stat implements FS.
func (m Machine) Stat(p string) (Info, error) {
	f, p, err := m.at(p)
	if err != nil {
		return Info{}, err
	}
	return f.Stat(p)
}
