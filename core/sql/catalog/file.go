package catalog

import (
	"errors"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
)

// File is a catalog in a directory, so that tables outlive the process: a directory for each
// database, in it database.json and a file for each object, tables/t.json, views/v.json,
// functions/f.json. Several processes may use it at once: files appear and change whole, one that
// two make at once is made by one of them, and one that was changed since it was read is not
// overwritten.
type File struct {
	name    string // of the catalog, for the paths of its objects
	dir     string
	options map[string]string
	comment string
	// cached are the databases as they were read last, with the files' contents.
	cached map[string]*fileState
}

// fileState is a database and the contents of its files, by path below its directory.
type fileState struct {
	db    *Database
	files map[string]string
}

var _ Catalog = (*File)(nil)

const databaseFile = "database.json"

// OpenFile opens the catalog in a directory, which is made, with one database, when there is
// nothing yet.
func OpenFile(name, dir, database string, options map[string]string) (*File, error) {
	f := &File{name: name, dir: dir, options: options, cached: map[string]*fileState{}}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, errs.Userf("catalog '%s': directory '%s' cannot be made", name, dir).Wrap(err)
	}
	if len(f.Databases()) == 0 || !slices.Contains(f.Databases(), database) {
		if err := f.CreateDatabase(NewDatabase(database)); err != nil &&
			!slices.Contains(f.Databases(), database) {
			return nil, err
		}
	}
	return f, nil
}

// fileName is a name as that of a file.
func fileName(name string) string {
	s := url.PathEscape(name)
	if strings.HasPrefix(s, ".") {
		s = "%2E" + s[1:]
	}
	return s
}

