package session

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
)

// coreModule has all functions; there is no other module.
const coreModule = "core"

func (s *Session) showModules(stmt *ast.Show) *Answer {
	if stmt.What == "MODULES" {
		return s.names(stmt, "module name", []string{coreModule})
	}
	schema := types.NewSchema(types.F("module name", types.String()),
		types.F("used", types.Of(types.Boolean)))
	return s.smallRows(schema, func(b *batch.RowBuilder) {
		b.Cols[0].AppendString(coreModule)
		b.Cols[1].AppendBool(true)
	})
}

// useModules is USE MODULES: the one module has to be among them, once.
func (s *Session) useModules(names []string) error {
	for i, n := range names {
		if slices.Contains(names[:i], n) {
			return errs.Userf("module '%s' appears more than once", n)
		}
		if n != coreModule {
			return noModule(n)
		}
	}
	return nil
}

func noModule(name string) error {
	return errs.Userf("there is no module '%s'", name).Fix("all functions are in module '%s'", coreModule)
}

func loadModule(name string) error {
	if name == coreModule {
		return errs.Userf("module '%s' is loaded already", name)
	}
	return noModule(name)
}

func unloadModule(name string) error {
	if name == coreModule {
		return errs.Userf("module '%s' cannot be unloaded", name)
	}
	return noModule(name)
}
