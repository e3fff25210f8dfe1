package parser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/sql/ast"
)

// FuzzParse makes sure that no text panics, that an error lies within the text, and that a tree
// written as SQL is read as the same tree.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, c := range strings.Split(string(data), "\n\n") {
			src, _, _ := strings.Cut(c, dashes)
			if filepath.Base(file) == "expr.txt" {
				src = "SELECT " + src
			}
			f.Add(src)
		}
	}
	f.Fuzz(func(t *testing.T, src string) {
		stmts, err := Parse(src)
		if err != nil {
			e := err.(*Error)
			if e.Pos < 0 || e.Pos > e.End || e.End > len(src) || e.Line < 1 || e.Col < 1 {
				t.Fatalf("%q: error at %d–%d, line %d, column %d", src, e.Pos, e.End, e.Line, e.Col)
			}
			_ = e.Render(src)
			return
		}
		for _, stmt := range stmts {
			text := ast.Format(stmt)
			again, err := Parse(text)
			if err != nil {
				t.Fatalf("%q\nis formatted as\n%q\nwhich gives %v", src, text, err)
			}
			if len(again) != 1 || !ast.Equal(stmt, again[0]) {
				t.Fatalf("%q\nis formatted as\n%q\nwhich is another tree", src, text)
			}
		}
	})
}
