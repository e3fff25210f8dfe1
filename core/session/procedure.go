package session

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/sql/ast"
	"github.com/headrace/headrace/core/sql/binder"
)

// callProcedure is CALL: no catalog here brings procedures, as Flink's in-memory one does not.
func (s *Session) callProcedure(text string, stmt *ast.CallProcedure) error {
	path, err := s.catalog.Qualify(stmt.Call.Name.Strings())
	if err != nil {
		return binder.At(text, stmt.Call.Name, err)
	}
	if _, err := s.catalog.Catalog(path.Catalog); err != nil {
		return binder.At(text, stmt.Call.Name, err)
	}
	return binder.At(text, stmt.Call.Name, errs.Userf("there is no procedure '%s': catalog '%s' has none",
		ast.Format(stmt.Call.Name), path.Catalog).Fix("call a function in a query: SELECT f(…)"))
}

// noMaterialized refuses statements on materialized tables, which need a scheduler of refreshes
// beside the engine.
func noMaterialized(verb string) error {
	return errs.Userf("%s MATERIALIZED TABLE is not supported: there is no scheduler of refreshes", verb).
		Fix("CREATE TABLE, and INSERT INTO … SELECT in streaming mode, which keeps it up to date; or " +
			"INSERT OVERWRITE in batch mode, run as often as it should be fresh")
}
