package function_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestReferencePage says when the committed page is not what the declarations give.
func TestReferencePage(t *testing.T) {
	out := filepath.Join(t.TempDir(), "functions.md")
	if text, err := exec.Command("go", "run", "./gendoc", "-o", out).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	want, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../docs/reference/functions.md")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("docs/reference/functions.md is not up to date: run make generate")
	}
}
