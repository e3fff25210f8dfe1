package catalog

import (
	"io"
	"maps"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
)

// DefaultCatalog and DefaultDatabase are what a session starts in.
const (
	DefaultCatalog  = "default_catalog"
	DefaultDatabase = "default_database"
)

// Manager is the catalogs of a session with its temporary objects, which hide those of the same
// path, and what is current.
type Manager struct {
	catalogs        map[string]Catalog
	catalog         string
	database        string
	tempTables      map[Path]*Table
	tempViews       map[Path]*View
	tempFunctions   map[Path]*Function
	systemFunctions map[string]*Function
}

// NewManager makes a manager with the default catalog.
func NewManager() *Manager {
	return &Manager{
		catalogs: map[string]Catalog{DefaultCatalog: NewMemory(DefaultDatabase)},
		catalog:  DefaultCatalog, database: DefaultDatabase,
		tempTables: map[Path]*Table{}, tempViews: map[Path]*View{},
		tempFunctions: map[Path]*Function{}, systemFunctions: map[string]*Function{},
	}
}

// Current returns the current catalog and database.
func (m *Manager) Current() (catalog, database string) { return m.catalog, m.database }

// Catalogs lists the catalogs' names.
func (m *Manager) Catalogs() []string { return slices.Sorted(maps.Keys(m.catalogs)) }

// Catalog returns a catalog by name.
func (m *Manager) Catalog(name string) (Catalog, error) {
	if c, ok := m.catalogs[name]; ok {
		return c, nil
	}
	err := errs.Userf("catalog '%s' does not exist", name)
	if hint := errs.DidYouMean(name, m.Catalogs()); hint != "" {
		return nil, err.Fix("%s", hint)
	}
	return nil, err
}

// Register adds a catalog.
func (m *Manager) Register(name string, c Catalog) error {
	if _, ok := m.catalogs[name]; ok {
		return errs.Userf("catalog '%s' already exists", name)
	}
	m.catalogs[name] = c
	return nil
}

// Drop removes a catalog; the current one stays.
func (m *Manager) Drop(name string) error {
	if _, err := m.Catalog(name); err != nil {
		return err
	}
	if name == m.catalog {
		return errs.Userf("catalog '%s' is in use", name).Fix("switch with USE CATALOG first")
	}
	c := m.catalogs[name]
	delete(m.catalogs, name)
	if c, ok := c.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Close closes the catalogs that hold connections.
func (m *Manager) Close() error {
	var first error
	for _, name := range m.Catalogs() {
		if c, ok := m.catalogs[name].(io.Closer); ok {
			if err := c.Close(); first == nil {
				first = err
			}
		}
	}
	return first
}

// UseCatalog switches to a catalog and its first database.
func (m *Manager) UseCatalog(name string) error {
	c, err := m.Catalog(name)
	if err != nil {
		return err
	}
	m.catalog, m.database = name, ""
	dbs := c.Databases()
	if d := c.Options()["default-database"]; slices.Contains(dbs, d) {
		m.database = d
	} else if slices.Contains(dbs, DefaultDatabase) {
		m.database = DefaultDatabase
	} else if len(dbs) > 0 {
		m.database = dbs[0]
	}
	return nil
}

// UseDatabase switches to a database of a catalog ("" the current one).
func (m *Manager) UseDatabase(catalog, name string) error {
	if catalog == "" {
		catalog = m.catalog
	}
	if _, err := m.Database(catalog, name); err != nil {
		return err
	}
	m.catalog, m.database = catalog, name
	return nil
}

// Within runs f with another catalog and database current: a view's names resolve where it was
// made.
func (m *Manager) Within(catalog, database string, f func() error) error {
	c, d := m.catalog, m.database
	m.catalog, m.database = catalog, database
	defer func() { m.catalog, m.database = c, d }()
	return f()
}

// Database returns a database.
func (m *Manager) Database(catalog, name string) (*Database, error) {
	c, err := m.Catalog(catalog)
	if err != nil {
		return nil, err
	}
	if db, ok := c.Database(name); ok {
		return db, nil
	}
	e := errs.Userf("database '%s' does not exist in catalog '%s'", name, catalog)
	if hint := errs.DidYouMean(name, c.Databases()); hint != "" {
		return nil, e.Fix("%s", hint)
	}
	return nil, e
}

// Qualify completes a name of one to three parts.
func (m *Manager) Qualify(parts []string) (Path, error) {
	switch len(parts) {
	case 1:
		return Path{m.catalog, m.database, parts[0]}, nil
	case 2:
		return Path{m.catalog, parts[0], parts[1]}, nil
	case 3:
		return Path{parts[0], parts[1], parts[2]}, nil
	}
	return Path{}, errs.Userf("a name has one to three parts, not %d", len(parts))
}

// Lookup finds a table or a view, temporary ones first. Exactly one result is set.
func (m *Manager) Lookup(parts []string) (*Table, *View, error) {
	p, err := m.Qualify(parts)
	if err != nil {
		return nil, nil, err
	}
	if t, ok := m.tempTables[p]; ok {
		return t, nil, nil
	}
	if v, ok := m.tempViews[p]; ok {
		return nil, v, nil
	}
	if r, ok := m.catalogs[p.Catalog].(Resolver); ok {
		if t, err := r.Table(p); t != nil || err != nil {
			return t, nil, err
		}
	}
	if db, err := m.Database(p.Catalog, p.Database); err == nil {
		if t, ok := db.Tables[p.Name]; ok {
			return t, nil, nil
		}
		if v, ok := db.Views[p.Name]; ok {
			return nil, v, nil
		}
		if db.Broken != nil {
			return nil, nil, db.Broken
		}
	} else if len(parts) > 1 {
		return nil, nil, err
	}
	e := errs.Userf("table or view '%s' does not exist", p.Dotted())
	if hint := errs.DidYouMean(p.Name, m.names(p)); hint != "" {
		return nil, nil, e.Fix("%s", hint)
	}
	return nil, nil, e
}

// names lists the tables and views in the database of p.
func (m *Manager) names(p Path) []string {
	return append(m.Tables(p.Catalog, p.Database), m.Views(p.Catalog, p.Database)...)
}

// Tables lists the tables (not views) of a database, with the temporary ones.
func (m *Manager) Tables(catalog, database string) []string {
	set := map[string]bool{}
	if db, err := m.Database(catalog, database); err == nil {
		for n := range db.Tables {
			set[n] = true
		}
	}
	for p := range m.tempTables {
		set[p.Name] = set[p.Name] || p.Catalog == catalog && p.Database == database
	}
	return keys(set)
}

// Views lists the views of a database, with the temporary ones.
func (m *Manager) Views(catalog, database string) []string {
	set := map[string]bool{}
	if db, err := m.Database(catalog, database); err == nil {
		for n := range db.Views {
			set[n] = true
		}
	}
	for p := range m.tempViews {
		set[p.Name] = set[p.Name] || p.Catalog == catalog && p.Database == database
	}
	return keys(set)
}

// TemporaryTables lists the temporary tables and views of a database.
func (m *Manager) TemporaryTables(catalog, database string) []string {
	set := map[string]bool{}
	for p := range m.tempTables {
		set[p.Name] = set[p.Name] || p.Catalog == catalog && p.Database == database
	}
	for p := range m.tempViews {
		set[p.Name] = set[p.Name] || p.Catalog == catalog && p.Database == database
	}
	return keys(set)
}

func keys(set map[string]bool) []string {
	var out []string
	for n, in := range set {
		if in {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}
