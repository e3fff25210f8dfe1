package ast_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/parser"
)

func parse(t *testing.T, src string) ast.Statement {
	t.Helper()
	stmt, err := parser.ParseStatement(src)
	if err != nil {
		t.Fatal(err)
	}
	return stmt
}

func TestLineCol(t *testing.T) {
	src := "a\nbé c\n"
	for _, c := range []struct{ offset, line, col int }{
		{0, 1, 1}, {1, 1, 2}, {2, 2, 1}, {6, 2, 4}, {8, 3, 1}, {99, 3, 1}, {-1, 1, 1},
	} {
		if line, col := ast.LineCol(src, c.offset); line != c.line || col != c.col {
			t.Errorf("offset %d is at line %d, column %d", c.offset, line, col)
		}
	}
}

func TestSnippet(t *testing.T) {
	for _, c := range []struct {
		src         string
		start, stop int
		want        string
	}{
		{"SELECT a", 7, 8, "  SELECT a\n         ^"},
		{"SELECT\n\ta,\n b", 8, 9, "   a,\n   ^"},
		{"é = 'x\ny'", 5, 10, "  é = 'x\n      ^^"},
		{"", 0, 0, "  \n  ^"},
		{"ab", 2, 2, "  ab\n    ^"},
		{"a\r\nb", 1, 1, "  a\n   ^"},
	} {
		if got := ast.Snippet(c.src, ast.Span{Start: c.start, Stop: c.stop}); got != c.want {
			t.Errorf("%q:\n%s\nnot\n%s", c.src, got, c.want)
		}
	}
	long := strings.Repeat("x", 500)
	for _, line := range strings.Split(ast.Snippet(long, ast.Span{Start: 250, Stop: 260}), "\n") {
		if n := len([]rune(line)); n > 160 {
			t.Errorf("a line of %d characters", n)
		}
	}
}

func TestWalkVisitsFromLeftToRight(t *testing.T) {
	stmt := parse(t, `WITH c AS (SELECT w FROM u) SELECT a, f(b) AS x FROM t JOIN c ON d = e
		WHERE g IN (h, i) GROUP BY ROLLUP (j), k ORDER BY l`)
	var names []string
	ast.Walk(stmt, func(n ast.Node) bool {
		if c, ok := n.(*ast.ColumnRef); ok {
			names = append(names, c.Name.Last().Name)
		}
		return true
	})
	if got := strings.Join(names, " "); got != "w a b d e g h i j k l" {
		t.Errorf("columns in the order %s", got)
	}
}

func TestWalkLeavesOut(t *testing.T) {
	stmt := parse(t, "SELECT a FROM t WHERE b IN (SELECT c FROM u)")
	n := 0
	ast.Walk(stmt, func(node ast.Node) bool {
		if _, ok := node.(*ast.ColumnRef); ok {
			n++
		}
		_, in := node.(*ast.In)
		return !in
	})
	if n != 1 {
		t.Errorf("%d columns seen outside of IN", n)
	}
}

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		equal bool
	}{
		{"SELECT a FROM t", "select  `a`\nFROM t -- same", true},
		{"SELECT a FROM t", "SELECT A FROM t", false},
		{"SELECT a FROM t", "SELECT a AS a FROM t", false},
		{"SELECT 1 UNION SELECT 2", "SELECT 1 UNION ALL SELECT 2", false},
		{"SELECT CEILING(a)", "SELECT CEIL(a)", true},
		{"DESC t", "DESCRIBE t", true},
		{"SELECT 1", "SHOW TABLES", false},
	} {
		if got := ast.Equal(parse(t, c.a), parse(t, c.b)); got != c.equal {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
}

func TestSpanTextIsTheSource(t *testing.T) {
	src := "CREATE VIEW v AS (SELECT a /* kept */ FROM t) UNION SELECT 1 ;"
	view := parse(t, src).(*ast.CreateView)
	if got := view.Query.Text(src); got != "(SELECT a /* kept */ FROM t) UNION SELECT 1" {
		t.Errorf("text of the view: %q", got)
	}
}

func TestFormatQuotesOnlyWhatNeedsIt(t *testing.T) {
	stmt := parse(t, "select `a`, `select`, `x y`, `日` from `cat`.`db`.`at`")
	want := "SELECT a, `select`, `x y`, `日` FROM cat.db.`at`"
	if got := ast.Format(stmt); got != want {
		t.Errorf("%s", got)
	}
	if got := ast.FormatQuoted(parse(t, "DROP TABLE a.b")); got != "DROP TABLE `a`.`b`" {
		t.Errorf("%s", got)
	}
}

// TestFormatKnowsEveryPart formats parts on their own.
func TestFormatKnowsEveryPart(t *testing.T) {
	stmt := parse(t, `SELECT /*+ H(a) */ CAST(a AS INT), SUM(b) OVER (ORDER BY c) FROM t
		MATCH_RECOGNIZE (ORDER BY ts MEASURES A.x AS y PATTERN (A B) DEFINE A AS TRUE)
		GROUP BY ROLLUP (d) ORDER BY e`)
	empty := map[string]bool{}
	ast.Walk(stmt, func(n ast.Node) bool {
		if ast.Format(n) == "" {
			empty[fmt.Sprint(reflect.TypeOf(n))] = true
		}
		return true
	})
	for _, part := range []string{"*ast.GroupBy", "*ast.Measure", "*ast.Define", "*ast.Frame"} {
		delete(empty, part) // these are no answer to a question anybody asks
	}
	if len(empty) > 0 {
		t.Errorf("parts without a text: %v", empty)
	}
}
