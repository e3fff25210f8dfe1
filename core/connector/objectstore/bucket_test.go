package objectstore_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/memblob"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector/objectstore"
)

func TestBuckets(t *testing.T) {
	file, err := fileblob.OpenBucket(t.TempDir(), &fileblob.Options{NoTempDir: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]fsys.Bucket{"file": objectstore.New(file),
		"mem": objectstore.New(memblob.OpenBucket(nil)), "model": &fsys.MemBucket{}} {
		t.Run(name, func(t *testing.T) { bucket(t, b) })
	}
}

func bucket(t *testing.T, b fsys.Bucket) {
	for _, k := range []string{"a/1", "a/2", "b"} {
		if err := b.Put(k, strings.NewReader("object "+k)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Put("a/2", strings.NewReader("new")); err != nil {
		t.Fatal(err)
	}
	broken := io.MultiReader(strings.NewReader("half"), failing{})
	if err := b.Put("c", broken); err == nil {
		t.Error("a body that cannot be read was put")
	}
	keys, err := b.Keys("a/")
	slices.Sort(keys)
	if err != nil || !slices.Equal(keys, []string{"a/1", "a/2"}) {
		t.Error(keys, err)
	}
	if n, err := b.Size("a/2"); n != 3 || err != nil {
		t.Error(n, err)
	}
	buf := make([]byte, 4)
	if n, err := b.ReadAt("a/1", buf, 7); n != 3 || !errors.Is(err, io.EOF) || string(buf[:n]) != "a/1" {
		t.Error(n, err, buf)
	}
	if n, err := b.ReadAt("a/1", buf, 2); n != 4 || err != nil || string(buf) != "ject" {
		t.Error(n, err, buf)
	}
	if n, err := b.ReadAt("a/1", buf, 10); n != 0 || !errors.Is(err, io.EOF) {
		t.Error(n, err)
	}
	if err := b.Delete("a/1"); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{"delete": b.Delete("a/1"),
		"size":   second(b.Size("c")),
		"readat": second(b.ReadAt("a/1", buf, 0))} {
		if !errors.Is(err, fsys.ErrNotExist) {
			t.Error(what, err)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("broken") }

func second[T any](_ T, err error) error { return err }

func TestPathsOfStores(t *testing.T) {
	for _, k := range []string{"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "GS_ACCESS_KEY_ID",
		"AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_CONNECTION_STRING"} {
		t.Setenv(k, "")
	}
	var m fsys.Machine
	if err := fsys.WriteFile(m, "mem://paths/dir/file", []byte("x")); err != nil {
		t.Fatal(err)
	}
	got, err := fsys.ReadFile(m, "mem:/paths/dir/file") // as path.Join leaves it
	if err != nil || !bytes.Equal(got, []byte("x")) {
		t.Error(got, err)
	}
	if names, err := m.List("mem://paths/dir"); err != nil || !slices.Equal(names, []string{"file"}) {
		t.Error(names, err)
	}
	if err := m.Rename("mem://paths/dir/file", "mem://other/file"); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	if err := m.Rename("mem://paths/dir/file", "mem://paths/file"); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{"gs://bucket/x": "GS_ACCESS_KEY_ID",
		"abfss://c/x": "AZURE_STORAGE_ACCOUNT", "xy://bucket/x": "known are abfs, abfss, azblob, gs, mem, s3"} {
		if _, err := m.Stat(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Error(path, err)
		}
	}
	local := t.TempDir() + "/f"
	if err := fsys.WriteFile(m, local, []byte("y")); err != nil {
		t.Fatal(err)
	}
	if got, err := fsys.ReadFile(fsys.OS{}, local); err != nil || string(got) != "y" {
		t.Error(got, err)
	}
}
