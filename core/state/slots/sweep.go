package slots

import "github.com/headrace/headrace/core/state"

// sweepLeast is how many keys a table has before it looks for empty ones.
const sweepLeast = 1 << 16

// sweep drops keys whose state has become empty without being dropped: cleared columns, timers
// that fired. A capture finds them too, but a job without checkpoints takes none. It runs when the
// keys have doubled, so its cost is a part of that of making them. Only changed keys can be empty.
func (t *Table) sweep() error {
	if t.Len() < max(t.sweepAt, sweepLeast) {
		return nil
	}
	changed := make([]int32, 0, len(t.dirty))
	for _, s := range t.dirty {
		if t.meta[s].flags&(isDirty|isDropped) == isDirty {
			changed = append(changed, s)
		}
	}
	for rest := t.perhapsEmpty(changed); len(rest) > 0; {
		n := t.portion(rest)
		p := part{cols: make([]values, len(t.cols))}
		for i, c := range t.cols {
			v := &p.cols[i]
			var err error
			if v.data, v.ends, err = c.col.Encode(rest[:n], nil, nil); err != nil {
				return err
			}
		}
		for i, s := range rest[:n] {
			if m := &t.meta[s]; p.isEmpty(i) && m.flags&isDropped == 0 {
				m.flags |= isDropped
				t.dropped = append(t.dropped, s)
			}
		}
		rest = rest[n:]
	}
	if err := t.bury(); err != nil {
		return err
	}
	live := t.dirty[:0]
	for _, s := range changed {
		if t.meta[s].flags&isDirty != 0 {
			live = append(live, s)
		}
	}
	t.dirty = live
	t.sweepAt = 2 * t.Len()
	return nil
}

// perhapsEmpty are those of the slots that no column which can say so at once holds a value of.
func (t *Table) perhapsEmpty(slots []int32) []int32 {
	left := append([]int32(nil), slots...)
	for _, c := range t.cols {
		e, ok := c.col.(state.Emptied)
		if !ok {
			continue
		}
		empty := left[:0]
		for _, s := range left {
			if e.Empty(s) {
				empty = append(empty, s)
			}
		}
		left = empty
	}
	return left
}
