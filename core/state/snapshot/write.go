package snapshot

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
	"github.com/headrace/headrace/core/state/slots"
)

type capture struct {
	store   *Store
	options state.CaptureOptions
	number  int64 // of the table's capture
	lists   []state.ListState
	size    int64
}

// SizeBytes implements state.Capture.
func (c *capture) SizeBytes() int64 { return c.size }

// Discard implements state.Capture: what was captured stays pending.
func (c *capture) Discard() { c.store.arrived(c.options.ID) }

// arrived takes the capture of a checkpoint off those that are awaited.
func (s *Store) arrived(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.awaited, id)
}

// Write implements state.Capture.
func (c *capture) Write(files state.Files) (state.Handle, error) {
	s := c.store
	s.writing.Lock()
	defer s.writing.Unlock()
	defer s.arrived(c.options.ID)
	chain, written, err := s.writeFor(c, files)
	if err != nil {
		return state.Handle{}, err
	}
	o := &s.ctx.OperatorInfo
	h := state.Handle{UID: o.UID, Subtask: o.Subtask, Parallelism: o.Parallelism,
		MaxParallelism: o.MaxParallelism, Groups: o.Groups(), KeyVersion: state.KeyVersion,
		Lists: c.lists, NewBytes: written}
	for _, f := range chain {
		h.Files = append(h.Files, f.ref)
	}
	return h, nil
}

// writeFor writes what a capture asks for and returns the files of its handle.
func (s *Store) writeFor(c *capture, to state.Files) (chain []file, written int64, err error) {
	if !c.options.Full {
		return s.flush(c.number, c.options.ID)
	}
	chain, pending, err := s.upTo(c.number, c.options.ID)
	if err != nil {
		return nil, 0, err
	}
	whole, err := s.writeMerged(to, c.options.ID, chain, pending)
	if err != nil {
		return nil, 0, err
	}
	if len(whole) == 0 || s.isOwn(whole) {
		// Nothing is a base, too: the handle names no file of the chain, so they will be deleted.
		err = s.restart(whole, pending, c.number)
	} else {
		// A savepoint is nobody's base: the next checkpoint needs what was captured too.
		_, _, err = s.flush(c.number, c.options.ID)
	}
	return whole, sizeOf(whole), err
}

// isOwn says whether files were written to where checkpoints are kept, so that later ones may
// build on them.
func (s *Store) isOwn(files []file) bool {
	for _, f := range files {
		r, err := s.ctx.Files.Open(f.ref)
		if err != nil {
			return false
		}
		size := r.Size()
		if err := r.Close(); err != nil || size != f.ref.Size {
			return false
		}
	}
	return len(files) > 0
}

// restart begins the chain anew with files that hold everything up to a capture.
func (s *Store) restart(whole []file, pending []*slots.Captured, number int64) error {
	s.mu.Lock()
	s.chain = append([]file(nil), whole...)
	s.pending = s.pending[len(pending):]
	s.written = number
	s.mu.Unlock()
	return closeAll(pending)
}

func closeAll(captured []*slots.Captured) error {
	var err error
	for _, c := range captured {
		if cerr := c.Close(); err == nil {
			err = cerr
		}
	}
	return err
}

// upTo returns the chain and what is pending behind it up to a capture.
func (s *Store) upTo(number, id int64) (chain []file, pending []*slots.Captured, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if number < s.written {
		return nil, nil, errs.Transientf("checkpoint %d of operator '%s' was overtaken by a later "+
			"one", id, s.ctx.UID)
	}
	n := 0
	for n < len(s.pending) && s.pending[n].Number <= number {
		n++
	}
	return append([]file(nil), s.chain...), s.pending[:n:n], nil
}

func sizeOf(files []file) int64 {
	n := int64(0)
	for _, f := range files {
		n += f.ref.Size
	}
	return n
}

// flush writes what is pending up to a capture as one file, for a checkpoint, and returns the chain
// as of then. Foreign files are copied into it; a capture of all keys begins the chain anew.
func (s *Store) flush(number, id int64) (chain []file, written int64, err error) {
	chain, pending, err := s.upTo(number, id)
	if err != nil {
		return nil, 0, err
	}
	anew := newestBase(pending) >= 0
	foreign := len(chain) > 0 && chain[0].foreign && !anew
	if len(pending) == 0 && !foreign {
		s.wrote(number)
		return chain, 0, nil
	}
	var sources []file
	if foreign {
		sources = chain
	}
	src, done, err := s.merged(sources, pending)
	if err != nil {
		return nil, 0, err
	}
	defer done()
	keepDead := !foreign && !anew && len(chain) > 0
	added, err := s.write(s.ctx.Files, id, "delta", src, keepDead)
	if err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	if foreign || anew {
		s.chain = nil
	}
	s.chain = append(s.chain, added...)
	chain = append([]file(nil), s.chain...)
	s.pending = s.pending[len(pending):]
	s.count(sizeOf(added), pending)
	s.written = number
	s.mu.Unlock()
	return chain, sizeOf(added), closeAll(pending)
}

func (s *Store) wrote(number int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written = number
}

// writeMerged writes the whole state that files and captures make as one file.
func (s *Store) writeMerged(to state.Files, id int64, files []file, pending []*slots.Captured) (
	[]file, error) {
	if len(files)+len(pending) == 0 {
		return nil, nil
	}
	src, done, err := s.merged(files, pending)
	if err != nil {
		return nil, err
	}
	defer done()
	return s.write(to, id, "full", src, false)
}

// write makes a file of a source; nothing when it has no records.
func (s *Store) write(to state.Files, id int64, kind string, src segment.Source, keepDead bool) (
	out []file, err error) {
	if to == nil {
		return nil, errs.Internalf("operator %q has nowhere to write its state", s.ctx.UID)
	}
	w, err := to.Create(id, s.name(kind), true)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	seg := segment.NewWriter(w, segment.Header{Columns: s.schema.columns,
		KeyVersion: state.KeyVersion})
	for src.Next() {
		if rec := src.Record(); keepDead || !rec.Dead {
			if err := seg.Add(rec); err != nil {
				return nil, err
			}
		}
	}
	if err := src.Err(); err != nil {
		return nil, err
	}
	if seg.Records() == 0 {
		return nil, nil
	}
	if err := seg.Close(); err != nil {
		return nil, err
	}
	ref, err := w.Commit()
	if err != nil {
		return nil, err
	}
	ref.Groups = s.ctx.Groups()
	return []file{{ref: ref}}, nil
}

// replace puts files in the place of the oldest part of the chain, unless somebody else has done so
// since: then they are left to the next clean-up.
func (s *Store) replace(oldest, by []file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.chain) < len(oldest) {
		return
	}
	for i := range oldest {
		if s.chain[i].ref.Path != oldest[i].ref.Path {
			return
		}
	}
	s.chain = append(append([]file(nil), by...), s.chain[len(oldest):]...)
}
