package checkpoint

import (
	"path"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/state"
)

// SavepointWriter writes a savepoint into a directory of its own, which no checkpoint shares.
type SavepointWriter struct{ *directory }

var _ state.Files = (*SavepointWriter)(nil)

// NewSavepoint makes the directory <target>/savepoint-<start of the job id>-<unique>.
func NewSavepoint(fs fsys.FS, target, jobID, unique string) (*SavepointWriter, error) {
	name := "savepoint-" + cleanName(jobID[:min(len(jobID), 6)]) + "-" + cleanName(unique)
	root := path.Join(target, name)
	if _, err := fs.Stat(path.Join(root, MetadataName)); err == nil {
		return nil, errs.Userf("there is a savepoint at %s already", root)
	}
	if err := fs.MkdirAll(root); err != nil {
		return nil, errs.Userf("the savepoint directory %s cannot be written", target).Wrap(err).
			Fix("give another one, or set execution.checkpointing.savepoint-dir")
	}
	return &SavepointWriter{newDirectory(fs, root,
		func(_ int64, name string, _ bool) string { return name })}, nil
}

// Path is what users restore from.
func (s *SavepointWriter) Path() string { return s.root }

// Commit completes the savepoint.
func (s *SavepointWriter) Commit(m *Manifest) error {
	if err := s.write("", m); err != nil {
		return err
	}
	return s.fs.SyncDir(path.Dir(s.root))
}

// Abandon deletes what was written.
func (s *SavepointWriter) Abandon() error { return s.fs.RemoveAll(s.root) }

// Snapshot is a checkpoint or savepoint to restore from.
type Snapshot struct {
	Manifest *Manifest
	Path     string
	// Files is where its files are read.
	Files state.Files
	// JobDir is the directory of the job that the checkpoint belongs to, "" for a savepoint.
	JobDir string
}

// OpenSnapshot opens a savepoint or checkpoint by its path: its directory, its _metadata file, or
// the directory of a job, whose newest usable checkpoint is taken. All files are checked.
func OpenSnapshot(fs fsys.FS, at string) (*Snapshot, error) {
	at = strings.TrimPrefix(strings.TrimSuffix(at, "/"), "file://")
	if path.Base(at) == MetadataName {
		at = path.Dir(at)
	}
	if _, err := fs.Stat(path.Join(at, MetadataName)); err != nil {
		return newestBelow(fs, at)
	}
	m, err := readManifest(fs, at)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{Manifest: m, Path: at}
	root := at
	if m.Kind == Checkpoint {
		root = path.Dir(at)
		s.JobDir = root
	}
	d := newDirectory(fs, root, nil)
	s.Files = d
	if err := d.verify(m); err != nil {
		remedy := "restore from another one"
		if m.Kind == Checkpoint {
			remedy = "restore from an older one below " + s.JobDir +
				"; a checkpoint needs the shared files of its job beside it, a savepoint can be moved"
		}
		return nil, errs.Corruptf("%s %d at %s cannot be used", m.Kind, m.ID, at).Wrap(err).
			Fix("%s", remedy)
	}
	return s, nil
}

// newestBelow takes at for the directory of a job.
func newestBelow(fs fsys.FS, at string) (*Snapshot, error) {
	none := errs.Userf("there is no checkpoint or savepoint at %s", at).Fix("give the directory " +
		"that holds its _metadata file")
	if _, err := fs.Stat(at); err != nil {
		return nil, none.Wrap(err)
	}
	d := newDirectory(fs, at, nil)
	found, err := list(fs, at)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		if f.Err == nil {
			f.Err = d.verify(f.Manifest)
		}
		if f.Err == nil {
			return &Snapshot{Manifest: f.Manifest, Path: f.Path, Files: d, JobDir: at}, nil
		}
		none.Wrap(f.Err)
	}
	return nil, none
}

// Dispose deletes a savepoint.
func Dispose(fs fsys.FS, at string) error {
	m, err := readManifest(fs, at)
	if err != nil {
		return err
	}
	if m.Kind != Savepoint {
		return errs.Userf("%s is a checkpoint; its job deletes it", at)
	}
	if err := fs.Remove(path.Join(at, MetadataName)); err != nil {
		return writeError(at, err)
	}
	return fs.RemoveAll(at)
}
