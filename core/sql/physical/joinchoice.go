package physical

import (
	"slices"

	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/plan"
	"github.com/headrace/headrace/core/sql/estimate"
	"github.com/headrace/headrace/core/sql/logical"
)

// Names of batch operators in table.exec.disabled-operators.
const (
	shuffleHashJoin   = "ShuffleHashJoin"
	broadcastHashJoin = "BroadcastHashJoin"
	sortMergeJoin     = "SortMergeJoin"
	nestedLoopJoin    = "NestedLoopJoin"
)

// deepBuild is how often the smaller side of a join is larger than the memory from which on it is
// sorted rather than cut into partitions, which would be cut again.
const deepBuild = 16

// joinHow is how a join of bounded inputs is to be done, and why.
type joinHow struct {
	name string // hash, sort-merge or nested-loop
	side string // the side to build, LEFT or RIGHT; "": the smaller one
	cast bool   // the side is to be broadcast
	why  string
}

// chooseJoin takes the hint, if the join can be done so, then what is not disabled.
func (p *Planner) chooseJoin(r *logical.Join, op *plan.Join, rows [2]*estimate.Rows) joinHow {
	mergeable := len(op.LeftKeys) > 0 && sortableKeys(r.Left.Schema(), op.LeftKeys) &&
		sortableKeys(r.Right.Schema(), op.RightKeys)
	if how := hintedJoin(r.Hints); how.name != "" && (how.name != "sort-merge" || mergeable) {
		return how
	}
	off := func(name string) bool { return slices.Contains(p.Disabled, name) }
	how := joinHow{name: "hash", why: "by estimate"}
	if len(op.LeftKeys) == 0 {
		return joinHow{name: "nested-loop", why: "there is no equality"}
	}
	if mergeable && !off(sortMergeJoin) {
		least := min(rows[0].Bytes(), rows[1].Bytes())
		if off(shuffleHashJoin) && off(broadcastHashJoin) {
			return joinHow{name: "sort-merge", why: "hash joins are disabled"}
		}
		if p.MemoryBytes > 0 && rows[0].Known && rows[1].Known &&
			least > deepBuild*float64(p.MemoryBytes) {
			return joinHow{name: "sort-merge", why: "both sides are far larger than memory"}
		}
	}
	if off(shuffleHashJoin) && off(broadcastHashJoin) && !off(nestedLoopJoin) {
		return joinHow{name: "nested-loop", why: "the other joins are disabled"}
	}
	return how
}

// hintedJoin is what a hint asks for; the name is "" without one.
func hintedJoin(hints []logical.Hint) joinHow {
	for _, h := range [][2]string{{"BROADCAST", "hash"}, {"SHUFFLE_HASH", "hash"},
		{"SHUFFLE_MERGE", "sort-merge"}, {"NEST_LOOP", "nested-loop"}} {
		if side := hinted(hints, h[0]); side != "" {
			return joinHow{name: h[1], side: side, cast: h[0] == "BROADCAST", why: "hint " + h[0]}
		}
	}
	return joinHow{}
}

// sortableKeys says whether rows of equal keys have equal sort keys: not so for floats, whose zeros
// differ, and for nested types.
func sortableKeys(s *types.Schema, keys []int) bool {
	for _, k := range keys {
		switch s.Fields[k].Type.Kind {
		case types.Float, types.Double, types.Array, types.Map, types.Multiset, types.Row,
			types.Raw, types.Object:
			return false
		}
	}
	return true
}
