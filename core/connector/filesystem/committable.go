package filesystem

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/base/errs"
)

// committable is a complete file that waits for its name, or (final empty) a mark of how far a
// writer has come.
type committable struct {
	dir, hidden, final string
	subtask, parallel  int
	mark
	empty  bool     // an overwriting job wrote nothing: clear dir
	remove []string // files that this one has the rows of
}

// mark is how far a writer has come.
type mark struct {
	watermark int64
	timeMs    int64 // its clock
}

// Version 2 added the files that a compacted one replaces, and those that wait for compaction,
// version 3 the files that go on behind a checkpoint, and the clock of marks.
const committableVersion = 3

func (c *committable) encode() []byte {
	b := []byte{committableVersion}
	for _, s := range []string{c.dir, c.hidden, c.final} {
		b = appendText(b, s)
	}
	empty := int64(0)
	if c.empty {
		empty = 1
	}
	for _, v := range []int64{int64(c.subtask), int64(c.parallel), c.watermark, empty} {
		b = binary.AppendVarint(b, v)
	}
	b = binary.AppendUvarint(b, uint64(len(c.remove)))
	for _, f := range c.remove {
		b = appendText(b, f)
	}
	return binary.AppendVarint(b, c.timeMs)
}

func decodeCommittable(b []byte) (*committable, error) {
	if len(b) == 0 || b[0] < 1 || b[0] > committableVersion {
		return nil, errs.Corruptf("a committable of a file sink cannot be read")
	}
	d := &decoder{b: b[1:]}
	c := &committable{dir: d.text(), hidden: d.text(), final: d.text()}
	c.subtask, c.parallel, c.watermark = int(d.signed()), int(d.signed()), d.signed()
	c.empty = d.signed() == 1
	if b[0] >= 2 {
		for range d.number() {
			c.remove = append(c.remove, d.text())
		}
	}
	if b[0] >= 3 {
		c.timeMs = d.signed()
	}
	if d.bad {
		return nil, errs.Corruptf("a committable of a file sink is cut short")
	}
	return c, nil
}
