package state

import (
	"math/bits"

	"github.com/headrace/headrace/core/base/errs"
)

// MaxKeyGroups is the greatest max-parallelism.
const MaxKeyGroups = 1 << 15

// GroupRange is the key groups [From, To).
type GroupRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Has says whether a group is in the range.
func (r GroupRange) Has(group uint16) bool { return int(group) >= r.From && int(group) < r.To }

// Len is the number of groups.
func (r GroupRange) Len() int { return max(r.To-r.From, 0) }

// Overlap returns the groups that both ranges hold.
func (r GroupRange) Overlap(o GroupRange) GroupRange {
	return GroupRange{From: max(r.From, o.From), To: max(min(r.To, o.To), max(r.From, o.From))}
}

// RangeOf returns the key groups of a subtask: subtask i of p has those from ⌈i·m/p⌉ to
// ⌈(i+1)·m/p⌉, as in Flink.
func RangeOf(maxParallelism, parallelism, subtask int) GroupRange {
	at := func(i int) int { return (i*maxParallelism + parallelism - 1) / parallelism }
	return GroupRange{From: at(subtask), To: at(subtask + 1)}
}

// SubtaskOf returns the subtask that owns a key group.
func SubtaskOf(maxParallelism, parallelism int, group uint16) int {
	return int(group) * parallelism / maxParallelism
}

// DefaultMaxParallelism is Flink's rule: 1.5 times the parallelism, rounded up to a power of two,
// between 128 and MaxKeyGroups.
func DefaultMaxParallelism(parallelism int) int {
	n := parallelism + parallelism/2
	return min(max(1<<bits.Len(uint(max(n, 1)-1)), 128), MaxKeyGroups)
}

// CheckParallelism returns a user error when the key groups cannot be spread.
func CheckParallelism(maxParallelism, parallelism int) error {
	switch {
	case maxParallelism < 1 || maxParallelism > MaxKeyGroups:
		return errs.Userf("max-parallelism is %d, not between 1 and %d", maxParallelism,
			MaxKeyGroups)
	case parallelism > maxParallelism:
		return errs.Userf("parallelism %d is above max-parallelism %d", parallelism,
			maxParallelism).Fix("raise pipeline.max-parallelism (state kept so far cannot " +
			"follow such a change) or lower the parallelism")
	}
	return nil
}

// GroupOfHash is Flink's assignment of a 32-bit key hash to a key group.
func GroupOfHash(hash uint32, maxParallelism int) uint16 {
	return uint16(uint32(murmur(hash)) % uint32(maxParallelism))
}

// murmur is one round of MurmurHash3 of a 32-bit word made non-negative, as Flink does it.
func murmur(h uint32) int32 {
	h *= 0xcc9e2d51
	h = bits.RotateLeft32(h, 15)
	h *= 0x1b873593
	h = bits.RotateLeft32(h, 13)
	h = h*5 + 0xe6546b64
	h ^= 4
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	h ^= h >> 16
	switch s := int32(h); {
	case s >= 0:
		return s
	case s != -1<<31:
		return -s
	}
	return 0
}
