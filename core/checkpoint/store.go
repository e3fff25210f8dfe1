package checkpoint

import (
	"errors"
	"fmt"
	"hash/crc32"
	"path"
	"sort"
	"strings"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/state"
)

const (
	sharedDir    = "shared"
	taskOwnedDir = "taskowned"
)

// Store keeps the checkpoints of one job in a directory. Create and Open may be called from any
// goroutine, the rest from one. The file system may be an object store's: a file need only appear
// whole when it is closed.
type Store struct {
	*directory
	attempt int
}

var _ state.Files = (*Store)(nil)

// directory is a place that file references are relative to.
type directory struct {
	fs    fsys.FS
	root  string
	place func(id int64, name string, shared bool) string

	mu    sync.Mutex
	made  map[string]bool // directories that are there
	dirty map[string]bool // directories with new names, to be synced
}

// NewStore opens the directory <dir>/<job id>, making it. attempt counts the starts of the job
// over all its processes; it keeps files of one start apart from those of another.
func NewStore(fs fsys.FS, dir, jobID string, attempt int) (*Store, error) {
	root := path.Join(dir, jobID)
	s := &Store{attempt: attempt, directory: newDirectory(fs, root,
		func(id int64, name string, shared bool) string {
			if shared {
				return path.Join(sharedDir, sharedName(attempt, id, name))
			}
			return path.Join(checkpointName(id), name)
		})}
	for _, d := range []string{root, path.Join(root, sharedDir), path.Join(root, taskOwnedDir)} {
		if err := fs.MkdirAll(d); err != nil {
			return nil, unusable(dir, err)
		}
	}
	return s, nil
}

func unusable(dir string, err error) error {
	return errs.Userf("the checkpoint directory %s cannot be written", dir).Wrap(err).
		Fix("create it or set execution.checkpointing.dir to one that this user may write")
}

func newDirectory(fs fsys.FS, root string,
	place func(id int64, name string, shared bool) string) *directory {
	return &directory{fs: fs, root: root, place: place, made: map[string]bool{},
		dirty: map[string]bool{}}
}

// Dir is the job's directory.
func (s *Store) Dir() string { return s.root }

// TaskOwned is where tasks keep files that outlive checkpoints.
func (s *Store) TaskOwned() string { return path.Join(s.root, taskOwnedDir) }

// Create implements state.Files.
func (d *directory) Create(id int64, name string, shared bool) (state.FileWriter, error) {
	rel := d.place(id, cleanName(name), shared)
	full := path.Join(d.root, rel)
	if err := d.mkdir(path.Dir(full)); err != nil {
		return nil, writeError(full, err)
	}
	for n := 2; d.exists(full); n++ { // what an earlier attempt wrote may be part of a checkpoint
		full = path.Join(d.root, fmt.Sprintf("%s~%d", rel, n))
	}
	rel = strings.TrimPrefix(full, d.root+"/")
	w, err := d.fs.Create(full)
	if err != nil {
		return nil, writeError(full, err)
	}
	return &fileWriter{dir: d, w: w, path: full, ref: state.FileRef{Path: rel}}, nil
}

func (d *directory) exists(name string) bool {
	_, err := d.fs.Stat(name)
	return err == nil
}

func writeError(path string, err error) error {
	return errs.Transientf("writing %s", path).Wrap(err).Fix("check that its disk is there and has " +
		"room; checkpoints go to execution.checkpointing.dir")
}

func (d *directory) mkdir(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.made[dir] {
		return nil
	}
	if err := d.fs.MkdirAll(dir); err != nil {
		return err
	}
	d.made[dir] = true
	d.dirty[path.Dir(dir)] = true
	return nil
}

// cleanName makes a file name of an operator's uid and the like.
func cleanName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_',
			r == '.':
			return r
		}
		return '_'
	}, name)
}

// Open implements state.Files.
func (d *directory) Open(ref state.FileRef) (fsys.Reader, error) {
	r, err := d.fs.Open(path.Join(d.root, ref.Path))
	if errors.Is(err, fsys.ErrNotExist) {
		return nil, errs.Corruptf("it is missing").At("state file %s", ref.Path).Wrap(err)
	}
	if err != nil {
		return nil, errs.Transientf("opening state file %s", ref.Path).Wrap(err)
	}
	return r, nil
}

