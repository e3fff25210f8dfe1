package physical

import (
	"slices"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/sql/logical"
)

// hintTTL is how long a STATE_TTL hint keeps state: of LEFT or RIGHT of a join, of "" of an
// aggregation; missing when there is none.
func hintTTL(hints []logical.Hint, side string, missing int64) int64 {
	for _, h := range hints {
		if v, ok := h.Options[side]; ok && h.Name == "STATE_TTL" {
			if d, err := config.ParseDuration(v); err == nil { // checked by the binder
				return d.Milliseconds()
			}
		}
	}
	return missing
}

// hinted says which side of a join a hint of the name is for: LEFT, RIGHT, or "" for none.
func hinted(hints []logical.Hint, name string) string {
	i := slices.IndexFunc(hints, func(h logical.Hint) bool { return h.Name == name })
	if i < 0 || len(hints[i].Args) == 0 {
		return ""
	}
	return hints[i].Args[0]
}
