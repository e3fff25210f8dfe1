package connector

import "encoding/binary"

// BacklogEnumerator hands out the splits of the past, then, when all of them have been read, those
// of the present. Until then the source is catching up.
type BacklogEnumerator struct {
	ctx     *EnumeratorContext
	past    ListEnumerator
	present ListEnumerator
	isPast  func(s Split) bool
	waiting map[int]bool // readers that have read what they were given of the past
	over    bool
}

var (
	_ Enumerator = (*BacklogEnumerator)(nil)
	_ Backlogged = (*BacklogEnumerator)(nil)
)

// NewBacklogEnumerator starts with the splits, or with what restored says is left of them; isPast
// tells which are to be read before all others.
func NewBacklogEnumerator(ctx *EnumeratorContext, splits []Split, isPast func(s Split) bool,
	restored []byte) (*BacklogEnumerator, error) {
	e := &BacklogEnumerator{ctx: ctx, isPast: isPast, waiting: map[int]bool{}}
	if restored != nil {
		n, k := binary.Uvarint(restored)
		e.over = n == 1
		var err error
		if splits, err = DecodeSplits(restored[max(k, 0):]); err != nil {
			return nil, err
		}
	}
	e.sort(splits)
	return e, nil
}

func (e *BacklogEnumerator) sort(splits []Split) {
	for _, s := range splits {
		if e.isPast(s) {
			e.past.Splits = append(e.past.Splits, s)
		} else {
			e.present.Splits = append(e.present.Splits, s)
		}
	}
}

// Next implements Enumerator. A reader asks when it has read all that it has, so when every one
// waits, the past has been read.
func (e *BacklogEnumerator) Next(subtask int) ([]Split, bool, error) {
	if len(e.past.Splits) > 0 { // when it is over, too: a reader failed
		delete(e.waiting, subtask)
		return e.past.Next(subtask)
	}
	if e.over {
		return e.present.Next(subtask)
	}
	if e.waiting[subtask] = true; len(e.waiting) < e.ctx.Parallelism {
		return nil, false, nil
	}
	e.over = true
	e.ctx.Wake()
	return e.present.Next(subtask)
}

// IsBacklog implements Backlogged.
func (e *BacklogEnumerator) IsBacklog() bool { return !e.over }

// AddBack implements Enumerator.
func (e *BacklogEnumerator) AddBack(splits []Split) { e.sort(splits) }

// Snapshot implements Enumerator.
func (e *BacklogEnumerator) Snapshot() ([]byte, error) {
	all := append(append([]Split{}, e.past.Splits...), e.present.Splits...)
	head := []byte{0}
	if e.over {
		head[0] = 1
	}
	return append(head, EncodeSplits(all)...), nil
}

// Close implements Enumerator.
func (e *BacklogEnumerator) Close() error { return nil }
