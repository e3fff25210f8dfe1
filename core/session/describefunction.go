package session

import (
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/function"
	"github.com/headrace/headrace/core/sql/ast"
)

// describeFunctionNamed answers DESCRIBE FUNCTION [EXTENDED] name.
func (s *Session) describeFunctionNamed(stmt *ast.Describe) (*Answer, error) {
	parts := stmt.Name.Strings()
	name := parts[len(parts)-1]
	if f, ok := s.catalog.Function(parts, false); ok {
		language := "PYTHON"
		if l := f.Spec.GetOptions()["language"]; l != "" && f.Spec.GetKind() == "" {
			language = l
		}
		rows := [][]string{{"is system function", "false"},
			{"is temporary", strconv.FormatBool(f.Temporary)},
			{"class name", f.Spec.GetPath()}, {"function language", language}}
		if stmt.Extended && f.Spec.GetKind() != "" {
			rows = append(rows, []string{"kind", strings.ToUpper(f.Spec.GetKind())},
				[]string{"is deterministic", strconv.FormatBool(f.Spec.GetDeterministic())},
				[]string{"result type", strings.Join(f.Spec.GetResultTypes(), ", ")})
		}
		return s.textRows([]string{"info name", "info value"}, rows), nil
	}
	kind, syntax, doc, pure := "", "", "", true
	if f, ok := function.Lookup(name); ok {
		kind, syntax, doc, pure = "SCALAR", f.Syntax, f.Doc, f.Determinism == function.Pure
	} else if f, ok := function.LookupAggregate(name); ok {
		kind, syntax, doc = "AGGREGATE", f.Syntax, f.Doc
	} else if f, ok := function.LookupWindow(name); ok {
		kind, syntax, doc = "AGGREGATE", f.Syntax, f.Doc
	} else {
		return nil, errs.Userf("there is no function '%s'", strings.Join(stmt.Name.Strings(), ".")).
			Fix("%s", errs.DidYouMean(strings.ToUpper(name),
				append(function.Names(), s.catalog.UserFunctions()...)))
	}
	rows := [][]string{{"is system function", "true"}, {"is temporary", "false"}}
	if stmt.Extended {
		rows = append(rows, []string{"kind", kind},
			[]string{"is deterministic", strconv.FormatBool(pure)},
			[]string{"supports constant folding", strconv.FormatBool(pure && kind == "SCALAR")},
			[]string{"signature", syntax}, []string{"description", doc})
	}
	return s.textRows([]string{"info name", "info value"}, rows), nil
}

// describeJob answers DESCRIBE JOB 'id'.
func (s *Session) describeJob(id string) (*Answer, error) {
	run := s.jobs[id]
	if run == nil {
		return nil, errs.Userf("there is no job '%s'", id).Fix("SHOW JOBS lists them")
	}
	return s.textRows([]string{"job id", "status"}, [][]string{{id, string(run.job.Status())}}), nil
}
