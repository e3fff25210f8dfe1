package job

import (
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/checkpoint"
	"github.com/headrace/headrace/core/state"
)

// storage keeps the snapshots of a job. Without execution.checkpointing.dir checkpoints are kept
// in memory: they outlive a restart of the job, not of the process.
type storage struct {
	fs           fsys.FS // of checkpoints
	disk         fsys.FS // of savepoints
	dir          string
	savepointDir string
	jobID        string
	retain       int
	keepOnCancel bool
	keepOnFail   bool
	durable      bool

	store      *checkpoint.Store // of the current attempt
	ledger     *checkpoint.Ledger
	start      *checkpoint.Snapshot // to start the next attempt from; nil: from the beginning
	firstStart int                  // attempts of earlier processes
	swept      bool

	mu sync.Mutex // held while manifests are written and files deleted
}

func newStorage(o *Options, cfg config.Map) (*storage, error) {
	s := &storage{fs: o.FS, disk: o.FS, jobID: o.ID}
	var err error
	if s.dir, err = config.CheckpointDir.Get(cfg); err != nil {
		return nil, err
	}
	if s.savepointDir, err = config.SavepointDir.Get(cfg); err != nil {
		return nil, err
	}
	if s.retain, err = config.CheckpointRetained.Get(cfg); err != nil {
		return nil, err
	}
	retention, err := config.CheckpointRetention.Get(cfg)
	if err != nil {
		return nil, err
	}
	from, err := config.RecoveryPath.Get(cfg)
	if err != nil {
		return nil, err
	}
	// A job that is to go on from its latest checkpoint needs one to be left.
	goOn := from == "latest" && !config.CheckpointRetention.IsSet(cfg)
	s.keepOnCancel = retention == "RETAIN_ON_CANCELLATION" || goOn
	s.keepOnFail = retention != "NO_EXTERNALIZED_CHECKPOINTS" || goOn
	s.durable = s.dir != ""
	if !s.durable {
		s.fs, s.dir = fsys.NewMem(), "/checkpoints"
	}
	s.dir, s.savepointDir = localPath(s.dir), localPath(s.savepointDir)
	return s, nil
}

// localPath takes the scheme off a file URL.
func localPath(p string) string { return strings.TrimPrefix(p, "file://") }

// FirstRecoveryPath is the setting of what a job starts from when it is to go on from its latest
// checkpoint and has none.
const FirstRecoveryPath = "$internal.state-recovery.first"

// recover finds what the job starts from, and the number of the next snapshot. With "latest" and no
// complete checkpoint it starts from first, if there is one.
func (s *storage) recover(from, first string) (nextID int64, err error) {
	store, err := checkpoint.NewStore(s.fs, s.dir, s.jobID, 0)
	if err != nil {
		return 0, err
	}
	s.store = store
	found, err := store.List()
	if err != nil {
		return 0, err
	}
	for _, f := range found {
		if f.Manifest != nil {
			s.firstStart = max(s.firstStart, f.Manifest.Attempt+1)
		}
	}
	if nextID, err = store.NextID(); err != nil {
		return 0, err
	}
	s.ledger = checkpoint.NewLedger()
	switch from {
	case "":
		return nextID, nil
	case "latest":
		m, passed, err := store.Latest()
		if err == nil && m == nil && first != "" {
			return s.from(first, nextID)
		}
		if err != nil || m == nil {
			return nextID, err
		}
		bad := map[int64]error{}
		for _, f := range passed {
			bad[f.ID] = f.Err
		}
		for i := range found {
			if err := bad[found[i].ID]; err != nil {
				found[i].Err = err
			}
		}
		s.ledger = checkpoint.NewLedger(checkpoint.Entries(found)...)
		s.start = &checkpoint.Snapshot{Manifest: m, Files: store, JobDir: store.Dir(),
			Path: path.Join(store.Dir(), fmt.Sprintf("chk-%d", m.ID))}
		return nextID, nil
	}
	return s.from(from, nextID)
}

