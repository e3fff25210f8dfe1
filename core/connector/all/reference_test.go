package all

import (
	"flag"
	"os"
	"testing"
)

var write = flag.Bool("write", false, "write the reference page anew")

func TestReferencePageIsUpToDate(t *testing.T) {
	const path = "../../../docs/reference/connectors.md"
	want, err := Reference()
	if err != nil {
		t.Fatal(err)
	}
	if *write {
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Fatalf("%s is not what the specs say (%v): run go generate ./core/connector/all", path, err)
	}
}
