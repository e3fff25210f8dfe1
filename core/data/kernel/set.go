package kernel

import (
	"strings"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// Set is the constants of an IN list. It is immutable.
type Set struct {
	ints    map[int64]struct{}
	texts   map[string]struct{}
	hasNull bool
}

// NewSet makes a set of constants of one type, nil for types it does not know.
func NewSet(items []Vec) *Set {
	s := &Set{}
	switch k := items[0].Type().Kind; {
	case k >= types.TinyInt && k <= types.BigInt, k == types.Date, k == types.Timestamp,
		k == types.TimestampLTZ:
		s.ints = make(map[int64]struct{}, len(items))
	case k == types.Char, k == types.Varchar:
		s.texts = make(map[string]struct{}, len(items))
	default:
		return nil
	}
	for _, v := range items {
		switch {
		case v.AllNull():
			s.hasNull = true
		case s.ints != nil:
			s.ints[IntAt(v.Col, 0)] = struct{}{}
		default:
			s.texts[strings.Clone(v.Col.Str(0))] = struct{}{}
		}
	}
	return s
}

// Contains is v IN the set (or, not, NOT IN); NULL where v is, or where it is not found and the
// set has a NULL.
func (s *Set) Contains(v Vec, n int, not bool) Vec {
	found := make([]byte, (n+7)/8)
	if s.ints != nil {
		for i := range n {
			_, ok := s.ints[IntAt(v.Col, i)]
			found[i>>3] |= b2(ok) << (i & 7)
		}
	} else {
		x := StrsOf(v)
		for i := range n {
			_, ok := s.texts[x.At(i)]
			found[i>>3] |= b2(ok) << (i & 7)
		}
	}
	valid := Valid(n, v)
	if s.hasNull {
		if valid == nil {
			valid = batch.NewValid(n)
		}
		for i := range valid {
			valid[i] &= found[i]
		}
	}
	if not {
		invert(found, n)
	}
	t := types.Of(types.Boolean).Nullable(valid != nil)
	return ColVec(batch.MakeBool(t, found, n, valid))
}
