package parser

import (
	"errors"
	"testing"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/sql/ast"
)

func TestParseSelect(t *testing.T) {
	src := "SELECT a, COUNT(*) AS n FROM t AS x WHERE b > 1 GROUP BY a"
	stmt, err := ParseStatement(src)
	if err != nil {
		t.Fatal(err)
	}
	s := stmt.(*ast.QueryStmt).Query.Body.(*ast.Select)
	if len(s.Items) != 2 || s.Items[1].Alias.Name != "n" || len(s.GroupBy.Items) != 1 {
		t.Fatalf("select items or group by wrong: %+v", s)
	}
	if name := s.From.(*ast.TableName); name.Alias.Name.Name != "x" {
		t.Errorf("table alias %q", name.Alias.Name.Name)
	}
	if got := s.Where.(*ast.Binary).Text(src); got != "b > 1" {
		t.Errorf("span of WHERE covers %q", got)
	}
}

func TestErrorIsTheUsers(t *testing.T) {
	_, err := Parse("SELECT a\nFORM t x")
	var e *Error
	if !errors.As(err, &e) || e.Line != 2 || e.Col != 6 {
		t.Fatalf("place is wrong: %v", err)
	}
	if errs.MarkOf(err) != errs.User {
		t.Errorf("mark is %v", errs.MarkOf(err))
	}
	if e.Hint != "did you mean FROM instead of FORM?" {
		t.Errorf("hint is %q", e.Hint)
	}
}
