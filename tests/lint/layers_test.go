// Package lint holds the house rules that a test can check.
package lint

import (
	"bufio"
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "github.com/headrace/headrace/"

type layer struct {
	rank    int
	pattern string
}

func readLayers(t *testing.T) []layer {
	f, err := os.Open("layers.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var layers []layer
	for s, rank := bufio.NewScanner(f), 0; s.Scan(); {
		line := strings.TrimSpace(s.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		for _, p := range strings.Fields(line) {
			layers = append(layers, layer{rank, p})
		}
		rank++
	}
	return layers
}

// find returns the layer of a package: the longest pattern that names it or a folder above it.
func find(layers []layer, pkg string) (layer, bool) {
	for p := pkg; p != "."; p = path.Dir(p) {
		for _, want := range []string{p, path.Dir(p) + "/*"} {
			for _, l := range layers {
				if l.pattern == want {
					return l, true
				}
			}
		}
	}
	return layer{}, false
}

func packages(t *testing.T) map[string][]string {
	cmd := exec.Command("go", "list", "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...")
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	pkgs := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		if p, ok := strings.CutPrefix(words[0], module); ok && !strings.HasPrefix(p, "tests/") {
			pkgs[p] = words[1:]
		}
	}
	return pkgs
}

func TestImportsGoDownward(t *testing.T) {
	layers := readLayers(t)
	for pkg, imports := range packages(t) {
		from, ok := find(layers, pkg)
		if !ok {
			t.Errorf("%s has no place in layers.txt", pkg)
			continue
		}
		for _, imp := range imports {
			dep, ours := strings.CutPrefix(imp, module)
			if !ours {
				continue
			}
			to, ok := find(layers, dep)
			sameFamily := from == to && strings.HasSuffix(from.pattern, "*") &&
				family(pkg, from.pattern) != family(dep, to.pattern)
			switch {
			case !ok:
			case to.rank > from.rank:
				t.Errorf("%s imports %s, which is above it in layers.txt", pkg, dep)
			case sameFamily && from.pattern != "core/base/*":
				t.Errorf("%s imports its sibling %s", pkg, dep)
			}
		}
	}
}

// family is the member of the family that a package belongs to: the first folder under pattern's.
func family(pkg, pattern string) string {
	rest := strings.TrimPrefix(pkg, strings.TrimSuffix(pattern, "*"))
	first, _, _ := strings.Cut(rest, "/")
	return first
}

func TestForeignImportsStayInTheirPlace(t *testing.T) {
	rules := []struct{ imp, allowed string }{
		{"C", "cgo/ arrowbridge"},
		{"github.com/spf13/cobra", "cmd/"},
		{"github.com/cockroachdb/pebble", "core/state/pebble"},
		{"github.com/apache/arrow", "core/data/ core/format/ arrowbridge pyudf cgo/"},
	}
	for pkg, imports := range packages(t) {
		for _, imp := range imports {
			for _, r := range rules {
				if imp != r.imp && !strings.HasPrefix(imp, r.imp+"/") {
					continue
				}
				allowed := false
				for _, a := range strings.Fields(r.allowed) {
					allowed = allowed || strings.HasPrefix(pkg+"/", a)
				}
				if !allowed {
					t.Errorf("%s imports %s, which belongs into %s", pkg, imp, r.allowed)
				}
			}
			if strings.HasPrefix(pkg, "core/") {
				for _, p := range []string{"cgo/", "pyudf", "arrowbridge"} {
					if strings.HasPrefix(strings.TrimPrefix(imp, module), p) {
						t.Errorf("%s imports %s: core knows no C and no Python", pkg, imp)
					}
				}
			}
		}
	}
}
