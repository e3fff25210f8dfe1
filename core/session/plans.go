package session

import (
	"encoding/json"
	"os"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/plan/planpb"
	"github.com/headrace/headrace/core/sql/ast"
)

// compiledPlan is the content of a plan file, as the Table API writes it too: INSERTs, which are
// bound and planned anew when the plan runs, in the catalog and database that were current.
type compiledPlan struct {
	Version  int               `json:"headracePlan"`
	Catalog  string            `json:"catalog,omitempty"`
	Database string            `json:"database,omitempty"`
	Inserts  []json.RawMessage `json:"inserts"`
}

const planVersion = 1

// compile runs COMPILE PLAN: the statements are checked now.
func (s *Session) compile(text string, stmt *ast.CompilePlan) (*Answer, error) {
	list := insertsOf(stmt.Stmt)
	if list == nil {
		return nil, errs.Userf("only INSERT and STATEMENT SET can be compiled")
	}
	p := compiledPlan{Version: planVersion}
	p.Catalog, p.Database = s.catalog.Current()
	for _, ins := range list {
		if _, err := s.binder().Insert(text, ins); err != nil {
			return nil, err
		}
		one, err := protojson.Marshal(&planpb.Insert{Sql: ins.Text(text)})
		if err != nil {
			return nil, err
		}
		p.Inserts = append(p.Inserts, one)
	}
	_, err := os.Stat(stmt.File)
	switch {
	case err == nil && !stmt.IfNotExists && !stmt.Execute:
		return nil, errs.Userf("plan file '%s' exists already", stmt.File).
			Fix("write IF NOT EXISTS, or remove it")
	case err != nil:
		data, err := json.MarshalIndent(p, "", "  ")
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(stmt.File, data, 0o644); err != nil {
			return nil, errs.Userf("plan file '%s' cannot be written", stmt.File).Wrap(err)
		}
	}
	if stmt.Execute {
		return s.inserts(text, list)
	}
	return success, nil
}

func insertsOf(stmt ast.Statement) []*ast.Insert {
	switch stmt := stmt.(type) {
	case *ast.Insert:
		return []*ast.Insert{stmt}
	case *ast.StatementSet:
		return stmt.Inserts
	case *ast.Execute:
		return insertsOf(stmt.Stmt)
	}
	return nil
}

// executePlan runs EXECUTE PLAN 'file'.
func (s *Session) executePlan(stmt *ast.ExecutePlan) (*Answer, error) {
	data, err := os.ReadFile(stmt.File)
	if err != nil {
		return nil, errs.Userf("plan file '%s' cannot be read", stmt.File).Wrap(err)
	}
	bad := errs.Userf("'%s' is no plan that this version has compiled", stmt.File).
		Fix("compile it again with COMPILE PLAN")
	var p compiledPlan
	if err := json.Unmarshal(data, &p); err != nil || p.Version != planVersion {
		return nil, bad
	}
	var list []*planpb.Insert
	for _, raw := range p.Inserts {
		ins := &planpb.Insert{}
		if err := protojson.Unmarshal(raw, ins); err != nil {
			return nil, bad.Wrap(err)
		}
		list = append(list, ins)
	}
	if p.Catalog == "" {
		p.Catalog, p.Database = s.catalog.Current()
	}
	var a *Answer
	err = s.catalog.Within(p.Catalog, p.Database, func() error {
		a, err = s.insertAll(s.binder(), &plan.Graph{},
			&planpb.TableRequest{Inserts: list}, false)
		return err
	})
	return a, err
}
