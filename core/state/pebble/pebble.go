// Package pebble is the back end for state that is larger than memory: a table of the keys used
// lately (bounded by the budget) in front of a pebble database in the working directory. The
// database is scratch space: what survives is in the snapshots, which are those of every back end.
package pebble

import (
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/slots"
	"github.com/headrace/headrace/core/state/snapshot"
)

// Options are sizes in bytes; zero takes the default.
type Options struct {
	CacheBytes    int64 // blocks in memory, for all stores of the back end: 64 MiB
	MemTableBytes int64 // of each store: 8 MiB
	// StoreBytes limits the keys in memory of a store whose context has no budget: 128 MiB.
	StoreBytes int64
	// Late says that a store opens its database when the first key has to leave memory: most stores
	// of bounded jobs never need one.
	Late bool
}

// memTables is how many memtables of a store may wait for the disk.
const memTables = 4

// Backend makes stores that share a block cache. Close it when all of them are closed.
type Backend struct {
	options Options
	wrap    func(vfs.FS) vfs.FS // of tests that make the disk fail
	once    sync.Once
	cache   *pebble.Cache
}

var _ state.Backend = (*Backend)(nil)

// New makes a back end.
func New(o Options) *Backend {
	set := func(v *int64, otherwise int64) {
		if *v <= 0 {
			*v = otherwise
		}
	}
	set(&o.CacheBytes, 64<<20)
	set(&o.MemTableBytes, 8<<20)
	set(&o.StoreBytes, 128<<20)
	return &Backend{options: o}
}

// Close lets go of the block cache.
func (b *Backend) Close() {
	if b.cache != nil {
		b.cache.Unref()
	}
}

// Open implements state.Backend. The context must have a working directory of the store's own.
func (b *Backend) Open(ctx *state.StoreContext, restore []state.Handle) (state.Store, error) {
	b.once.Do(func() { b.cache = pebble.NewCache(b.options.CacheBytes) })
	return snapshot.New(ctx, restore,
		func(start func(*slots.Table) error) (*slots.Table, func() error, error) {
			d, err := b.openDisk(ctx)
			if err != nil {
				return nil, nil, err
			}
			budget := ctx.Budget
			if budget == nil {
				budget = state.NewBudget(b.options.StoreBytes)
			}
			return slots.New(start).WithBudget(budget).WithDisk(d), d.close, nil
		})
}

func (b *Backend) openDisk(ctx *state.StoreContext) (*disk, error) {
	var fs vfs.FS = vfs.NewMem()
	if fsys.Local(ctx.FS, ctx.Dir) {
		fs = vfs.Default
	}
	if b.wrap != nil {
		fs = b.wrap(fs)
	}
	failed := func(err error) error {
		return errs.Userf("the working directory %s cannot be used", ctx.Dir).Wrap(err).
			At("operator '%s'", ctx.UID).Fix("set io.tmp.dirs to a local directory with space")
	}
	if err := fs.RemoveAll(ctx.Dir); err != nil {
		return nil, failed(err)
	}
	d := &disk{dir: ctx.Dir, fs: fs, uid: ctx.UID,
		room: newRoom(memTables * b.options.MemTableBytes)}
	o := &pebble.Options{FS: fs, Cache: b.cache, DisableWAL: true, Logger: logger{d},
		MemTableSize: uint64(b.options.MemTableBytes), EventListener: &pebble.EventListener{BackgroundError: d.backgroundError,
			FlushEnd: func(i pebble.FlushInfo) { d.room.freed(i) }},
		// Never stall inside pebble: there nothing ends the wait when the disk is full. The store
		// waits by itself (room).
		MemTableStopWritesThreshold: 1000, L0StopWritesThreshold: 1000}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		o.Levels[i].FilterType = pebble.TableFilter
	}
	d.open = func() error {
		db, err := pebble.Open(ctx.Dir, o)
		if err != nil {
			return failed(err)
		}
		d.db = db
		return nil
	}
	if b.options.Late {
		return d, nil
	}
	return d, d.open()
}
