package fsys

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// In a child process this test claims a directory and waits to be killed.
func TestClaimUntilKilled(t *testing.T) {
	dir := os.Getenv("FSYS_TEST_CLAIM")
	if dir == "" {
		t.Skip("run by TestDirectoriesOfDeadProcessesAreSwept")
	}
	if _, err := Claim(dir, "job-*"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "left"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("claimed\n")
	select {}
}

func TestDirectoriesOfDeadProcessesAreSwept(t *testing.T) {
	root := t.TempDir()
	there := func(name string) bool {
		_, err := os.Stat(filepath.Join(root, name))
		return err == nil
	}
	child := exec.Command(os.Args[0], "-test.run=TestClaimUntilKilled")
	child.Env = append(os.Environ(), "FSYS_TEST_CLAIM="+filepath.Join(root, "job-1"))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "claimed\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := os.Mkdir(filepath.Join(root, "job-foreign"), 0o700); err != nil {
		t.Fatal(err)
	}
	claimed := func(name string) func() error {
		t.Helper()
		release, err := Claim(filepath.Join(root, name), "job-*")
		if err != nil {
			t.Fatal(err)
		}
		return release
	}
	first := claimed("job-2")
	if !there("job-1") || !there("job-2") {
		t.Fatal("the directory of a living process is gone")
	}
	again := claimed("job-2")
	if err := first(); err != nil || !there("job-2") {
		t.Errorf("gone while somebody uses it: %v", err)
	}
	if err := again(); err != nil || there("job-2") {
		t.Errorf("left behind: %v", err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	defer claimed("job-3")()
	if there("job-1") || !there("job-foreign") {
		t.Errorf("that of the dead is there: %v; one that nobody claimed: %v", there("job-1"),
			there("job-foreign"))
	}
}

// TestLocal: what a job has by default is the machine's disk for all but URLs.
func TestLocal(t *testing.T) {
	for p, want := range map[string]bool{"/tmp/x": true, "x": true, "s3://b/x": false} {
		if Local(Machine{}, p) != want {
			t.Errorf("%s: not %v", p, want)
		}
	}
	if !Local(OS{}, "/x") || Local(NewMem(), "/x") {
		t.Error("of other file systems")
	}
}
