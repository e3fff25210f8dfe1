package connector

import (
	"encoding/binary"

	"github.com/headrace/headrace/core/base/errs"
)

// EncodeSplits writes splits for a snapshot: version 1, then length-prefixed ids and states.
func EncodeSplits(splits []Split) []byte {
	out := binary.AppendUvarint([]byte{1}, uint64(len(splits)))
	for _, s := range splits {
		out = binary.AppendUvarint(out, uint64(len(s.ID)))
		out = append(out, s.ID...)
		out = binary.AppendUvarint(out, uint64(len(s.State)))
		out = append(out, s.State...)
	}
	return out
}

// DecodeSplits reads what EncodeSplits wrote.
func DecodeSplits(b []byte) ([]Split, error) {
	if len(b) == 0 || b[0] != 1 {
		return nil, errs.Corruptf("splits: unknown version")
	}
	b = b[1:]
	bad := false
	next := func() []byte {
		n, k := binary.Uvarint(b)
		if k <= 0 || uint64(len(b)-k) < n {
			bad, b = true, nil
			return nil
		}
		v := b[k : k+int(n)]
		b = b[k+int(n):]
		return v
	}
	n, k := binary.Uvarint(b)
	if k <= 0 {
		return nil, errs.Corruptf("splits: no count")
	}
	b = b[k:]
	var out []Split
	for range n {
		s := Split{ID: string(next()), State: append([]byte(nil), next()...)}
		if bad {
			return nil, errs.Corruptf("splits: cut short after %d of %d", len(out), n)
		}
		out = append(out, s)
	}
	return out, nil
}
