package parser

import (
	"testing"

	"github.com/headrace/headrace/core/sql/ast"
)

// TestPrecedence compares expressions with the same ones in explicit parentheses. The right
// sides are what Calcite's parser gives for the left ones.
func TestPrecedence(t *testing.T) {
	for _, c := range [][2]string{
		{"a OR b AND c", "a OR (b AND c)"},
		{"NOT a AND b OR c", "((NOT a) AND b) OR c"},
		{"NOT a = b", "NOT (a = b)"},
		{"NOT a IS NULL", "NOT (a IS NULL)"},
		{"NOT NOT a", "NOT (NOT a)"},
		{"a = b IS NULL", "(a = b) IS NULL"},
		{"a IS NULL = b", "(a IS NULL) = b"},
		{"a = b IN (c)", "a = (b IN (c))"},
		{"a < b < c", "(a < b) < c"},
		{"a = b + 1", "a = (b + 1)"},
		{"a - b - c", "(a - b) - c"},
		{"a / b * c % d", "((a / b) * c) % d"},
		{"a + b * c", "a + (b * c)"},
		{"a + b || c", "a + (b || c)"},
		{"a || b * c", "(a || b) * c"},
		{"-a * b", "(-a) * b"},
		{"- a[1].c", "-(a[1].c)"},
		{"a * -b", "a * (-b)"},
		{"a[1].b[2].c", "((((a[1]).b)[2]).c)"},
		{"a IS DISTINCT FROM b + 1", "a IS DISTINCT FROM (b + 1)"},
		{"a IS NOT DISTINCT FROM b AND c", "(a IS NOT DISTINCT FROM b) AND c"},
		{"a BETWEEN 1 AND 2 AND c", "(a BETWEEN 1 AND 2) AND c"},
		{"a BETWEEN b = c AND d", "a BETWEEN (b = c) AND d"},
		{"a + 1 BETWEEN b - 1 AND b + 1 OR c", "((a + 1) BETWEEN (b - 1) AND (b + 1)) OR c"},
		{"a LIKE b || 'x' ESCAPE '!' AND c", "(a LIKE (b || 'x') ESCAPE '!') AND c"},
		{"a + 1 LIKE b", "(a + 1) LIKE b"},
		{"a NOT IN (1, 2) AND b", "(a NOT IN (1, 2)) AND b"},
		{"a > ALL (SELECT 1) AND b", "(a > ALL (SELECT 1)) AND b"},
		{"(a, b) OVERLAPS (c, d) OR e", "((a, b) OVERLAPS (c, d)) OR e"},
		{"a MEMBER OF b AND c", "(a MEMBER OF b) AND c"},
		{"a MULTISET UNION b MULTISET INTERSECT c", "a MULTISET UNION (b MULTISET INTERSECT c)"},
		{"CASE WHEN a THEN b END + 1", "(CASE WHEN a THEN b END) + 1"},
		{"ts - INTERVAL '1' DAY < u", "(ts - INTERVAL '1' DAY) < u"},
		{"EXISTS (SELECT 1) AND a", "(EXISTS (SELECT 1)) AND a"},
	} {
		got, err := ParseExpr(c[0])
		if err != nil {
			t.Error(err)
			continue
		}
		want, err := ParseExpr(c[1])
		if err != nil {
			t.Error(err)
			continue
		}
		if !ast.Equal(got, want) {
			t.Errorf("%s is read as %s", c[0], ast.Format(got))
		}
	}
}

// TestSetOperations does the same for queries.
func TestSetOperations(t *testing.T) {
	for _, c := range [][2]string{
		{"SELECT 1 UNION SELECT 2 EXCEPT SELECT 3", "(SELECT 1 UNION SELECT 2) EXCEPT SELECT 3"},
		{"SELECT 1 UNION SELECT 2 INTERSECT SELECT 3",
			"SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)"},
		{"((SELECT 1) UNION ALL (SELECT 2))", "SELECT 1 UNION ALL SELECT 2"},
		{"SELECT * FROM ((SELECT 1) UNION (SELECT 2)) AS x",
			"SELECT * FROM (SELECT 1 UNION SELECT 2) AS x"},
		{"SELECT a IN ((SELECT 1) UNION (SELECT 2))", "SELECT a IN (SELECT 1 UNION SELECT 2)"},
		{"SELECT ((SELECT 1) UNION SELECT 2) + 1", "SELECT (SELECT 1 UNION SELECT 2) + 1"},
	} {
		got, err := ParseQuery(c[0])
		if err != nil {
			t.Error(err)
			continue
		}
		want, err := ParseQuery(c[1])
		if err != nil {
			t.Error(err)
			continue
		}
		if !ast.Equal(got, want) {
			t.Errorf("%s is read as %s", c[0], ast.Format(got))
		}
	}
	q, err := ParseQuery("SELECT 1 UNION SELECT 2 ORDER BY 1 LIMIT 3")
	if err != nil || len(q.OrderBy) != 1 || q.Limit == nil {
		t.Errorf("ORDER BY and LIMIT belong to the whole union: %v", err)
	}
}
