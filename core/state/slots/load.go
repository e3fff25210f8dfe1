package slots

import (
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/segment"
)

// begin fills the table with what was restored, once.
func (t *Table) begin() error {
	if t.start == nil {
		return nil
	}
	start := t.start
	t.start = nil
	return start(t)
}

// Load adds the keys of a source, whose bodies use the columns in the order of registration.
// The keys are not dirty: the next checkpoint builds on the files that they come from.
func (t *Table) Load(src segment.Source) error {
	var keys state.Keys
	var bodies []byte
	var ends []int32
	flush := func() error {
		slots := make([]int32, keys.Len())
		for i := range slots {
			key := keys.Key(i)
			s, print := t.locate(key)
			if s >= 0 {
				return errs.Corruptf("key % x is twice in the state", key)
			}
			slots[i] = t.add(key, keys.Groups[i], print, isKept|isStale)
		}
		err := t.decode(slots, bodies, ends)
		keys.Reset()
		bodies, ends = bodies[:0], ends[:0]
		if err == nil && t.disk != nil {
			err = t.shrink()
		}
		return err
	}
	for src.Next() {
		rec := src.Record()
		if rec.Dead {
			continue
		}
		keys.Append(rec.Key, rec.Group)
		bodies = append(bodies, rec.Body...)
		ends = append(ends, int32(len(bodies)))
		if keys.Len() == eachRows || len(bodies) > 16<<20 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := src.Err(); err != nil || keys.Len() == 0 {
		return err
	}
	return flush()
}

// decode sets slots, which are empty, to the state in bodies.
func (t *Table) decode(slots []int32, bodies []byte, ends []int32) error {
	gather := make([]gathered, len(t.cols))
	from := int32(0)
	for i, end := range ends {
		body := bodies[from:end]
		from = end
		for len(body) > 0 {
			column, delta, v, rest, ok := segment.NextEntry(body)
			if !ok || column >= len(t.cols) {
				return errs.Corruptf("the state of key % x does not decode", t.key(slots[i]))
			}
			if err := gather[column].add(t.cols[column], slots[i], v, delta); err != nil {
				return err
			}
			body = rest
		}
	}
	for i := range gather {
		if err := gather[i].flush(t.cols[i]); err != nil {
			return err
		}
	}
	for _, tm := range t.timers {
		tm.loaded(slots)
	}
	return nil
}

// gathered collects the values of one column. Deltas are applied one at a time, in order: they are
// few against the values.
type gathered struct {
	slots []int32
	data  []byte
	ends  []int32
}

func (g *gathered) add(c column, slot int32, v []byte, delta bool) error {
	if !delta {
		g.slots = append(g.slots, slot)
		g.data = append(g.data, v...)
		g.ends = append(g.ends, int32(len(g.data)))
		return nil
	}
	inc, ok := c.col.(state.Incremental)
	if !ok {
		return errs.Userf("state %q was kept as changes of a larger value, which its new kind "+
			"cannot take", c.name).Fix("restore from a savepoint, or keep the kind of the state")
	}
	if err := g.flush(c); err != nil {
		return err
	}
	if len(v) == 0 {
		return nil
	}
	return inc.Apply([]int32{slot}, v, []int32{int32(len(v))})
}

func (g *gathered) flush(c column) error {
	if len(g.slots) == 0 {
		return nil
	}
	err := c.col.Decode(g.slots, g.data, g.ends)
	g.slots, g.data, g.ends = g.slots[:0], g.data[:0], g.ends[:0]
	if err != nil && errs.MarkOf(err) == errs.Internal {
		return errs.Corruptf("state %q does not decode", c.name).Wrap(err)
	}
	return err
}
