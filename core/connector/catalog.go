package connector

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/types"
)

// ExternalCatalog shows what another system has as databases and tables. It is asked anew each
// time and only reads.
type ExternalCatalog interface {
	// DefaultDatabase is the one that USE CATALOG switches to.
	DefaultDatabase() string
	Databases() ([]string, error)
	Tables(database string) ([]string, error)
	// Table describes a table; nil: there is none.
	Table(database, name string) (*TableSpec, error)
	Close() error
}

// TableSpec is a table as an ExternalCatalog describes it.
type TableSpec struct {
	Schema     *types.Schema
	PrimaryKey []string
	Options    map[string]string
}

// CatalogFactory makes external catalogs of one type.
type CatalogFactory struct {
	Type    string
	Doc     string
	Options []Option
	Open    func(name string, options map[string]string) (ExternalCatalog, error)
}

var catalogs = struct {
	sync.RWMutex
	byType map[string]*CatalogFactory
}{byType: map[string]*CatalogFactory{}}

// RegisterCatalog makes a type of catalog known; it is called from init functions.
func RegisterCatalog(f *CatalogFactory) {
	catalogs.Lock()
	defer catalogs.Unlock()
	catalogs.byType[f.Type] = f
}

// CatalogTypes returns the known types of external catalogs, sorted.
func CatalogTypes() []string {
	catalogs.RLock()
	defer catalogs.RUnlock()
	return slices.Sorted(maps.Keys(catalogs.byType))
}

// FindCatalog returns the factory of a type, nil when there is none.
func FindCatalog(kind string) *CatalogFactory {
	catalogs.RLock()
	defer catalogs.RUnlock()
	return catalogs.byType[kind]
}

// NewCatalog makes an external catalog, with its options checked.
func (f *CatalogFactory) NewCatalog(name string, options map[string]string) (ExternalCatalog, error) {
	names := []string{"type"}
	for _, o := range f.Options {
		names = append(names, o.Name)
		if _, ok := options[o.Name]; o.Required && !ok {
			return nil, errs.Userf("catalog '%s' of type '%s' needs the option '%s'", name, f.Type,
				o.Name).Fix("%s", o.Doc)
		}
	}
	for k := range options {
		if slices.Contains(names, k) {
			continue
		}
		e := errs.Userf("a catalog of type '%s' has no option '%s'", f.Type, k)
		if hint := errs.DidYouMean(k, names); hint != "" {
			return nil, e.Fix("%s", hint)
		}
		return nil, e.Fix("allowed are %s", strings.Join(names, ", "))
	}
	return f.Open(name, options)
}
