package hybrid

import (
	"github.com/headrace/headrace/core/connector"
)

// reader reads the splits of one source at a time, those of earlier sources first.
type reader struct {
	src     *Source
	ctx     *connector.ReaderContext
	at      int // source of child
	child   connector.Reader
	later   [][]connector.Split // by source: for when child is through
	noMore  bool
	begins  int64 // the checkpoint that Snapshot is for
	numbers bool
}

var (
	_ connector.Growing            = (*reader)(nil)
	_ connector.CheckpointListener = (*reader)(nil)
	_ connector.Numbered           = (*reader)(nil)
)

// NewReader implements connector.Source.
func (s *Source) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	return &reader{src: s, ctx: ctx, later: make([][]connector.Split, len(s.sources))}, nil
}

// Add implements connector.Reader.
func (r *reader) Add(splits []connector.Split) error {
	for _, s := range splits {
		source, inner, err := unwrap(s, len(r.src.sources))
		if err != nil {
			return err
		}
		r.later[source] = append(r.later[source], inner)
	}
	if r.child == nil {
		return nil
	}
	for _, earlier := range r.later[:r.at] {
		if len(earlier) > 0 {
			return r.putAside()
		}
	}
	mine := r.later[r.at]
	r.later[r.at] = nil
	if len(mine) == 0 {
		return nil
	}
	return r.child.Add(mine)
}

// putAside stops reading where it is: a reader that failed left splits of an earlier source, and
// the present one may have no end.
func (r *reader) putAside() error {
	splits, err := r.child.Snapshot()
	if err != nil {
		return err
	}
	r.later[r.at] = append(splits, r.later[r.at]...)
	return r.Close()
}

// next opens the first source that has splits; false: none has.
func (r *reader) next() (bool, error) {
	for i, splits := range r.later {
		if len(splits) == 0 {
			continue
		}
		if err := r.Close(); err != nil {
			return false, err
		}
		child, err := r.src.sources[i].NewReader(r.ctx)
		if err != nil {
			return false, err
		}
		r.child, r.at, r.later[i] = child, i, nil
		if err := child.Add(splits); err != nil {
			return false, err
		}
		if r.noMore {
			child.NoMoreSplits()
		}
		return true, nil
	}
	return false, nil
}

// NoMoreSplits implements connector.Reader.
func (r *reader) NoMoreSplits() {
	r.noMore = true
	if r.child != nil {
		r.child.NoMoreSplits()
	}
}

// Poll implements connector.Reader.
func (r *reader) Poll(maxRows, maxBytes int) (connector.Polled, error) {
	if r.child == nil {
		return r.turn(connector.Polled{})
	}
	p, err := r.child.Poll(maxRows, maxBytes)
	if err != nil {
		return p, err
	}
	if p.Batch != nil {
		p.Split = name(r.at, p.Split)
	}
	for i, id := range p.Ended {
		p.Ended[i] = name(r.at, id)
	}
	if p.Status == connector.Starved || p.Status == connector.Done {
		return r.turn(p)
	}
	return p, nil
}

// turn goes on with another source when the present one has nothing more.
func (r *reader) turn(p connector.Polled) (connector.Polled, error) {
	more, err := r.next()
	switch {
	case more:
		p.Status = connector.Ready
	case r.noMore:
		p.Status = connector.Done
	default:
		p.Status = connector.Starved
	}
	return p, err
}

// Snapshot implements connector.Reader.
func (r *reader) Snapshot() ([]connector.Split, error) {
	var out []connector.Split
	if r.child != nil {
		if n, ok := r.child.(connector.Numbered); ok && r.numbers {
			n.CheckpointBegins(r.begins)
		}
		splits, err := r.child.Snapshot()
		if err != nil {
			return nil, err
		}
		out = wrap(r.at, splits)
	}
	for i, splits := range r.later {
		out = append(out, wrap(i, splits)...)
	}
	return out, nil
}

// Growing implements connector.Growing: a source that follows another is complete when its readers
// ask again, so only the last one may be given splits while it reads.
func (r *reader) Growing() bool {
	g, ok := r.child.(connector.Growing)
	return ok && r.at == r.src.last() && g.Growing()
}

// CheckpointBegins implements connector.Numbered.
func (r *reader) CheckpointBegins(id int64) { r.begins, r.numbers = id, true }

// CheckpointComplete implements connector.CheckpointListener.
func (r *reader) CheckpointComplete(id int64) error {
	if l, ok := r.child.(connector.CheckpointListener); ok {
		return l.CheckpointComplete(id)
	}
	return nil
}

// Close implements connector.Reader.
func (r *reader) Close() error {
	if r.child == nil {
		return nil
	}
	child := r.child
	r.child = nil
	return child.Close()
}
