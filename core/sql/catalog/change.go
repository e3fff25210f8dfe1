package catalog

import "github.com/headrace/headrace/core/base/errs"

// PutTable stores a table under its path. replace allows one to be there already.
func (m *Manager) PutTable(t *Table, replace bool) error {
	if t.Temporary {
		if !replace && (m.tempTables[t.Path] != nil || m.tempViews[t.Path] != nil) {
			return exists("temporary table", t.Path)
		}
		delete(m.tempViews, t.Path)
		m.tempTables[t.Path] = t
		return nil
	}
	return m.change(t.Path, func(db *Database) error {
		if !replace && (db.Tables[t.Path.Name] != nil || db.Views[t.Path.Name] != nil) {
			return exists("table", t.Path)
		}
		db.Tables[t.Path.Name] = t
		return nil
	})
}

// PutView stores a view under its path.
func (m *Manager) PutView(v *View, replace bool) error {
	if v.Temporary {
		if !replace && (m.tempTables[v.Path] != nil || m.tempViews[v.Path] != nil) {
			return exists("temporary view", v.Path)
		}
		delete(m.tempTables, v.Path)
		m.tempViews[v.Path] = v
		return nil
	}
	return m.change(v.Path, func(db *Database) error {
		if !replace && (db.Tables[v.Path.Name] != nil || db.Views[v.Path.Name] != nil) {
			return exists("view", v.Path)
		}
		db.Views[v.Path.Name] = v
		return nil
	})
}

// DropTable removes a table (view false) or a view; found says whether there was one.
func (m *Manager) DropTable(p Path, temporary, view bool) (found bool, err error) {
	if temporary {
		if view {
			_, found = m.tempViews[p]
			delete(m.tempViews, p)
			return found, nil
		}
		_, found = m.tempTables[p]
		delete(m.tempTables, p)
		return found, nil
	}
	if m.tempTables[p] != nil || m.tempViews[p] != nil {
		return false, errs.Userf("a temporary table or view %s hides the permanent one", p).
			Fix("drop it first with DROP TEMPORARY …")
	}
	db, err := m.Database(p.Catalog, p.Database)
	if err != nil {
		return false, err
	}
	if view {
		_, found = db.Views[p.Name]
		delete(db.Views, p.Name)
	} else {
		_, found = db.Tables[p.Name]
		delete(db.Tables, p.Name)
	}
	return found, m.catalogs[p.Catalog].Save(db)
}

// PutFunction stores a function.
func (m *Manager) PutFunction(f *Function, replace bool) error {
	switch {
	case f.System:
		key := folded(f.Path.Name)
		if !replace && m.systemFunctions[key] != nil {
			return errs.Userf("function '%s' already exists", f.Path.Name)
		}
		m.systemFunctions[key] = f
		return nil
	case f.Temporary:
		p := foldedPath(f.Path)
		if !replace && m.tempFunctions[p] != nil {
			return exists("temporary function", f.Path)
		}
		m.tempFunctions[p] = f
		return nil
	}
	return m.change(f.Path, func(db *Database) error {
		if !replace && db.Functions[folded(f.Path.Name)] != nil {
			return exists("function", f.Path)
		}
		db.Functions[folded(f.Path.Name)] = f
		return nil
	})
}

// DropFunction removes a function of the kind; found says whether there was one.
func (m *Manager) DropFunction(p Path, temporary, system bool) (found bool, err error) {
	switch {
	case system:
		_, found = m.systemFunctions[folded(p.Name)]
		delete(m.systemFunctions, folded(p.Name))
		return found, nil
	case temporary:
		_, found = m.tempFunctions[foldedPath(p)]
		delete(m.tempFunctions, foldedPath(p))
		return found, nil
	}
	db, err := m.Database(p.Catalog, p.Database)
	if err != nil {
		return false, err
	}
	_, found = db.Functions[folded(p.Name)]
	delete(db.Functions, folded(p.Name))
	return found, m.catalogs[p.Catalog].Save(db)
}

// Function finds a user function: temporary system, then (in the current or named database)
// temporary, then stored. Built-in functions come between system and the rest; the binder asks
// with builtin false first and true after it found none of its own.
func (m *Manager) Function(parts []string, afterBuiltin bool) (*Function, bool) {
	if len(parts) == 1 && !afterBuiltin {
		f, ok := m.systemFunctions[folded(parts[0])]
		return f, ok
	}
	p, err := m.Qualify(parts)
	if err != nil {
		return nil, false
	}
	if f, ok := m.tempFunctions[foldedPath(p)]; ok {
		return f, true
	}
	db, err := m.Database(p.Catalog, p.Database)
	if err != nil {
		return nil, false
	}
	f, ok := db.Functions[folded(p.Name)]
	return f, ok
}

// UserFunctions lists the names of the user functions visible without a path.
func (m *Manager) UserFunctions() []string {
	set := map[string]bool{}
	for n := range m.systemFunctions {
		set[n] = true
	}
	for p := range m.tempFunctions {
		set[p.Name] = set[p.Name] || p.Catalog == m.catalog && p.Database == m.database
	}
	if db, err := m.Database(m.catalog, m.database); err == nil {
		for n := range db.Functions {
			set[n] = true
		}
	}
	return keys(set)
}

func foldedPath(p Path) Path {
	p.Name = folded(p.Name)
	return p
}

func (m *Manager) change(p Path, f func(db *Database) error) error {
	db, err := m.Database(p.Catalog, p.Database)
	if err != nil {
		return err
	}
	if err := f(db); err != nil {
		return err
	}
	return m.catalogs[p.Catalog].Save(db)
}

func exists(what string, p Path) error {
	return errs.Userf("%s %s already exists", what, p).
		Fix("add IF NOT EXISTS, or drop it first")
}
