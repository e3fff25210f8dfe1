package catalog

import (
	"maps"
	"slices"

	"github.com/headrace/headrace/core/base/errs"
)

// Catalog stores databases and what is in them. Implementations are used by one session at a
// time. The methods that make or drop an object return an error that says whether it existed.
type Catalog interface {
	Databases() []string
	CreateDatabase(db *Database) error
	DropDatabase(name string, cascade bool) error
	Database(name string) (*Database, bool)
	// Save is called after a database or an object in it has changed.
	Save(db *Database) error
	Comment() string
	SetComment(comment string)
	Options() map[string]string
}

// Database is a namespace of tables, views and functions.
type Database struct {
	Name      string
	Comment   string
	Options   map[string]string
	Tables    map[string]*Table
	Views     map[string]*View
	Functions map[string]*Function // by folded name
	// Broken says that some objects of it could not be read; they are missing here.
	Broken error
}

// NewDatabase makes an empty database.
func NewDatabase(name string) *Database {
	return &Database{Name: name, Options: map[string]string{}, Tables: map[string]*Table{},
		Views: map[string]*View{}, Functions: map[string]*Function{}}
}

// Memory is a catalog that lives as long as the session: Flink's generic_in_memory.
type Memory struct {
	databases map[string]*Database
	comment   string
	options   map[string]string
}

var _ Catalog = (*Memory)(nil)

// NewMemory makes a catalog with one database.
func NewMemory(database string) *Memory {
	return &Memory{databases: map[string]*Database{database: NewDatabase(database)},
		options: map[string]string{"type": "generic_in_memory"}}
}

// Databases implements Catalog.
func (m *Memory) Databases() []string { return slices.Sorted(maps.Keys(m.databases)) }

// CreateDatabase implements Catalog.
func (m *Memory) CreateDatabase(db *Database) error {
	if m.databases[db.Name] != nil {
		return errs.Userf("database '%s' already exists", db.Name)
	}
	m.databases[db.Name] = db
	return nil
}

// DropDatabase implements Catalog.
func (m *Memory) DropDatabase(name string, cascade bool) error {
	db := m.databases[name]
	if db == nil {
		return errs.Userf("database '%s' does not exist", name).
			Fix("%s", errs.DidYouMean(name, m.Databases()))
	}
	if !cascade && len(db.Tables)+len(db.Views)+len(db.Functions) > 0 {
		return errs.Userf("database '%s' is not empty", name).Fix("drop it with CASCADE")
	}
	delete(m.databases, name)
	return nil
}

// Database implements Catalog.
func (m *Memory) Database(name string) (*Database, bool) {
	db, ok := m.databases[name]
	return db, ok
}

// Save implements Catalog: there is nowhere to save to.
func (m *Memory) Save(*Database) error { return nil }

// Comment implements Catalog.
func (m *Memory) Comment() string { return m.comment }

// SetComment implements Catalog.
func (m *Memory) SetComment(comment string) { m.comment = comment }

// Options implements Catalog.
func (m *Memory) Options() map[string]string { return m.options }
