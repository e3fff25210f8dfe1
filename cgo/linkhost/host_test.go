//go:build cpy3

package linkhost

import (
	"os"
	"testing"

	python3 "github.com/go-python/cpy3"

	"github.com/headrace/headrace/cgo/python"
)

var called, imported bool

// The linked Python runs first, on the main thread; the test looks at what happened.
func TestMain(m *testing.M) {
	code, err := Embed(os.Getenv("HEADRACE_PYTHON"),
		[]string{"-c", "import _headrace_native as n; n.note()"},
		[]python.Function{{Name: "note", Call: note}})
	if code != 0 || err != nil {
		println("the linked Python ended with", code)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func note([]python.Object) (python.Object, error) {
	called = true
	imported = python3.PyImport_ImportModule("json") != nil
	return python.None(), nil
}

func TestLifecycleAndImport(t *testing.T) {
	if !called || !imported {
		t.Errorf("function called: %t, json imported: %t", called, imported)
	}
}
