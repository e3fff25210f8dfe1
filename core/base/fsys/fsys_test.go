package fsys_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
)

func both(t *testing.T, f func(t *testing.T, fs fsys.FS, root string)) {
	t.Run("os", func(t *testing.T) { f(t, fsys.OS{}, filepath.ToSlash(t.TempDir())) })
	t.Run("mem", func(t *testing.T) { f(t, fsys.NewMem(), "/root") })
	t.Run("object", func(t *testing.T) { f(t, fsys.Object{Bucket: &fsys.MemBucket{}}, "/root") })
}

func TestWriteListRead(t *testing.T) {
	both(t, func(t *testing.T, fs fsys.FS, root string) {
		dir := root + "/a/b"
		must(t, fs.MkdirAll(dir))
		must(t, fsys.WriteFile(fs, dir+"/two", []byte("2")))
		must(t, fsys.WriteFile(fs, dir+"/one", []byte("old")))
		must(t, fsys.WriteFile(fs, dir+"/one", []byte("new")))
		must(t, fs.MkdirAll(dir+"/sub"))
		must(t, fsys.WriteFile(fs, dir+"/sub/three", nil))
		names, err := fs.List(dir)
		must(t, err)
		if got := strings.Join(names, " "); got != "one sub two" {
			t.Fatalf("list: %s", got)
		}
		must(t, fs.Rename(dir+"/one", dir+"/moved"))
		data, err := fsys.ReadFile(fs, dir+"/moved")
		must(t, err)
		if string(data) != "new" {
			t.Fatalf("read %q", data)
		}
		if info, err := fs.Stat(dir); err != nil || !info.IsDir {
			t.Fatalf("stat of a directory: %+v, %v", info, err)
		}
		must(t, fs.RemoveAll(root+"/a"))
		if _, err := fs.Open(dir + "/one"); !errors.Is(err, fsys.ErrNotExist) {
			t.Fatalf("open after removal: %v", err)
		}
	})
}

func TestCrashForgetsWhatWasNotSynced(t *testing.T) {
	m := fsys.NewMem()
	must(t, m.MkdirAll("/d"))
	must(t, fsys.WriteFile(m, "/d/safe", []byte("safe")))
	w, err := m.Append("/d/safe")
	must(t, err)
	_, err = w.Write([]byte("-tail"))
	must(t, err)
	w, err = m.Create("/d/lost")
	must(t, err)
	_, err = w.Write([]byte("x"))
	must(t, err)
	must(t, w.Sync()) // but not the directory
	m.Crash(func(_ string, unsynced int) int { return unsynced / 2 })
	data, err := fsys.ReadFile(m, "/d/safe")
	must(t, err)
	if string(data) != "safe-t" {
		t.Fatalf("after the crash: %q", data)
	}
	if _, err := m.Open("/d/lost"); !errors.Is(err, fsys.ErrNotExist) {
		t.Fatalf("lost: %v", err)
	}
}

func TestFaultLeavesNoFinalFile(t *testing.T) {
	full := errors.New("no space left")
	m := fsys.NewMem()
	must(t, m.MkdirAll("/d"))
	m.Fault = func(op fsys.Op, _ string, size int) (int, error) {
		if op == fsys.OpWrite {
			return size / 2, full
		}
		return -1, nil
	}
	if err := fsys.WriteFile(m, "/d/f", []byte("content")); !errors.Is(err, full) {
		t.Fatalf("want the fault, got %v", err)
	}
	if names, _ := m.List("/d"); len(names) != 0 {
		t.Fatalf("left behind: %v", names)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestACutFileGoesOnAtItsEnd(t *testing.T) {
	both(t, func(t *testing.T, fs fsys.FS, root string) {
		must(t, fs.MkdirAll(root))
		must(t, fsys.WriteFile(fs, root+"/f", []byte("a long text")))
		cutter, name := fsys.Cuts(fs, root+"/f")
		if cutter == nil {
			if _, object := fs.(fsys.Object); !object {
				t.Fatalf("%T cannot cut files", fs)
			}
			return
		}
		must(t, cutter.Truncate(name, 6))
		w, err := fs.Append(root + "/f")
		must(t, err)
		_, err = w.Write([]byte(" end"))
		must(t, err)
		must(t, w.Sync())
		must(t, w.Close())
		data, err := fsys.ReadFile(fs, root+"/f")
		must(t, err)
		if string(data) != "a long end" {
			t.Fatalf("%q", data)
		}
	})
}
