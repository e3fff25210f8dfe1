package parser

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/sql/ast"
)

// TestDepth feeds texts that would overflow a careless parser, or whoever walks its tree.
func TestDepth(t *testing.T) {
	const n = 2 * heightMax
	chains := map[string]string{
		"parentheses": strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		"not":         strings.Repeat("NOT ", n) + "a",
		"signs":       strings.Repeat("- ", n) + "a",
		"sum":         "1" + strings.Repeat("+1", n),
		"index":       "a" + strings.Repeat("[1]", n),
		"case":        strings.Repeat("CASE WHEN ", n),
		"calls":       strings.Repeat("f(", n),
		"arrays":      strings.Repeat("ARRAY[", n),
		"rows":        strings.Repeat("ROW(", n),
		"subqueries":  strings.Repeat("(SELECT ", n),
		"brackets":    strings.Repeat("(", n),
		"intervals":   "INTERVAL " + strings.Repeat("INTERVAL ", n) + "1 DAY",
		"finals":      strings.Repeat("FINAL ", n) + "f(x)",
		"escapes":     strings.Repeat("{fn ", n) + "f(x)",
		"casts":       strings.Repeat("CAST(", n),
		"type":        "CAST(a AS " + strings.Repeat("ARRAY<", n),
		"types":       "CAST(a AS INT" + strings.Repeat(" ARRAY", n) + ")",
	}
	for name, src := range chains {
		if _, err := ParseExpr(src); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	queries := map[string]string{
		"unions":  "SELECT 1" + strings.Repeat(" UNION SELECT 1", n),
		"joins":   "SELECT 1 FROM t" + strings.Repeat(", t", n),
		"tables":  "SELECT 1 FROM " + strings.Repeat("(", n),
		"froms":   strings.Repeat("SELECT 1 FROM (", n),
		"with":    strings.Repeat("WITH a AS (", n),
		"explain": strings.Repeat("EXPLAIN ", n),
		"pattern": "SELECT 1 FROM t MATCH_RECOGNIZE (PATTERN (" + strings.Repeat("(", n),
		"groups":  "SELECT 1 FROM t GROUP BY " + strings.Repeat("ROLLUP (", n),
	}
	for name, src := range queries {
		if _, err := Parse(src); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestLimitsAllowRealText makes sure that the limits are far above what people and generators
// write.
func TestLimitsAllowRealText(t *testing.T) {
	for name, src := range map[string]string{
		"or":     "SELECT 1 FROM t WHERE a = 1" + strings.Repeat(" OR a = 1", 5000),
		"in":     "SELECT 1 FROM t WHERE a IN (1" + strings.Repeat(", 1", 100_000) + ")",
		"values": "INSERT INTO t VALUES (1, 'a')" + strings.Repeat(", (2, 'b')", 50_000),
		"nested": "SELECT " + strings.Repeat("(", 150) + "1" + strings.Repeat(")", 150),
	} {
		stmts, err := Parse(src)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if again, err := Parse(ast.Format(stmts[0])); err != nil || !ast.Equal(stmts[0], again[0]) {
			t.Errorf("%s does not survive formatting: %v", name, err)
		}
	}
}
