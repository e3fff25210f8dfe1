package session

import (
	"slices"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/sql/ast"
)

// coreModule has all functions; there is no other module to load.
const coreModule = "core"

// moduleList is what is loaded, those in use first, in the order of look-up. Functions are found
// whether or not their module is in use, as in Flink, whose parser knows them.
type moduleList struct {
	names []string
	used  int
}

func newModules() moduleList { return moduleList{names: []string{coreModule}, used: 1} }

func (s *Session) showModules(stmt *ast.Show) *Answer {
	if stmt.What == "MODULES" {
		return s.names(stmt, "module name", s.modules.names[:s.modules.used])
	}
	schema := types.NewSchema(types.F("module name", types.String()),
		types.F("used", types.Of(types.Boolean)))
	return s.smallRows(schema, func(b *batch.RowBuilder) {
		for i, n := range s.modules.names {
			b.Cols[0].AppendString(n)
			b.Cols[1].AppendBool(i < s.modules.used)
		}
	})
}

// useModules is USE MODULES: the loaded ones that are in use, each once.
func (s *Session) useModules(names []string) error {
	for i, n := range names {
		if slices.Contains(names[:i], n) {
			return errs.Userf("module '%s' appears more than once", n)
		}
		if !slices.Contains(s.modules.names, n) {
			return noModule(n)
		}
	}
	rest := slices.DeleteFunc(slices.Clone(s.modules.names), func(n string) bool {
		return slices.Contains(names, n)
	})
	s.modules = moduleList{names: append(slices.Clone(names), rest...), used: len(names)}
	return nil
}

func noModule(name string) error {
	return errs.Userf("there is no module '%s'", name).Fix("all functions are in module '%s'", coreModule)
}

func (s *Session) loadModule(name string) error {
	if slices.Contains(s.modules.names, name) {
		return errs.Userf("module '%s' is loaded already", name)
	}
	if name != coreModule {
		return noModule(name)
	}
	s.modules.names = slices.Insert(s.modules.names, s.modules.used, name)
	s.modules.used++
	return nil
}

func (s *Session) unloadModule(name string) error {
	i := slices.Index(s.modules.names, name)
	if i < 0 {
		return noModule(name)
	}
	s.modules.names = slices.Delete(s.modules.names, i, i+1)
	if i < s.modules.used {
		s.modules.used--
	}
	return nil
}
