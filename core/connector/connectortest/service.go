package connectortest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// Service starts a server by its script in tests/services and returns its port on loopback. It
// ends with the test. One that does not come up fails the test.
func Service(t testing.TB, name string) (port string) {
	t.Helper()
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(file), "../../..")
	if !filepath.IsAbs(root) { // built with -trimpath
		root = repository(t)
	}
	script := filepath.Join(root, "tests/services", name+".sh")
	dir := filepath.Join(root, "build/services", "go-"+name+"-"+strconv.Itoa(os.Getpid()))
	t.Cleanup(func() {
		if out, err := exec.Command(script, "stop", dir).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", script, err, out)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	var out, trouble bytes.Buffer
	cmd := exec.Command(script, "start", dir)
	cmd.Stdout, cmd.Stderr = &out, &trouble
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v: %s", script, err, trouble.String())
	}
	return strings.TrimSpace(out.String())
}

// repository is the folder of go.mod above the test's own.
func repository(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
	}
	t.Fatal("there is no go.mod above the test")
	return ""
}