type fileWriter struct {
	dir  *directory
	w    fsys.Writer
	path string
	ref  state.FileRef
	done bool
}

func (w *fileWriter) Write(b []byte) (int, error) {
	n, err := w.w.Write(b)
	w.ref.Size += int64(n)
	w.ref.CRC = crc32.Update(w.ref.CRC, castagnoli, b[:n])
	if err != nil {
		err = writeError(w.path, err)
	}
	return n, err
}

// Commit implements state.FileWriter. The file's name is made to last by the manifest's writing.
func (w *fileWriter) Commit() (state.FileRef, error) {
	err := w.w.Sync()
	if cerr := w.w.Close(); err == nil {
		err = cerr
	}
	w.done = true
	if err != nil {
		_ = w.dir.fs.Remove(w.path) // not part of anything
		return state.FileRef{}, writeError(w.path, err)
	}
	w.dir.mu.Lock()
	w.dir.dirty[path.Dir(w.path)] = true
	w.dir.mu.Unlock()
	return w.ref, nil
}

// Abort implements state.FileWriter.
func (w *fileWriter) Abort() {
	if w.done {
		return
	}
	w.done = true
	_ = w.w.Close()
	_ = w.dir.fs.Remove(w.path)
}

// write makes a manifest last, after all that it names.
func (d *directory) write(dir string, m *Manifest) error {
	data, err := m.Encode()
	if err != nil {
		return err
	}
	full := path.Join(d.root, dir)
	if err := d.mkdir(full); err != nil {
		return writeError(full, err)
	}
	d.mu.Lock()
	dirty := make([]string, 0, len(d.dirty))
	for p := range d.dirty {
		dirty = append(dirty, p)
	}
	d.mu.Unlock()
	sort.Strings(dirty)
	for _, p := range dirty {
		if err := d.fs.SyncDir(p); err != nil {
			return writeError(p, err)
		}
		d.mu.Lock()
		delete(d.dirty, p)
		d.mu.Unlock()
	}
	name := path.Join(full, MetadataName)
	if err := fsys.WriteFile(d.fs, name, data); err != nil {
		return writeError(name, err)
	}
	return nil
}

// Commit completes a checkpoint: from here on it may be restored. It returns the path to give to
// users.
func (s *Store) Commit(m *Manifest) (string, error) {
	name := checkpointName(m.ID)
	return path.Join(s.root, name), s.write(name, m)
}

// Discard deletes checkpoints and files that Ledger has given up. It goes on after errors and
// returns the first: what stays behind only takes space.
func (s *Store) Discard(drop []int64, unused []string) error {
	var first error
	note := func(err error) {
		if err != nil && !errors.Is(err, fsys.ErrNotExist) && first == nil {
			first = errs.Transientf("deleting old checkpoints below %s", s.root).Wrap(err)
		}
	}
	for _, id := range drop {
		dir := path.Join(s.root, checkpointName(id))
		// The manifest goes first: a checkpoint that is half deleted must not look complete.
		note(s.fs.Remove(path.Join(dir, MetadataName)))
		note(s.fs.SyncDir(dir))
		note(s.fs.RemoveAll(dir))
	}
	for _, f := range unused {
		note(s.fs.Remove(path.Join(s.root, f)))
	}
	return first
}

// Abandon deletes what was written for a checkpoint that will not be complete, but for shared
// files: later ones build on them.
func (s *Store) Abandon(id int64) error {
	return s.fs.RemoveAll(path.Join(s.root, checkpointName(id)))
}

// Sweep deletes what earlier attempts left behind; see Orphans. What any manifest in the directory
// names stays, also of a run that this one did not start from.
func (s *Store) Sweep(retained []Entry) error {
	found, err := s.List()
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Err != nil {
			return nil // not known what it names
		}
	}
	retained = append(Entries(found), retained...)
	names, err := s.fs.List(path.Join(s.root, sharedDir))
	if err != nil {
		return errs.Transientf("listing %s", s.root).Wrap(err)
	}
	return s.Discard(nil, Orphans(names, retained, s.attempt))
}

