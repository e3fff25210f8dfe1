package filesystem

import (
	"encoding/binary"
	"errors"
	"io"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/format"
)

// Bounds of the bytes of a split.
const (
	minSplit = 4 << 20
	maxSplit = 64 << 20
	perTask  = 4 // splits a reader, when the files are large enough
)

// enumerator finds files, cuts them into splits and hands those out in order.
type enumerator struct {
	src     *Source
	ctx     *connector.EnumeratorContext
	framing format.Framing
	pending []*split
	seen    map[string]bool // files found so far; kept only by a source that looks again
	listed  bool
	due     atomic.Bool // the interval is over
	stop    func() bool
}

// NewEnumerator implements connector.Source.
func (s *Source) NewEnumerator(
	ctx *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	e := &enumerator{src: s, ctx: ctx, seen: map[string]bool{}}
	if s.format.NewDecoder != nil {
		d, err := s.format.NewDecoder(s.options)
		if err != nil {
			return nil, err
		}
		e.framing = d.Framing()
	}
	if restored != nil {
		if err := e.restore(restored); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// Next implements connector.Enumerator.
func (e *enumerator) Next(int) ([]connector.Split, bool, error) {
	if !e.listed || e.due.Swap(false) {
		if err := e.find(); err != nil {
			return nil, false, err
		}
	}
	if len(e.pending) == 0 {
		return nil, e.src.interval == 0, nil
	}
	s := e.pending[0]
	if err := e.settle(s); err != nil {
		return nil, false, err
	}
	e.pending = e.pending[1:]
	return []connector.Split{s.encode()}, false, nil
}

// find lists the files and adds splits of the new ones.
func (e *enumerator) find() error {
	files, err := e.src.list()
	if err != nil {
		return err
	}
	e.listed = true
	var total int64
	for _, f := range files {
		total += f.info.Size
	}
	size := min(max(total/int64(max(e.ctx.Parallelism, 1)*perTask), minSplit), maxSplit)
	for _, f := range files {
		if e.seen[f.path] {
			continue
		}
		if e.src.interval > 0 {
			e.seen[f.path] = true
		}
		e.cut(f, size)
	}
	if e.src.interval > 0 {
		e.stop = e.ctx.Clock.AfterFunc(e.src.interval, func() {
			e.due.Store(true)
			e.ctx.Wake()
		})
	}
	return nil
}

// cut makes the splits of a file.
func (e *enumerator) cut(f file, size int64) {
	whole := split{path: f.path, to: f.info.Size, size: f.info.Size, mod: f.info.ModMs,
		pos: -1, stateKnown: true}
	if f.info.Size == 0 {
		return
	}
	if e.src.whole || compression(f.path) != "" || !e.src.format.Bulk() && !e.framing.Seekable() {
		e.pending = append(e.pending, &whole)
		return
	}
	n := max((f.info.Size+size/2)/size, 1)
	for i := range n {
		s := whole
		s.from, s.to = f.info.Size*i/n, f.info.Size*(i+1)/n
		s.stateKnown = i == 0 || e.src.format.Bulk() || e.framing.Plain()
		e.pending = append(e.pending, &s)
	}
}

// settle finds the state of the scan before the split's first byte: the split before it has been
// settled already, so one pass over its bytes is enough. Line feeds inside quotes are told apart
// that way.
func (e *enumerator) settle(s *split) error {
	if len(e.pending) > 1 && e.pending[1].path == s.path && !e.pending[1].stateKnown {
		next := e.pending[1]
		state, err := e.scan(s, next.from-1)
		if err != nil {
			return err
		}
		next.state, next.stateKnown = state, true
	}
	return nil
}

// scan runs from the place whose state s knows to the byte at.
func (e *enumerator) scan(s *split, at int64) (format.State, error) {
	r, err := e.src.fs.Open(s.path)
	if err != nil {
		return 0, errs.Transientf("file '%s'", s.path).Wrap(err)
	}
	defer r.Close()
	state, pos := s.state, max(s.from-1, 0)
	buf := make([]byte, 1<<20)
	for pos < at {
		n, err := r.ReadAt(buf[:min(int64(len(buf)), at-pos)], pos)
		state = e.framing.Scan(state, buf[:n])
		pos += int64(n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, errs.Transientf("file '%s'", s.path).Wrap(err)
		}
	}
	return state, nil
}

// AddBack implements connector.Enumerator.
func (e *enumerator) AddBack(splits []connector.Split) {
	back := make([]*split, 0, len(splits)+len(e.pending))
	for _, c := range splits {
		if s, err := decodeSplit(c); err == nil {
			back = append(back, s)
		}
	}
	e.pending = append(back, e.pending...)
}

// Snapshot implements connector.Enumerator: whether files were listed, the pending splits, the
// files seen.
func (e *enumerator) Snapshot() ([]byte, error) {
	splits := make([]connector.Split, len(e.pending))
	for i, s := range e.pending {
		splits[i] = s.encode()
	}
	left := connector.EncodeSplits(splits)
	listed := byte(0)
	if e.listed {
		listed = 1
	}
	out := binary.AppendUvarint([]byte{splitVersion, listed}, uint64(len(left)))
	out = append(out, left...)
	for _, p := range slices.Sorted(maps.Keys(e.seen)) {
		out = binary.AppendUvarint(out, uint64(len(p)))
		out = append(out, p...)
	}
	return out, nil
}

func (e *enumerator) restore(b []byte) error {
	bad := errs.Corruptf("table '%s': the enumerator's state cannot be read", e.src.table.Name)
	if len(b) < 2 || b[0] != splitVersion {
		return bad
	}
	e.listed = b[1] == 1
	b = b[2:]
	next := func() ([]byte, bool) {
		n, k := binary.Uvarint(b)
		if k <= 0 || uint64(len(b)-k) < n {
			return nil, false
		}
		v := b[k : k+int(n)]
		b = b[k+int(n):]
		return v, true
	}
	left, ok := next()
	if !ok {
		return bad
	}
	splits, err := connector.DecodeSplits(left)
	if err != nil {
		return err
	}
	for _, c := range splits {
		s, err := decodeSplit(c)
		if err != nil {
			return err
		}
		e.pending = append(e.pending, s)
	}
	for len(b) > 0 {
		p, ok := next()
		if !ok {
			return bad
		}
		e.seen[string(p)] = true
	}
	e.due.Store(e.src.interval > 0)
	return nil
}

// Close implements connector.Enumerator.
func (e *enumerator) Close() error {
	if e.stop != nil {
		e.stop()
	}
	return nil
}
