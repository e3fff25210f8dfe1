package state

import (
	"sort"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
)

// Evolution says what the byte strings of a column are, so that a restore knows when they have
// become something else.
type Evolution struct {
	// Type is kept in checkpoints, e.g. rowcodec.Descriptor; "" says nothing and checks nothing.
	Type string
	// From returns how byte strings of another type become ones of Type: convert appends the new
	// form of src to dst. It names what cannot be converted. nil: no other type is taken.
	From func(other string) (convert func(dst, src []byte) ([]byte, error), err error)
}

func (e Evolution) describe(kind string) string {
	if e.Type == "" {
		return ""
	}
	return kind + " " + e.Type
}

func (e Evolution) evolve(kind, from string) (func(dst, src []byte) ([]byte, error), error) {
	fromKind, other, _ := strings.Cut(from, " ")
	if fromKind != kind {
		return nil, errs.Userf("it was a state of kind %s and is now %s", fromKind, kind)
	}
	if e.From == nil {
		return nil, errs.Userf("its values were %s and are now %s", other, e.Type)
	}
	return e.From(other)
}

func sortedKeys(set map[string]struct{}) []string {
	keys := make([]string, 0, len(set))
	for k := range set {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