// from starts the job from the snapshot in a directory.
func (s *storage) from(dir string, nextID int64) (int64, error) {
	var err error
	if s.start, err = checkpoint.OpenSnapshot(s.disk, localPath(dir)); err != nil {
		return 0, err
	}
	return max(nextID, s.start.Manifest.ID+1), nil
}

// begin opens the store of an attempt.
func (s *storage) begin(attempt int) (err error) {
	s.store, err = checkpoint.NewStore(s.fs, s.dir, s.jobID, s.firstStart+attempt)
	return err
}

// restoreFiles is where the files of the start are read; nil: among the job's own.
func (s *storage) restoreFiles() state.Files {
	if s.start == nil || s.start.JobDir == s.store.Dir() {
		return nil
	}
	return s.start.Files
}

// target is a snapshot being written.
type target interface {
	state.Files
	// commit makes the snapshot count and returns its path.
	commit(m *checkpoint.Manifest) (path string, err error)
	// abandon removes what was written.
	abandon()
}

// target makes room for a snapshot.
func (s *storage) target(id int64, savepoint bool, dir string) (target, error) {
	if !savepoint {
		return &checkpointTarget{s.store, s, id}, nil
	}
	if dir = localPath(dir); dir == "" {
		dir = s.savepointDir
	}
	if dir == "" {
		return nil, errs.Userf("there is no directory for the savepoint").
			Fix("give one, or set execution.checkpointing.savepoint-dir")
	}
	w, err := checkpoint.NewSavepoint(s.disk, dir, s.jobID, fmt.Sprintf("%06d", id))
	if err != nil {
		return nil, err
	}
	return &savepointTarget{w, s}, nil
}

type checkpointTarget struct {
	*checkpoint.Store
	storage *storage
	id      int64
}

func (t *checkpointTarget) commit(m *checkpoint.Manifest) (string, error) {
	t.storage.mu.Lock()
	defer t.storage.mu.Unlock()
	return t.Commit(m)
}

func (t *checkpointTarget) abandon() {
	t.storage.mu.Lock()
	defer t.storage.mu.Unlock()
	_ = t.Abandon(t.id) // it only takes space
}

type savepointTarget struct {
	*checkpoint.SavepointWriter
	storage *storage
}

func (t *savepointTarget) commit(m *checkpoint.Manifest) (string, error) {
	t.storage.mu.Lock()
	defer t.storage.mu.Unlock()
	return t.Path(), t.Commit(m)
}

func (t *savepointTarget) abandon() { _ = t.Abandon() }

// use notes that the files of a handle belong to a checkpoint that is not complete yet.
func (s *storage) use(id int64, h *state.Handle) {
	var files []string
	for _, f := range h.Files {
		files = append(files, f.Path)
	}
	s.ledger.Use(id, files)
}

// completed notes a complete checkpoint as the start of the next attempt and returns what deletes
// the files that are not needed any more; it may block.
func (s *storage) completed(m *checkpoint.Manifest, at string) (clean func() error) {
	store := s.store
	s.start = &checkpoint.Snapshot{Manifest: m, Path: at, Files: store, JobDir: store.Dir()}
	drop, unused := s.ledger.Complete(checkpoint.EntryOf(m), s.retain)
	retained := append([]checkpoint.Entry(nil), s.ledger.Retained...)
	sweep := !s.swept
	s.swept = true
	return func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		err := store.Discard(drop, unused)
		if sweep {
			if serr := store.Sweep(retained); err == nil {
				err = serr
			}
		}
		return err
	}
}

// dispose deletes all checkpoints of a job that is over, if they are not to be kept.
func (s *storage) dispose(final Status) error {
	if !s.durable || s.store == nil {
		return nil
	}
	keep := final == Suspended || final == Canceled && s.keepOnCancel ||
		final == Failed && s.keepOnFail
	if keep {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []int64
	for _, e := range s.ledger.Retained {
		ids = append(ids, e.ID)
	}
	if err := s.store.Discard(ids, nil); err != nil {
		return err
	}
	return s.fs.RemoveAll(s.store.Dir())
}