// Found is a checkpoint on disk; Err says why it cannot be used.
type Found struct {
	ID       int64
	Path     string
	Manifest *Manifest
	Err      error
}

// List returns the checkpoints of the job, newest first, those that cannot be used too.
func (s *Store) List() ([]Found, error) { return list(s.fs, s.root) }

// NextID returns the number of the next checkpoint.
func (s *Store) NextID() (int64, error) {
	names, err := s.fs.List(s.root)
	if err != nil {
		return 0, unusable(s.root, err)
	}
	return NextID(names), nil
}

// Latest returns the newest checkpoint that is complete and whole, and those passed over on the
// way because they are not whole; nil when there is none. A checkpoint that may well be whole but
// cannot be read (the disk is away, another version wrote it) is an error, and so are checkpoints
// of which none is whole: to go on from less would lose what had been done.
func (s *Store) Latest() (m *Manifest, passed []Found, err error) {
	all, err := s.List()
	if err != nil {
		return nil, nil, err
	}
	for _, f := range all {
		if f.Err == nil {
			f.Err = s.verify(f.Manifest)
		}
		if f.Err == nil {
			return f.Manifest, passed, nil
		}
		if errs.MarkOf(f.Err) != errs.Corrupt {
			return nil, nil, f.Err
		}
		passed = append(passed, f)
	}
	if len(passed) > 0 {
		return nil, passed, errs.Corruptf("none of the %d checkpoints in %s is whole", len(passed),
			s.root).Wrap(passed[0].Err).Fix("bring the files back, or take execution.state-recovery." +
			"path away to start from the beginning")
	}
	return nil, nil, nil
}

// Entries turns what was found usable into the start of a Ledger.
func Entries(found []Found) []Entry {
	var out []Entry
	for i := len(found) - 1; i >= 0; i-- {
		if f := found[i]; f.Err == nil {
			out = append(out, EntryOf(f.Manifest))
		}
	}
	return out
}

// EntryOf returns what the Ledger keeps about a manifest.
func EntryOf(m *Manifest) Entry {
	e := Entry{ID: m.ID}
	for _, f := range m.Files() {
		e.Files = append(e.Files, f.Path)
	}
	return e
}

func unreadable(root string, err error) error {
	return errs.Userf("the checkpoint directory %s cannot be read", root).Wrap(err).
		Fix("check execution.checkpointing.dir and the rights of this user")
}

func list(fs fsys.FS, root string) ([]Found, error) {
	names, err := fs.List(root)
	if err != nil {
		return nil, unreadable(root, err)
	}
	var out []Found
	for _, n := range names {
		id, ok := checkpointID(n)
		if !ok {
			continue
		}
		f := Found{ID: id, Path: path.Join(root, n)}
		_, err := fs.Stat(path.Join(f.Path, MetadataName))
		if errors.Is(err, fsys.ErrNotExist) {
			continue // never completed
		}
		if err != nil {
			return nil, unreadable(root, err)
		}
		f.Manifest, f.Err = readManifest(fs, f.Path)
		out = append(out, f)
	}
	sort.Slice(out, func(a, b int) bool { return out[a].ID > out[b].ID })
	return out, nil
}

func readManifest(fs fsys.FS, dir string) (*Manifest, error) {
	name := path.Join(dir, MetadataName)
	data, err := fsys.ReadFile(fs, name)
	if err != nil {
		return nil, errs.Transientf("reading %s", name).Wrap(err).Fix("check that it is there and " +
			"that this user may read it: execution.checkpointing.dir names where checkpoints are, " +
			"execution.state-recovery.path which snapshot a job starts from")
	}
	m, err := DecodeManifest(data)
	if e, ok := err.(*errs.Error); ok {
		return nil, e.At("%s", name)
	}
	return m, err
}

// String names the store in logs.
func (s *Store) String() string { return fmt.Sprintf("checkpoints in %s", s.root) }
