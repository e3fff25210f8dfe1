package parser

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/sql/ast"
)

var update = flag.Bool("update", false, "record the results in testdata")

// A golden file holds cases, separated by blank lines: the input, a line of dashes, and what it
// gives: the tree as SQL, or the error. Blank lines inside a result do not occur.
const dashes = "\n----"

// TestGolden parses the inputs of testdata: expressions in expr.txt, types in type.txt, scripts
// in script.txt, single statements elsewhere.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			golden(t, file, parserOf(filepath.Base(file)))
		})
	}
}

// parserOf gives the entry that reads the inputs of a golden file.
func parserOf(file string) func(string) ([]ast.Node, error) {
	switch file {
	case "expr.txt":
		return nodes(ParseExpr)
	case "type.txt":
		return nodes(ParseType)
	case "script.txt", "error.txt":
		return func(src string) ([]ast.Node, error) {
			stmts, err := Parse(src)
			out := make([]ast.Node, len(stmts))
			for i, s := range stmts {
				out[i] = s
			}
			return out, err
		}
	}
	return nodes(ParseStatement)
}

func nodes[T ast.Node](parse func(string) (T, error)) func(string) ([]ast.Node, error) {
	return func(src string) ([]ast.Node, error) {
		n, err := parse(src)
		return []ast.Node{n}, err
	}
}

func golden(t *testing.T, file string, parse func(string) ([]ast.Node, error)) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var recorded strings.Builder
	for i, c := range strings.Split(strings.TrimSpace(string(data)), "\n\n") {
		src, want, ok := strings.Cut(c, dashes)
		if !ok {
			t.Fatalf("case %d has no line of dashes:\n%s", i, c)
		}
		want = strings.TrimPrefix(want, "\n")
		got := result(t, src, parse)
		if i > 0 {
			recorded.WriteString("\n")
		}
		recorded.WriteString(src + dashes + "\n" + got + "\n")
		if !*update && got != want {
			t.Errorf("%s\n gives %s\n   not %s", src, got, want)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(recorded.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// result is what parsing gives, as text. It also checks that the text of a tree gives the same
// tree again, and that every node lies within the source.
func result(t *testing.T, src string, parse func(string) ([]ast.Node, error)) string {
	t.Helper()
	trees, err := parse(src)
	if err != nil {
		return err.Error()
	}
	if len(trees) == 0 {
		return "(nothing)"
	}
	out := make([]string, len(trees))
	for i, tree := range trees {
		out[i] = ast.Format(tree)
		for _, text := range []string{out[i], ast.FormatQuoted(tree)} {
			again, err := parse(text)
			if err != nil {
				t.Errorf("%s\nis formatted as\n%s\nwhich gives %v", src, text, err)
			} else if !ast.Equal(tree, again[0]) {
				t.Errorf("%s\nis formatted as\n%s\nwhich is another tree", src, text)
			}
		}
		ast.Walk(tree, func(n ast.Node) bool {
			if n.Pos() < 0 || n.Pos() > n.End() || n.End() > len(src) {
				t.Errorf("%s: %T has the span %d–%d", src, n, n.Pos(), n.End())
			}
			return true
		})
	}
	return strings.Join(out, ";\n")
}
