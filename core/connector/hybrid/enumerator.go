package hybrid

import (
	"encoding/binary"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// enumerator hands out the splits of one source until every reader has read its share to the end,
// then those of the next.
type enumerator struct {
	src   *Source
	ctx   *connector.EnumeratorContext
	at    int // source
	child connector.Enumerator
	ended map[int]bool // readers that have read their share of the source
	back  []connector.Split
	err   error
}

var (
	_ connector.Backlogged = (*enumerator)(nil)
	_ connector.Ending     = (*enumerator)(nil)
)

// NewEnumerator implements connector.Source.
func (s *Source) NewEnumerator(
	ctx *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	e := &enumerator{src: s, ctx: ctx, ended: map[int]bool{}}
	var child []byte
	if restored != nil {
		var err error
		if child, err = e.restore(restored); err != nil {
			return nil, err
		}
	}
	var err error
	e.child, err = s.sources[e.at].NewEnumerator(ctx, child)
	return e, err
}

// Next implements connector.Enumerator. A reader asks when it has read all that it was given.
func (e *enumerator) Next(subtask int) ([]connector.Split, bool, error) {
	if e.err != nil {
		return nil, false, e.err
	}
	if len(e.back) > 0 {
		splits := e.back
		e.back = nil
		return splits, false, nil
	}
	for {
		splits, done, err := e.child.Next(subtask)
		if err != nil || !done {
			return wrap(e.at, splits), false, err
		}
		last := e.at == e.src.last()
		if last || len(splits) > 0 {
			return wrap(e.at, splits), last, nil
		}
		e.ended[subtask] = true
		if len(e.ended) < e.ctx.Parallelism {
			return nil, false, nil
		}
		if err := e.advance(); err != nil {
			return nil, false, err
		}
	}
}

// advance goes to the next source and wakes the readers that wait for it.
func (e *enumerator) advance() error {
	if err := e.child.Close(); err != nil {
		return err
	}
	e.at++
	clear(e.ended)
	child, err := e.src.sources[e.at].NewEnumerator(e.ctx, nil)
	if err != nil {
		return err
	}
	e.child = child
	e.ctx.Log.Info("hybrid source: the next source begins", "source", e.at+1)
	e.ctx.Wake()
	return nil
}

// AddBack implements connector.Enumerator. Splits of a source that was left are read before the
// rest of the present one.
func (e *enumerator) AddBack(splits []connector.Split) {
	clear(e.ended)
	for _, s := range splits {
		source, inner, err := unwrap(s, len(e.src.sources))
		switch {
		case err != nil:
			e.err = err
		case source == e.at:
			e.child.AddBack([]connector.Split{inner})
		default:
			e.back = append(e.back, s)
		}
	}
}

// SplitsEnded implements connector.Ending.
func (e *enumerator) SplitsEnded(ids []string) error {
	child, ok := e.child.(connector.Ending)
	var mine []string
	for _, id := range ids {
		if inner, own := strings.CutPrefix(id, name(e.at, "")); own {
			mine = append(mine, inner)
		}
	}
	if !ok || len(mine) == 0 {
		return nil
	}
	return child.SplitsEnded(mine)
}

// Snapshot implements connector.Enumerator: version 1, the source, what is to be read again, and
// the state of the source's enumerator.
func (e *enumerator) Snapshot() ([]byte, error) {
	child, err := e.child.Snapshot()
	if err != nil {
		return nil, err
	}
	back := connector.EncodeSplits(e.back)
	out := binary.AppendUvarint([]byte{1}, uint64(e.at))
	out = binary.AppendUvarint(out, uint64(len(back)))
	out = append(out, back...)
	return append(out, child...), nil
}

func (e *enumerator) restore(b []byte) (child []byte, err error) {
	if len(b) == 0 || b[0] != 1 {
		return nil, errs.Corruptf("hybrid: unknown version of the enumerator's state")
	}
	b = b[1:]
	at, k := binary.Uvarint(b)
	if k <= 0 {
		return nil, errs.Corruptf("hybrid: the enumerator's state names no source")
	}
	b = b[k:]
	n, k := binary.Uvarint(b)
	if k <= 0 || uint64(len(b)-k) < n {
		return nil, errs.Corruptf("hybrid: the enumerator's state is cut short")
	}
	b = b[k:]
	if at > uint64(e.src.last()) {
		return nil, errs.Userf("the checkpoint was reading source %d, and there are %d", at+1,
			len(e.src.sources)).Fix("restore with the sources that it was made with")
	}
	e.at = int(at)
	e.back, err = connector.DecodeSplits(b[:n])
	return b[n:], err
}

// IsBacklog implements connector.Backlogged: all but the last source are the past.
func (e *enumerator) IsBacklog() bool {
	if e.at < e.src.last() {
		return true
	}
	c, ok := e.child.(connector.Backlogged)
	return ok && c.IsBacklog()
}

// Close implements connector.Enumerator.
func (e *enumerator) Close() error { return e.child.Close() }