// Databases implements Catalog.
func (f *File) Databases() []string {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		name, err := url.PathUnescape(e.Name())
		if err != nil || !e.IsDir() {
			continue
		}
		if _, err := os.Stat(filepath.Join(f.dir, e.Name(), databaseFile)); err == nil {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (f *File) dirOf(database string) string { return filepath.Join(f.dir, fileName(database)) }

// CreateDatabase implements Catalog.
func (f *File) CreateDatabase(db *Database) error {
	data, err := marshal(fileDatabase{Version: fileVersion, Comment: db.Comment,
		Options: db.Options})
	if err != nil {
		return err
	}
	err = create(filepath.Join(f.dirOf(db.Name), databaseFile), data)
	if errors.Is(err, fs.ErrExist) {
		return errs.Userf("database '%s' already exists", db.Name)
	}
	return f.failed(err)
}

func (f *File) failed(err error) error {
	if err == nil {
		return nil
	}
	return errs.Userf("catalog '%s' in '%s' cannot be written", f.name, f.dir).Wrap(err)
}

// DropDatabase implements Catalog.
func (f *File) DropDatabase(name string, cascade bool) error {
	db, ok := f.Database(name)
	if !ok {
		return errs.Userf("database '%s' does not exist", name).
			Fix("%s", errs.DidYouMean(name, f.Databases()))
	}
	if !cascade && len(db.Tables)+len(db.Views)+len(db.Functions) > 0 {
		return errs.Userf("database '%s' is not empty", name).Fix("drop it with CASCADE")
	}
	delete(f.cached, name)
	// without this file it is no database any more, however far the rest gets
	if err := os.Remove(filepath.Join(f.dirOf(name), databaseFile)); err != nil {
		return f.failed(err)
	}
	return f.failed(os.RemoveAll(f.dirOf(name)))
}

// Database implements Catalog: it reads what has changed since it was read last.
func (f *File) Database(name string) (*Database, bool) {
	files, err := f.read(name)
	if err != nil || files[databaseFile] == "" {
		return nil, false
	}
	if have := f.cached[name]; have != nil && maps.Equal(have.files, files) {
		return have.db, true
	}
	db, err := f.decode(name, files)
	if err != nil {
		db.Broken = err
	}
	f.cached[name] = &fileState{db: db, files: files}
	return db, true
}

// read returns the files of a database.
func (f *File) read(name string) (map[string]string, error) {
	files := map[string]string{}
	dir := f.dirOf(name)
	for _, pattern := range []string{databaseFile, "tables/*.json", "views/*.json",
		"functions/*.json"} {
		paths, err := filepath.Glob(filepath.Join(escapeGlob(dir), pattern))
		if err != nil {
			return nil, err
		}
		for _, p := range paths {
			data, err := os.ReadFile(p)
			if errors.Is(err, fs.ErrNotExist) {
				continue // dropped meanwhile
			}
			if err != nil {
				return nil, err
			}
			rel, err := filepath.Rel(dir, p)
			if err != nil {
				return nil, err
			}
			files[filepath.ToSlash(rel)] = string(data)
		}
	}
	return files, nil
}

func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

func (f *File) decode(name string, files map[string]string) (*Database, error) {
	db := NewDatabase(name)
	var first error
	for _, at := range slices.Sorted(maps.Keys(files)) {
		if err := f.decodeFile(db, at, []byte(files[at])); err != nil && first == nil {
			first = errs.Userf("file '%s' of catalog '%s' cannot be read",
				filepath.Join(f.dirOf(name), at), f.name).Wrap(err)
		}
	}
	return db, first
}

func (f *File) decodeFile(db *Database, at string, data []byte) error {
	kind, file, _ := strings.Cut(at, "/")
	object, err := url.PathUnescape(strings.TrimSuffix(file, ".json"))
	if err != nil {
		return err
	}
	p := Path{f.name, db.Name, object}
	switch kind {
	case databaseFile:
		var d fileDatabase
		if err := decode(data, &d, func() int { return d.Version }); err != nil {
			return err
		}
		db.Comment = d.Comment
		maps.Copy(db.Options, d.Options)
	case "tables":
		db.Tables[object], err = decodeTable(p, data)
		if err != nil {
			delete(db.Tables, object)
		}
	case "views":
		db.Views[object], err = decodeView(p, data)
		if err != nil {
			delete(db.Views, object)
		}
	case "functions":
		db.Functions[object], err = decodeFunction(p, data)
		if err != nil {
			delete(db.Functions, object)
		}
	}
	return err
}

// Save implements Catalog: it writes the objects that differ from what was read, and removes those
// that are gone.
func (f *File) Save(db *Database) error {
	state := f.cached[db.Name]
	delete(f.cached, db.Name) // whatever happens, read it anew
	if state == nil || state.db != db {
		return errs.Internalf("database '%s' was not read from catalog '%s'", db.Name, f.name)
	}
	want, err := encodeFiles(db)
	if err != nil {
		return err
	}
	dir := f.dirOf(db.Name)
	for _, at := range slices.Sorted(maps.Keys(want)) {
		old, had := state.files[at]
		if had && old == want[at] {
			continue
		}
		if err := f.write(filepath.Join(dir, at), want[at], old, had); err != nil {
			return err
		}
	}
	for _, at := range slices.Sorted(maps.Keys(state.files)) {
		if _, stays := want[at]; stays || db.Broken != nil {
			continue
		}
		if err := os.Remove(filepath.Join(dir, at)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return f.failed(err)
		}
	}
	return nil
}

// write makes a file, or replaces one that still holds old.
func (f *File) write(path, data, old string, had bool) error {
	object := strings.TrimSuffix(filepath.Base(path), ".json")
	if !had {
		err := create(path, []byte(data))
		if errors.Is(err, fs.ErrExist) {
			return errs.Userf("'%s' already exists in catalog '%s': another process has made it",
				object, f.name)
		}
		return f.failed(err)
	}
	now, err := os.ReadFile(path)
	if err != nil || string(now) != old {
		return errs.Userf("'%s' of catalog '%s' was changed by another process meanwhile", object,
			f.name).Fix("try again")
	}
	return f.failed(replace(path, []byte(data)))
}

func encodeFiles(db *Database) (map[string]string, error) {
	out := map[string]string{}
	put := func(at string, data []byte, err error) error {
		out[at] = string(data)
		return err
	}
	data, err := marshal(fileDatabase{Version: fileVersion, Comment: db.Comment,
		Options: db.Options})
	if err := put(databaseFile, data, err); err != nil {
		return nil, err
	}
	for name, t := range db.Tables {
		data, err := encodeTable(t)
		if err := put("tables/"+fileName(name)+".json", data, err); err != nil {
			return nil, err
		}
	}
	for name, v := range db.Views {
		data, err := encodeView(v)
		if err := put("views/"+fileName(name)+".json", data, err); err != nil {
			return nil, err
		}
	}
	for name, fn := range db.Functions {
		data, err := encodeFunction(fn)
		if err := put("functions/"+fileName(name)+".json", data, err); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Comment implements Catalog.
func (f *File) Comment() string { return f.comment }

// SetComment implements Catalog: it is the session's, which registers the catalog.
func (f *File) SetComment(comment string) { f.comment = comment }

// Options implements Catalog.
func (f *File) Options() map[string]string { return f.options }

// create makes a whole file that must not be there yet: fs.ErrExist when it is.
func create(path string, data []byte) error { return place(path, data, os.Link) }

// replace makes a whole file in place of another.
func replace(path string, data []byte) error { return place(path, data, os.Rename) }

func place(path string, data []byte, move func(from, to string) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	t, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if rerr := os.Remove(t.Name()); err == nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = rerr
		}
	}()
	_, err = t.Write(data)
	if err == nil {
		err = t.Chmod(0o644)
	}
	if err == nil {
		err = t.Sync()
	}
	if cerr := t.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return move(t.Name(), path)
}
