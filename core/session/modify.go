package session

import (
	"context"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/sql/ast"
)

// unwritable answers UPDATE, DELETE and TRUNCATE: the built-in connectors append or upsert rows
// of a job, none changes rows in place.
func (s *Session) unwritable(verb string, name *ast.Name) (*Answer, error) {
	t, v, err := s.catalog.Lookup(name.Strings())
	if err != nil {
		return nil, err
	}
	if v != nil {
		return nil, errs.Userf("'%s' is a view: %s is for tables", v.Path.Dotted(), verb)
	}
	return nil, errs.Userf("%s is not supported by connector '%s' of table %s", verb,
		t.Options["connector"], t.Path.Dotted()).
		Fix("write the rows that should be there with INSERT OVERWRITE")
}

// analyze answers ANALYZE TABLE. There is nothing to keep: the planner asks sources for their
// statistics when it plans.
func (s *Session) analyze(stmt *ast.Analyze) (*Answer, error) {
	t, v, err := s.catalog.Lookup(stmt.Table.Strings())
	if err != nil {
		return nil, err
	}
	if v != nil {
		return nil, errs.Userf("'%s' is a view: ANALYZE is for tables", v.Path.Dotted())
	}
	for _, c := range stmt.Columns {
		if t.Column(c.Name) < 0 {
			return nil, errs.Userf("table %s has no column '%s'", t.Path.Dotted(), c.Name)
		}
	}
	return success, nil
}

// stopJob runs STOP JOB 'id' [WITH SAVEPOINT [WITH DRAIN]].
func (s *Session) stopJob(ctx context.Context, stmt *ast.StopJob) (*Answer, error) {
	run := s.jobs[stmt.Job]
	if run == nil {
		return nil, errs.Userf("there is no job '%s'", stmt.Job)
	}
	if !stmt.Savepoint {
		run.job.Cancel()
		return success, nil
	}
	path, err := run.job.Stop(ctx, s.config["execution.checkpointing.savepoint-dir"], stmt.Drain)
	if err != nil {
		return nil, err
	}
	return s.textRows([]string{"savepoint path"}, [][]string{{path}}), nil
}
