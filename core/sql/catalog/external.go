package catalog

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// External is a catalog of what another system has. Its tables are looked up there one by one.
type External struct {
	name    string
	from    connector.ExternalCatalog
	comment string
	options map[string]string
}

// Resolver is a Catalog that knows its tables by name only, until one is asked for.
type Resolver interface {
	// Table describes a table; nil: there is none.
	Table(p Path) (*Table, error)
}

var (
	_ Catalog  = (*External)(nil)
	_ Resolver = (*External)(nil)
)

// NewExternal makes a catalog of what from shows.
func NewExternal(name string, from connector.ExternalCatalog, options map[string]string) *External {
	own := map[string]string{}
	for k, v := range options {
		own[k] = v
	}
	own["default-database"] = from.DefaultDatabase()
	return &External{name: name, from: from, options: own}
}

// Databases implements Catalog; a system that does not answer shows its default database, whose
// tables tell why.
func (e *External) Databases() []string {
	names, err := e.from.Databases()
	if err != nil {
		return []string{e.from.DefaultDatabase()}
	}
	return names
}

// Database implements Catalog: its tables have names only.
func (e *External) Database(name string) (*Database, bool) {
	db := NewDatabase(name)
	names, err := e.from.Databases()
	if err == nil {
		found := false
		for _, n := range names {
			found = found || n == name
		}
		if !found {
			return nil, false
		}
		names, err = e.from.Tables(name)
	}
	db.Broken = err
	for _, n := range names {
		if err == nil {
			db.Tables[n] = &Table{Path: Path{e.name, name, n}}
		}
	}
	return db, true
}

// Table implements Resolver.
func (e *External) Table(p Path) (*Table, error) {
	spec, err := e.from.Table(p.Database, p.Name)
	if err != nil || spec == nil {
		return nil, err
	}
	t := &Table{Path: p, PrimaryKey: spec.PrimaryKey, Options: spec.Options}
	for _, f := range spec.Schema.Fields {
		t.Columns = append(t.Columns, Column{Name: f.Name, Type: f.Type})
	}
	return t, nil
}

func (e *External) readOnly() error {
	return errs.Userf("catalog '%s' shows another system and cannot be changed", e.name).
		Fix("make the object there, or as a temporary one, or in another catalog")
}

// CreateDatabase implements Catalog.
func (e *External) CreateDatabase(*Database) error { return e.readOnly() }

// DropDatabase implements Catalog.
func (e *External) DropDatabase(string, bool) error { return e.readOnly() }

// Save implements Catalog.
func (e *External) Save(*Database) error { return e.readOnly() }

// Comment implements Catalog.
func (e *External) Comment() string { return e.comment }

// SetComment implements Catalog: it is the session's, which registers the catalog.
func (e *External) SetComment(comment string) { e.comment = comment }

// Options implements Catalog.
func (e *External) Options() map[string]string { return e.options }

// Close ends the connections to the system.
func (e *External) Close() error { return e.from.Close() }
