package snapshot

import (
	"fmt"
	"sync"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
	"github.com/headrace/headrace/core/state/slots"
)

// Store is a table with a chain of files behind it: the oldest holds everything (a base), each
// newer one what changed (a delta). Captures that are not written yet follow the files.
type Store struct {
	ctx    *state.StoreContext
	table  *slots.Table
	lists  *lists
	closer func() error

	writing sync.Mutex // held by who writes captures: one at a time
	merging sync.Mutex // held by who merges files

	mu      sync.Mutex // guards what follows
	chain   []file
	pending []*slots.Captured // oldest first
	schema  *schema
	written int64 // number of the newest capture that is in the chain
	// awaited are the numbers of captures whose Write or Discard is to come, by checkpoint.
	awaited map[int64]int64
	lastID  int64
	serial  int
	stats   state.Stats
	// keyBytes is about what a key takes in a file, inherited what the deltas hold that were there
	// at the start: nothing has been merged for them.
	keyBytes  float64
	inherited int64
}

var _ state.Store = (*Store)(nil)

// New makes a store around the table that open makes; open is given what fills the table with the
// restored keys at its first use. closer may be nil.
func New(ctx *state.StoreContext, restore []state.Handle,
	open func(start func(*slots.Table) error) (t *slots.Table, closer func() error, err error)) (
	*Store, error) {
	s := &Store{ctx: ctx, lists: newLists(&ctx.OperatorInfo, restore),
		awaited: map[int64]int64{}}
	groups := ctx.Groups()
	for _, h := range restore {
		if h.UID != ctx.UID {
			return nil, errs.Internalf("operator %q is given the state of %q", ctx.UID, h.UID)
		}
		if len(h.Files) == 0 {
			continue
		}
		if h.MaxParallelism != ctx.MaxParallelism {
			return nil, errs.Userf("the state of operator %q was kept with max-parallelism %d, "+
				"the job now has %d", ctx.UID, h.MaxParallelism, ctx.MaxParallelism).
				Fix("set its max-parallelism to %d: keys cannot be spread anew", h.MaxParallelism)
		}
		for _, f := range h.Files {
			f.Groups = f.Groups.Overlap(h.Groups).Overlap(groups)
			if f.Groups.Len() > 0 {
				s.chain = append(s.chain, file{f, ctx.RestoreFiles != nil})
			}
		}
	}
	var start func(*slots.Table) error
	if len(s.chain) > 0 {
		if !s.chain[0].foreign { // else the first capture's file takes the chain's place
			s.inherited = sizeOf(s.chain[1:])
		}
		start = s.load
	}
	var err error
	s.table, s.closer, err = open(start)
	return s, err
}

// Keyed implements state.Store.
func (s *Store) Keyed() state.Keyed { return s.table }

// Operator implements state.Store.
func (s *Store) Operator() state.OperatorState { return s.lists }

// files returns where a file of the chain is read.
func (s *Store) files(f file) state.Files {
	if f.foreign {
		return s.ctx.RestoreFiles
	}
	return s.ctx.Files
}

// load reads the restored files into the table.
func (s *Store) load(t *slots.Table) error {
	if err := s.learn(t); err != nil {
		return err
	}
	src, done, err := s.merged(s.chain, nil)
	if err != nil {
		return err
	}
	defer done()
	return t.Load(src)
}

// learn takes the table's columns for the schema and checks the types of the restored files.
func (s *Store) learn(t *slots.Table) error {
	schema := &schema{columns: t.Columns(), converts: map[typeChange]state.Convert{}}
	for _, f := range s.chain {
		r, err := s.files(f).Open(f.ref)
		if err != nil {
			return err
		}
		seg, err := segment.Open(f.ref.Path, r)
		if err == nil {
			err = schema.evolve(seg.Header.Columns, t.Column)
		}
		r.Close()
		if err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.schema = schema
	s.mu.Unlock()
	return nil
}

// merged reads files and captures together, oldest first; what a capture of all keys stands for is
// left out.
func (s *Store) merged(files []file, pending []*slots.Captured) (segment.Source, func(), error) {
	if base := newestBase(pending); base >= 0 {
		files, pending = nil, pending[base:]
	}
	var sources []segment.Source
	var closers []func()
	done := func() {
		for _, c := range closers {
			c()
		}
	}
	for _, f := range files {
		src, closeFile, err := s.schema.open(s.files(f), f.ref, s.ctx.Groups())
		if err != nil {
			done()
			return nil, nil, err
		}
		closers = append(closers, closeFile)
		sources = append(sources, src)
	}
	for _, c := range pending {
		src, closeSource, err := c.Source()
		if err != nil {
			done()
			return nil, nil, err
		}
		closers = append(closers, closeSource)
		sources = append(sources, src)
	}
	if len(sources) == 1 {
		return sources[0], done, nil
	}
	return segment.NewMerge(sources), done, nil
}

// Capture implements state.Store.
func (s *Store) Capture(o state.CaptureOptions) (state.Capture, error) {
	take := s.table.Capture
	if !o.Full && s.wantsBase() {
		take = s.table.CaptureAll
	}
	captured, err := take()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.schema == nil {
		s.schema = &schema{columns: captured.Columns}
	}
	if !captured.Empty() {
		s.pending = append(s.pending, captured)
	}
	s.lastID = max(s.lastID, o.ID)
	s.awaited[o.ID] = captured.Number
	s.table.Account()
	t := s.table.Stats()
	s.stats.Keys, s.stats.Loads, s.stats.Evictions = t.Keys, t.Loads, t.Evictions
	s.stats.MemBytes = s.table.MemBytes()
	return &capture{store: s, options: o, number: captured.Number, lists: s.lists.snapshot(),
		size: captured.SizeBytes()}, nil
}

// Settled implements state.Store. What an aborted checkpoint has written stays part of the chain,
// so there is nothing to take back.
func (s *Store) Settled(id int64, _ bool) { s.arrived(id) }

// Stats implements state.Store.
func (s *Store) Stats() state.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.stats
	out.LiveFiles = len(s.chain)
	for _, f := range s.chain {
		out.LiveBytes += f.ref.Size
	}
	return out
}

// Close implements state.Store. A store on disk waits for a capture that is being written, which
// reads what is closed here; one in memory does not: captures live on without it.
func (s *Store) Close() error {
	s.table.Release()
	if s.closer == nil {
		return nil
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	pending := s.pending
	s.pending = nil
	s.mu.Unlock()
	err := closeAll(pending)
	if cerr := s.closer(); err == nil {
		err = cerr
	}
	return err
}

// name makes the name of a new file, unlike that of any other of the job.
func (s *Store) name(kind string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	return fmt.Sprintf("%s-%d-%d-%s%d", s.ctx.UID, s.ctx.Subtask, s.ctx.Attempt, kind, s.serial)
}
