package hybrid

import (
	"encoding/binary"
	"strconv"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// name is the id of a split among those of all sources: watermarks are kept by it.
func name(source int, id string) string { return strconv.Itoa(source) + "/" + id }

// wrap marks splits with the number of their source.
func wrap(source int, splits []connector.Split) []connector.Split {
	out := make([]connector.Split, len(splits))
	for i, s := range splits {
		state := binary.AppendUvarint(nil, uint64(source))
		state = binary.AppendUvarint(state, uint64(len(s.ID)))
		state = append(state, s.ID...)
		out[i] = connector.Split{ID: name(source, s.ID), State: append(state, s.State...)}
	}
	return out
}

// unwrap is the inverse of wrap for one split; sources is how many there are.
func unwrap(s connector.Split, sources int) (int, connector.Split, error) {
	b := s.State
	source, k := binary.Uvarint(b)
	if k <= 0 {
		return 0, s, errs.Corruptf("hybrid: split '%s' names no source", s.ID)
	}
	b = b[k:]
	n, k := binary.Uvarint(b)
	if k <= 0 || uint64(len(b)-k) < n {
		return 0, s, errs.Corruptf("hybrid: split '%s' is cut short", s.ID)
	}
	b = b[k:]
	if source >= uint64(sources) {
		return 0, s, errs.Userf("split '%s' belongs to source %d, and there are %d", s.ID, source+1,
			sources).Fix("restore with the sources that the checkpoint was made with")
	}
	return int(source), connector.Split{ID: string(b[:n]), State: b[n:]}, nil
}
