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
	watermark          int64
	empty              bool // an overwriting job wrote nothing: clear dir
}

const committableVersion = 1

func (c *committable) encode() []byte {
	b := []byte{committableVersion}
	for _, s := range []string{c.dir, c.hidden, c.final} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	empty := int64(0)
	if c.empty {
		empty = 1
	}
	for _, v := range []int64{int64(c.subtask), int64(c.parallel), c.watermark, empty} {
		b = binary.AppendVarint(b, v)
	}
	return b
}

func decodeCommittable(b []byte) (*committable, error) {
	bad := errs.Corruptf("a committable of a file sink cannot be read")
	if len(b) == 0 || b[0] != committableVersion {
		return nil, bad
	}
	b = b[1:]
	c := &committable{}
	for _, s := range []*string{&c.dir, &c.hidden, &c.final} {
		n, k := binary.Uvarint(b)
		if k <= 0 || uint64(len(b)-k) < n {
			return nil, bad
		}
		*s = string(b[k : k+int(n)])
		b = b[k+int(n):]
	}
	var v [4]int64
	for i := range v {
		var k int
		if v[i], k = binary.Varint(b); k <= 0 {
			return nil, bad
		}
		b = b[k:]
	}
	c.subtask, c.parallel, c.watermark, c.empty = int(v[0]), int(v[1]), v[2], v[3] == 1
	return c, nil
}
