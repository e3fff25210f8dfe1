package checkpoint_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/checkpoint"
	"github.com/headrace/headrace/core/state"
)

func entry(id int64, files ...string) checkpoint.Entry {
	return checkpoint.Entry{ID: id, Files: files}
}

func TestLedgerKeepsWhatIsUsed(t *testing.T) {
	l := checkpoint.NewLedger()
	steps := []struct {
		complete checkpoint.Entry
		uses     map[int64][]string // noted before
		drop     string
		unused   string
	}{
		{complete: entry(1, "base"), drop: "[]", unused: "[]"},
		{complete: entry(2, "base", "d2"), drop: "[1]", unused: "[]"},
		// 3 was aborted after a subtask had written d3; 4 builds on it.
		{complete: entry(4, "base", "d2", "d3", "d4"), uses: map[int64][]string{3: {"d3"}},
			drop: "[2]", unused: "[]"},
		// 5 was aborted and 7, which is on its way, has e7: 6 is complete with a merged base.
		{complete: entry(6, "merged"), uses: map[int64][]string{5: {"lost5"}, 7: {"merged", "e7"}},
			drop: "[4]", unused: "[base d2 d3 d4 lost5]"},
		{complete: entry(7, "merged", "e7"), drop: "[6]", unused: "[]"},
	}
	for _, s := range steps {
		for id, files := range s.uses {
			l.Use(id, files)
		}
		drop, unused := l.Complete(s.complete, 1)
		if fmt.Sprint(drop) != s.drop || fmt.Sprint(unused) != s.unused {
			t.Fatalf("checkpoint %d: drop %v unused %v, want %s %s", s.complete.ID, drop, unused,
				s.drop, s.unused)
		}
	}
}

// Whatever completes, in whatever order: no file of a retained checkpoint is ever deleted, and
// with one retained everything else goes in the end.
func TestLedgerRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		l := checkpoint.NewLedger()
		retain := 1 + rnd.IntN(3)
		deleted, all := map[string]bool{}, map[string]bool{}
		var chain []string
		for id := int64(1); id < 30; id++ {
			name := fmt.Sprintf("f%d", id)
			chain, all[name] = append(chain, name), true
			if rnd.IntN(4) == 0 {
				chain = []string{name}
			}
			files := append([]string(nil), chain...)
			l.Use(id, files)
			if rnd.IntN(3) == 0 {
				continue // aborted
			}
			_, unused := l.Complete(entry(id, files...), retain)
			for _, f := range unused {
				deleted[f] = true
			}
			for _, e := range l.Retained {
				for _, f := range e.Files {
					if deleted[f] {
						t.Fatalf("checkpoint %d has lost %s", e.ID, f)
					}
				}
			}
		}
		_, unused := l.Complete(entry(99, "last"), 1)
		for _, f := range unused {
			deleted[f] = true
		}
		if len(deleted) != len(all) {
			t.Fatalf("%d of %d files were deleted", len(deleted), len(all))
		}
	}
}

func TestOrphans(t *testing.T) {
	listed := []string{"a1-3-op", "a1-4-op", "a2-5-op", "a3-6-op", "foreign"}
	got := checkpoint.Orphans(listed, []checkpoint.Entry{entry(4, "shared/a1-3-op")}, 3)
	if fmt.Sprint(got) != "[shared/a1-4-op shared/a2-5-op]" {
		t.Fatalf("orphans %v", got)
	}
}

func manifest(ops ...checkpoint.Operator) *checkpoint.Manifest {
	return &checkpoint.Manifest{JobID: "job", ID: 7, Kind: checkpoint.Savepoint, Operators: ops}
}

func withState(uid string, maxParallelism int) checkpoint.Operator {
	return checkpoint.Operator{UID: uid, Name: "op " + uid, Parallelism: 1,
		MaxParallelism: maxParallelism, Handles: []state.Handle{{UID: uid,
			Files: []state.FileRef{{Path: "x"}}}}}
}

func TestAssign(t *testing.T) {
	target := func(uid string, max int, explicit bool) checkpoint.Target {
		return checkpoint.Target{UID: uid, Name: uid, Parallelism: 2, MaxParallelism: max,
			Explicit: explicit}
	}
	m := manifest(withState("counter", 64), withState("window", 128),
		checkpoint.Operator{UID: "map"}) // without state: nobody misses it
	all := []checkpoint.Target{target("counter", 128, false), target("window", 128, true),
		target("new", 128, false)}
	p, err := checkpoint.Assign(m, all, false)
	if err != nil {
		t.Fatal(err)
	}
	if p.MaxParallelism["counter"] != 64 || p.Operators["new"] != nil ||
		p.Operators["window"].UID != "window" || len(p.Skipped) != 0 {
		t.Fatalf("plan %+v", p)
	}
	for _, c := range []struct {
		targets []checkpoint.Target
		want    []string
	}{
		{[]checkpoint.Target{target("counters", 128, false), target("window", 128, false)},
			[]string{"savepoint 7: ", "uid 'counter'", ".uid('counter')", "'counters', which starts " +
				"empty", "--allow-non-restored-state"}},
		{[]checkpoint.Target{target("counter", 128, true)},
			[]string{"max-parallelism 128", "kept with 64", "set it to 64"}},
		{[]checkpoint.Target{{UID: "counter", Parallelism: 65, MaxParallelism: 128}},
			[]string{"parallelism 65 is above max-parallelism 64"}},
	} {
		_, err := checkpoint.Assign(m, c.targets, false)
		if err == nil || errs.MarkOf(err) != errs.User {
			t.Fatalf("error %v", err)
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q does not say %q", err, w)
			}
		}
	}
	p, err = checkpoint.Assign(m, all[1:], true)
	if err != nil || fmt.Sprint(p.Skipped) != "[counter]" {
		t.Fatalf("skipped %v, %v", p.Skipped, err)
	}
}

func TestManifestDetectsEveryChange(t *testing.T) {
	m := manifest(withState("a", 128))
	data, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := checkpoint.DecodeManifest(data)
	if err != nil || back.Operators[0].UID != "a" || back.ID != 7 {
		t.Fatalf("%+v, %v", back, err)
	}
	for i := range data {
		bad := append([]byte(nil), data...)
		bad[i] ^= 4
		if _, err := checkpoint.DecodeManifest(bad); err == nil {
			t.Fatalf("a flipped bit in byte %d of %d is not seen", i, len(data))
		}
		if _, err := checkpoint.DecodeManifest(data[:i]); err == nil {
			t.Fatalf("a manifest of %d bytes of %d is taken", i, len(data))
		}
	}
	data[7] = 9
	if _, err := checkpoint.DecodeManifest(data); errs.MarkOf(err) != errs.User ||
		!strings.Contains(err.Error(), "format version 9") {
		t.Fatalf("another version: %v", err)
	}
}
